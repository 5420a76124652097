"""The letters of a meeting: invitation, change, cancellation, reminder; each once to each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from bot.core.chat import Button, Message, Reply
from bot.services import agenda, gate, mailings, outbox, seating
from bot.services.changing import Change
from bot.services.meetings import Meeting
from bot.services.outbox import Letter
from bot.services.superseding import Old
from handlers.texts import meetings as words
from handlers.texts.attendance import CHECK_IN

# On the day itself, when that is wished: so long before the start.
_BEFORE_START = timedelta(hours=2)


def answers(meeting: Meeting, *, takes: bool = True) -> list[Any]:
    """The buttons of an invitation: the same for all, of this state of the meeting.

    A letter stays till the meeting, so it has the button to check in; what is shown anew has it
    only while the meeting `takes` check-ins.
    """
    check_in = [Button(CHECK_IN, "attendance.here", meeting.id, is_shared=True)]
    this = (meeting.id, meeting.version)
    return [
        [
            Button(words.COME, "meetings.come", *this, is_shared=True),
            Button(words.LEAVE, "meetings.leave", *this, is_shared=True),
        ],
        [
            *(check_in if takes else ()),
            Button(words.CALENDAR, "meetings.ics", meeting.id, is_shared=True),
        ],
    ]


def post_invitations(
    session: Any, meeting: Meeting, members: Iterable[int], *, at: datetime
) -> list[int]:
    """One letter to those expected, one to the guests; who has had it already gets no second."""
    wanted, seats = set(members), agenda.invited(session, meeting.id)
    for some, way in ((seats.expected, "call"), (seats.guests, "guest")):
        text = words.invitation(meeting, is_guest=way == "guest")
        letter = _letter(meeting, way, text, gate.Purpose.INVITATION)
        _post(session, letter, [each for each in some if each in wanted], at)
    return [each for each in (*seats.expected, *seats.guests) if each in wanted]


def post_change(session: Any, change: Change, *, but: int | None, at: datetime) -> int:
    """Old → new to whoever has read of the old; who has not is invited to the new."""
    meeting, told = change.new, agenda.told(session, change.new.id)
    outbox.withdraw_topic(session, _topic(change.old), at=at)
    outbox.withdraw_topic(session, f"{meeting.subject}:eve", at=at)
    seats = agenda.invited(session, meeting.id)
    unseated = agenda.hosts(session, meeting.id) - {*seats.everybody}
    everybody = {each for each in (*seats.everybody, *unseated) if each != but}
    for some, way in (
        ((*seats.expected, *unseated), "moved"),
        (seats.guests, "moved-guest"),
        (seats.on_leave, "moved-leave"),
    ):
        text = words.changed(change, is_guest=way == "moved-guest", has_leave=way == "moved-leave")
        letter = _letter(meeting, way, text, gate.Purpose.CHANGE)
        _post(session, letter, [each for each in some if each in everybody & told], at)
    post_invitations(session, meeting, everybody - told, at=at)
    _tell_gone(session, change, told, at)
    return len(everybody)


def _tell_gone(session: Any, change: Change, told: set[int], at: datetime) -> None:
    text, key = words.no_longer(change.new), f"{change.new.subject}:v{change.new.version}:gone"
    letter = Letter(key, Reply(text), gate.Purpose.CHANGE, expires_at=change.new.starts_at)
    _post(session, letter, [each for each in change.gone if each in told], at)


def post_cancellation(session: Any, meeting: Meeting, *, but: int | None, at: datetime) -> int:
    """Once to everybody who may have read of it; what still waits is taken back."""
    told = agenda.told(session, meeting.id)
    for version in range(1, meeting.version + 1):
        outbox.withdraw_topic(session, f"{meeting.subject}:v{version}", at=at)
    outbox.withdraw_topic(session, f"{meeting.subject}:eve", at=at)
    for unit in meeting.asked:
        outbox.withdraw_topic(session, asking(meeting.id, unit.id), at=at)
    seats = agenda.invited(session, meeting.id)
    text = words.cancelled(meeting)
    letter = Letter(
        f"{meeting.subject}:cancelled",
        Reply(text, about=meeting.subject),
        gate.Purpose.CANCELLATION,
        expires_at=meeting.ends_at,
    )
    knowing = {*seats.everybody, *agenda.hosts(session, meeting.id)}
    some = sorted(each for each in knowing & told if each != but)
    _post(session, letter, some, at)
    return len(some)


def outdated(old: Old) -> Message:
    """What an invitation says once it no longer holds; without buttons."""
    return Message(words.outdated(old.text, is_cancelled=old.is_cancelled))


def asking(meeting_id: int, unit_id: int) -> str:
    """The topic of the question whether another unit joins."""
    return f"meeting:{meeting_id}:ask:{unit_id}"


def _topic(meeting: Meeting) -> str:
    return f"{meeting.subject}:v{meeting.version}"


def _letter(meeting: Meeting, way: str, text: str, purpose: gate.Purpose) -> Letter:
    return Letter(
        f"{_topic(meeting)}:{way}",
        Reply(text, answers(meeting), about=meeting.subject),
        purpose,
        topic=_topic(meeting),
        expires_at=meeting.starts_at,
    )


def _post(session: Any, letter: Letter, members: Iterable[int], at: datetime) -> None:
    mailings.post(session, letter, [f"m{each}" for each in members], at=at)


def remind(session: Any, *, at: datetime) -> bool:
    """The evening before: the roster is looked at again, then one reminder; True while more wait.

    For the sweep, one meeting a short transaction. On the day itself only when that was wished.
    """
    meeting = agenda.to_remind(session, at=at)
    if meeting is None:
        return False
    moved = seating.reconcile(session, meeting.id)
    told = agenda.told(session, meeting.id)
    post_invitations(session, meeting, [seat.member_id for seat in moved.added], at=at)
    _tell_gone(session, Change(meeting, meeting, gone=moved.gone), told, at)
    seats = agenda.invited(session, meeting.id)
    told.add(meeting.called_by or 0)
    some = [each for each in (*seats.expected, *seats.guests) if each in told]
    evening = agenda.evening_before(meeting.starts_at)
    if some and not agenda.is_fresh(session, meeting):
        end = agenda.evening_ends(meeting.starts_at)
        _remind(session, meeting, "eve", some, (evening, end), at)
    if some and meeting.on_the_day:
        start = meeting.starts_at
        _remind(session, meeting, "day", some, (start - _BEFORE_START, start), at)
    return True


def _remind(
    session: Any,
    meeting: Meeting,
    way: str,
    members: list[int],
    between: tuple[datetime, datetime],
    at: datetime,
) -> None:
    letter = Letter(
        f"{meeting.subject}:{way}:{meeting.version}",
        Reply(words.reminder(meeting), answers(meeting), about=meeting.subject),
        gate.Purpose.EVE,
        topic=f"{meeting.subject}:eve",
        due_at=between[0],
        expires_at=between[1],
    )
    _post(session, letter, members, at)
