"""The two trees, and who answers for a unit."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.core.roles import Role
from bot.db.models import MemberRow
from bot.services import access, people, roles, units
from tests.district import District
from tests.fakes import MONDAY_NOON

DAY = local_day(MONDAY_NOON)


def end(district: District, name: str, role: Role, unit: str) -> None:
    with district.begin() as session:
        roles.revoke(
            session, None, (district.id_of(name), role, district.unit(unit)), at=MONDAY_NOON
        )


def responsible(district: District, unit: str, besides: str = "") -> list[int]:
    with district.database.read() as session:
        return units.responsible(
            session,
            district.unit(unit),
            on=DAY,
            besides=district.id_of(besides) if besides else None,
        )


def test_a_unit_lies_below_its_branch_committee_and_nothing_else(district: District) -> None:
    with district.database.read() as session:
        path = units.ancestors(session, district.unit("青澜一中第一党支部第一党小组"))
        below = units.subtree(session, [district.unit("青澜一中党总支")])
    assert [unit.name for unit in path] == [
        "青澜一中第一党支部第一党小组",
        "青澜一中第一党支部",
        "青澜一中党总支",
        "青澜区教育局党委",
    ]
    assert len(below) == 5


def test_a_misspelt_unit_is_suggested(district: District) -> None:
    with district.database.read() as session:
        schools = units.every(session, kinds=("school",))
        assert units.nearest("清澜实验小学", schools)[0].name == "青澜实验小学"
        assert units.nearest("qqqq", schools) == []


def test_a_vacancy_routes_to_the_unit_above(district: District) -> None:
    secretary = district.id_of("陆见微")
    assert responsible(district, "青澜一中第一党支部第一党小组") == [secretary]
    end(district, "陆见微", Role.SECRETARY, "青澜一中第一党支部")
    assert responsible(district, "青澜一中第一党支部第一党小组") == [district.id_of("沈屹川")]
    end(district, "沈屹川", Role.SECRETARY, "青澜一中党总支")
    end(district, "裴望川", Role.SECRETARY, "青澜区教育局党委")
    assert responsible(district, "青澜一中第一党支部") == [
        district.id_of("闻书澜"),
        district.id_of("岑知微"),
    ]


def test_a_deputy_counts_while_the_term_lasts(district: District) -> None:
    end(district, "骆知夏", Role.SECRETARY, "青澜二中初中部党支部")
    deputy, branch = district.id_of("糜远山"), district.unit("青澜二中初中部党支部")
    term = roles.Term(to_on=DAY + timedelta(days=30), is_deputy=True)
    with district.begin() as session:
        roles.grant(session, None, (deputy, Role.SECRETARY, branch), term, at=MONDAY_NOON)
        assert units.responsible(session, branch, on=DAY) == [deputy]
        later = DAY + timedelta(days=30)
        assert units.responsible(session, branch, on=later) == [district.id_of("裴望川")]


def test_nobody_decides_about_themselves(district: District) -> None:
    assert responsible(district, "青澜实验小学党支部", besides="卓映雪") == [
        district.id_of("裴望川")
    ]


def test_who_has_left_answers_for_nothing(district: District) -> None:
    with district.begin() as session:
        session.get_one(MemberRow, district.id_of("宗景行")).left_on = DAY
    assert responsible(district, "青澜二中高中部党支部") == [district.id_of("裴望川")]


def names(district: District, reader: str) -> set[str]:
    with district.database.read() as session:
        mine = access.people(session, district.member(reader), MemberRow.id)
        return set(session.scalars(select(MemberRow.name).where(mine)))


def test_it_keeps_quiet_about_people_a_secretary_sees_only_their_own(district: District) -> None:
    assert names(district, "陆见微") == {"陆见微", "简疏桐", "苗若谷", "覃云岫", "戚南乔"}
    assert names(district, "苗若谷") == set()


def test_it_keeps_quiet_about_people_a_school_administrator_sees_only_the_school(
    district: District,
) -> None:
    seen = names(district, "管予安")
    assert {"沈屹川", "尹松龄", "鲁清越"} <= seen
    assert not seen & {"骆知夏", "闻书澜", "沐长庚"}


def test_it_keeps_quiet_about_people_in_a_search_too(district: District) -> None:
    secretary = district.member("陆见微")
    with district.database.read() as session:
        assert [each.name for each in people.search(session, secretary, "覃云")] == ["覃云岫"]
        assert people.search(session, secretary, "骆知夏") == []
        with pytest.raises(Refused, match="member_ambiguous"):
            people.one(session, None, "林见禾")


def test_the_administrator_of_one_school_has_no_say_over_a_joint_branch(
    district: District,
) -> None:
    school = district.unit("青澜知行学校")
    holder = (district.id_of("车予怀"), Role.ADMINISTRATOR, school)
    with district.begin() as session:
        roles.grant(session, None, holder, at=MONDAY_NOON)
    with district.database.read() as session:
        mine = access.scope(session, district.member("车予怀"), Role.ADMINISTRATOR)
    assert school in mine
    assert district.unit("青澜民办学校联合党支部") not in mine


def test_a_school_is_covered_by_the_topmost_party_unit(district: District) -> None:
    with district.database.read() as session:
        assert units.covering(session, district.unit("青澜一中")) == [
            district.unit("青澜一中党总支")
        ]
        assert len(units.covering(session, district.unit("青澜二中"))) == 2
