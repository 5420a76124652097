"""Deliveries between claim and end: what is being sent, how it went, and writing that down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import Row, Table, and_, bindparam, func, literal_column, update
from sqlalchemy.orm import Session

from bot.core.chat import Message, message_from_json
from bot.core.digest import digest
from bot.db.engine import run
from bot.db.models import DeliveryRow
from bot.services import letters
from bot.services.addresses import Address
from bot.services.gate import Purpose
from bot.services.letters import AGAIN

DELIVERIES: Table = DeliveryRow.__table__  # type: ignore[assignment]
# Written out, since SQLite's partial indexes are not used for a parameter.
IS_QUEUED = DELIVERIES.c.state == literal_column("'queued'")
# Everything that is being sent is leased; said so that SQLite searches among these alone.
IS_SENDING = and_(
    DELIVERIES.c.state == literal_column("'sending'"), DELIVERIES.c.leased_by > literal_column("''")
)


class End(Enum):
    """What became of a Delivery that was claimed; QUEUED means that it is tried again."""

    SENT = "sent"
    FAILED = "failed"
    DOUBT = "doubt"
    WITHDRAWN = "withdrawn"
    QUEUED = "queued"


@dataclass(frozen=True)
class Claimed:
    """A Delivery that this process is about to send, with those that go in the same message.

    `address` None: nowhere to send it to, `why_not` is the code. `note` is the code that stays
    with one that is sent: at_once when it passed the gate in quiet hours or on a day off.
    """

    id: int
    key: str
    owner: str
    purpose: Purpose
    message: Message
    attempts: int
    address: Address | None = None
    letter_id: int | None = None
    topic: str | None = None
    expires_at: datetime | None = None
    merged: tuple[Claimed, ...] = ()
    note: str | None = None
    why_not: str | None = None

    @property
    def whole(self) -> Message:
        """What is sent: its own message and those merged into it."""
        return digest([self.message, *(each.message for each in self.merged)])


@dataclass(frozen=True)
class Outcome:
    """How a claimed Delivery went. `due_at` says when a queued one is tried again.

    `reason` is a code, `detail` what the platform said. `is_unreachable` marks the address, so
    that the next one is used. `counts` is false when the try does not count as one (the platform
    was pausing).
    """

    claimed: Claimed
    end: End
    reason: str | None = None
    native_id: str | None = None
    due_at: datetime | None = None
    is_unreachable: bool = False
    counts: bool = True
    detail: str | None = None
    merged_into: int | None = None


def each_row(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """The outcomes of all rows, those merged into others included."""
    rows: list[Outcome] = []
    for outcome in outcomes:
        rows.append(replace(outcome, claimed=replace(outcome.claimed, merged=())))
        into = outcome.claimed.id if outcome.end in (End.SENT, End.DOUBT) else None
        rows += [replace(outcome, claimed=e, merged_into=into) for e in outcome.claimed.merged]
    return rows


def claimed_of(
    rows: Sequence[Row[Any]],
    said: Mapping[int, letters.Said],
    places: Mapping[str, Sequence[Address]],
) -> list[Claimed]:
    """The rows as values, with their letters' messages and their owners' first addresses."""
    return [
        Claimed(
            row.id,
            row.key,
            row.owner,
            Purpose(row.purpose),
            message_from_json(row.message) if row.message else said[row.letter_id].message,
            row.attempts,
            places[row.owner][0] if row.owner in places else None,
            row.letter_id,
            row.topic,
            row.expires_at,
        )
        for row in rows
    ]


def write(session: Session, outcomes: Sequence[Outcome], *, at: datetime) -> None:
    """Write down how these rows ended, and count it with their letters."""
    if outcomes:
        run(session, _SETTLE, [_settled(each, at) for each in outcomes])
        _count(session, outcomes)


_SETTLE = (
    update(DELIVERIES)
    .where(DELIVERIES.c.id == bindparam("delivery_id"))
    .values(
        state=bindparam("end"),
        reason=bindparam("why"),
        detail=bindparam("said"),
        sent_at=bindparam("when"),
        native_id=bindparam("native"),
        address_id=bindparam("place"),
        merged_into=bindparam("into"),
        due_at=func.coalesce(
            bindparam("next_due", type_=DELIVERIES.c.due_at.type), DELIVERIES.c.due_at
        ),
        attempts=DELIVERIES.c.attempts - bindparam("uncounted"),
        leased_by=None,
    )
)


def _settled(outcome: Outcome, at: datetime) -> dict[str, Any]:
    address = outcome.claimed.address
    is_sent = outcome.end is End.SENT
    return {
        "delivery_id": outcome.claimed.id,
        "end": outcome.end.value,
        "why": outcome.claimed.note if is_sent else outcome.reason,
        "said": outcome.detail[:500] if outcome.detail else None,
        "when": at if is_sent else None,
        "native": outcome.native_id,
        "place": address.id if address else None,
        "into": outcome.merged_into,
        "next_due": outcome.due_at,
        "uncounted": 0 if outcome.counts else 1,
    }


def _count(session: Session, outcomes: Sequence[Outcome]) -> None:
    """Keep the counters of letters, which count people: one sent again counts as one."""
    changes: dict[int, dict[str, int]] = {}
    for each in outcomes:
        letter_id = each.claimed.letter_id
        if letter_id is None or each.end is End.QUEUED:
            continue
        by = changes.setdefault(letter_id, {})
        if not each.claimed.key.endswith(AGAIN):
            by[each.end.value] = by.get(each.end.value, 0) + 1
        elif each.end is End.SENT:
            by["sent"], by["doubt"] = by.get("sent", 0) + 1, by.get("doubt", 0) - 1
    letters.count(session, changes)
