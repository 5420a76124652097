"""Whose meeting it is: a person's own ones, a secretary's with their state, who was told of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.core.clock import SHANGHAI, local_day
from bot.db.models import AttendanceRow, DeliveryRow, MeetingRow, MemberRow, RecordRow
from bot.services import addresses, calendar, mailings, meetings, records, screen, tally
from bot.services.meetings import Meeting
from bot.services.members import Member

REMINDS_AT, REMINDS_UNTIL = time(18, 30), time(21, 0)
LISTED = 8
_LOOK_BACK = timedelta(days=60)
# Whoever was told less than this before needs no reminder.
_FRESH_FOR = timedelta(hours=6)
_AWAY = ("asked", "approved")
_TOLD = ("sent", "sending", "doubt")


@dataclass(frozen=True)
class Mine:
    """A meeting and what the person has answered."""

    meeting: Meeting
    is_expected: bool
    reply: str
    leave_state: str
    reason: str


@dataclass(frozen=True)
class Standing:
    """A meeting as its secretary needs it. `step` is what comes next: wait, on, mark, write, done.

    `expected` people, of whom `coming` and `leave` have said so; whoever called it comes unless
    they say otherwise. `declined` asked for leave in vain. `here` have come, counted while the
    meeting `is_taking` check-ins and once the roll was called. `unsent` still wait for a letter.
    """

    meeting: Meeting
    step: str
    expected: int
    coming: int
    leave: int
    guests: int
    declined: int = 0
    here: int = 0
    is_taking: bool = False
    unsent: int = 0

    @property
    def silent(self) -> int:
        """Those who have not answered."""
        return self.expected - self.coming - self.leave - self.declined


@dataclass(frozen=True)
class Invited:
    """The members who have a seat: those expected, guests, and those who have asked for leave."""

    expected: tuple[int, ...] = ()
    guests: tuple[int, ...] = ()
    on_leave: tuple[int, ...] = ()

    @property
    def everybody(self) -> tuple[int, ...]:
        return (*self.expected, *self.guests, *self.on_leave)


def mine(session: Session, member_id: int, *, at: datetime) -> list[Mine]:
    """The meetings ahead to which a person is invited, the soonest first."""
    rows = session.execute(
        select(MeetingRow, AttendanceRow)
        .join(AttendanceRow, AttendanceRow.meeting_id == MeetingRow.id)
        .where(
            AttendanceRow.member_id == member_id,
            MeetingRow.state.in_(("planned", "open")),
            MeetingRow.starts_at > at - timedelta(hours=6),
        )
        .order_by(MeetingRow.starts_at)
        .limit(LISTED)
    ).all()
    values = meetings.shown(session, [row for row, _ in rows])
    return [
        Mine(meeting, seat.is_expected, seat.reply, seat.leave_state, seat.reason)
        for meeting, (_, seat) in zip(values, rows, strict=True)
        if at < meeting.ends_at
    ]


def own(session: Session, member_id: int, meeting_id: int) -> Mine | None:
    """One meeting and what the person has answered; None for who has no seat."""
    found = select(AttendanceRow).where(
        AttendanceRow.meeting_id == meeting_id, AttendanceRow.member_id == member_id
    )
    seat = session.scalars(found).one_or_none()
    if seat is None:
        return None
    meeting = meetings.show(session, meeting_id)
    return Mine(meeting, seat.is_expected, seat.reply, seat.leave_state, seat.reason)


def standing(session: Session, member: Member, *, at: datetime) -> list[Standing]:
    """What a secretary has ahead and what is not finished, the soonest first."""
    scope = _own_units(session, member)
    open_ones = select(RecordRow.meeting_id).where(
        RecordRow.unit_id.in_(scope),
        RecordRow.agreed_at.is_not(None),
        RecordRow.confirmed_at.is_(None),
    )
    rows = session.scalars(
        select(MeetingRow)
        .where(
            MeetingRow.id.in_(open_ones),
            MeetingRow.state != "cancelled",
            MeetingRow.starts_at > at - _LOOK_BACK,
        )
        .order_by(MeetingRow.starts_at)
        .limit(LISTED)
    ).all()
    return [stands(session, each, at=at, own=scope) for each in meetings.shown(session, rows)]


def stands(
    session: Session, meeting: Meeting, *, at: datetime, own: Collection[int] | None = None
) -> Standing:
    """How the meeting stands, for whoever answers for the units `own` of it (None: for all)."""
    seat = (AttendanceRow.is_expected, AttendanceRow.reply, AttendanceRow.leave_state)
    is_caller = AttendanceRow.member_id == (meeting.called_by or 0)
    rows = session.execute(
        select(*seat, is_caller, func.count())
        .where(AttendanceRow.meeting_id == meeting.id)
        .group_by(*seat, is_caller)
    ).all()
    counts: Counter[str] = Counter()
    for is_expected, reply, leave, called, count in rows:
        said = "yes" if called and reply == "none" else reply
        said = "declined" if (said, leave) == ("leave", "declined") else said
        counts[said if is_expected else "guest"] += count
    takes = screen.is_taking(meeting.state, meeting.starts_at, meeting.lasts, at=at)
    step = _step(session, meeting, at, own)
    return Standing(
        meeting,
        step,
        counts.total() - counts["guest"],
        counts["yes"],
        counts["leave"],
        counts["guest"],
        counts["declined"],
        tally.count(session, meeting.id).present if takes or step in ("write", "done") else 0,
        takes,
        mailings.left(session, meeting.subject),
    )


def silent(session: Session, meeting_id: int, unit_ids: Sequence[int]) -> list[str]:
    """The names of those of these units who are expected and have not answered; whoever called
    it need not.
    """
    rows = session.scalars(
        select(MemberRow.name)
        .join(AttendanceRow, AttendanceRow.member_id == MemberRow.id)
        .join(MeetingRow, MeetingRow.id == AttendanceRow.meeting_id)
        .where(
            AttendanceRow.meeting_id == meeting_id,
            AttendanceRow.unit_id.in_(unit_ids),
            AttendanceRow.is_expected.is_(True),
            AttendanceRow.reply == "none",
            func.coalesce(MeetingRow.called_by, 0) != AttendanceRow.member_id,
        )
        .order_by(MemberRow.number)
    )
    return list(rows)


def invited(session: Session, meeting_id: int) -> Invited:
    """Who has a seat at the meeting."""
    rows = session.execute(
        select(AttendanceRow.member_id, AttendanceRow.is_expected, AttendanceRow.leave_state)
        .where(AttendanceRow.meeting_id == meeting_id)
        .order_by(AttendanceRow.id)
    ).all()
    return Invited(
        tuple(row[0] for row in rows if row[1] and row[2] not in _AWAY),
        tuple(row[0] for row in rows if not row[1] and row[2] not in _AWAY),
        tuple(row[0] for row in rows if row[2] in _AWAY),
    )


def told(session: Session, meeting_id: int) -> set[int]:
    """The members who may have read of the meeting already; what still waits does not count.

    Who called it and who agreed to join have had no letter: they knew it from the button. What
    waits is held till the transaction ends, so that nobody reads of it meanwhile.
    """
    about = DeliveryRow.key.startswith(f"meeting:{meeting_id}:v")
    waits = select(DeliveryRow.id).where(about, DeliveryRow.state == "queued")
    session.execute(waits.with_for_update())
    owners = session.scalars(select(DeliveryRow.owner).where(about, DeliveryRow.state.in_(_TOLD)))
    read = {int(owner[1:]) for owner in owners if owner.startswith("m")}
    return read | hosts(session, meeting_id)


def hosts(session: Session, meeting_id: int) -> set[int]:
    """The members who called the meeting or agreed to it for their branch."""
    called = select(MeetingRow.called_by).where(MeetingRow.id == meeting_id)
    agreed = select(RecordRow.agreed_by).where(RecordRow.meeting_id == meeting_id)
    return {each for each in session.scalars(called.union(agreed)) if each}


def to_remind(session: Session, *, at: datetime) -> Meeting | None:
    """The next meeting whose evening before has come, marked so that it comes once.

    The evening is that of the last working day before; one that was only just called needs none
    and is passed over, and so is one whose evening went by while nothing ran.
    """
    rows = session.scalars(
        select(MeetingRow)
        .where(
            MeetingRow.state == "planned",
            MeetingRow.reminded_at.is_(None),
            MeetingRow.starts_at > at,
            MeetingRow.starts_at < at + timedelta(days=15),
        )
        .order_by(MeetingRow.starts_at)
    )
    for row in rows:
        if at < evening_before(row.starts_at):
            continue
        # Not one that was moved, or marked by another process, a moment ago.
        is_same = (MeetingRow.id == row.id) & (MeetingRow.version == row.version)
        mine = update(MeetingRow).where(is_same, MeetingRow.reminded_at.is_(None))
        marked: Any = session.execute(mine.values(reminded_at=at))
        if marked.rowcount:
            return meetings.show(session, row.id)
    return None


def is_fresh(session: Session, meeting: Meeting) -> bool:
    """Whether it was called so late that the invitation is reminder enough."""
    called_at = session.scalars(
        select(MeetingRow.called_at).where(MeetingRow.id == meeting.id)
    ).one()
    return called_at > evening_before(meeting.starts_at) - _FRESH_FOR


def evening_before(starts_at: datetime) -> datetime:
    """Half past six on the last working day before the day of the meeting."""
    day = calendar.workday_near(local_day(starts_at) - timedelta(days=1), -1)
    return datetime.combine(day, REMINDS_AT, tzinfo=SHANGHAI).astimezone(starts_at.tzinfo)


def evening_ends(starts_at: datetime) -> datetime:
    """When that evening is over: a reminder that has not gone out by then is useless."""
    day = local_day(evening_before(starts_at))
    return datetime.combine(day, REMINDS_UNTIL, tzinfo=SHANGHAI).astimezone(starts_at.tzinfo)


def unreached(session: Session, member_ids: Sequence[int], *, at: datetime) -> list[str]:
    """The names of those who can't be written to, for whoever has to tell them otherwise."""
    owners = {f"m{each}": each for each in member_ids}
    reached = addresses.reachable(session, owners, on=local_day(at))
    missed = [member_id for owner, member_id in owners.items() if owner not in reached]
    rows = session.scalars(
        select(MemberRow.name).where(MemberRow.id.in_(missed)).order_by(MemberRow.number)
    )
    return list(rows)


def _own_units(session: Session, member: Member) -> frozenset[int]:
    """The units that keep records and of which the member calls meetings (meetings.may_call)."""
    own = select(RecordRow.unit_id).where(records.readable(session, member))
    return frozenset(session.scalars(own.distinct()))


def _step(session: Session, meeting: Meeting, at: datetime, own: Collection[int] | None) -> str:
    """Each unit calls its roll and writes its record by itself."""
    kept = select(RecordRow.rolled_at, RecordRow.confirmed_at).where(
        RecordRow.meeting_id == meeting.id, RecordRow.agreed_at.is_not(None)
    )
    mine = session.execute(kept if own is None else kept.where(RecordRow.unit_id.in_(own))).all()
    if meeting.state == "closed" or all(rolled_at for rolled_at, _ in mine):
        return "done" if all(confirmed_at for _, confirmed_at in mine) else "write"
    if at >= meeting.ends_at:
        return "mark"
    return "on" if meeting.state == "open" or at >= meeting.starts_at else "wait"
