"""Messages that nobody waits for, as rows under a unique key: added once, sent once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import Row, Table, bindparam, func, select, update
from sqlalchemy.orm import Session

from bot.core.chat import Message, Reply, as_json, message_from_json
from bot.core.clock import local_day
from bot.core.text import again
from bot.db.engine import insert_once, ring, run, upsert, upsert_all
from bot.db.models import ClosedTopicRow, DeliveryRow, LetterRow, ShownRow
from bot.services import addresses, gate, keyboards, letters
from bot.services.addresses import Address
from bot.services.letters import BELL, Letter, Progress, post, progress, unreached

__all__ = [
    "BELL",
    "Claimed",
    "End",
    "Letter",
    "Outcome",
    "Progress",
    "add",
    "claim",
    "counts",
    "post",
    "progress",
    "reach",
    "release",
    "settle",
    "unreached",
    "withdraw",
    "withdraw_topic",
]
_AGAIN = ":again"
_DELIVERIES: Table = DeliveryRow.__table__  # type: ignore[assignment]
_SHOWN: Table = ShownRow.__table__  # type: ignore[assignment]
_CLOSED: Table = ClosedTopicRow.__table__  # type: ignore[assignment]
_LETTERS: Table = LetterRow.__table__  # type: ignore[assignment]


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
    letter_id: int | None = None
    topic: str | None = None
    expires_at: datetime | None = None


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


def add(  # noqa: PLR0913 - the last three are rarely given
    session: Session,
    owner: str,
    reply: Reply,
    *,
    key: str,
    purpose: gate.Purpose,
    at: datetime,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
    topic: str | None = None,
) -> bool:
    """Queue a message to a person (owner m<id> or a<address id>). False if the key was there.

    The gate says when it may go, not before `due_at`; from `expires_at` on it would be useless and
    is withdrawn. `topic` is what withdraw_topic takes it back by. The buttons are minted for the
    owner's private chat.
    """
    if session.scalar(select(DeliveryRow.id).where(DeliveryRow.key == key)) is not None:
        return False  # so that no buttons and files are stored for nothing
    message = keyboards.mint(session, owner, "private", reply, at=at)
    row = _queued(session, owner, purpose, at=at, due_at=due_at, expires_at=expires_at)
    return _insert(session, row | {"key": key, "topic": topic, "message": as_json(message)})


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


def withdraw_topic(
    session: Session, topic: str, owners: Sequence[str] | None = None, *, at: datetime
) -> None:
    """What the topic asks for was done (by these owners; None: is over for everybody).

    Messages about it that were made before `at` and have not gone out never will; what a crash or
    another process is only now queueing counts as made before. Later ones are sent.
    """
    closed = [{"topic": topic, "owner": owner, "at": at} for owner in owners or ("",)]
    if owners is not None and not owners:
        return
    upsert_all(session, _CLOSED, closed, unique=("topic", "owner"))
    whose = [] if owners is None else [DeliveryRow.owner.in_(owners)]
    open_ones = (DeliveryRow.topic == topic, DeliveryRow.state == "queued", *whose)
    if owners is None:
        letters.withdraw(session, _LETTERS.c.topic == topic, at=at)
        open_ones = (*open_ones, DeliveryRow.letter_id.is_(None))
    taken = run(
        session,
        update(_DELIVERIES)
        .where(*open_ones)
        .values(state=End.WITHDRAWN.value, reason="done")
        .returning(_DELIVERIES.c.key, _DELIVERIES.c.letter_id),
    )
    changes: dict[int, dict[str, int]] = {}
    for row in taken:
        if row.letter_id is not None and not row.key.endswith(_AGAIN):
            of_letter = changes.setdefault(row.letter_id, {"withdrawn": 0})
            of_letter["withdrawn"] += 1
    letters.count(session, changes)


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
    said = _letters_of(session, rows)
    return [_claimed(row, said, places.get(row.owner)) for row in rows]


def settle(
    session: Session, outcomes: Sequence[Outcome], *, process: str, at: datetime
) -> list[Outcome]:
    """Write down how claimed ones went; gives those that were still this process's own."""
    mine = _still_leased(session, [each.claimed.id for each in outcomes], process)
    own = [each for each in outcomes if each.claimed.id in mine]
    if not own:
        return []
    session.execute(_SETTLE, [_settled(each, at) for each in own])
    _count(session, own)
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
    rows = session.execute(query.order_by(DeliveryRow.id).limit(1000)).all()
    said = _letters_of(session, rows)
    doubts = [
        Outcome(_claimed(row, said), End.DOUBT, reason="the process ended while sending")
        for row in rows
    ]
    if doubts:
        session.execute(_SETTLE, [_settled(each, at) for each in doubts])
    _count(session, doubts)
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
    row = _queued(session, claimed.owner, claimed.purpose, at=at, expires_at=claimed.expires_at)
    own = {"key": claimed.key + _AGAIN, "topic": claimed.topic, "message": as_json(message)}
    _insert(session, row | own | {"letter_id": claimed.letter_id})


def _queued(
    session: Session,
    owner: str,
    purpose: gate.Purpose,
    *,
    at: datetime,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> dict[str, Any]:
    """A row that waits for its time, as the gate and the person's wish have it."""
    wish = gate.wishes(session, [owner]).get(owner, gate.NO_WISH)
    due = max(at, due_at or at)
    opening = gate.opening(purpose, at=due, expires_at=expires_at, wish=wish)
    dropped = wish.drops(purpose, at=due)
    return {
        "owner": owner,
        "lane": int(purpose.urgency),
        "purpose": purpose.value,
        "state": (End.WITHDRAWN if dropped else End.QUEUED).value,
        "reason": dropped or opening.reason,
        "due_at": opening.at,
        "expires_at": expires_at,
        "made_at": at,
        "attempts": 0,
    }


def _insert(session: Session, row: dict[str, Any]) -> bool:
    ring(session, BELL)
    return insert_once(session, _DELIVERIES, [row], unique=("key",)) == 1


def _letters_of(session: Session, rows: Sequence[Row[Any]]) -> dict[int, dict[str, Any]]:
    """The messages of the letters that these rows belong to."""
    ids = {row.letter_id for row in rows if row.message is None}
    if not ids:
        return {}
    query = select(_LETTERS.c.id, _LETTERS.c.message).where(_LETTERS.c.id.in_(ids))
    return {row.id: row.message for row in run(session, query)}


def _claimed(
    row: Row[Any], said: dict[int, dict[str, Any]], places: Sequence[Address] | None = None
) -> Claimed:
    return Claimed(
        row.id,
        row.key,
        row.owner,
        gate.Purpose(row.purpose),
        message_from_json(row.message or said[row.letter_id]),
        row.attempts,
        places[0] if places else None,
        row.letter_id,
        row.topic,
        row.expires_at,
    )


def _count(session: Session, outcomes: Sequence[Outcome]) -> None:
    """Keep the counters of letters, which count people: one sent again counts as one."""
    changes: dict[int, dict[str, int]] = {}
    for each in outcomes:
        letter_id = each.claimed.letter_id
        if letter_id is None or each.end is End.QUEUED:
            continue
        by = changes.setdefault(letter_id, {})
        if not each.claimed.key.endswith(_AGAIN):
            by[each.end.value] = by.get(each.end.value, 0) + 1
        elif each.end is End.SENT:
            by["sent"], by["doubt"] = by.get("sent", 0) + 1, by.get("doubt", 0) - 1
    letters.count(session, changes)
