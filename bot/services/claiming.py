"""Taking what is due: leased to one process, sifted by the gate, with the address to use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Row, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from bot.core.clock import local_day
from bot.db.engine import run
from bot.services import addresses, deliveries, gate, letters, sifting
from bot.services.deliveries import DELIVERIES, IS_QUEUED, Claimed


@dataclass(frozen=True)
class Batch:
    """What was claimed. `is_more`: there may be more that is due, even if nothing is to send."""

    claimed: list[Claimed]
    is_more: bool


def claim(session: Session, *, process: str, at: datetime, limit: int = 20) -> Batch:
    """Take what is due, the most urgent first; another process passes over it.

    The gate is asked once more: what is over, too late or too much by now is not sent, and what
    is due for one person is merged. At most `limit` are looked at.
    """
    is_putting_off = _put_off(session, at)
    rows = _take(session, process, at, limit)
    if not rows:
        return Batch([], is_putting_off)
    rows += _take_others(session, rows, process, at)
    places = addresses.reachable(session, {row.owner for row in rows}, on=local_day(at))
    claimed = deliveries.claimed_of(session, rows, places)
    sifted = sifting.sift(session, rows, claimed, at=at)
    deliveries.write(session, sifted.held, at=at)
    for letter_id in sifted.stopped:
        letters.empty(session, letter_id)
    return Batch(_explained(session, sifted.sent, at), True)


def _put_off(session: Session, at: datetime) -> bool:
    """Put off some of what became due while the gate is shut; True while there may be more."""
    shut = _shut(at)
    if not shut:
        return False
    due = (
        select(DELIVERIES.c.id)
        .where(IS_QUEUED, DELIVERIES.c.due_at <= at, DELIVERIES.c.purpose.in_(shut))
        .limit(letters.AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    opening = gate.opening(gate.Purpose.NOTICE, at=at)
    later = update(DELIVERIES).where(DELIVERIES.c.id.in_(due))
    done = run(session, later.values(due_at=opening.at, reason=opening.reason))
    return done.rowcount == letters.AT_ONCE


@lru_cache(maxsize=2)
def _shut(at: datetime) -> tuple[str, ...]:
    """The purposes for which the gate is shut; a cancellation's depends on when it is too late."""
    own = gate.Purpose.CANCELLATION
    return tuple(
        purpose.value
        for purpose in gate.Purpose
        if purpose is not own and gate.opens_at(purpose, at=at) > at
    )


def _is_due(at: datetime) -> tuple[ColumnElement[bool], ...]:
    shut = _shut(at)
    is_open = (DELIVERIES.c.purpose.not_in(shut),) if shut else ()
    return (IS_QUEUED, DELIVERIES.c.due_at <= at, *is_open)


def _take(session: Session, process: str, at: datetime, limit: int) -> list[Row[Any]]:
    rows: list[Row[Any]] = []
    for lane in gate.Urgency:  # each by itself, so that what is due later need not be passed over
        # A CTE with a row lock is computed once; as a subquery PostgreSQL may take too many rows.
        due = (
            select(DELIVERIES.c.id)
            .where(*_is_due(at), DELIVERIES.c.lane == int(lane))
            .order_by(DELIVERIES.c.due_at, DELIVERIES.c.id)
            .limit(limit - len(rows))
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        taken = run(session, _lease(process).where(DELIVERIES.c.id.in_(select(due.c.id)))).all()
        rows += sorted(taken, key=lambda row: (row.due_at, row.id))
        if len(rows) >= limit:
            break
    return rows


def _take_others(
    session: Session, rows: Sequence[Row[Any]], process: str, at: datetime
) -> list[Row[Any]]:
    """What else is due for the same people and may go in the same message."""
    owners = {row.owner for row in rows if gate.Purpose(row.purpose).is_mergeable}
    if not owners:
        return []
    mergeable = [each.value for each in gate.Purpose if each.is_mergeable]
    due = (
        select(DELIVERIES.c.id)
        .where(
            *_is_due(at),
            DELIVERIES.c.owner.in_(owners),
            DELIVERIES.c.purpose.in_(mergeable),
        )
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    taken = run(session, _lease(process).where(DELIVERIES.c.id.in_(select(due.c.id)))).all()
    return sorted(taken, key=lambda row: (row.lane, row.due_at, row.id))


def _lease(process: str) -> ReturningUpdate[Any]:
    leased = update(DELIVERIES).where(IS_QUEUED)
    return leased.values(
        state="sending", leased_by=process, attempts=DELIVERIES.c.attempts + 1
    ).returning(DELIVERIES)


def _explained(session: Session, sent: list[Claimed], at: datetime) -> list[Claimed]:
    """The same, those without an address with the reason why they have none."""
    lost = {each.owner for each in sent if each.address is None}
    if not lost:
        return sent
    why = addresses.why_not(session, lost, on=local_day(at))
    return [
        replace(each, why_not=why[each.owner]) if each.address is None else each for each in sent
    ]
