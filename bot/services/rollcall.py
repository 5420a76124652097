"""Closing a meeting by exception: the secretary taps the absent, everyone else was there.

Whoever answers for a unit calls the roll of its own people, and waits for no other unit with it;
the one that called the meeting also closes it. Marks can be changed by hand afterwards, as
records.take allows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from bot.core import moments
from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.db.models import AttendanceRow, MeetingRow, RecordRow
from bot.services import expected, meetings, records, rolls, screen
from bot.services.meetings import Meeting
from bot.services.members import Member
from bot.services.records import Change
from bot.services.rolls import Roll

_MISSED = ("leave", "absent")
_ENDS_LATE = timedelta(hours=1)


@dataclass(frozen=True)
class Mark:
    """What a person is marked as; `reason` of an absence is a category, `note` says why a
    confirmed record is changed.
    """

    status: str
    reason: str = ""
    note: str = ""


def mark(
    session: Session,
    actor: Member | None,
    meeting_id: int,
    member_id: int,
    wish: Mark,
    *,
    at: datetime,
) -> int | None:
    """Mark one person by hand; gives the record's id, or None when it stood there already.

    Raises Refused: meeting_gone, meeting_not_yours, roll_nobody, roll_early, and as records.take
    does.
    """
    meeting = meetings.require(session, actor, meeting_id)
    _require_begun(meeting, at, screen.OPENS_BEFORE)
    unit_id = _seat(session, actor, meeting, member_id).unit_id
    record = _record(session, actor, meeting_id, unit_id, wish.note)
    row = _seat(session, actor, meeting, member_id, is_held=True)
    asked = row.reason if row.leave_state != "none" else ""
    reason = (wish.reason or asked) if wish.status in _MISSED else asked
    before, after = _told(row.status, row.reason), _told(wish.status, reason)
    if before == after:
        return None
    is_empty = wish.status == "none"
    row.status, row.reason, row.way = wish.status, reason, None if is_empty else "hand"
    row.marked_by = None if is_empty or actor is None else actor.id
    change = Change("attendance", before, after, member_id)
    records.note(session, actor, record, [change], reason=wish.note, at=at)
    session.flush()
    return record.id


def require_open(session: Session, actor: Member | None, meeting_id: int, unit_id: int) -> None:
    """Said before anybody is asked for a reason. Raises Refused: record_gone, month_closed."""
    record_id = records.record_of(session, meeting_id, unit_id)
    if record_id is not None:
        records.held(session, actor, record_id)


def clear(
    session: Session, actor: Member | None, meeting_id: int, member_id: int, *, at: datetime
) -> int | None:
    """Take back a mark that was tapped by mistake: whoever had checked in is there again."""
    meeting = meetings.require(session, actor, meeting_id)
    row = _seat(session, actor, meeting, member_id)
    before = "none" if row.at is None else "late" if row.late_by else "present"
    is_over = meeting.state == "closed" or row.unit_id in rolls.called(session, meeting_id)
    if before == "none" and is_over and row.is_expected:
        before = "present"
    return mark(session, actor, meeting_id, member_id, Mark(before), at=at)


def add_guest(
    session: Session,
    actor: Member | None,
    meeting_id: int,
    member_id: int,
    *,
    note: str = "",
    at: datetime,
) -> int | None:
    """Somebody of the roster who was not expected is there: 列席. None when they were already.

    Raises Refused: roll_nobody for who has left, and as mark does.
    """
    meeting = meetings.require(session, actor, meeting_id)
    own = meetings.mine_of(session, actor, meeting)[0]
    guest = expected.guest(session, member_id, own.id, on=local_day(meeting.starts_at))
    if guest is None:
        raise Refused("roll_nobody")
    expected.seat(session, meeting_id, [guest])
    return mark(session, actor, meeting_id, member_id, Mark("present", note=note), at=at)


def finish(session: Session, actor: Member | None, meeting_id: int, *, at: datetime) -> Roll:
    """Everyone of the actor's units who is not marked was there, or has leave; who called the
    meeting ends it so.

    A second time changes nothing. Raises Refused: meeting_gone, meeting_not_yours, roll_early,
    and as records.take does.
    """
    roll = rolls.show(session, actor, meeting_id)
    _require_begun(roll.meeting, at, timedelta())
    if roll.is_over:
        return roll
    for unit in roll.units:
        record = _record(session, actor, meeting_id, unit.id, "")
        record.rolled_at = record.rolled_at or at
    session.flush()
    _fill(session, meeting_id, [unit.id for unit in roll.units])
    if roll.meeting.units[0] in roll.units:
        _close(session, roll.meeting, at)
    return rolls.show(session, actor, meeting_id)


def undo(session: Session, actor: Member | None, meeting_id: int) -> Roll:
    """Take back what finish filled in; marks by hand and check-ins stay. What the unit that called
    it undoes is open again.

    Raises Refused: meeting_gone, meeting_not_yours, record_confirmed, month_closed.
    """
    meeting = meetings.require(session, actor, meeting_id)
    mine = meetings.mine_of(session, actor, meeting)
    for unit in mine:
        _record(session, actor, meeting_id, unit.id, "").rolled_at = None
    session.flush()
    session.execute(
        update(AttendanceRow)
        .where(rolls.of(meeting_id, mine), AttendanceRow.way == "exception")
        .values(status="none", way=None)
        .execution_options(synchronize_session=False)
    )
    if meeting.units[0] in mine:
        session.execute(
            update(MeetingRow)
            .where(MeetingRow.id == meeting_id, MeetingRow.state == "closed")
            .values(state="open", ended_at=None)
            .execution_options(synchronize_session=False)
        )
    return rolls.show(session, actor, meeting_id)


def _seat(
    session: Session,
    actor: Member | None,
    meeting: Meeting,
    member_id: int,
    *,
    is_held: bool = False,
) -> AttendanceRow:
    """The row of a person of the actor's own units."""
    mine = meetings.mine_of(session, actor, meeting)
    query = select(AttendanceRow).where(
        rolls.of(meeting.id, mine), AttendanceRow.member_id == member_id
    )
    if is_held:
        query = query.with_for_update()
    row = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise Refused("roll_nobody")
    return row


