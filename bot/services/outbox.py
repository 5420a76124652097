"""Messages that nobody waits for, as rows under a unique key: added once, sent once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, IntEnum
from typing import Any

from sqlalchemy import Row, Table, bindparam, func, select, update
from sqlalchemy.orm import Session

from bot.core.chat import Message, Reply, as_json, message_from_json
from bot.core.clock import local_day
from bot.core.text import again
from bot.db.engine import insert_once, ring, upsert
from bot.db.models import DeliveryRow, ShownRow
from bot.services import addresses, gate, keyboards
from bot.services.addresses import Address

BELL = "deliveries"
_AGAIN = ":again"
_DELIVERIES: Table = DeliveryRow.__table__  # type: ignore[assignment]
_SHOWN: Table = ShownRow.__table__  # type: ignore[assignment]


class Urgency(IntEnum):
    """The lane of a Delivery."""

    INTERACTIVE = 0
    URGENT = 1
    NORMAL = 2
    BULK = 3


class End(Enum):
    """What became of a Delivery that was claimed; QUEUED means that it is tried again."""

    SENT = "sent"
    FAILED = "failed"
    DOUBT = "doubt"
    WITHDRAWN = "withdrawn"
    QUEUED = "queued"


@dataclass(frozen=True)
class Claimed:
    """A Delivery that this process is about to send. `address` None: nowhere to send it to."""

    id: int
    key: str
    owner: str
    purpose: gate.Purpose
    message: Message
    attempts: int
    address: Address | None = None


@dataclass(frozen=True)
class Outcome:
    """How a claimed Delivery went. `due_at` says when a queued one is tried again.

    `is_unreachable` marks the address, so that the next one is used. `counts` is false when the
    try does not count as one (the platform was pausing).
    """

    claimed: Claimed
    end: End
    reason: str | None = None
    native_id: str | None = None
    due_at: datetime | None = None
    is_unreachable: bool = False
    counts: bool = True


def add(
    session: Session,
    owner: str,
    reply: Reply,
    *,
    key: str,
    purpose: gate.Purpose,
    at: datetime,
) -> bool:
    """Queue a message to a person (owner m<id> or a<address id>). False if the key was there.

    The gate says when it may go; the buttons are minted for the owner's private chat.
    """
    if session.scalar(select(DeliveryRow.id).where(DeliveryRow.key == key)) is not None:
        return False  # so that no buttons and files are stored for nothing
    message = keyboards.mint(session, owner, "private", reply, at=at)
    return _queue(session, owner, message, key=key, purpose=purpose, at=at)


def reach(
    session: Session, owners: Sequence[str], purpose: gate.Purpose, *, at: datetime
) -> gate.Reach:
    """Whom of these a message would reach, and whether the gate holds it."""
    people = len(addresses.reachable(session, owners, on=local_day(at)))
    return gate.Reach(people, len(owners) - people, gate.opens_at(purpose, at=at) > at)


def withdraw(session: Session, key: str) -> bool:
    """Take back what has not gone out yet. False when it has, or was never there."""
    done: Any = session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.key == key, DeliveryRow.state == "queued")
        .values(state=End.WITHDRAWN.value)
    )
    return done.rowcount == 1


def claim(session: Session, *, process: str, at: datetime, limit: int = 20) -> list[Claimed]:
    """Take what is due, the most urgent first; another process passes over it.

    What became due while nothing ran is put off when the gate is shut by now.
    """
    _put_off(session, at)
    # A CTE with a row lock is computed once; as a subquery PostgreSQL may take too many rows.
    due = (
        select(DeliveryRow.id)
        .where(DeliveryRow.state == "queued", DeliveryRow.due_at <= at)
        .order_by(DeliveryRow.lane, DeliveryRow.due_at, DeliveryRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    taken = session.execute(
        update(_DELIVERIES)
        .where(_DELIVERIES.c.id.in_(select(due.c.id)), _DELIVERIES.c.state == "queued")
        .values(
            state="sending",
            leased_by=process,
            attempts=_DELIVERIES.c.attempts + 1,
        )
        .returning(_DELIVERIES)
    ).all()
    rows = sorted(taken, key=lambda row: (row.lane, row.due_at, row.id))
    places = addresses.reachable(session, (row.owner for row in rows), on=local_day(at))
    return [_claimed(row, places.get(row.owner)) for row in rows]


def settle(
    session: Session, outcomes: Sequence[Outcome], *, process: str, at: datetime
) -> list[Outcome]:
    """Write down how claimed ones went; gives those that were still this process's own."""
    mine = _still_leased(session, [each.claimed.id for each in outcomes], process)
    own = [each for each in outcomes if each.claimed.id in mine]
    if not own:
        return []
    session.execute(_SETTLE, [_settled(each, at) for each in own])
    for outcome in own:
        _follow_up(session, outcome, at)
    return own


