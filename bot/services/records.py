"""A branch's record of a meeting: who may see and change it, closed months, the trail of changes.

A record is free to change until it is confirmed. After that each change needs a reason and leaves
its old value behind; once the month is closed nothing changes until it is opened again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, false, or_, select, true
from sqlalchemy.orm import Session

from bot.core.clock import local, local_day
from bot.core.errors import Refused
from bot.core.roles import Role
from bot.core.wording import says_something
from bot.db.engine import hold
from bot.db.models import CorrectionRow, MeetingRow, MemberRow, MonthLockRow, RecordRow, UnitRow
from bot.services import access, tally, units
from bot.services.members import Member
from bot.services.tally import Tally

FIELDS = ("host", "recorder", "reported", "discussed", "decided", "summary")
REASON_AT_MOST = 200
_NOBODY = Tally()


@dataclass(frozen=True)
class Tick:
    """An item of a plan that a meeting has done, by its key; per person or for the whole unit."""

    key: str
    title: str
    is_units: bool = False


@dataclass(frozen=True)
class Record:
    """A line of a branch's ledger, with what was written down and how many came.

    `kind` is the one it counts as; `partners` are the other units of a joint session, `visitors`
    guests of no roster.
    """

    id: int
    meeting_id: int
    unit_id: int
    unit: str
    kind: str
    purpose: str
    topic: str
    place: str
    state: str
    starts_at: datetime
    lasts: int
    ended_at: datetime | None
    rolled_at: datetime | None
    confirmed_at: datetime | None
    host: str = ""
    recorder: str = ""
    reported: str = ""
    discussed: str = ""
    decided: str = ""
    summary: str = ""
    is_joint: bool = False
    visitors: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    ticks: tuple[Tick, ...] = ()
    tally: Tally = _NOBODY

    @property
    def month(self) -> str:
        return month_of(self.starts_at)

    @property
    def ends_at(self) -> datetime:
        return self.ended_at or self.starts_at + timedelta(minutes=self.lasts)

    @property
    def is_over(self) -> bool:
        """Whether this unit's roll was called, or the meeting closed by the one that called it."""
        return self.state == "closed" or self.rolled_at is not None


@dataclass(frozen=True)
class Change:
    """One value of a record that becomes another; `member_id` for a person's attendance."""

    field: str
    old: str
    new: str
    member_id: int | None = None


def month_of(at: datetime) -> str:
    """The month of a ledger to which an instant belongs: 2026-11."""
    return f"{local(at):%Y-%m}"


def readable(session: Session, reader: Member | None) -> ColumnElement[bool]:
    """A condition on RecordRow.unit_id: Party units of a secretary, schools of an administrator.

    Who administers the bureau sees counts elsewhere, not the records of branches, nor those of
    schools that have an administrator of their own.
    """
    as_secretary = access.scope(session, reader, Role.SECRETARY)
    if reader is None:
        return true()
    schools = access.nearest(session, reader, Role.ADMINISTRATOR)
    trees = {units.PARTY: as_secretary, units.ADMIN: schools}
    conditions = [
        RecordRow.unit_id.in_(
            select(UnitRow.id).where(
                UnitRow.tree == tree,
                true() if mine.is_everything else UnitRow.id.in_(mine.unit_ids),
            )
        )
        for tree, mine in trees.items()
        if mine.is_everything or mine.unit_ids
    ]
    return or_(*conditions) if conditions else false()


def query(session: Session, reader: Member | None) -> Select[RecordRow, MeetingRow, str]:
    """The records that the reader may see, of meetings that were not cancelled; to be narrowed."""
    return (
        select(RecordRow, MeetingRow, UnitRow.name)
        .join(MeetingRow, MeetingRow.id == RecordRow.meeting_id)
        .join(UnitRow, UnitRow.id == RecordRow.unit_id)
        .where(
            readable(session, reader),
            RecordRow.agreed_at.is_not(None),
            MeetingRow.state != "cancelled",
        )
    )


def found(session: Session, rows: Select[RecordRow, MeetingRow, str]) -> list[Record]:
    """What a query gives, with counts and partners."""
    read = session.execute(rows).all()
    meeting_ids = [meeting.id for _, meeting, _ in read]
    counted = tally.counts(session, meeting_ids)
    together = _units_of(session, meeting_ids)
    return [
        _record(
            row,
            meeting,
            unit,
            counted.get((meeting.id, row.unit_id), _NOBODY),
            tuple(name for key, name in together.get(meeting.id, ()) if key != row.unit_id),
        )
        for row, meeting, unit in read
    ]


def get(session: Session, reader: Member | None, record_id: int) -> Record:
    """One record. Raises Refused record_gone, also for one that is not the reader's."""
    there = found(session, query(session, reader).where(RecordRow.id == record_id))
    if not there:
        raise Refused("record_gone")
    return there[0]


