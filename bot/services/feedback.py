"""题目有误: what people say about quiz items, by item, until somebody has looked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.core.chat import Reply
from bot.core.errors import Refused
from bot.core.wording import holds_personal_number
from bot.db.models import FeedbackRow
from bot.services import audit, gate, outbox
from bot.services.members import Member

LONGEST = 500


@dataclass(frozen=True)
class Report:
    """All that is open about one item, without who said it. `file` is where the item stands."""

    item_id: str
    file: str
    people: int
    first_at: datetime
    texts: tuple[str, ...] = ()


def report(
    session: Session, member_id: int, item_id: str, file: str, text: str = "", *, at: datetime
) -> bool:
    """Store a report; one that is open already takes the new words. False for such a repeat.

    Raises Refused: feedback_too_long, feedback_personal.
    """
    if len(text) > LONGEST:
        raise Refused("feedback_too_long")
    if holds_personal_number(text):
        raise Refused("feedback_personal")
    # One person's events are handled in order, so nobody inserts between this and the next.
    mine = select(FeedbackRow).where(
        FeedbackRow.member_id == member_id,
        FeedbackRow.item_id == item_id,
        FeedbackRow.status == "open",
    )
    row = session.scalars(mine.order_by(FeedbackRow.id).limit(1)).one_or_none()
    if row is not None:
        row.text = text or row.text
        return False
    session.add(FeedbackRow(member_id=member_id, item_id=item_id, file=file, text=text, made_at=at))
    return True


def count(session: Session) -> int:
    """How many items have open reports."""
    query = select(func.count(func.distinct(FeedbackRow.item_id)))
    return session.scalars(query.where(FeedbackRow.status == "open")).one()


def waiting(session: Session, *, offset: int = 0, limit: int = 5) -> list[Report]:
    """Items with open reports, those that most people report first, then the oldest."""
    query = (
        select(
            FeedbackRow.item_id,
            func.max(FeedbackRow.file),
            func.count(func.distinct(FeedbackRow.member_id)),
            func.min(FeedbackRow.made_at),
        )
        .where(FeedbackRow.status == "open")
        .group_by(FeedbackRow.item_id)
        .order_by(func.count(func.distinct(FeedbackRow.member_id)).desc(), func.min(FeedbackRow.id))
        .offset(offset)
        .limit(limit)
    )
    return [Report(*row) for row in session.execute(query)]


def about(session: Session, item_id: str) -> Report:
    """The open reports on one item. Raises Refused report_closed when there are none."""
    rows = _open(session, item_id)
    if not rows:
        raise Refused("report_closed")
    people = len({row.member_id for row in rows})
    texts = tuple(dict.fromkeys(row.text for row in rows if row.text))
    return Report(item_id, rows[-1].file, people, rows[0].made_at, texts)


def close(
    session: Session,
    actor: Member,
    item_id: str,
    outcome: str,
    letter: Callable[[], Reply],
    *,
    at: datetime,
) -> gate.Reach:
    """Close all reports on an item (outcome: mended, kept) and thank who made them.

    Says whom the thanks reach. Raises Refused report_closed.
    """
    closed = session.execute(
        update(FeedbackRow)
        .where(FeedbackRow.item_id == item_id, FeedbackRow.status == "open")
        .values(status="closed", closed_by=actor.id, closed_at=at)
        .returning(FeedbackRow.id, FeedbackRow.member_id)
    ).all()
    if not closed:
        raise Refused("report_closed")
    first = {row.member_id: row.id for row in sorted(closed, key=lambda row: -row.id)}
    for member_id, row_id in first.items():
        key, purpose = f"feedback:{row_id}", gate.Purpose.ANSWER
        outbox.add(session, f"m{member_id}", letter(), key=key, purpose=purpose, at=at)
    detail = {"outcome": outcome, "people": len(first)}
    audit.add(session, actor, "item.reports_closed", f"item:{item_id}", detail, at=at)
    owners = [f"m{member_id}" for member_id in first]
    return outbox.reach(session, owners, gate.Purpose.ANSWER, at=at)


def _open(session: Session, item_id: str) -> list[FeedbackRow]:
    query = select(FeedbackRow).where(FeedbackRow.item_id == item_id, FeedbackRow.status == "open")
    return list(session.scalars(query.order_by(FeedbackRow.id)))
