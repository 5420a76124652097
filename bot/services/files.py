"""Files kept as rows, so that every process can reach them until they expire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.core.chat import File
from bot.db.models import FileRow

LIMIT = 20_000_000


@dataclass(frozen=True)
class StoredFile:
    """A file that somebody sent, with its bytes, as a turn sees it.

    `prepared` is what was made of it before the turn, when reading it takes long.
    """

    id: int | None
    name: str
    media_type: str
    content: bytes
    prepared: object | None = None


def keep(session: Session, owner: str, file: File, *, at: datetime) -> int:
    """Store a file for its owner; the id finds it again."""
    row = FileRow(
        owner=owner,
        name=file.name,
        media_type=file.media_type,
        size=len(file.content),
        content=file.content,
        kept_at=at,
    )
    session.add(row)
    session.flush()
    return row.id


def fetch(session: Session, file_id: int) -> File | None:
    """The file, or None when it has expired."""
    row = session.get(FileRow, file_id)
    return File(row.name, row.content, row.media_type) if row else None
