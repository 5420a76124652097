"""Old invitations marked where they stand when a meeting is moved or cancelled (promise 5)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.app import App
from bot.core.errors import SendFailed
from bot.db.engine import Database
from bot.db.models import DeliveryRow, MeetingRow
from bot.services import superseding
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House, Person, Standing
from tests.inviting import TEACHER, send_invitations

OLD = "这条通知已作废，以新的通知为准。发“我的会议”可以看现在的安排。"

# Those that have reached somebody.
INVITATIONS = select(DeliveryRow).where(
    DeliveryRow.purpose == "invitation", DeliveryRow.native_id.is_not(None)
)


async def move(secretary: Person, to: str = "12月11日") -> None:
    await secretary.say("会议")
    await secretary.tap("12月")
    await secretary.tap("改时间地点")
    await secretary.say(to)
    await secretary.tap("发出变更")


def reasons(database: Database) -> list[str | None]:
    with database.read() as session:
        return list(session.scalars(INVITATIONS.with_only_columns(DeliveryRow.reason)))


async def test_a_moved_meeting_marks_the_invitation_that_stands_without_a_tap(
    app: App, secretary: Person, teacher: Person, house: House
) -> None:
    await send_invitations(secretary, house)
    (old,) = teacher.screen
    await move(secretary)
    await house.deliver()
    await app.bulletins.outdate()
    first, second = teacher.screen
    assert first.id == old.id
    assert first.text.splitlines()[:2] == [OLD, "12月主题党日"]
    assert "时间：12月4日（周五）15:00" in first.text, "what it said can still be read"
    assert first.labels == []
    assert second.labels[:2] == ["我会到", "请假"]


async def test_marking_again_changes_nothing_and_a_second_change_marks_the_first(
    app: App, secretary: Person, teacher: Person, house: House
) -> None:
    await send_invitations(secretary, house)
    for day in ("12月11日", "12月18日"):
        await move(secretary, day)
        await house.deliver()
        await app.bulletins.outdate()
        await app.bulletins.outdate()
    assert [each.text.startswith(OLD) for each in teacher.screen] == [True, True, False]
    assert "12月18日（周五）15:00" in teacher.screen[-1].text


async def test_a_cancelled_meeting_takes_every_button_away(
    app: App, secretary: Person, teacher: Person, house: House
) -> None:
    await send_invitations(secretary, house)
    await teacher.tap("我会到")
    await secretary.tap("取消会议")
    await secretary.tap("确定取消")
    await house.deliver()
    await app.bulletins.outdate()
    assert teacher.screen[0].text.startswith("这个会议取消了，不用参加。\n12月主题党日")
    assert [each.labels for each in teacher.screen] == [[], []]


@pytest.mark.parametrize(
    ("failed", "reason"),
    [
        (SendFailed("gone", permanent=True), superseding.STAYED),
        (SendFailed("away", retry_after=3), None),
    ],
)
async def test_what_cannot_be_changed_fails_nobody_and_sends_nothing(
    app: App,
    secretary: Person,
    teacher: Person,
    database: Database,
    failed: SendFailed,
    reason: str | None,
) -> None:
    house = teacher.house
    await send_invitations(secretary, house)
    await move(secretary)
    await house.deliver()
    before = len(teacher.screen)
    house.platform.failures.append(failed)
    await app.bulletins.outdate()
    assert reasons(database) == [reason]
    await app.bulletins.outdate()
    assert len(teacher.screen) == before
    assert teacher.screen[0].text.startswith(OLD) is (reason is None)


async def test_a_message_that_holds_other_news_too_is_left_alone(
    app: App, secretary: Person, teacher: Person, house: House, database: Database
) -> None:
    await send_invitations(secretary, house)
    with database.begin() as session:
        (invitation,) = session.scalars(INVITATIONS)
        session.add(
            DeliveryRow(
                key="else",
                owner=invitation.owner,
                lane=2,
                purpose="notice",
                state="sent",
                due_at=MONDAY_NOON,
                made_at=MONDAY_NOON,
                attempts=1,
                merged_into=invitation.id,
            )
        )
    await move(secretary)
    await house.deliver()
    await app.bulletins.outdate()
    assert not teacher.screen[0].text.startswith(OLD)
    assert superseding.STAYED in reasons(database)


async def test_what_was_being_sent_while_it_changed_is_marked_once_it_stands(
    app: App, secretary: Person, teacher: Person, house: House, database: Database
) -> None:
    await send_invitations(secretary, house)
    set_state(database, "sending")
    await move(secretary)
    await app.bulletins.outdate()
    assert not teacher.screen[0].text.startswith(OLD)
    set_state(database, "sent")
    await app.bulletins.outdate()
    assert teacher.screen[0].text.startswith(OLD)
    with database.read() as session:
        assert not session.scalars(select(MeetingRow.is_at_work)).one()


def set_state(database: Database, state: str) -> None:
    with database.begin() as session:
        for row in session.scalars(INVITATIONS):
            row.state = state


async def test_marking_goes_on_after_a_restart_where_it_was_cut_off(
    app: App,
    secretary: Person,
    district: District,
    house: House,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people: list[Person] = [district.seat(house, each) for each in (TEACHER, "糜远山", "阮听雨")]
    monkeypatch.setattr(superseding, "AT_ONCE", 1)
    await send_invitations(secretary, house)
    await move(secretary)
    await house.deliver()
    house.platform.failures += [SendFailed("away", retry_after=1)]
    await app.bulletins.outdate()
    clock.forward(seconds=timedelta(seconds=5).total_seconds())
    await app.bulletins.outdate()
    old: list[Standing] = [each.screen[0] for each in people]
    assert all(each.text.startswith(OLD) for each in old)
