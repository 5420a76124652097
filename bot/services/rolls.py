"""The roll of a meeting: who is expected, who came, as those responsible for a unit see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.db.models import AttendanceRow, DeliveryRow, MeetingRow, MemberRow, RecordRow
from bot.services import meetings, quorum, tally, units
from bot.services.meetings import Meeting
from bot.services.members import Member
from bot.services.quorum import Check
from bot.services.tally import Tally
from bot.services.units import Unit

# Who asked for leave and was not answered did not come, unless marked otherwise.
LEAVE = ("asked", "approved")
_ASKED_FOR = timedelta(days=2)


@dataclass(frozen=True)
class Line:
    """One person of a roll. `has_twin`: another one here has the same name."""

    member_id: int
    name: str
    number: str
    unit_id: int
    is_expected: bool
    status: str
    reason: str
    late_by: int
    leave_state: str
    has_twin: bool = False

    @property
    def is_away(self) -> bool:
        """Whether the roll will say leave unless something else is marked."""
        return self.status == "leave" or (self.status == "none" and self.leave_state in LEAVE)


@dataclass(frozen=True)
class Roll:
    """The people of the caller's own units at a meeting. `is_done`: nobody expected is unmarked.

    `is_called`: each of these units has called its roll. `confirmed` are the units whose records
    are, so that a change needs a reason.
    """

    meeting: Meeting
    units: tuple[Unit, ...]
    lines: tuple[Line, ...]
    tally: Tally
    check: Check
    confirmed: frozenset[int] = frozenset()
    is_called: bool = False

    @property
    def is_done(self) -> bool:
        return not any(each.is_expected and each.status == "none" for each in self.lines)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to call."""
        return self.is_done and (self.is_called or self.meeting.state == "closed")


@dataclass(frozen=True)
class Call:
    """A roll to be brought to somebody who answers for the unit."""

    meeting: Meeting
    unit_id: int
    member_id: int

    @property
    def topic(self) -> str:
        return topic(self.meeting.id, self.unit_id)

    @property
    def key(self) -> str:
        return f"{self.topic}:{self.meeting.version}:m{self.member_id}"

    @property
    def expires_at(self) -> datetime:
        return self.meeting.ends_at + _ASKED_FOR


def show(session: Session, actor: Member | None, meeting_id: int) -> Roll:
    """The roll as it stands. Raises Refused: meeting_gone, meeting_not_yours."""
    meeting = meetings.require(session, actor, meeting_id)
    mine = meetings.mine_of(session, actor, meeting)
    counted = _together([tally.count(session, meeting_id, unit.id) for unit in mine])
    check = quorum.to_begin(meeting.counts_as, meeting.purpose, counted)
    lines = tuple(_lines(session, meeting_id, mine))
    is_called = {unit.id for unit in mine} <= called(session, meeting_id)
    confirmed = _confirmed(session, meeting_id)
    return Roll(meeting, tuple(mine), lines, counted, check, confirmed, is_called)


def line(session: Session, actor: Member | None, meeting_id: int, member_id: int) -> Line:
    """One person of the actor's own roll. Raises Refused: as show, roll_nobody."""
    for each in show(session, actor, meeting_id).lines:
        if each.member_id == member_id:
            return each
    raise Refused("roll_nobody")


def due(session: Session, *, at: datetime) -> list[Call]:
    """Whom to bring the roll of meetings whose time is over, and whose unit has not called it yet.

    That another unit has called its own, or closed the meeting, changes nothing for whoever still
    has somebody to mark. Nobody is brought it twice, unless the meeting was moved.
    """
    rows = session.scalars(
        select(MeetingRow)
        .where(
            MeetingRow.state != "cancelled",
            MeetingRow.id.in_(_uncalled()),
            MeetingRow.starts_at <= at,
            MeetingRow.starts_at > at - _ASKED_FOR,
            # One that was written down afterwards showed its roll at once.
            MeetingRow.called_at <= MeetingRow.starts_at,
        )
        .order_by(MeetingRow.id)
    ).all()
    over = [row for row in rows if row.starts_at + timedelta(minutes=row.lasts) <= at]
    calls = [
        Call(meeting, unit.id, member_id)
        for meeting in meetings.shown(session, over)
        for unit in meeting.units
        if _is_to_call(session, meeting, unit)
        for member_id in _askable(session, meeting, unit, at)
    ]
    keys = [call.key for call in calls]
    known = set(session.scalars(select(DeliveryRow.key).where(DeliveryRow.key.in_(keys))))
    return [call for call in calls if call.key not in known]


def topic(meeting_id: int, unit_id: int) -> str:
    """What the deliveries of a roll are taken back by when somebody has called it."""
    return f"roll:{meeting_id}:{unit_id}"


def called(session: Session, meeting_id: int) -> frozenset[int]:
    """The units whose own roll was called."""
    found = select(RecordRow.unit_id).where(
        RecordRow.meeting_id == meeting_id, RecordRow.rolled_at.is_not(None)
    )
    return frozenset(session.scalars(found))


def _uncalled() -> Select[int]:
    """The meetings of which some unit has not called its roll."""
    return select(RecordRow.meeting_id).where(
        RecordRow.agreed_at.is_not(None),
        RecordRow.rolled_at.is_(None),
        RecordRow.confirmed_at.is_(None),
    )


def _is_to_call(session: Session, meeting: Meeting, unit: Unit) -> bool:
    if unit.id in called(session, meeting.id):
        return False
    return meeting.state != "closed" or tally.count(session, meeting.id, unit.id).unmarked > 0


def _confirmed(session: Session, meeting_id: int) -> frozenset[int]:
    found = select(RecordRow.unit_id).where(
        RecordRow.meeting_id == meeting_id, RecordRow.confirmed_at.is_not(None)
    )
    return frozenset(session.scalars(found))


def _askable(session: Session, meeting: Meeting, unit: Unit, at: datetime) -> Sequence[int]:
    """Who called it, when that is one of those who answer for the unit; else all of these."""
    found = units.responsible(session, unit.id, on=local_day(at))
    return [meeting.called_by] if meeting.called_by in found else found


def _lines(session: Session, meeting_id: int, mine: Sequence[Unit]) -> list[Line]:
    rows = session.execute(
        select(AttendanceRow, MemberRow.name, MemberRow.number)
        .join(MemberRow, MemberRow.id == AttendanceRow.member_id)
        .where(of(meeting_id, mine))
        .order_by(AttendanceRow.is_expected.desc(), MemberRow.number, MemberRow.id)
        .execution_options(populate_existing=True)
    ).all()
    names = [name for _, name, _ in rows]
    return [
        Line(
            row.member_id,
            name,
            number,
            row.unit_id,
            row.is_expected,
            row.status,
            row.reason,
            row.late_by,
            row.leave_state,
            names.count(name) > 1,
        )
        for row, name, number in rows
    ]


def of(meeting_id: int, mine: Sequence[Unit]) -> ColumnElement[bool]:
    """A condition on AttendanceRow: the seats of these units at that meeting."""
    return (AttendanceRow.meeting_id == meeting_id) & AttendanceRow.unit_id.in_(
        [unit.id for unit in mine]
    )


def _together(parts: Sequence[Tally]) -> Tally:
    fields: Any = Tally.__dataclass_fields__
    return Tally(**{name: sum(getattr(each, name) for each in parts) for name in fields})
