"""What is not kept for ever: texts, files, buttons, open conversations, drafts of imports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select, tuple_
from sqlalchemy.orm import Session

from bot.db.models import FileRow, InboxRow, KeyboardRow, ShownRow, StateRow, TranscriptRow
from bot.services import learning, roster

AT_ONCE = 300
_DRAFTS_KEPT_FOR = timedelta(days=1)


def expire(session: Session, *, keep_days: int, at: datetime) -> bool:
    """Delete some of what is older than that; True while there may be more.

    One short transaction a call. Events that nobody has been answered yet stay, and so do the
    pieces of an import that is under way.
    """
    before = at - timedelta(days=keep_days)
    roster.expire(session, before=at - _DRAFTS_KEPT_FOR, at=at)
    gone = [
        _delete(
            session,
            InboxRow,
            [InboxRow.id],
            [InboxRow.received_at < before, InboxRow.shown_at.is_not(None)],
        ),
        _delete(
            session,
            FileRow,
            [FileRow.id],
            [FileRow.kept_at < before, FileRow.owner.not_like("job:%")],
        ),
        _delete(session, TranscriptRow, [TranscriptRow.id], [TranscriptRow.at < before]),
        _delete(session, KeyboardRow, [KeyboardRow.id], [KeyboardRow.expires_at < at]),
        _delete(
            session,
            ShownRow,
            [ShownRow.platform, ShownRow.chat, ShownRow.native_id],
            [ShownRow.at < before],
        ),
        _delete(session, StateRow, [StateRow.owner, StateRow.chat], [StateRow.updated_at < before]),
    ]
    gone.append(learning.expire(session, before=before, at_once=AT_ONCE))
    return any(count >= AT_ONCE for count in gone)


def _delete(
    session: Session,
    table: type[Any],
    key: Sequence[Any],
    where: Sequence[ColumnElement[bool]],
) -> int:
    old = select(*key).where(*where).limit(AT_ONCE)
    name = key[0] if len(key) == 1 else tuple_(*key)
    statement = delete(table).where(name.in_(old))
    done: Any = session.execute(statement.execution_options(synchronize_session=False))
    return done.rowcount
