"""Who is expected at a meeting of a unit on a day, by kind, and why."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from bot.core.clock import local_day
from bot.db.models import MemberRow, MembershipRow, UnitRow
from bot.services import expected, units
from bot.services.units import Unit
from tests.district import District
from tests.fakes import MONDAY_NOON

TODAY = local_day(MONDAY_NOON)
FRIDAY = date(2026, 12, 4)
FIRST = "青澜一中第一党支部"
SECOND = "青澜一中第二党支部"


def names(district: District, unit: str, kind: str, *, on: date = FRIDAY) -> dict[str, str]:
    """Name and reason of everybody who has a seat."""
    with district.database.read() as session:
        found = expected.seats(session, district.unit(unit), kind, on=on)
    return {each.name: each.why for each in found}


def change(district: District, name: str, **values: object) -> None:
    with district.begin() as session:
        session.execute(
            update(MemberRow).where(MemberRow.id == district.id_of(name)).values(**values)
        )


def move(district: District, name: str, to: str | None, *, on: date) -> None:
    """Out of the Party unit on that day, and into another one."""
    member_id = district.id_of(name)
    with district.begin() as session:
        session.execute(
            update(MembershipRow)
            .where(MembershipRow.member_id == member_id, MembershipRow.tree == "party")
            .values(to_on=on)
        )
        if to:
            unit_id = session.scalars(select(UnitRow.id).where(UnitRow.name == to)).one()
            row = MembershipRow(member_id=member_id, tree="party", unit_id=unit_id, from_on=on)
            session.add(row)


def test_the_congress_of_a_branch_takes_in_its_groups_and_says_who_can_vote(
    district: District,
) -> None:
    assert names(district, FIRST, "congress") == {
        "陆见微": "full",
        "简疏桐": "full",
        "苗若谷": "full",
        "覃云岫": "full",
        "戚南乔": "probationary",
    }
    with district.database.read() as session:
        found = expected.seats(session, district.unit(FIRST), "congress", on=FRIDAY)
    assert {each.name for each in found if not each.has_vote} == {"戚南乔"}
    assert all(each.is_expected for each in found)


def test_a_full_member_without_a_vote_is_expected_and_not_counted_as_voting(
    district: District,
) -> None:
    change(district, "苗若谷", has_vote=False)
    with district.database.read() as session:
        found = expected.seats(session, district.unit(FIRST), "congress", on=FRIDAY)
    (seat,) = [each for each in found if each.name == "苗若谷"]
    assert (seat.is_expected, seat.has_vote, seat.why) == (True, False, "no_vote")


def test_a_group_meets_alone(district: District) -> None:
    assert set(names(district, FIRST + "第二党小组", "group")) == {"覃云岫", "戚南乔"}


def test_activists_are_guests_of_a_party_day_and_absent_from_a_congress(
    district: District,
) -> None:
    assert "单若溪" not in names(district, SECOND, "congress")
    with district.database.read() as session:
        found = expected.seats(session, district.unit(SECOND), "party_day", on=FRIDAY)
    (seat,) = [each for each in found if each.name == "单若溪"]
    assert (seat.is_expected, seat.has_vote, seat.why) == (False, False, "activist")


def test_a_training_of_a_school_is_for_all_its_staff(district: District) -> None:
    found = names(district, "青澜一中", "training")
    assert {"管予安", "陆见微", "沈屹川"} <= set(found)
    assert set(found.values()) == {"staff"}
    assert "骆知夏" not in found


def test_a_training_of_a_branch_is_for_its_activists_too(district: District) -> None:
    assert names(district, SECOND, "training")["单若溪"] == "staff"


def test_the_committee_is_found_by_duties_and_by_the_secretarys_role(district: District) -> None:
    change(district, "苗若谷", duties="年级组长、组织委员")
    change(district, "简疏桐", duties="学校团委书记、工会委员")
    assert names(district, FIRST, "committee") == {"陆见微": "committee", "苗若谷": "committee"}
    change(district, "陆见微", duties="")
    assert "陆见微" in names(district, FIRST, "committee"), "the role says it as well"


@pytest.mark.parametrize(
    ("kind", "duties", "holds"),
    [
        ("branch", "第一党支部书记", True),
        ("branch", "副校长，纪检委员", True),
        ("branch", "宣传委员", True),
        ("branch", "支部副书记", True),
        ("branch", "团委书记", False),
        ("branch", "党总支委员", False),
        ("branch", "教育局党委书记", False),
        ("branch", "家长委员会委员、工会委员", False),
        ("branch", "党小组组长", False),
        ("general_branch", "校长、党总支书记", True),
        ("general_branch", "第一党支部书记", False),
        ("committee", "教育局党委书记", True),
        ("committee", "党委委员；工会主席", True),
        ("committee", "机关党支部书记", False),
    ],
)
def test_a_post_belongs_to_the_committee_that_it_names(kind: str, duties: str, holds: bool) -> None:
    unit = Unit(1, units.PARTY, kind, "某支部")
    assert expected.holds_post(unit, duties) is holds


def test_who_joins_before_the_day_is_expected_and_who_leaves_before_it_is_not(
    district: District,
) -> None:
    move(district, "苗若谷", SECOND, on=FRIDAY)
    before = FRIDAY - timedelta(days=1)
    assert "苗若谷" in names(district, FIRST, "congress", on=before)
    assert "苗若谷" not in names(district, FIRST, "congress", on=FRIDAY)
    assert "苗若谷" not in names(district, SECOND, "congress", on=before)
    assert "苗若谷" in names(district, SECOND, "congress", on=FRIDAY)


def test_who_has_left_the_roster_by_then_is_not_expected(district: District) -> None:
    change(district, "苗若谷", left_on=FRIDAY)
    assert "苗若谷" in names(district, FIRST, "congress", on=FRIDAY - timedelta(days=1))
    assert "苗若谷" not in names(district, FIRST, "congress", on=FRIDAY)


def test_a_move_inside_the_branch_changes_nothing_for_the_branch(district: District) -> None:
    before = names(district, FIRST, "congress")
    move(district, "苗若谷", FIRST + "第二党小组", on=FRIDAY)
    assert names(district, FIRST, "congress") == before
    assert "苗若谷" in names(district, FIRST + "第二党小组", "group")


def test_the_moves_between_today_and_the_day_are_told_apart(district: District) -> None:
    move(district, "苗若谷", SECOND, on=FRIDAY)
    with district.database.read() as session:
        first, second = (
            expected.moves(session, [district.unit(each)], "congress", today=TODAY, on=FRIDAY)
            for each in (FIRST, SECOND)
        )
    assert [each.name for each in first.leaving] == ["苗若谷"]
    assert [each.name for each in second.joining] == ["苗若谷"]
    assert (first.joining, second.leaving) == ((), ())


def test_who_belongs_to_two_units_of_one_call_has_one_seat(district: District) -> None:
    ids = [district.unit(FIRST), district.unit(FIRST + "第一党小组")]
    with district.database.read() as session:
        found = expected.together(session, ids, "party_day", on=FRIDAY)
    assert [each.name for each in found].count("苗若谷") == 1


def test_a_meeting_fits_the_unit_that_can_hold_it() -> None:
    branch, group = Unit(1, "party", "branch", "支部"), Unit(2, "party", "group", "小组")
    school = Unit(3, "admin", "school", "学校")
    assert [expected.fits(each, "congress") for each in (branch, group, school)] == [
        True,
        False,
        False,
    ]
    assert [expected.fits(each, "training") for each in (branch, group, school)] == [
        True,
        False,
        True,
    ]
    assert [expected.fits(each, "group") for each in (branch, group, school)] == [
        False,
        True,
        False,
    ]