def of_meeting(session: Session, reader: Member | None, meeting_id: int) -> list[Record]:
    """The reader's own records of a meeting. Raises Refused record_gone when there is none."""
    mine = query(session, reader).where(RecordRow.meeting_id == meeting_id)
    there = found(session, mine.order_by(RecordRow.id))
    if not there:
        raise Refused("record_gone")
    return there


def record_of(session: Session, meeting_id: int, unit_id: int) -> int | None:
    """The id of a unit's record of a meeting, or None."""
    return session.scalar(
        select(RecordRow.id).where(RecordRow.meeting_id == meeting_id, RecordRow.unit_id == unit_id)
    )


def take(session: Session, actor: Member | None, record_id: int, reason: str = "") -> RecordRow:
    """The row, held for a change. Every change of a record and of its attendance comes this way.

    Raises Refused: record_gone, month_closed, record_confirmed (a reason is needed).
    """
    row = held(session, actor, record_id)
    if row.confirmed_at is not None and not says_something(reason):
        raise Refused("record_confirmed")
    return row


def held(session: Session, actor: Member | None, record_id: int) -> RecordRow:
    """The row, held until the transaction ends. Raises Refused: record_gone, month_closed."""
    record = get(session, actor, record_id)
    require_open(session, record.unit_id, record.month)
    return session.get_one(RecordRow, record_id, with_for_update=True, populate_existing=True)


def note(
    session: Session,
    actor: Member | None,
    row: RecordRow,
    changes: Sequence[Change],
    *,
    reason: str,
    at: datetime,
) -> int:
    """Keep what a confirmed record held before; nothing for one that is still being written."""
    real = [change for change in changes if change.old != change.new]
    if row.confirmed_at is None:
        return 0
    session.add_all(
        CorrectionRow(
            record_id=row.id,
            field=change.field,
            member_id=change.member_id,
            old=change.old,
            new=change.new,
            reason=reason.strip()[:REASON_AT_MOST],
            made_by=actor.id if actor else None,
            made_at=at,
        )
        for change in real
    )
    session.flush()
    return len(real)


def require_open(session: Session, unit_id: int, month: str) -> None:
    """Raises Refused month_closed when that month of the unit's ledger, or of one above, is."""
    hold(session, f"ledger:{month}")
    lock = lock_of(session, unit_id, month)
    if lock is not None:
        who = session.get(MemberRow, lock.locked_by) if lock.locked_by else None
        by = (who.name or who.number) if who else ""
        raise Refused("month_closed", month=month, by=by, on=local_day(lock.locked_at))


def lock_of(session: Session, unit_id: int, month: str) -> MonthLockRow | None:
    """The lock that stands: the unit's own, or that of the unit it belongs to."""
    above = [unit.id for unit in units.ancestors(session, unit_id)]
    rows = session.scalars(
        select(MonthLockRow)
        .where(
            MonthLockRow.unit_id.in_(above),
            MonthLockRow.month == month,
            MonthLockRow.unlocked_at.is_(None),
        )
        .order_by(MonthLockRow.id)
    )
    return rows.first()


def ticks_of(row: RecordRow) -> tuple[Tick, ...]:
    """The items of plans that a record has done."""
    return tuple(Tick(**each) for each in row.ticks)


def _units_of(session: Session, meeting_ids: Sequence[int]) -> dict[int, list[tuple[int, str]]]:
    rows = session.execute(
        select(RecordRow.meeting_id, RecordRow.unit_id, UnitRow.name)
        .join(UnitRow, UnitRow.id == RecordRow.unit_id)
        .where(RecordRow.meeting_id.in_(meeting_ids), RecordRow.agreed_at.is_not(None))
        .order_by(RecordRow.id)
    )
    result: dict[int, list[tuple[int, str]]] = {}
    for meeting_id, unit_id, name in rows:
        result.setdefault(meeting_id, []).append((unit_id, name))
    return result


def _record(
    row: RecordRow, meeting: MeetingRow, unit: str, counts: Tally, partners: tuple[str, ...]
) -> Record:
    return Record(
        row.id,
        meeting.id,
        row.unit_id,
        unit,
        meeting.subkind or meeting.kind,
        meeting.purpose,
        meeting.topic,
        meeting.place,
        meeting.state,
        meeting.starts_at,
        meeting.lasts,
        meeting.ended_at,
        row.rolled_at,
        row.confirmed_at,
        **{name: getattr(row, name) for name in FIELDS},
        is_joint=meeting.kind == "joint",
        visitors=tuple(str(each) for each in meeting.visitors),
        partners=partners,
        ticks=ticks_of(row),
        tally=counts,
    )
