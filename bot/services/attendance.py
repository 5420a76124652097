"""Checking in oneself: by the invitation's button, the code, the screen's QR or a command.

There is one row a person and meeting since the call; whoever first fills its status has filled it,
however many taps come at the same time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import Row, Table, and_, bindparam, select, update
from sqlalchemy.orm import Session

from bot.core import moments
from bot.core.errors import Refused
from bot.db.engine import run
from bot.db.models import AddressRow, AttendanceRow, MeetingRow, RecordRow
from bot.services import passes, screen
from bot.services.members import Member

CAME = ("present", "late")
WRONG_AT_MOST = 5
LOCKED_FOR = timedelta(minutes=15)
# Whoever comes from a lesson or stands in the queue at the door was there for the meeting: a hall
# takes some minutes to check in, and no rule of the Party names a minute from which one is late.
GRACE = timedelta(minutes=5)
_SOON = timedelta(hours=12)
_MEETINGS: Table = MeetingRow.__table__  # type: ignore[assignment]
_ATTENDANCE: Table = AttendanceRow.__table__  # type: ignore[assignment]
_RECORDS: Table = RecordRow.__table__  # type: ignore[assignment]
_SEAT = (
    select(
        _MEETINGS.c.id.label("meeting_id"),
        _MEETINGS.c.topic,
        _MEETINGS.c.state,
        _MEETINGS.c.starts_at,
        _MEETINGS.c.lasts,
        _ATTENDANCE.c.id,
        _ATTENDANCE.c.is_expected,
        _ATTENDANCE.c.status,
        _ATTENDANCE.c.late_by,
        _RECORDS.c.rolled_at,
    )
    .outerjoin(
        _ATTENDANCE,
        and_(
            _ATTENDANCE.c.meeting_id == _MEETINGS.c.id,
            _ATTENDANCE.c.member_id == bindparam("member"),
        ),
    )
    .outerjoin(
        _RECORDS,
        and_(
            _RECORDS.c.meeting_id == _MEETINGS.c.id,
            _RECORDS.c.unit_id == _ATTENDANCE.c.unit_id,
        ),
    )
    .where(_MEETINGS.c.id == bindparam("meeting"))
)
_ARRIVE = (
    update(_ATTENDANCE)
    .where(_ATTENDANCE.c.id == bindparam("seat"), _ATTENDANCE.c.status == "none")
    .values(
        status=bindparam("became"),
        way=bindparam("how"),
        at=bindparam("then"),
        late_by=bindparam("late"),
    )
)


_LEAVE_AGAIN = (
    update(_ATTENDANCE)
    .where(
        _ATTENDANCE.c.id == bindparam("seat"),
        _ATTENDANCE.c.status.in_(CAME),
        _ATTENDANCE.c.way.in_(("tap", "code", "screen")),
    )
    .values(status="none", way=None, at=None, late_by=0)
)


class Entry(Enum):
    """What came of a typed code."""

    TAKEN = "taken"
    WRONG = "wrong"
    LOCKED = "locked"


@dataclass(frozen=True)
class Arrival:
    """Somebody is there. `late_by` in minutes; `is_guest`: 列席; `is_repeat`: was there before."""

    meeting_id: int
    topic: str
    late_by: int = 0
    is_guest: bool = False
    is_repeat: bool = False


@dataclass(frozen=True)
class Entered:
    """What came of a typed code: the arrival, or how often or when it may be tried again."""

    entry: Entry
    arrival: Arrival | None = None
    tries_left: int = 0
    until: datetime | None = None


@dataclass(frozen=True)
class Waiting:
    """A meeting of the person's: one to check in to now (`is_taking`), or the next one."""

    meeting_id: int
    topic: str
    starts_at: datetime
    is_taking: bool


def check_in(
    session: Session, member: Member, meeting_id: int, *, way: str, at: datetime
) -> Arrival:
    """The member is at the meeting. A repeat changes nothing, also when the meeting is over.

    Raises Refused: check_in_gone, check_in_not_expected, check_in_cancelled, check_in_early,
    check_in_over, check_in_marked.
    """
    result = _arrive(session, member.id, meeting_id, way, at)
    if isinstance(result, Refused):
        raise result
    return result


def undo(session: Session, member: Member, meeting_id: int, *, at: datetime) -> bool:
    """Take back one's own check-in while the meeting takes any. False when there is none.

    Raises Refused: check_in_gone, check_in_over.
    """
    seat = run(session, _SEAT, {"member": member.id, "meeting": meeting_id}).one_or_none()
    if seat is None:
        raise Refused("check_in_gone")
    if seat.state not in ("planned", "open") or _is_over(seat, at):
        raise Refused("check_in_over", topic=seat.topic)
    return run(session, _LEAVE_AGAIN, {"seat": seat.id}).rowcount == 1


def by_code(session: Session, member: Member, code: str, *, at: datetime) -> Entered:
    """The member typed six digits. Wrong ones are counted, and never raised, so that they stay.

    Raises Refused as check_in does for a code that is right.
    """
    address = session.get_one(
        AddressRow, member.address_id, with_for_update=True, populate_existing=True
    )
    if address.locked_until is not None and address.locked_until > at:
        return Entered(Entry.LOCKED, until=address.locked_until)
    meeting_id = _meeting_of(session, member, code, at)
    if meeting_id is None:
        return _count_wrong(address, at)
    address.wrong_codes, address.locked_until = 0, None
    session.flush()
    return Entered(Entry.TAKEN, check_in(session, member, meeting_id, way="code", at=at))


