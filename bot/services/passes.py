"""A pass: the QR of a meeting was scanned by somebody who still has to bind (five minutes)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Table, delete, select
from sqlalchemy.orm import Session

from bot.db.engine import run, upsert
from bot.db.models import PassRow

GOOD_FOR = timedelta(minutes=5)
_PASSES: Table = PassRow.__table__  # type: ignore[assignment]


@dataclass(frozen=True)
class Pass:
    """Which meeting's QR was scanned, and when."""

    meeting_id: int
    scanned_at: datetime


def give(session: Session, owner: str, meeting_id: int, *, at: datetime) -> datetime:
    """Keep that the owner has just scanned; says until when it counts. The newest scan stands."""
    until = at + GOOD_FOR
    row = {"owner": owner, "meeting_id": meeting_id, "scanned_at": at, "until": until}
    upsert(session, _PASSES, row, unique=("owner",))
    return until


def move(session: Session, old: str, new: str) -> None:
    """The guest has become a member, and brings the pass along."""
    found = session.get(PassRow, old, populate_existing=True)
    if found is None:
        return
    row = {"owner": new, "meeting_id": found.meeting_id, "scanned_at": found.scanned_at}
    upsert(session, _PASSES, row | {"until": found.until}, unique=("owner",))
    forget(session, old)


def take(session: Session, owner: str, *, at: datetime) -> Pass | None:
    """The owner's pass if it still counts; it is gone afterwards either way."""
    row = session.execute(
        delete(_PASSES).where(_PASSES.c.owner == owner).returning(_PASSES)
    ).one_or_none()
    return Pass(row.meeting_id, row.scanned_at) if row and at <= row.until else None


def forget(session: Session, *owners: str) -> None:
    """Delete what is kept for these owners."""
    session.execute(delete(_PASSES).where(_PASSES.c.owner.in_(owners)))


def expire(session: Session, *, at: datetime, at_once: int) -> int:
    """Delete passes that no longer count; says how many."""
    old = select(_PASSES.c.owner).where(_PASSES.c.until < at).limit(at_once)
    return run(session, delete(_PASSES).where(_PASSES.c.owner.in_(old))).rowcount
