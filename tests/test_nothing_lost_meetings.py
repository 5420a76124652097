"""Meetings under bad timing: two who change, join or cancel at once, and buttons left standing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select

from bot.db.models import AttendanceRow, DeliveryRow, MeetingRow
from bot.services import agenda, changing, expected, leave, meetings, outbox, seating
from bot.services.meetings import Call
from handlers import meetings_letters
from tests.called import call as called
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House, Person
from tests.inviting import BRANCH, OTHER, SECRETARY, seat
from tests.inviting import send_invitations as call
from tests.patience import PATIENCE

TUESDAY = MONDAY_NOON + timedelta(days=1)
THIRD = "青澜一中第一党支部"


def once(work: Callable[[], object]) -> Callable[[], None]:
    """Let somebody else do their work now, or as soon as we are done, where they have to wait."""
    threads: list[Thread] = []

    def start() -> None:
        if not threads:
            threads.append(Thread(target=work))
            threads[0].start()
            threads[0].join(1)

    start.threads = threads  # type: ignore[attr-defined]
    return start


def ended(start: Any) -> None:
    for thread in start.threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


async def test_a_change_that_was_asked_before_another_one_does_not_take_that_back(
    secretary: Person, district: District, house: House
) -> None:
    await call(secretary, house)
    await secretary.tap("改时间地点")
    asked = await secretary.say("12月11日")
    await secretary.tap("改时间地点")
    await secretary.tap("改地点")
    await secretary.say("一楼报告厅")
    await secretary.tap("发出变更")
    again = await secretary.tap("发出变更", on=asked)
    assert "12月11日" in again.text
    assert "发出变更" in again.labels, "it is asked once more"
    await secretary.tap("发出变更", on=again)
    with district.database.read() as session:
        row = session.scalars(select(MeetingRow)).one()
    assert (row.place, row.starts_at.day, row.version) == ("一楼报告厅", 11, 3)


async def test_who_is_asked_to_join_is_not_asked_to_what_is_cancelled_or_at_another_time(
    secretary: Person, district: District, house: House, clock: FakeClock
) -> None:
    other = district.seat(house, "宗景行")
    clock.forward(hours=10)  # at night: the question waits for the morning
    await secretary.say("开会")
    await secretary.tap("结对共建")
    for text in (OTHER, "12月9日 15:00", "二中报告厅", "共读一本书"):
        await secretary.say(text)
    sent = await secretary.tap("发出")
    await secretary.tap("改时间地点", on=sent)
    await secretary.say("12月10日")
    await secretary.tap("发出变更")
    clock.forward(hours=11)
    await house.deliver()
    asked = [each.text for each in other.screen if "想和" in each.text]
    assert len(asked) == 1
    assert "12月10日" in asked[0]
    await secretary.tap("改时间地点", on=sent)
    await secretary.say("12月11日")
    await secretary.tap("发出变更")
    await house.deliver()
    assert "12月11日" in other.screen[-1].text, "a question that no longer holds is asked anew"
    clock.forward(hours=13)
    await secretary.tap("改时间地点", on=sent)
    await secretary.say("12月8日")
    await secretary.tap("发出变更")
    await secretary.tap("取消会议", on=sent)
    await secretary.tap("确定取消")
    clock.forward(hours=11)
    await house.deliver()
    assert not [each for each in other.screen if "12月8日" in each.text]


def test_whoever_is_sent_the_invitation_while_it_is_cancelled_hears_of_that(
    district: District, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    district.seat(house, "简疏桐")
    meeting_id = called(district, starts_at=TUESDAY)
    person = district.id_of("简疏桐")
    with district.begin() as session:
        meeting = meetings.show(session, meeting_id)
        meetings_letters.post_invitations(session, meeting, [person], at=MONDAY_NOON)

    def send() -> None:
        with district.begin() as session:
            outbox.claim(session, process="other", at=MONDAY_NOON)

    sending = once(send)
    told = agenda.told

    def told_late(*of: Any) -> set[int]:
        found = told(*of)
        sending()
        return found

    monkeypatch.setattr(agenda, "told", told_late)
    with district.begin() as session:
        meeting, _ = changing.cancel(session, None, meeting_id)
        meetings_letters.post_cancellation(session, meeting, but=None, at=MONDAY_NOON)
    ended(sending)
    with district.database.read() as session:
        rows = session.execute(select(DeliveryRow.key, DeliveryRow.state)).all()
    states = {str(row.key).split(":")[2]: row.state for row in rows}
    assert states.get("v1") != "sending" or "cancelled" in states


def test_two_branches_that_join_at_once_both_have_seats(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = tuple(district.unit(name) for name in (THIRD, BRANCH, OTHER))
    wish = Call("joint", ids, TUESDAY, "共读一本书", subkind="party_day")
    with district.begin() as session:
        caller = district.member("陆见微")
        meeting, _ = meetings.call(session, caller, wish, key="joint", at=MONDAY_NOON)
    people = {BRANCH: district.member(SECRETARY), OTHER: district.member("宗景行")}

    def join(name: str) -> None:
        with district.begin() as session:
            unit = ids[(THIRD, BRANCH, OTHER).index(name)]
            seating.agree(session, people[name], meeting.id, unit, at=MONDAY_NOON)

    second = once(lambda: join(OTHER))
    together = expected.together

    def slow(*of: Any, **more: Any) -> Any:
        found = together(*of, **more)
        second()
        return found

    monkeypatch.setattr(expected, "together", slow)
    join(BRANCH)
    ended(second)
    with district.database.read() as session:
        seated = set(session.scalars(select(AttendanceRow.unit_id)))
    assert seated == set(ids)


def test_a_yes_to_the_old_time_does_not_count_for_the_new_one(district: District) -> None:
    meeting_id = called(district, starts_at=TUESDAY)
    who = district.member("简疏桐")

    def move() -> None:
        with district.begin() as session:
            later = TUESDAY + timedelta(days=1)
            changing.change(session, None, meeting_id, starts_at=later, at=MONDAY_NOON)

    moving = once(move)
    with district.begin() as session:
        leave.take_seat(session, who, meeting_id)
        assert meetings.show(session, meeting_id).version == 1
        moving()
        leave.come(session, who, meeting_id, at=MONDAY_NOON)
    ended(moving)
    assert seat(district, "简疏桐").reply == "none"


def test_a_meeting_that_is_moved_as_its_reminder_is_made_is_reminded_of_again(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting_id = called(district, starts_at=TUESDAY)
    evening = agenda.evening_before(TUESDAY)
    before = agenda.evening_before

    def move() -> None:
        with district.begin() as session:
            later = TUESDAY + timedelta(days=7)
            changing.change(session, None, meeting_id, starts_at=later, at=evening)

    moving = once(move)

    def slow(starts_at: Any) -> Any:
        moving()
        return before(starts_at)

    monkeypatch.setattr(agenda, "evening_before", slow)
    with district.begin() as session:
        agenda.to_remind(session, at=evening)
    ended(moving)
    with district.database.read() as session:
        row = session.get_one(MeetingRow, meeting_id)
    assert (row.starts_at, row.reminded_at) == (TUESDAY + timedelta(days=7), None)