def scan(session: Session, member: Member, argument: str, *, at: datetime) -> Arrival | datetime:
    """The screen's QR was scanned: the arrival, or for a guest until when the scan counts.

    Raises Refused as screen.scanned and check_in do.
    """
    meeting_id = screen.scanned(session, argument, at=at)
    if member.is_guest:
        return passes.give(session, member.owner, meeting_id, at=at)
    return check_in(session, member, meeting_id, way="screen", at=at)


def after_binding(session: Session, member_id: int, *, at: datetime) -> Arrival | Refused | None:
    """Whoever scanned less than five minutes ago and is bound now is there since the scan.

    A refusal is given back and not raised, so that the binding stays.
    """
    held = passes.take(session, f"m{member_id}", at=at)
    if held is None:
        return None
    return _arrive(session, member_id, held.meeting_id, "screen", held.scanned_at)


def waiting(session: Session, member: Member, *, at: datetime) -> list[Waiting]:
    """The meetings that take the member's check-in now; else the next one of the day, if any."""
    rows = session.execute(
        select(MeetingRow)
        .join(AttendanceRow, AttendanceRow.meeting_id == MeetingRow.id)
        .where(
            AttendanceRow.member_id == member.id,
            MeetingRow.state.in_(("planned", "open")),
            MeetingRow.starts_at > at - timedelta(days=1),
            MeetingRow.starts_at < at + _SOON,
        )
        .order_by(MeetingRow.starts_at, MeetingRow.id)
    ).scalars()
    found = [
        Waiting(
            row.id,
            row.topic,
            row.starts_at,
            screen.is_taking(row.state, row.starts_at, row.lasts, at=at),
        )
        for row in rows
        if at <= screen.last_moment(row.starts_at, row.lasts)
    ]
    return [each for each in found if each.is_taking] or found[:1]


def _arrive(
    session: Session, member_id: int | None, meeting_id: int, way: str, at: datetime
) -> Arrival | Refused:
    who = {"member": member_id, "meeting": meeting_id}
    seat = run(session, _SEAT, who).one_or_none()
    if seat is None:
        return Refused("check_in_gone")
    if seat.status in CAME:
        return _arrival(seat, is_repeat=True)
    if refused := _refusal(seat, at):
        return refused
    minutes = _minutes_late(seat, at) if seat.is_expected else 0
    became = {"became": "late" if minutes else "present", "how": way, "then": at, "late": minutes}
    if run(session, _ARRIVE, {"seat": seat.id, **became}).rowcount == 1:
        return Arrival(seat.meeting_id, seat.topic, minutes, not seat.is_expected)
    # Another tap of the same person was first, or the secretary.
    seat = run(session, _SEAT, who).one()
    if seat.status in CAME:
        return _arrival(seat, is_repeat=True)
    return Refused("check_in_marked", topic=seat.topic)


def _minutes_late(seat: Row[*tuple[Any, ...]], at: datetime) -> int:
    """Whole minutes since the start; 0 for whoever came within the grace.

    Whoever taps when it is over has only forgotten to: that tells nothing of when they came.
    """
    late = at - seat.starts_at
    return int(late.total_seconds() // 60) if GRACE < late < timedelta(minutes=seat.lasts) else 0


def _is_over(seat: Row[*tuple[Any, ...]], at: datetime) -> bool:
    """Whether it takes nobody any more; a unit that has called its roll waits for no other."""
    return seat.rolled_at is not None or at > screen.last_moment(seat.starts_at, seat.lasts)


def _refusal(seat: Row[*tuple[Any, ...]], at: datetime) -> Refused | None:
    """Why nobody, or not this person, can check in now."""
    if seat.state == "cancelled":
        return Refused("check_in_cancelled", topic=seat.topic)
    if seat.id is None:
        return Refused("check_in_not_expected", topic=seat.topic)
    if seat.state == "closed" or _is_over(seat, at):
        return Refused("check_in_over", topic=seat.topic)
    if not screen.is_taking(seat.state, seat.starts_at, seat.lasts, at=at):
        opens = moments.when(seat.starts_at - screen.OPENS_BEFORE)
        return Refused("check_in_early", topic=seat.topic, opens=opens)
    if seat.status != "none":
        return Refused("check_in_marked", topic=seat.topic)
    return None


def _arrival(seat: Row[*tuple[Any, ...]], *, is_repeat: bool) -> Arrival:
    return Arrival(seat.meeting_id, seat.topic, seat.late_by, not seat.is_expected, is_repeat)


def _meeting_of(session: Session, member: Member, code: str, at: datetime) -> int | None:
    """The meeting of that code: one of the member's own, or one that is on now."""
    near = MeetingRow.starts_at.between(at - timedelta(days=1), at + timedelta(days=1))
    found = session.execute(
        select(MeetingRow.id, AttendanceRow.id)
        .outerjoin(
            AttendanceRow,
            and_(AttendanceRow.meeting_id == MeetingRow.id, AttendanceRow.member_id == member.id),
        )
        .where(MeetingRow.code == code, MeetingRow.state != "cancelled", near)
        .order_by(AttendanceRow.id.is_(None), MeetingRow.id.desc())
    ).first()
    return found[0] if found else None


def _count_wrong(address: AddressRow, at: datetime) -> Entered:
    address.wrong_codes += 1
    if address.wrong_codes < WRONG_AT_MOST:
        return Entered(Entry.WRONG, tries_left=WRONG_AT_MOST - address.wrong_codes)
    address.wrong_codes = 0
    address.locked_until = at + LOCKED_FOR
    return Entered(Entry.LOCKED, until=address.locked_until)
