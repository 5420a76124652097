"""Granting and revoking roles."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.core.roles import Role
from bot.db.models import RoleRow
from bot.services import audit, members, roles
from bot.services.audit import Query
from bot.services.roles import Term
from tests.district import District
from tests.fakes import MONDAY_NOON

DAY = local_day(MONDAY_NOON)
Holder = tuple[int, Role, int]


def holder(district: District, name: str, role: Role, unit: str) -> Holder:
    return district.id_of(name), role, district.unit(unit)


def granted(district: District, actor: str | None, wanted: Holder, term: Term = roles.OPEN) -> bool:
    member = district.member(actor) if actor else None
    with district.begin() as session:
        return roles.grant(session, member, wanted, term, at=MONDAY_NOON)


def roles_of(district: District, name: str, on: date = DAY) -> set[Role]:
    with district.database.read() as session:
        member = members.look_up(session, district.id_of(name), on=on)
    return {each.role for each in member.roles} if member else set()


def test_a_role_holds_at_once_and_until_it_is_revoked(district: District) -> None:
    wanted = holder(district, "封子矜", Role.SECRETARY, "青澜一中第二党支部")
    assert granted(district, "闻书澜", wanted)
    assert not granted(district, "闻书澜", wanted)
    assert roles_of(district, "封子矜") == {Role.SECRETARY}
    with district.begin() as session:
        roles.revoke(session, district.member("闻书澜"), wanted, at=MONDAY_NOON)
    assert roles_of(district, "封子矜") == set()
    assert granted(district, "闻书澜", wanted)
    assert roles_of(district, "封子矜") == {Role.SECRETARY}


def test_a_deputy_holds_the_role_from_a_day_to_a_day(district: District) -> None:
    wanted = holder(district, "封子矜", Role.SECRETARY, "青澜一中第二党支部")
    term = Term(DAY + timedelta(days=2), DAY + timedelta(days=9), is_deputy=True)
    granted(district, None, wanted, term)
    held = [day for day in range(12) if roles_of(district, "封子矜", DAY + timedelta(days=day))]
    assert held == list(range(2, 9))


def test_a_term_that_ends_before_it_begins_is_refused(district: District) -> None:
    wanted = holder(district, "封子矜", Role.SECRETARY, "青澜一中第二党支部")
    with pytest.raises(Refused, match="role_days_wrong"):
        granted(district, None, wanted, Term(DAY, DAY))


@pytest.mark.parametrize(
    ("actor", "name", "role", "unit", "code"),
    [
        ("管予安", "尹松龄", Role.ADMINISTRATOR, "青澜区教育局", "not_your_unit"),
        ("管予安", "骆知夏", Role.SECRETARY, "青澜二中初中部党支部", "not_your_unit"),
        ("管予安", "骆知夏", Role.ADMINISTRATOR, "青澜一中", "not_your_person"),
        ("陆见微", "苗若谷", Role.SECRETARY, "青澜一中第一党支部", "not_your_unit"),
        ("闻书澜", "苗若谷", Role.SECRETARY, "青澜一中", "role_wrong_tree"),
        ("闻书澜", "苗若谷", Role.ADMINISTRATOR, "青澜一中党总支", "role_wrong_tree"),
        ("闻书澜", "苗若谷", Role.TEACHER, "青澜一中", "role_not_grantable"),
    ],
)
def test_only_an_administrator_of_the_unit_grants_and_only_what_fits(
    district: District, actor: str, name: str, role: Role, unit: str, code: str
) -> None:
    with pytest.raises(Refused, match=code):
        granted(district, actor, holder(district, name, role, unit))


def test_an_administrator_of_a_school_grants_within_it(district: District) -> None:
    assert granted(district, "管予安", holder(district, "鲁清越", Role.ADMINISTRATOR, "青澜一中"))
    assert granted(
        district, "管予安", holder(district, "苗若谷", Role.SECRETARY, "青澜一中第一党支部")
    )


def test_the_last_administrator_of_the_bureau_stays(district: District) -> None:
    first, second = (
        holder(district, name, Role.ADMINISTRATOR, "青澜区教育局") for name in ("闻书澜", "岑知微")
    )
    deputy = holder(district, "顾砚舟", Role.ADMINISTRATOR, "青澜区教育局")
    granted(district, None, deputy, Term(to_on=DAY + timedelta(days=30), is_deputy=True))
    with district.begin() as session:
        roles.revoke(session, None, first, at=MONDAY_NOON)
    with district.begin() as session, pytest.raises(Refused, match="last_administrator"):
        roles.revoke(session, None, second, at=MONDAY_NOON)
    with pytest.raises(Refused, match="last_administrator"):
        granted(district, None, second, Term(to_on=DAY + timedelta(days=1)))
    assert roles_of(district, "岑知微") == {Role.ADMINISTRATOR}


def test_two_administrators_who_revoke_each_other_do_not_both_succeed(district: District) -> None:
    wanted = [
        holder(district, name, Role.ADMINISTRATOR, "青澜区教育局") for name in ("闻书澜", "岑知微")
    ]

    def revoke(each: Holder) -> bool:
        try:
            with district.database.begin() as session:
                roles.revoke(session, None, each, at=MONDAY_NOON)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(revoke, wanted)) == [False, True]


def test_eight_grants_at_once_make_one_role(district: District) -> None:
    wanted = holder(district, "封子矜", Role.SECRETARY, "青澜一中第二党支部")

    def grant(_: int) -> bool:
        return granted(district, None, wanted)

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(grant, range(8)))
    assert sorted(done) == [False] * 7 + [True]
    with district.database.read() as session:
        rows = session.scalars(select(RoleRow).where(RoleRow.member_id == wanted[0])).all()
    assert len(rows) == 1


def test_every_grant_and_revocation_stands_in_the_audit_list(district: District) -> None:
    wanted = holder(district, "封子矜", Role.SECRETARY, "青澜一中第二党支部")
    granted(district, "闻书澜", wanted)
    with district.begin() as session:
        roles.revoke(session, None, wanted, at=MONDAY_NOON + timedelta(hours=1))
        acts, _ = audit.search(session, None, Query("封子矜"))
    assert [(act.act, act.actor) for act in acts] == [
        ("role.revoke", ""),
        ("role.grant", "闻书澜"),
    ]


def test_an_administrator_sees_the_roles_of_their_own_units(district: District) -> None:
    with district.database.read() as session:
        bureau = roles.current(session, district.member("闻书澜"), at=MONDAY_NOON)
        school = roles.current(session, district.member("管予安"), at=MONDAY_NOON)
    assert len(bureau) == 13
    assert {each.name for each in school} == {"管予安", "沈屹川", "陆见微", "尹松龄"}
