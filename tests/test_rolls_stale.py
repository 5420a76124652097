"""A roll that stands open while people check in: a tap never overrules what it does not show."""

from __future__ import annotations

import pytest

from bot.services import attendance, rollcall
from bot.services.rollcall import Mark
from tests.called import call, standing, the_only
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House, Person
from tests.held import SECRETARY
from tests.roll_called import END, say_roll

WHO = "苗若谷"


@pytest.fixture
def secretary(district: District, house: House) -> Person:
    return district.seat(house, SECRETARY)


async def test_a_tap_on_a_name_that_has_checked_in_meanwhile_shows_that_first(
    district: District, house: House, secretary: Person, clock: FakeClock
) -> None:
    meeting = call(district)
    roll = await say_roll(secretary, district, meeting)
    await district.seat(house, WHO).say("签到")
    clock.forward(minutes=30)
    key = roll.key(WHO).token
    await secretary.do(tap=key, ack="a")
    assert standing(district.database, meeting)[WHO] == "present"
    shown = secretary.screen[-1]
    assert f"✓ {WHO}" in shown.labels
    await secretary.tap(f"✓ {WHO}", on=shown)
    row = the_only(district.database)
    assert (row.status, row.way, row.at) == ("absent", "hand", MONDAY_NOON), (
        "the secretary's word holds, and when the person checked in stays there"
    )
    await secretary.tap(f"× {WHO}")
    assert standing(district.database, meeting)[WHO] == "present"


async def test_a_name_on_a_roll_that_was_finished_elsewhere_changes_nothing_unseen(
    district: District, secretary: Person, clock: FakeClock
) -> None:
    meeting = call(district)
    clock.at = END
    older = await say_roll(secretary, district, meeting)
    tokens = {label: older.key(label).token for label in (WHO, "完成")}
    await secretary.do(tap=tokens["完成"], ack="a")
    await secretary.do(tap=tokens[WHO], ack="a")
    assert standing(district.database, meeting)[WHO] == "present"
    assert "点名完成。" in secretary.screen[-1].text
    assert "改某个人" in secretary.screen[-1].labels


def test_checked_in_by_the_screen_and_by_hand_is_one_record_of_the_first(
    district: District,
) -> None:
    meeting, member = call(district), district.member(WHO)
    with district.begin() as session:
        attendance.check_in(session, member, meeting, way="screen", at=MONDAY_NOON)
        who = district.member(SECRETARY)
        wish = Mark("present")
        assert rollcall.mark(session, who, meeting, member.id or 0, wish, at=END) is None
    row = the_only(district.database)
    assert (row.status, row.way, row.marked_by) == ("present", "screen", None)


def test_marked_by_hand_and_then_checked_in_is_one_record_of_the_first(
    district: District,
) -> None:
    meeting, member = call(district), district.member(WHO)
    with district.begin() as session:
        who = district.member(SECRETARY)
        wish = Mark("present")
        rollcall.mark(session, who, meeting, member.id or 0, wish, at=MONDAY_NOON)
        again = attendance.check_in(session, member, meeting, way="screen", at=END)
    assert again.is_repeat
    assert (the_only(district.database).way, the_only(district.database).at) == ("hand", None)
