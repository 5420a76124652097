"""Carrying an import out: all or nothing, history, crashes, and whose people it may touch."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.db.engine import Database
from bot.db.models import FileRow, JobRow, MemberRow, MembershipRow, RoleRow
from bot.services import members, roster
from tests.district import District
from tests.roster_files import NEW, xlsx
from tests.rosters import (
    LATER,
    carried_out,
    count_members,
    drafted,
    exported,
    many,
    place,
    plan_of,
    step,
)


def test_members_memberships_and_history_follow_the_file(district: District) -> None:
    rows = [
        NEW,
        ("1016", "尹松龄", "青澜二中", "青澜二中初中部党支部", "", "正式党员", "教师", "否"),
    ]
    carried_out(district, plan_of(district, xlsx(rows)))
    assert place(district, "3001", "party") == "青澜二中初中部党支部"
    assert place(district, "1016", "admin") == "青澜二中"
    with district.database.read() as session:
        person = session.scalars(select(MemberRow).where(MemberRow.number == "1016")).one()
        assert (person.duties, person.has_vote) == ("教师", False)
        past = session.scalars(
            select(MembershipRow).where(
                MembershipRow.member_id == person.id, MembershipRow.to_on.is_not(None)
            )
        ).all()
        assert {row.to_on for row in past} == {local_day(LATER)}
        assert len(past) == 2


def test_who_is_missing_stays_unless_marked_as_left(district: District) -> None:
    keep = exported(district)
    rows = [list(row) for row in load_workbook(io.BytesIO(keep))["人员"].values][1:]
    without = xlsx([row for row in rows if row[1] != "陆见微"])
    carried_out(district, plan_of(district, without))
    assert district.member("陆见微").roles
    carried_out(district, plan_of(district, without), with_leavers=True)
    with district.database.read() as session:
        assert members.look_up(session, district.id_of("陆见微"), on=local_day(LATER)) is None
        roles = session.scalars(
            select(RoleRow).where(RoleRow.member_id == district.id_of("陆见微"))
        ).all()
        assert [row.to_on for row in roles] == [local_day(LATER)]
    assert place(district, "陆见微", "party") is None
    returned = plan_of(district, keep)
    assert returned.counts["returned"] == 1
    carried_out(district, returned)
    assert place(district, "陆见微", "party") == "青澜一中第一党支部"


def test_nobody_is_left_to_administer_when_all_administrators_are_missing(
    district: District,
) -> None:
    job_id = drafted(district, plan_of(district, xlsx([NEW])))
    with district.begin() as session, pytest.raises(Refused, match="roster_leaves_nobody"):
        roster.start(session, None, job_id, with_leavers=True, at=LATER)


def test_nothing_is_written_before_the_yes_and_nothing_after_a_no(district: District) -> None:
    job_id = drafted(district, plan_of(district, many(700)))
    assert step(district) is None
    assert count_members(district) == 60
    with district.begin() as session:
        roster.cancel(session, None, job_id, at=LATER)
    with district.begin() as session, pytest.raises(Refused, match="roster_gone"):
        roster.start(session, None, job_id, with_leavers=False, at=LATER)
    with district.database.read() as session:
        assert session.scalars(select(FileRow.id)).all() == []


def killed_in_a_step(district: District) -> None:
    with district.begin() as session:
        roster.resume(session, at=LATER)
        raise KeyboardInterrupt


def test_nothing_is_lost_and_nothing_happens_twice_when_an_import_is_cut_off(
    district: District,
) -> None:
    job_id = drafted(district, plan_of(district, many(700)))
    with district.begin() as session:
        roster.start(session, None, job_id, with_leavers=False, at=LATER)
    step(district)
    with pytest.raises(KeyboardInterrupt):
        killed_in_a_step(district)
    assert count_members(district) == 260
    after = Database(district.database.url.render_as_string(hide_password=False))
    steps = 0
    while True:
        with after.begin() as session:
            if roster.resume(session, at=LATER) is None:
                break
        steps += 1
    after.close()
    assert steps == 3
    assert count_members(district) == 760
    with district.database.read() as session:
        assert session.scalars(select(FileRow.id)).all() == []
        assert session.get_one(JobRow, job_id).state == "done"


def test_a_plan_made_before_another_import_is_not_carried_out(district: District) -> None:
    stale = drafted(district, plan_of(district, xlsx([NEW])))
    other = plan_of(district, many(2))
    mine, _ = roster.pieces(other)
    with district.begin() as session:
        job_id = roster.draft(session, "m1", "y.csv", other, at=LATER)
        roster.keep(session, job_id, 0, mine[0], at=LATER)
        roster.make_ready(session, job_id, pieces=1, leaving=0)
        actor = district.member("顾砚舟")
        roster.start(session, actor, job_id, with_leavers=False, at=LATER)
    with district.begin() as session, pytest.raises(Refused, match="roster_busy"):
        roster.start(session, None, stale, with_leavers=False, at=LATER)
    while step(district):
        pass
    with district.begin() as session, pytest.raises(Refused, match="roster_changed_since"):
        roster.start(session, None, stale, with_leavers=False, at=LATER)


def test_drafts_that_nobody_confirmed_end(district: District) -> None:
    drafted(district, plan_of(district, many(10)))
    with district.begin() as session:
        assert roster.expire(session, before=LATER, at=LATER) == 1
        assert session.scalars(select(FileRow.id)).all() == []


def test_it_keeps_quiet_about_people_of_other_units_on_export(district: District) -> None:
    book = load_workbook(io.BytesIO(exported(district, "管予安")))
    schools = {str(row[2]) for row in book["人员"].values}
    assert schools == {"学校", "青澜一中"}
    names = {str(row[0]) for row in book["单位"].values}
    assert "青澜二中" not in names
    assert "青澜一中第一党支部" in names


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (NEW, "unit_not_yours"),
        (("1031", "糜远山", "青澜一中"), "number_elsewhere"),
        (("3001", "宣以恒", "青澜一中", "青澜二中初中部党支部"), "unit_not_yours"),
    ],
)
def test_an_administrator_of_a_school_imports_only_into_it(
    district: District, row: Sequence[str], code: str
) -> None:
    number = district.id_of("糜远山")
    with district.database.read() as session:
        real = session.get_one(MemberRow, number).number
    row = [real if cell == "1031" else cell for cell in row]
    plan = plan_of(district, xlsx([row]), "管予安")
    assert code in [fault.code for fault in plan.faults]


def test_an_administrator_of_a_school_misses_only_people_of_the_school(district: District) -> None:
    plan = plan_of(district, xlsx([("3001", "宣以恒", "青澜一中")]), "管予安")
    assert plan.faults == []
    with district.database.read() as session:
        school = district.unit("青澜一中")
        there = session.scalars(
            select(MembershipRow.member_id).where(MembershipRow.unit_id == school)
        )
        assert {member_id for member_id, _, _ in plan.missing} == set(there)