def release(session: Session, *, mine: str, living: set[str] | None, at: datetime) -> list[Outcome]:
    """What a process that is gone was sending: in doubt, and sent once more if it matters.

    `living` are the processes that still run; None means that only we do.
    """
    query = select(_DELIVERIES).where(DeliveryRow.state == "sending", DeliveryRow.leased_by != mine)
    if living is not None:
        query = query.where(DeliveryRow.leased_by.not_in(living)).with_for_update(skip_locked=True)
    doubts = [
        Outcome(_claimed(row, None), End.DOUBT, reason="the process ended while sending")
        for row in session.execute(query.order_by(DeliveryRow.id).limit(1000))
    ]
    if doubts:
        session.execute(_SETTLE, [_settled(each, at) for each in doubts])
    for outcome in doubts:
        _follow_up(session, outcome, at)
    return doubts


def counts(session: Session) -> dict[str, int]:
    """How many there are in each state that is not `sent`."""
    query = select(DeliveryRow.state, func.count()).where(DeliveryRow.state != "sent")
    rows = session.execute(query.group_by(DeliveryRow.state)).all()
    return {row[0]: row[1] for row in rows}


def _put_off(session: Session, at: datetime) -> None:
    shut = {
        purpose.value: opens
        for purpose in gate.Purpose
        if (opens := gate.opens_at(purpose, at=at)) > at
    }
    if shut:
        session.execute(
            update(DeliveryRow)
            .where(
                DeliveryRow.state == "queued",
                DeliveryRow.due_at <= at,
                DeliveryRow.purpose.in_(shut),
            )
            .values(due_at=max(shut.values()))
        )


_SETTLE = (
    update(_DELIVERIES)
    .where(_DELIVERIES.c.id == bindparam("delivery_id"))
    .values(
        state=bindparam("end"),
        reason=bindparam("why"),
        sent_at=bindparam("when"),
        native_id=bindparam("native"),
        address_id=bindparam("place"),
        due_at=func.coalesce(
            bindparam("next_due", type_=_DELIVERIES.c.due_at.type), DeliveryRow.due_at
        ),
        attempts=_DELIVERIES.c.attempts - bindparam("uncounted"),
        leased_by=None,
    )
)


def _settled(outcome: Outcome, at: datetime) -> dict[str, Any]:
    address = outcome.claimed.address
    return {
        "delivery_id": outcome.claimed.id,
        "end": outcome.end.value,
        "why": outcome.reason[:500] if outcome.reason else None,
        "when": at if outcome.end is End.SENT else None,
        "native": outcome.native_id,
        "place": address.id if address else None,
        "next_due": outcome.due_at,
        "uncounted": 0 if outcome.counts else 1,
    }


def _still_leased(session: Session, ids: Sequence[int], process: str) -> set[int]:
    query = select(DeliveryRow.id).where(
        DeliveryRow.id.in_(ids), DeliveryRow.state == "sending", DeliveryRow.leased_by == process
    )
    return set(session.scalars(query.with_for_update()))


def _follow_up(session: Session, outcome: Outcome, at: datetime) -> None:
    claimed, address = outcome.claimed, outcome.claimed.address
    if address is not None and outcome.is_unreachable:
        addresses.mark_unreachable(session, address.id, outcome.reason or "unreachable")
    if outcome.end is End.DOUBT and claimed.purpose.is_worth_repeating:
        _send_once_more(session, claimed, at)
    if outcome.end is End.SENT and address and outcome.native_id and claimed.message.about:
        row = {"platform": address.platform, "chat": address.chat_id}
        row |= {"native_id": outcome.native_id, "about": claimed.message.about, "at": at}
        upsert(session, _SHOWN, row, unique=("platform", "chat", "native_id"))


def _send_once_more(session: Session, claimed: Claimed, at: datetime) -> None:
    if claimed.key.endswith(_AGAIN):
        return
    message = replace(claimed.message, text=again(claimed.message.text))
    key = claimed.key + _AGAIN
    _queue(session, claimed.owner, message, key=key, purpose=claimed.purpose, at=at)


def _queue(
    session: Session,
    owner: str,
    message: Message,
    *,
    key: str,
    purpose: gate.Purpose,
    at: datetime,
) -> bool:
    row = {
        "key": key,
        "owner": owner,
        "lane": int(Urgency.INTERACTIVE if purpose.is_awaited else Urgency.NORMAL),
        "purpose": purpose.value,
        "message": as_json(message),
        "state": End.QUEUED.value,
        "due_at": gate.opens_at(purpose, at=at),
        "made_at": at,
        "attempts": 0,
    }
    ring(session, BELL)
    return insert_once(session, _DELIVERIES, [row], unique=("key",)) == 1


def _claimed(row: Row[Any], places: Sequence[Address] | None) -> Claimed:
    return Claimed(
        row.id,
        row.key,
        row.owner,
        gate.Purpose(row.purpose),
        message_from_json(row.message),
        row.attempts,
        places[0] if places else None,
    )
