"""Closing a meeting by exception, in chat: the absent are tapped, everybody else was there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.app import App
from bot.core.meetings import REASONS
from bot.db.models import (
    AttendanceRow,
    MeetingRow,
    MemberRow,
)
from bot.services import rollcall
from handlers import rolls as handler
from tests.called import PEOPLE, SECOND, call, standing
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House, Person
from tests.roll_called import END, crowd, say_roll


@pytest.fixture
def secretary(district: District, house: House) -> Person:
    return district.seat(house, "陆见微")


async def bring(house: House, app: App, clock: FakeClock) -> None:
    """The meeting's time is over: what the sweep brings."""
    clock.at = max(clock.at, END)
    await app.chores.carry_on(handler.advance)
    await house.deliver()


def leave(district: District, name: str, state: str, reason: str = "duty") -> None:
    with district.begin() as session:
        session.execute(
            update(AttendanceRow)
            .where(AttendanceRow.member_id == district.id_of(name))
            .values(reply="leave", leave_state=state, reason=reason)
        )


async def test_the_absent_are_tapped_and_everybody_else_was_there(
    app: App, district: District, house: House, secretary: Person, clock: FakeClock
) -> None:
    meeting = call(district)
    leave(district, "简疏桐", "approved")
    await bring(house, app, clock)
    roll = secretary.screen[-1]
    assert "会议时间到了" in roll.text
    assert f"请假：简疏桐（{REASONS['duty']}）" in roll.text
    taps = ["苗若谷", "完成"]
    for label in taps:
        roll = await secretary.tap(label)
    assert "应到 5，到会 3，请假 1，缺席 1。" in roll.text
    assert standing(district.database, meeting) == {
        "陆见微": "present",
        "简疏桐": "leave duty",
        "苗若谷": "absent",
        "覃云岫": "present",
        "戚南乔": "present",
    }
    with district.database.read() as session:
        row = session.get_one(MeetingRow, meeting)
        assert (row.state, row.ended_at) == ("closed", END)


async def test_the_roll_is_brought_once_and_not_when_it_was_called(
    app: App, district: District, house: House, secretary: Person, clock: FakeClock
) -> None:
    call(district)
    await bring(house, app, clock)
    await bring(house, app, clock)
    assert len(secretary.screen) == 1
    other = district.seat(house, "尹松龄")
    second = call(district, SECOND)
    with district.begin() as session:
        rollcall.finish(session, district.member("尹松龄"), second, at=END)
    await bring(house, app, clock)
    assert other.screen == []


async def test_what_waits_in_the_night_is_taken_back_when_the_roll_was_called(
    app: App, district: District, house: House, secretary: Person, clock: FakeClock
) -> None:
    meeting = call(district, starts_at=MONDAY_NOON + timedelta(hours=9))
    clock.at = END + timedelta(hours=9)  # 22:00
    await bring(house, app, clock)
    assert secretary.screen == []
    roll = await say_roll(secretary, district, meeting)
    assert "完成" in roll.labels
    await secretary.tap("完成")
    clock.forward(hours=12)
    await house.deliver()
    assert len(secretary.screen) == 1


async def test_two_taps_on_one_name_at_once_are_one(
    district: District, house: House, secretary: Person
) -> None:
    meeting = call(district)
    roll = await say_roll(secretary, district, meeting)
    token = roll.key("苗若谷").token
    await secretary.do(tap=token, tapped=None, ack="a")
    await secretary.do(tap=token, tapped=None, ack="a")
    assert standing(district.database, meeting)["苗若谷"] == "absent"


async def test_a_name_tapped_by_mistake_is_as_it_was_before(
    district: District, house: House, secretary: Person, clock: FakeClock
) -> None:
    meeting = call(district)
    clock.forward(minutes=7)
    await district.seat(house, "苗若谷").say("签到")
    leave(district, "简疏桐", "approved")
    await say_roll(secretary, district, meeting)
    await secretary.tap("✓ 苗若谷")
    assert standing(district.database, meeting)["苗若谷"] == "absent"
    await secretary.tap("× 苗若谷")
    assert standing(district.database, meeting)["苗若谷"] == "late 7"
    for label in ("假 简疏桐", "✓ 简疏桐", "× 简疏桐"):
        await secretary.tap(label)
    roll = await secretary.tap("刷新")
    assert "假 简疏桐" in roll.labels


async def test_done_can_be_undone_and_keeps_what_was_tapped(
    district: District, house: House, secretary: Person
) -> None:
    meeting = call(district)
    await district.seat(house, "覃云岫").say("签到")
    await say_roll(secretary, district, meeting)
    await secretary.tap("苗若谷")
    await secretary.tap("完成")
    roll = await secretary.tap("撤销完成")
    assert "请点没到的人" in roll.text
    found = standing(district.database, meeting)
    assert (found["苗若谷"], found["覃云岫"], found["简疏桐"]) == ("absent", "present", "none")
    with district.database.read() as session:
        row = session.get_one(MeetingRow, meeting)
        assert (row.state, row.ended_at) == ("open", None)
    assert "点名完成" in (await secretary.tap("完成")).text


async def test_a_second_done_changes_nothing(
    district: District, house: House, secretary: Person, clock: FakeClock
) -> None:
    meeting = call(district)
    roll = await say_roll(secretary, district, meeting)
    token = roll.key("完成").token
    for _ in range(2):
        await secretary.do(tap=token, tapped=None, ack="a")
        clock.forward(minutes=5)
    with district.database.read() as session:
        assert session.get_one(MeetingRow, meeting).ended_at == MONDAY_NOON


async def test_more_than_thirty_people_stand_on_several_pages(
    district: District, house: House, secretary: Person
) -> None:
    crowd(district, 36)
    meeting = call(district)
    roll = await say_roll(secretary, district, meeting)
    names = [label for label in roll.labels if label.startswith(("党员", *PEOPLE))]
    assert len(names) == 30
    roll = await secretary.tap("下一页")
    assert len([each for each in roll.labels if each.startswith("党员")]) == 11
    assert "下一页" not in roll.labels
    roll = await secretary.tap("党员35")
    assert "× 党员35" in roll.labels, "the page stays open"
    roll = await secretary.tap("完成")
    assert "应到 41，到会 40，请假 0，缺席 1。" in roll.text


async def test_two_of_one_name_are_told_apart_by_number(
    district: District, house: House, secretary: Person
) -> None:
    with district.begin() as session:
        session.execute(update(MemberRow).where(MemberRow.name == "苗若谷").values(name="覃云岫"))
    roll = await say_roll(secretary, district, call(district))
    assert len([each for each in roll.labels if each.startswith("覃云岫 1")]) == 2


async def test_leave_that_nobody_answered_stands_unless_the_person_came(
    district: District, house: House, secretary: Person
) -> None:
    meeting = call(district)
    leave(district, "简疏桐", "asked", "class")
    leave(district, "苗若谷", "declined")
    roll = await say_roll(secretary, district, meeting)
    assert f"请假：简疏桐（{REASONS['class']}，待批）" in roll.text
    await secretary.tap("完成")
    found = standing(district.database, meeting)
    assert (found["简疏桐"], found["苗若谷"]) == ("leave class", "present duty")
