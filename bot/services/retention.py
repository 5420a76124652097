"""What is not kept for ever: texts, files, buttons, open conversations, drafts of imports.

Rows that tell what happened stay without their words: a key that was sent is never sent again, and
who answered when is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, null, select, tuple_, update
from sqlalchemy.orm import Session

from bot.db.models import (
    ClosedTopicRow,
    DataRequestRow,
    DeliveryRow,
    FeedbackRow,
    FileRow,
    InboxRow,
    JoinRequestRow,
    KeyboardRow,
    QuestionGroupRow,
    QuestionRow,
    ShownRow,
    StateRow,
    TranscriptRow,
)
from bot.services import learning, notice_keeping, passes, roster, wishes

AT_ONCE = 300
_DRAFTS_KEPT_FOR = timedelta(days=1)


def expire(session: Session, *, keep_days: int, at: datetime) -> bool:
    """Delete some of what is older than that; True while there may be more.

    One short transaction a call. Events and requests that have not been answered yet stay, and so
    do the pieces of an import that is under way.
    """
    before = at - timedelta(days=keep_days)
    roster.expire(session, before=at - _DRAFTS_KEPT_FOR, at=at)
    wishes.expire(session, at=at)
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
        _delete(
            session,
            ClosedTopicRow,
            [ClosedTopicRow.topic, ClosedTopicRow.owner],
            [ClosedTopicRow.at < before],
        ),
        _delete(session, StateRow, [StateRow.owner, StateRow.chat], [StateRow.updated_at < before]),
    ]
    gone.append(learning.expire(session, before=before, at_once=AT_ONCE))
    gone.append(passes.expire(session, at=at, at_once=AT_ONCE))
    gone.append(notice_keeping.expire(session, before=before, at_once=AT_ONCE))
    gone.append(notice_keeping.expire_letters(session, before=before, at_once=AT_ONCE))
    gone += _empty_what_is_over(session, before)
    return any(count >= AT_ONCE for count in gone)


def _empty_what_is_over(session: Session, before: datetime) -> list[int]:
    """Take the words out of deliveries that have ended, and of requests that were answered."""
    over = select(QuestionGroupRow.id).where(QuestionGroupRow.answered_at < before)
    gone = [_delete(session, QuestionRow, [QuestionRow.id], [QuestionRow.group_id.in_(over)])]
    return gone + [_empty(session, *each) for each in _over(before)]


def _over(before: datetime) -> Iterator[tuple[type[Any], dict[str, Any], list[Any]]]:
    """Tables, what their words become, and of which rows."""
    ended = DeliveryRow.state.not_in(("queued", "sending"))
    said = DeliveryRow.message.is_not(None)
    yield DeliveryRow, {"message": null()}, [DeliveryRow.made_at < before, said, ended]
    asked = QuestionGroupRow.text != ""
    yield (
        QuestionGroupRow,
        {"text": "", "answer": None},
        [QuestionGroupRow.answered_at < before, asked],
    )
    yield FeedbackRow, {"text": ""}, [FeedbackRow.closed_at < before, FeedbackRow.text != ""]
    worded = (DataRequestRow.text != "") | (DataRequestRow.outcome != "")
    yield DataRequestRow, {"text": "", "outcome": ""}, [DataRequestRow.decided_at < before, worded]
    named = JoinRequestRow.name != ""
    yield (
        JoinRequestRow,
        {"name": "", "school": ""},
        [JoinRequestRow.made_at < before, JoinRequestRow.status != "open", named],
    )


def _empty(
    session: Session,
    table: type[Any],
    values: dict[str, Any],
    where: Sequence[ColumnElement[bool]],
) -> int:
    old = select(table.id).where(*where).limit(AT_ONCE)
    statement = update(table).where(table.id.in_(old)).values(values)
    done: Any = session.execute(statement.execution_options(synchronize_session=False))
    return done.rowcount


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
