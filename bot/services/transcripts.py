"""What stands in a web chat: lines that are only added to, so that nothing seen is lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import String, Table, cast, func, select
from sqlalchemy.orm import Session

from bot.core.chat import Message, as_json, message_from_json
from bot.db.engine import insert_once
from bot.db.models import FileRow, TranscriptRow

Author = Literal["bot", "person"]
_TRANSCRIPTS: Table = TranscriptRow.__table__  # type: ignore[assignment]


@dataclass(frozen=True)
class Attachment:
    """What is known of a file without its bytes."""

    id: int
    name: str
    media_type: str
    size: int


@dataclass(frozen=True)
class Line:
    """A line as it stands: its id stays through all its versions."""

    id: int
    version: int
    chat: str
    author: Author
    message: Message
    event: str | None
    at: datetime
    is_withdrawn: bool = False
    file: Attachment | None = None

    @property
    def is_new_version(self) -> bool:
        return self.version != self.id


def append(
    session: Session, chat: str, message: Message, *, event: str | None = None, at: datetime
) -> int:
    """Add a line of the bot; says its id.

    The same message for the same event again adds nothing: a reply that a crash left in doubt
    is shown again and must not stand there twice.
    """
    there = _said_already(session, chat, message, event)
    return there or _add(
        session, TranscriptRow(chat=chat, author="bot", event=event, at=at), message
    )


def say(session: Session, chat: str, message: Message, *, event: str, at: datetime) -> bool:
    """Add the person's own line of an event. False when it stands there already."""
    row = {
        "chat": chat,
        "author": "person",
        "message": as_json(message),
        "is_withdrawn": False,
        "event": event,
        "at": at,
    }
    return insert_once(session, _TRANSCRIPTS, [row]) == 1


def replace(
    session: Session,
    chat: str,
    line_id: int,
    message: Message,
    *,
    event: str | None = None,
    at: datetime,
) -> int:
    """Put a message in the place of a line; says the line's id, a new one if it is gone."""
    there = _said_already(session, chat, message, event)
    if there is not None:
        return there
    stands = line_id if _stands(session, chat, line_id) else None
    row = TranscriptRow(chat=chat, author="bot", event=event, replaces=stands, at=at)
    return _add(session, row, message)


def amend(session: Session, chat: str, line_id: int, message: Message, *, at: datetime) -> bool:
    """Change a line. False when it does not stand there."""
    if not _stands(session, chat, line_id):
        return False
    replace(session, chat, line_id, message, at=at)
    return True


def withdraw(session: Session, chat: str, line_id: int, *, at: datetime) -> bool:
    """Take a line back. False when it does not stand there."""
    if not _stands(session, chat, line_id):
        return False
    session.add(
        TranscriptRow(
            chat=chat, author="bot", message={}, replaces=line_id, is_withdrawn=True, at=at
        )
    )
    return True


def after(session: Session, chats: Sequence[str] | None, version: int) -> list[Line]:
    """The lines that are new or changed since that version, oldest change first.

    `chats` None means all of them. Only the newest version of a line is given.
    """
    query = select(TranscriptRow).where(TranscriptRow.id > version).order_by(TranscriptRow.id)
    if chats is not None:
        query = query.where(TranscriptRow.chat.in_(chats))
    newest: dict[int, TranscriptRow] = {}
    for row in session.scalars(query):
        key = row.replaces or row.id
        newest.pop(key, None)
        newest[key] = row
    return _lines(session, newest.values())


def said_for(session: Session, chat: str, event: str) -> list[Line]:
    """What answered an event, in order, as it was when it was said."""
    rows = [row for row in _of_event(session, chat, event) if row.author == "bot"]
    return _lines(session, rows)


def has_event(session: Session, chat: str, event: str) -> bool:
    """Whether the person's own line of this event stands there already."""
    return any(row.author == "person" for row in _of_event(session, chat, event))


def line_with(session: Session, chat: str, token: str) -> int | None:
    """The line under which a button with this token stands (or stood), the newest first."""
    found = session.execute(
        select(TranscriptRow.replaces, TranscriptRow.id)
        .where(
            TranscriptRow.chat == chat,
            TranscriptRow.author == "bot",
            cast(TranscriptRow.message, String).contains(f'"{token}"', autoescape=True),
        )
        .order_by(TranscriptRow.id.desc())
        .limit(1)
    ).one_or_none()
    return (found.replaces or found.id) if found else None


def newest_version(session: Session) -> int:
    """The version after which nothing has been said yet."""
    return session.scalar(select(func.max(TranscriptRow.id))) or 0


def _said_already(session: Session, chat: str, message: Message, event: str | None) -> int | None:
    said = as_json(message)
    for row in _of_event(session, chat, event) if event else ():
        if row.author == "bot" and row.message == said:
            return row.replaces or row.id
    return None


def _add(session: Session, row: TranscriptRow, message: Message) -> int:
    row.message = as_json(message)
    session.add(row)
    session.flush()
    return row.replaces or row.id


def _of_event(session: Session, chat: str, event: str) -> Sequence[TranscriptRow]:
    query = select(TranscriptRow).where(TranscriptRow.event == event, TranscriptRow.chat == chat)
    return session.scalars(query.order_by(TranscriptRow.id)).all()


def _stands(session: Session, chat: str, line_id: int) -> bool:
    query = select(TranscriptRow.is_withdrawn).where(
        TranscriptRow.chat == chat,
        (TranscriptRow.id == line_id) | (TranscriptRow.replaces == line_id),
    )
    newest = session.scalar(query.order_by(TranscriptRow.id.desc()).limit(1))
    return newest is False


def _lines(session: Session, rows: Iterable[TranscriptRow]) -> list[Line]:
    listed = [(row, message_from_json(row.message)) for row in rows]
    files = _attachments(session, {m.file_id for _, m in listed if m.file_id is not None})
    return [
        Line(
            id=row.replaces or row.id,
            version=row.id,
            chat=row.chat,
            author="person" if row.author == "person" else "bot",
            message=message,
            event=row.event,
            at=row.at,
            is_withdrawn=row.is_withdrawn,
            file=files.get(message.file_id or 0),
        )
        for row, message in listed
    ]


def _attachments(session: Session, ids: set[int]) -> dict[int, Attachment]:
    columns: Any = (FileRow.id, FileRow.name, FileRow.media_type, FileRow.size)
    if not ids:
        return {}
    query = select(*columns).where(FileRow.id.in_(ids))
    return {row.id: Attachment(*row) for row in session.execute(query)}
