"""Months of a ledger that are closed: nothing in them changes until they are opened again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from bot.core.clock import SHANGHAI, local_day
from bot.core.errors import Refused
from bot.core.wording import says_something
from bot.db.engine import hold
from bot.db.models import MeetingRow, MemberRow, MonthLockRow, RecordRow, UnitRow
from bot.services import audit, ledger, records, units
from bot.services.members import Member
from bot.services.records import Record


@dataclass(frozen=True)
class Lock:
    """A month that was closed, and whether it was opened again."""

    unit: str
    month: str
    locked_by: str
    locked_at: datetime
    unlocked_by: str
    unlocked_at: datetime | None
    reason: str


def locks(session: Session, unit_id: int, year: int) -> list[Lock]:
    """The months of that year that were closed for the unit or one above it, oldest first."""
    above = [unit.id for unit in units.ancestors(session, unit_id)]
    by, again = aliased(MemberRow), aliased(MemberRow)
    rows = session.execute(
        select(MonthLockRow, UnitRow.name, by.name, again.name)
        .join(UnitRow, UnitRow.id == MonthLockRow.unit_id)
        .outerjoin(by, by.id == MonthLockRow.locked_by)
        .outerjoin(again, again.id == MonthLockRow.unlocked_by)
        .where(MonthLockRow.unit_id.in_(above), MonthLockRow.month.startswith(f"{year}-"))
        .order_by(MonthLockRow.month, MonthLockRow.id)
    )
    return [
        Lock(
            unit,
            row.month,
            locked_by or "",
            row.locked_at,
            unlocked_by or "",
            row.unlocked_at,
            row.reason,
        )
        for row, unit, locked_by, unlocked_by in rows
    ]


def close(
    session: Session, actor: Member | None, unit_id: int, month: str, *, at: datetime
) -> None:
    """Nothing of that month changes any more. Raises Refused: ledger_not_yours, month_not_over,
    month_unconfirmed, month_closed.
    """
    unit = ledger.require(session, actor, unit_id)
    if month >= records.month_of(at):
        raise Refused("month_not_over", month=month)
    records.require_open(session, unit_id, month)
    missing = sum(
        1 for record in _of_month(session, actor, unit_id, month) if not record.confirmed_at
    )
    if missing:
        raise Refused("month_unconfirmed", month=month, count=missing)
    session.add(
        MonthLockRow(
            unit_id=unit_id, month=month, locked_by=actor.id if actor else None, locked_at=at
        )
    )
    audit.add(session, actor, "month.close", f"{unit.name} {month}", {"unit": unit_id}, at=at)
    session.flush()


def reopen(
    session: Session, actor: Member | None, unit_id: int, month: str, *, reason: str, at: datetime
) -> None:
    """Open a closed month again, which stays on record. Raises Refused: ledger_not_yours,
    month_not_closed, month_reason.
    """
    unit = ledger.require(session, actor, unit_id)
    reason = reason.strip()
    if not says_something(reason) or len(reason) > records.REASON_AT_MOST:
        raise Refused("month_reason", limit=records.REASON_AT_MOST)
    hold(session, f"ledger:{month}")
    row = session.scalars(
        select(MonthLockRow).where(
            MonthLockRow.unit_id == unit_id,
            MonthLockRow.month == month,
            MonthLockRow.unlocked_at.is_(None),
        )
    ).first()
    if row is None:
        raise Refused("month_not_closed", month=month)
    row.unlocked_at, row.unlocked_by, row.reason = at, actor.id if actor else None, reason
    detail = {"unit": unit_id, "reason": reason}
    audit.add(session, actor, "month.reopen", f"{unit.name} {month}", detail, at=at)
    session.flush()


def closable(session: Session, member: Member | None, unit_id: int, *, at: datetime) -> list[str]:
    """Months of the last twelve that are over, have records and are open, latest first."""
    today = local_day(at)
    since = datetime(today.year - 1, today.month, 1, tzinfo=SHANGHAI)
    until = datetime(today.year, today.month, 1, tzinfo=SHANGHAI)
    below = units.subtree(session, [unit_id])
    rows = records.query(session, member).where(
        RecordRow.unit_id.in_(below), MeetingRow.starts_at >= since, MeetingRow.starts_at < until
    )
    months = {records.month_of(meeting.starts_at) for _, meeting, _ in session.execute(rows)}
    is_open = (month for month in months if records.lock_of(session, unit_id, month) is None)
    return sorted(is_open, reverse=True)


def _of_month(session: Session, member: Member | None, unit_id: int, month: str) -> list[Record]:
    year = int(month[:4])
    wanted = ledger.chosen(session, member, ledger.Choice(unit_id, year))
    return [each for each in records.found(session, wanted) if each.month == month]
