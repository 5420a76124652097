"""Events as rows: stored before they are acknowledged, settled with their turn."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, bindparam, select, update
from sqlalchemy.orm import Session

from bot.core.chat import Incoming, Message, as_json, incoming_from_json, message_from_json
from bot.db.engine import insert_returning, run, upsert_all
from bot.db.models import InboxRow, ShownRow

TRIES = 3
_INBOX: Table = InboxRow.__table__  # type: ignore[assignment]
_SHOWN: Table = ShownRow.__table__  # type: ignore[assignment]


@dataclass(frozen=True)
class Event:
    """A stored Incoming: `replies` is None until it is settled."""

    id: int
    person: str
    incoming: Incoming
    attempts: int = 0
    replies: tuple[Message, ...] | None = None


def person_of(incoming: Incoming) -> str:
    """The key under which events stay in order."""
    return f"{incoming.platform}:{incoming.sender}"


def store(
    session: Session, incomings: Sequence[Incoming], *, process: str, at: datetime
) -> list[Event]:
    """Write events down; those that were there already are passed over. Returns the new ones."""
    if not incomings:
        return []
    rows = [
        {
            "platform": incoming.platform,
            "event": incoming.event,
            "person": person_of(incoming),
            "payload": as_json(incoming),
            "received_at": at,
            "attempts": 0,
            "claimed_by": process,
        }
        for incoming in incomings
    ]
    columns = (_INBOX.c.id, _INBOX.c.platform, _INBOX.c.event)
    stored = insert_returning(session, _INBOX, rows, columns, unique=("platform", "event"))
    ids = {(row.platform, row.event): row.id for row in stored}
    events: list[Event] = []
    for incoming in incomings:
        event_id = ids.pop((incoming.platform, incoming.event), None)
        if event_id is not None:
            events.append(Event(event_id, person_of(incoming), incoming))
    return events


_SETTLE = (
    update(_INBOX)
    .where(_INBOX.c.id == bindparam("event_id"), _INBOX.c.settled_at.is_(None))
    .values(settled_at=bindparam("now"), replies=bindparam("said"))
)


def settle(session: Session, event_id: int, messages: Iterable[Message], *, at: datetime) -> bool:
    """Store the answer with the event. False when another process settled it first."""
    said = [as_json(message) for message in messages]
    done: Any = run(session, _SETTLE, {"event_id": event_id, "now": at, "said": said})
    return done.rowcount == 1


def forget(session: Session, event_id: int, what: str) -> None:
    """Take the `place` or the `text` out of an event that was answered: nothing needs it now."""
    row = session.get_one(InboxRow, event_id)
    row.payload = {name: part for name, part in row.payload.items() if name != what}


def note_failure(session: Session, event_id: int, error: str) -> int:
    """Count a failed try; says how many there were."""
    row = session.get_one(InboxRow, event_id)
    row.attempts += 1
    row.error = error[:500]
    return row.attempts


@dataclass(frozen=True)
class Mark:
    """What the platform has shown for an event: (chat, native id, about) for what may be quoted."""

    event_id: int
    standing: tuple[tuple[str, str, str, str], ...] = ()


_MARK = update(_INBOX).where(_INBOX.c.id == bindparam("event_id")).values(shown_at=bindparam("now"))


def mark_shown(session: Session, marks: Sequence[Mark], *, at: datetime) -> None:
    """Note that answers stand in their chats; called in batches."""
    if not marks:
        return
    run(session, _MARK, [{"event_id": mark.event_id, "now": at} for mark in marks])
    standing = {line[:3]: line[3] for mark in marks for line in mark.standing}
    rows = [
        {"platform": platform, "chat": chat, "native_id": native_id, "about": about, "at": at}
        for (platform, chat, native_id), about in standing.items()
    ]
    upsert_all(session, _SHOWN, rows, unique=("platform", "chat", "native_id"))


def about(session: Session, platform: str, chat: str, native_id: str) -> str | None:
    """What the message that was quoted is about, or None."""
    row = session.get(ShownRow, (platform, chat, native_id))
    return row.about if row else None


def abandoned(session: Session, *, mine: str, living: set[str] | None = None) -> list[Event]:
    """Events whose process is gone, settled or not, in order, now claimed by us.

    `living` are the processes that still run; None means that only we do.
    """
    orphaned = InboxRow.shown_at.is_(None), InboxRow.claimed_by != mine
    query = select(_INBOX).where(*orphaned).order_by(InboxRow.id).limit(5000)
    if living is not None:
        query = query.where(InboxRow.claimed_by.not_in(living)).with_for_update(skip_locked=True)
    events = [_event(row) for row in session.execute(query)]
    if events:
        taken = [{"event_id": event.id, "process": mine} for event in events]
        claim = update(_INBOX).where(_INBOX.c.id == bindparam("event_id"))
        session.execute(claim.values(claimed_by=bindparam("process")), taken)
    return events


def unfinished(session: Session, *, mine: str) -> list[int]:
    """The ids of our own events that are not shown yet."""
    query = select(_INBOX.c.id).where(_INBOX.c.shown_at.is_(None), _INBOX.c.claimed_by == mine)
    return list(session.scalars(query.limit(5000)))


def load(session: Session, ids: Collection[int]) -> list[Event]:
    """Stored events by id, in order."""
    query = select(_INBOX).where(_INBOX.c.id.in_(ids), _INBOX.c.shown_at.is_(None))
    return [_event(row) for row in session.execute(query.order_by(_INBOX.c.id))]


def unshown(session: Session, event_id: int, *, mine: str) -> tuple[Message, ...] | None:
    """The answer that we settled an event with and have not shown; None if it is not ours."""
    ours = _INBOX.c.id == event_id, _INBOX.c.claimed_by == mine, _INBOX.c.shown_at.is_(None)
    row = session.execute(select(_INBOX).where(*ours)).one_or_none()
    return _event(row).replies if row else None


def known(session: Session, incomings: Sequence[Incoming]) -> set[tuple[str, str]]:
    """Platform and event of those that are stored already."""
    query = select(_INBOX.c.platform, _INBOX.c.event).where(
        _INBOX.c.event.in_([each.event for each in incomings])
    )
    return {(row.platform, row.event) for row in session.execute(query)}


def _event(row: Row[Any]) -> Event:
    replies = row.replies
    return Event(
        row.id,
        row.person,
        incoming_from_json(row.payload),
        row.attempts,
        None
        if row.settled_at is None
        else tuple(message_from_json(each) for each in replies or ()),
    )
