"""Before a meeting: one reminder, how it stands, nothing lost in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.app import App
from bot.db.engine import Database
from bot.db.models import (
    AttendanceRow,
    MeetingRow,
    MembershipRow,
)
from bot.services import agenda
from handlers import meetings_letters
from tests.district import District
from tests.fakes import FakeClock, House, Person
from tests.inviting import (
    BRANCH,
    DEPUTY,
    FRIDAY_3PM,
    NEWCOMER,
    count,
    draft,
    send_invitations,
)


async def test_one_reminder_the_evening_before_and_none_on_the_day(
    secretary: Person, teacher: Person, house: House, clock: FakeClock, database: Database
) -> None:
    await send_invitations(secretary, house)
    before = len(teacher.screen)

    async def sweep() -> None:
        with database.begin() as session:
            while meetings_letters.remind(session, at=clock.now()):
                pass
        await house.deliver()

    clock.at = datetime(2026, 12, 3, 10, 0, tzinfo=UTC)  # 18:00
    await sweep()
    assert len(teacher.screen) == before
    clock.at = datetime(2026, 12, 3, 10, 31, tzinfo=UTC)
    await sweep()
    await sweep()
    (reminder,) = teacher.screen[before:]
    assert reminder.text.splitlines()[0] == "提醒：12月主题党日"
    clock.at = datetime(2026, 12, 4, 6, 0, tzinfo=UTC)
    await sweep()
    assert len(teacher.screen) == before + 1


async def test_nobody_who_has_leave_is_reminded_and_whoever_joined_meanwhile_is_invited(
    secretary: Person,
    teacher: Person,
    house: House,
    clock: FakeClock,
    district: District,
    database: Database,
) -> None:
    await send_invitations(secretary, house)
    joining = district.seat(house, "臧书怀")
    with district.begin() as session:
        moved = update(MembershipRow).where(
            MembershipRow.member_id == district.id_of("臧书怀"), MembershipRow.tree == "party"
        )
        session.execute(moved.values(unit_id=district.unit(BRANCH)))
    await teacher.tap("请假")
    await teacher.tap("课务")
    before = len(teacher.screen)
    clock.at = datetime(2026, 12, 3, 10, 31, tzinfo=UTC)
    with database.begin() as session:
        assert meetings_letters.remind(session, at=clock.now())
    await house.deliver()
    assert len(teacher.screen) == before
    assert joining.screen[-1].text.startswith("12月主题党日")


async def test_a_meeting_on_monday_is_called_to_mind_on_friday_evening(
    database: Database, district: District
) -> None:
    del district
    monday = datetime(2026, 12, 7, 7, 0, tzinfo=UTC)
    assert agenda.evening_before(monday) == datetime(2026, 12, 4, 10, 30, tzinfo=UTC)


async def test_the_secretary_sees_how_each_meeting_stands_and_what_comes_next(
    secretary: Person, teacher: Person, house: House, clock: FakeClock
) -> None:
    await send_invitations(secretary, house)
    await teacher.tap("我会到")
    listed = await secretary.say("会议")
    assert "等开会，会到 2/4，请假 0" in listed.text
    shown = await secretary.tap("12月4日")
    assert "应到 4 人：会到 2，请假 0，没回 2" in shown.text, "whoever called it comes"
    await secretary.tap("谁还没回", on=shown)
    assert f"：{DEPUTY}、{NEWCOMER}。" in secretary.screen[-1].text
    clock.at = FRIDAY_3PM - timedelta(minutes=20)
    await teacher.say("签到")
    assert "已签到 1/4" in (await secretary.say("会议")).text
    soon = await secretary.tap("12月4日")
    assert "已签到 1 人。" in soon.text
    assert {"点名", "大屏签到", "改时间地点"} <= set(soon.labels)
    clock.at = FRIDAY_3PM + timedelta(hours=2)
    assert "该点名了" in (await secretary.say("会议")).text


async def test_a_call_that_was_cut_off_is_finished_after_the_restart_and_sent_once(
    app: App, secretary: Person, teacher: Person, house: House, database: Database
) -> None:
    review = await draft(secretary)
    incoming = secretary.incoming(tap=review.key("发出").token, ack="a")
    await house.accept([incoming])
    # The same event again, as after a kill between the commit and the platform's answer.
    await house.accept([incoming])
    assert await app.dispatcher.recover(set()) == 0
    await house.deliver()
    await house.deliver()
    assert count(database, MeetingRow) == 1
    assert len(teacher.screen) == 1


async def test_a_turn_that_dies_between_call_and_letters_leaves_nothing_and_is_repeated_whole(
    secretary: Person,
    teacher: Person,
    house: House,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    review = await draft(secretary)
    post, seen = meetings_letters.outbox.post, list[int]()

    def dies_once(*args: Any, **names: Any) -> int:
        seen.append(1)
        if len(seen) == 1:
            raise RuntimeError("killed")
        return post(*args, **names)

    monkeypatch.setattr(meetings_letters.outbox, "post", dies_once)
    await secretary.tap("发出", on=review)
    await house.deliver()
    assert len(seen) > 1
    assert count(database, MeetingRow) == 1
    assert count(database, AttendanceRow) == 4
    assert len(teacher.screen) == 1
