"""What a secretary does late or early: deciding after the end, cancelling what was held, names."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from bot.db.engine import Database
from bot.db.models import DeliveryRow, MeetingRow
from tests.called import TOPIC, call, standing
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House, Person
from tests.held import SECRETARY, hold
from tests.inviting import SECRETARY as CALLER
from tests.inviting import TEACHER, seat, send_invitations
from tests.minutes_typed import TODAY, row
from tests.roll_called import END, say_roll


@pytest.fixture
def secretary(house: House, district: District) -> Person:
    return district.seat(house, SECRETARY)


async def _asks_for_leave(house: House, district: District) -> tuple[Person, Person]:
    caller, teacher = district.seat(house, CALLER), district.seat(house, TEACHER)
    await send_invitations(caller, house)
    await teacher.tap("请假")
    await teacher.tap("家事")
    await house.deliver()
    return caller, teacher


def _told(database: Database) -> int:
    with database.read() as session:
        query = select(func.count()).where(DeliveryRow.key.startswith("left:"))
        return session.scalars(query).one()


async def test_leave_decided_after_the_end_counts_for_the_roll_and_says_that_nobody_is_told(
    house: House, district: District, clock: FakeClock
) -> None:
    caller, _ = await _asks_for_leave(house, district)
    asked = next(each for each in caller.screen if "不同意" in each.labels)
    clock.forward(days=12)
    said = await caller.tap("不同意", on=asked)
    assert said.text.startswith(
        "没有同意。会议时间已过，不再通知本人；点名时不按请假记，没到的请点成缺席："
    )
    assert "点名" in said.labels
    assert "改为同意" in said.labels
    assert seat(district, TEACHER).leave_state == "declined"
    said = await caller.tap("改为同意", on=said)
    assert said.text.startswith("已同意。会议时间已过，不再通知本人；点名时按请假记：")
    assert _told(district.database) == 0


async def test_leave_decided_after_the_roll_changes_nothing_and_points_to_the_roll(
    house: House, district: District, clock: FakeClock
) -> None:
    caller, _ = await _asks_for_leave(house, district)
    asked = next(each for each in caller.screen if "不同意" in each.labels)
    clock.forward(days=12)
    with district.database.read() as session:
        meeting_id = session.scalars(select(MeetingRow.id)).one()
    await say_roll(caller, district, meeting_id)
    await caller.tap("完成")
    said = await caller.tap("不同意", on=asked)
    assert said.text.startswith("考勤里已经登记过这个人，没有改动，也没有通知本人。")
    assert said.labels == ["点名"]
    assert (seat(district, TEACHER).leave_state, seat(district, TEACHER).status) == (
        "asked",
        "leave",
    )
    assert _told(district.database) == 0


async def test_the_ledger_says_what_is_ahead_on_or_without_a_roll(
    secretary: Person, district: District, clock: FakeClock
) -> None:
    call(district, starts_at=MONDAY_NOON)
    clock.at = MONDAY_NOON - timedelta(hours=1)
    assert f"《{TOPIC}》　应到 5，还没开" in (await secretary.say("台账")).text
    clock.at = MONDAY_NOON
    assert f"《{TOPIC}》　应到 5，正在开" in (await secretary.say("台账")).text
    clock.at = END
    said = await secretary.say("台账")
    assert f"《{TOPIC}》　应到 5，没点名" in said.text
    assert "实到" not in said.text


async def test_a_meeting_that_was_held_is_not_asked_about_before_cancelling_is_refused(
    house: House, district: District, clock: FakeClock
) -> None:
    caller = district.seat(house, CALLER)
    sent = await send_invitations(caller, house)
    clock.forward(days=12)
    with district.database.read() as session:
        meeting_id = session.scalars(select(MeetingRow.id)).one()
    await say_roll(caller, district, meeting_id)
    await caller.tap("完成")
    said = await caller.tap("取消会议", on=sent)
    assert said.text.startswith("这个会已经开过、点过名，不能再取消")
    assert said.labels == ["写记录", "点名"]
    assert "present" in standing(district.database, meeting_id).values()


async def test_confirming_asks_for_the_names_in_place_and_then_confirms(
    secretary: Person, district: District
) -> None:
    record_id = hold(district, "party_day", TODAY)
    page = await secretary.say("会议记录")
    before = len(secretary.screen)
    said = await secretary.tap("确认记录")
    assert said.text == (
        "《学习新修订的条例》的记录还缺主持人，补上就能确认。主持人是谁？点一下，或者直接打名字。"
    )
    assert said.labels == [f"我（{SECRETARY}）", "返回"]
    said = await secretary.tap(f"我（{SECRETARY}）", on=said)
    assert "还缺记录人" in said.text
    assert (len(secretary.screen), said.id) == (before, page.id)
    await secretary.say("简疏桐")
    assert (row(district, record_id).host, row(district, record_id).recorder) == (
        SECRETARY,
        "简疏桐",
    )
    await secretary.tap("确认记录")
    assert "已确认，进了台账" in secretary.screen[-1].text
    assert row(district, record_id).confirmed_at is not None


async def test_who_called_the_meeting_is_proposed_first(
    secretary: Person, district: District
) -> None:
    record_id = hold(district, "party_day", TODAY)
    with district.begin() as session:
        session.execute(update(MeetingRow).values(called_by=district.id_of("简疏桐")))
    await secretary.say("会议记录")
    said = await secretary.tap("确认记录")
    assert said.labels == ["简疏桐", f"我（{SECRETARY}）", "返回"]
    await secretary.tap("简疏桐", on=said)
    assert row(district, record_id).host == "简疏桐"
