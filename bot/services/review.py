"""When to see an item again, by FSRS; offered when asked for, never pushed."""

from __future__ import annotations

from datetime import datetime

from fsrs import Card, Rating, Scheduler
from sqlalchemy import Table, bindparam, select
from sqlalchemy.orm import Session

from bot.db.engine import run, upsert
from bot.db.models import CardRow

# Without steps of minutes: nobody is meant to come back within the hour. Without fuzz: the same
# history gives the same day.
_SCHEDULER = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
_CARDS: Table = CardRow.__table__  # type: ignore[assignment]
_CARD = select(CardRow.card).where(
    CardRow.member_id == bindparam("member"), CardRow.item_id == bindparam("item")
)


def note(session: Session, member: int, item: str, is_right: bool, *, at: datetime) -> None:
    """Take an answer into account."""
    stored = run(session, _CARD, {"member": member, "item": item}).scalar_one_or_none()
    # Card() without an id sleeps a millisecond to find a unique one.
    card = Card.from_dict(stored) if stored else Card(card_id=0, due=at)
    card, _ = _SCHEDULER.review_card(card, Rating.Good if is_right else Rating.Again, at)
    row = {
        "member_id": member,
        "item_id": item,
        "card": dict(card.to_dict()),
        "due_at": card.due,
        "was_right": is_right,
    }
    upsert(session, _CARDS, row, unique=("member_id", "item_id"))


def wrong(session: Session, member: int) -> list[str]:
    """Items answered wrong the last time, longest ago first."""
    query = select(CardRow.item_id).where(CardRow.member_id == member, CardRow.was_right.is_(False))
    return list(session.execute(query.order_by(CardRow.due_at)).scalars())


def due(session: Session, member: int, *, at: datetime) -> list[str]:
    """Items that are due for review, longest due first."""
    query = select(CardRow.item_id).where(CardRow.member_id == member, CardRow.due_at <= at)
    return list(session.execute(query.order_by(CardRow.due_at)).scalars())