def _record(
    session: Session, actor: Member | None, meeting_id: int, unit_id: int, note: str
) -> RecordRow:
    """The unit's record, held before any of its attendance, so that nobody waits in a ring."""
    record_id = records.record_of(session, meeting_id, unit_id)
    if record_id is None:
        raise Refused("roll_nobody")
    return records.take(session, actor, record_id, note)


def _fill(session: Session, meeting_id: int, unit_ids: Sequence[int]) -> None:
    away = AttendanceRow.leave_state.in_(rolls.LEAVE)
    session.execute(
        update(AttendanceRow)
        .where(
            AttendanceRow.meeting_id == meeting_id,
            AttendanceRow.unit_id.in_(unit_ids),
            AttendanceRow.is_expected.is_(True),
            AttendanceRow.status == "none",
        )
        .values(status=case((away, "leave"), else_="present"), way="exception")
        .execution_options(synchronize_session=False)
    )


def _close(session: Session, meeting: Meeting, at: datetime) -> None:
    # Whoever calls the roll the next morning does not mean that it lasted the night.
    is_late = at > meeting.ends_at + _ENDS_LATE
    session.execute(
        update(MeetingRow)
        .where(MeetingRow.id == meeting.id, MeetingRow.state.in_(("planned", "open")))
        .values(state="closed", ended_at=meeting.ends_at if is_late else at)
        .execution_options(synchronize_session=False)
    )


def _require_begun(meeting: Meeting, at: datetime, before: timedelta) -> None:
    if at < meeting.starts_at - before:
        opens = moments.when(meeting.starts_at - before)
        raise Refused("roll_early", topic=meeting.topic, opens=opens)


def _told(status: str, reason: str) -> str:
    """As a correction keeps it: present, absent, or absent:duty."""
    return f"{status}:{reason}" if reason and status in _MISSED else status
