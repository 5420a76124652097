"""Seats that change after the call: another branch joins or stays away, the roster moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.db.engine import hold
from bot.db.models import AttendanceRow, RecordRow
from bot.services import expected, meetings, records, rolls, units
from bot.services.expected import Seat
from bot.services.meetings import Meeting
from bot.services.members import Member


@dataclass(frozen=True)
class Reconciled:
    """What a changed roster did to a meeting: who is expected now, and who no longer is."""

    added: tuple[Seat, ...] = ()
    gone: tuple[int, ...] = ()


def agree(
    session: Session, actor: Member, meeting_id: int, unit_id: int, *, at: datetime
) -> tuple[Meeting, tuple[Seat, ...]]:
    """Another branch joins: its people get seats. Nobody new when it had joined already.

    Raises Refused: meeting_gone, meeting_over, meeting_not_your_unit, month_closed.
    """
    record = _asked(session, actor, meeting_id, unit_id)
    month = records.month_of(meetings.show(session, meeting_id).starts_at)
    records.require_open(session, unit_id, month)
    done: Any = session.execute(
        update(RecordRow)
        .where(RecordRow.id == record.id, RecordRow.agreed_at.is_(None))
        .values(agreed_at=at, agreed_by=actor.id)
    )
    if done.rowcount != 1:
        return meetings.show(session, meeting_id), ()
    return meetings.show(session, meeting_id), reconcile(session, meeting_id).added


def decline(session: Session, actor: Member, meeting_id: int, unit_id: int) -> Meeting:
    """Another branch stays away: it keeps no record. Raises Refused as agree does."""
    record = _asked(session, actor, meeting_id, unit_id)
    session.execute(
        delete(RecordRow).where(RecordRow.id == record.id, RecordRow.agreed_at.is_(None))
    )
    return meetings.show(session, meeting_id)


def reconcile(session: Session, meeting_id: int) -> Reconciled:
    """Make the seats those of the day again after the roster, the day or the branches changed.

    Guests stay; so does everybody whose attendance was already marked, and whatever a branch has
    that called its roll.
    """
    # Two branches may join at once: each has to see that the other has.
    hold(session, f"seats:{meeting_id}")
    meeting = meetings.show(session, meeting_id)
    day = local_day(meeting.starts_at)
    over = rolls.called(session, meeting_id)
    found = expected.together(
        session, [unit.id for unit in meeting.units], meeting.counts_as, on=day
    )
    wanted = {seat.member_id: seat for seat in found if seat.unit_id not in over}
    seated = select(AttendanceRow).where(AttendanceRow.meeting_id == meeting_id)
    rows = session.scalars(seated.execution_options(populate_existing=True))
    there = {row.member_id: row for row in rows}
    free = {key: row for key, row in there.items() if row.unit_id not in over}
    gone = [
        key
        for key, row in free.items()
        if key not in wanted and row.why != "guest" and row.status == "none"
    ]
    for key, row in free.items():
        if key in wanted and row.status == "none":
            seat = wanted[key]
            row.unit_id, row.is_expected = seat.unit_id, seat.is_expected
            row.has_vote, row.why = seat.has_vote, seat.why
    session.flush()
    session.execute(
        delete(AttendanceRow).where(
            AttendanceRow.meeting_id == meeting_id,
            AttendanceRow.member_id.in_(gone),
            AttendanceRow.status == "none",
        )
    )
    added = tuple(seat for key, seat in wanted.items() if key not in there)
    expected.seat(session, meeting_id, added)
    return Reconciled(added, tuple(gone))


def _asked(session: Session, actor: Member, meeting_id: int, unit_id: int) -> RecordRow:
    meeting = meetings.show(session, meeting_id)
    if meeting.state != "planned":
        raise Refused("meeting_over")
    unit = units.get(session, unit_id)
    found = select(RecordRow).where(
        RecordRow.meeting_id == meeting_id, RecordRow.unit_id == unit_id
    )
    record = session.scalars(found).one_or_none()
    if record is None:
        raise Refused("meeting_gone")
    if unit is None or not meetings.may_call(session, actor, unit):
        raise Refused("meeting_not_your_unit")
    return record
