"""What notices hold about people: shown to them, forgotten on request, emptied in time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Table, and_, null, or_, select, update
from sqlalchemy.orm import Session

from bot.db.engine import run
from bot.db.models import LetterRow, NoticeRow, ReceiptRow
from bot.services import receipts, tags

_NOTICES: Table = NoticeRow.__table__  # type: ignore[assignment]
_RECEIPTS: Table = ReceiptRow.__table__  # type: ignore[assignment]
_LETTERS: Table = LetterRow.__table__  # type: ignore[assignment]
_OPEN = ("approval", "waiting", "queueing", "recalling")


def given(session: Session, member_id: int) -> list[dict[str, Any]]:
    """The receipts of a member, with what the notices said: text, at, answer."""
    query = (
        select(_NOTICES.c.text, _NOTICES.c.kind, _RECEIPTS.c.at, _RECEIPTS.c.answer)
        .join(_NOTICES, _NOTICES.c.id == _RECEIPTS.c.notice_id)
        .where(_RECEIPTS.c.member_id == member_id)
        .order_by(_RECEIPTS.c.id)
    )
    rows = run(session, query).all()
    return [
        {"text": row.text, "kind": row.kind, "at": str(row.at), "answer": row.answer}
        for row in rows
    ]


def forget(session: Session, member_id: int) -> None:
    """Take out what a person has said, tags, and what was sent to that person alone."""
    tags.forget(session, member_id)
    receipts.forget(session, member_id)
    alone = _NOTICES.c.member_id == member_id
    ids = run(session, select(_NOTICES.c.id).where(alone)).scalars().all()
    run(session, update(_NOTICES).where(alone).values(said={}, text=""))
    topics = [f"notice:{each}" for each in ids]
    emptied = update(_LETTERS).where(_LETTERS.c.topic.in_(topics)).values(message=null())
    run(session, emptied)


def expire(session: Session, *, before: datetime, at_once: int) -> int:
    """Take the words out of notices that were over before that, and of letters; says how many."""
    is_over = and_(
        _NOTICES.c.state.not_in(_OPEN),
        _NOTICES.c.send_at < before,
        or_(_NOTICES.c.due_at.is_(None), _NOTICES.c.due_at < before),
    )
    old = select(_NOTICES.c.id).where(is_over, _NOTICES.c.text != "").limit(at_once)
    emptied = update(_NOTICES).where(_NOTICES.c.id.in_(old))
    return run(session, emptied.values(text="", asks="", changed="", said={})).rowcount


def expire_letters(session: Session, *, before: datetime, at_once: int) -> int:
    """Take the words out of letters of which nothing is left to send; says how many."""
    table = _LETTERS.c
    ended = table.sent + table.failed + table.doubt + table.withdrawn
    old = select(table.id).where(
        table.made_at < before,
        table.message.is_not(None),
        table.total == ended,
    )
    emptied = update(_LETTERS).where(table.id.in_(old.limit(at_once)))
    return run(session, emptied.values(message=null())).rowcount
