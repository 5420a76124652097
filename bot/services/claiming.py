"""Taking what is due: leased to one process, sifted by the gate, with the address to use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, select, union_all, update
from sqlalchemy.orm import Session

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
    places = addresses.reachable(session, {row.owner for row in rows}, on=local_day(at))
    said = letters.messages(session, {row.letter_id for row in rows if row.letter_id})
    claimed = deliveries.claimed_of(rows, said, places)
    sifted = sifting.sift(session, rows, claimed, said, at=at)
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


def _take(session: Session, process: str, at: datetime, limit: int) -> list[Row[Any]]:
    """Lease what is due, and what else is due for the same people and may join it."""
    moment = {"at": at, "limit": limit, "shut": _shut(at) or ("",)}
    due = run(session, _DUE, moment).all()[:limit]
    if not due:
        return []
    owners = {row.owner for row in due if row.purpose in _MERGEABLE}
    ids = {row.id for row in due}
    if owners:
        others = run(session, _OTHERS, moment | {"owners": list(owners)})
        ids.update(others.scalars())
    leased = run(session, _LEASE, {"ids": list(ids), "process": process})
    return sorted(leased, key=lambda row: (row.lane, row.due_at, row.id))


_MERGEABLE = [each.value for each in gate.Purpose if each.is_mergeable]
# Made once: making them costs more than running them.
_IS_DUE = and_(
    IS_QUEUED,
    DELIVERIES.c.due_at <= bindparam("at"),
    DELIVERIES.c.purpose.not_in(bindparam("shut", expanding=True)),
)


def _due_in(lane: gate.Urgency) -> Select[Any]:
    """Each lane by itself, so that what is due later in it need not be passed over."""
    columns = (DELIVERIES.c.id, DELIVERIES.c.owner, DELIVERIES.c.purpose)
    due = select(*columns).where(_IS_DUE, DELIVERIES.c.lane == int(lane))
    ordered = due.order_by(DELIVERIES.c.due_at, DELIVERIES.c.id)
    free = ordered.limit(bindparam("limit")).with_for_update(skip_locked=True)
    return select(free.subquery())


_DUE = union_all(*map(_due_in, gate.Urgency))
_OTHERS = select(DELIVERIES.c.id).where(
    _IS_DUE,
    DELIVERIES.c.owner.in_(bindparam("owners", expanding=True)),
    DELIVERIES.c.purpose.in_(_MERGEABLE),
)
# A CTE with a row lock is computed once; as a subquery PostgreSQL may take too many rows.
_FREE = (
    select(DELIVERIES.c.id)
    .where(DELIVERIES.c.id.in_(bindparam("ids", expanding=True)), IS_QUEUED)
    .with_for_update(skip_locked=True)
    .cte("free")
)
_LEASE = (
    update(DELIVERIES)
    .where(DELIVERIES.c.id.in_(select(_FREE.c.id)))
    .values(state="sending", leased_by=bindparam("process"), attempts=DELIVERIES.c.attempts + 1)
    .returning(DELIVERIES)
)


def _explained(session: Session, sent: list[Claimed], at: datetime) -> list[Claimed]:
    """The same, those without an address with the reason why they have none."""
    lost = {each.owner for each in sent if each.address is None}
    if not lost:
        return sent
    why = addresses.why_not(session, lost, on=local_day(at))
    return [
        replace(each, why_not=why[each.owner]) if each.address is None else each for each in sent
    ]
