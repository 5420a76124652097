"""Questions passed on to administrators: grouped by likeness, answered once for all who asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, Table, delete, func, select, update
from sqlalchemy.orm import Session

from bot.core.chat import Reply
from bot.core.errors import Refused
from bot.core.wording import holds_personal_number
from bot.db.engine import insert_once
from bot.db.models import QuestionGroupRow, QuestionRow
from bot.services import alike, audit, gate, outbox
from bot.services.members import Member

LONGEST = 500
# What one person may have waiting, so that a flood reaches nobody.
WAITING = 20
_COMPARED = 300
_QUESTIONS: Table = QuestionRow.__table__  # type: ignore[assignment]

# The letter to one who asked, from their own wording.
Letter = Callable[[str], Reply]


@dataclass(frozen=True)
class Passed:
    """A question that was passed on; `is_repeat` when the person has asked the same before."""

    question_id: int
    is_repeat: bool


@dataclass(frozen=True)
class Group:
    """Questions that ask the same, without who asked. `wordings` are distinct, oldest first."""

    id: int
    text: str
    status: str
    people: int
    first_at: datetime
    wordings: tuple[str, ...] = ()
    answer: str | None = None
    entry_id: str | None = None


@dataclass(frozen=True)
class Settlement:
    """How a group ends: an answer that was typed, an entry that answers, or a refusal with why."""

    status: str
    text: str
    entry_id: str | None = None

    @classmethod
    def typed(cls, text: str) -> Settlement:
        return cls("answered", text)

    @classmethod
    def entry(cls, entry_id: str) -> Settlement:
        return cls("answered", "", entry_id)

    @classmethod
    def declined(cls, text: str) -> Settlement:
        return cls("declined", text)


def pass_on(session: Session, owner: str, text: str, *, at: datetime) -> Passed:
    """Store a question for the administrators, with the person's consent, in a group of its like.

    Raises Refused: question_too_long, question_personal, questions_too_many.
    """
    if len(text) > LONGEST:
        raise Refused("question_too_long")
    if holds_personal_number(text):
        raise Refused("question_personal")
    count = _waiting_for(session, owner)
    group = _alike(session, text)
    if group is None:
        if count >= WAITING:
            raise Refused("questions_too_many", count=count)
        row = QuestionGroupRow(text=text, status="open")
        session.add(row)
        session.flush()
        group = row.id
    question = {"group_id": group, "owner": owner, "text": text, "asked_at": at}
    is_new = insert_once(session, _QUESTIONS, [question], unique=("group_id", "owner")) == 1
    asked = select(QuestionRow.id).where(QuestionRow.group_id == group, QuestionRow.owner == owner)
    return Passed(session.scalars(asked).one(), not is_new)


def take_back(session: Session, owner: str, question_id: int) -> bool:
    """Delete the person's question while its group is open. False when it was too late."""
    query = (
        select(QuestionRow.group_id)
        .join(QuestionGroupRow, QuestionGroupRow.id == QuestionRow.group_id)
        .where(QuestionRow.id == question_id, QuestionRow.owner == owner)
        .where(QuestionGroupRow.status == "open")
        .with_for_update(of=QuestionGroupRow)
    )
    group = session.scalars(query).one_or_none()
    if group is None:
        return False
    session.execute(delete(QuestionRow).where(QuestionRow.id == question_id))
    left = select(QuestionRow.id).where(QuestionRow.group_id == group).limit(1)
    if session.scalars(left).one_or_none() is None:
        session.execute(delete(QuestionGroupRow).where(QuestionGroupRow.id == group))
    return True


def count(session: Session) -> int:
    """How many groups wait for an answer."""
    query = select(func.count()).select_from(QuestionGroupRow)
    return session.scalars(query.where(QuestionGroupRow.status == "open")).one()


def waiting(session: Session, *, offset: int = 0, limit: int = 5) -> list[Group]:
    """Open groups, those that most people ask first, then the oldest."""
    query = (
        _groups()
        .where(QuestionGroupRow.status == "open")
        .order_by(func.count().desc(), QuestionGroupRow.id)
        .offset(offset)
        .limit(limit)
    )
    return [_group(row) for row in session.execute(query)]


def group(session: Session, group_id: int) -> Group:
    """One group with its wordings. Raises Refused question_gone."""
    row = session.execute(_groups().where(QuestionGroupRow.id == group_id)).one_or_none()
    kept = session.get(QuestionGroupRow, group_id)
    if row is None or kept is None:
        raise Refused("question_gone")
    said = select(QuestionRow.text).where(QuestionRow.group_id == group_id).order_by(QuestionRow.id)
    wordings = tuple(dict.fromkeys(session.scalars(said)))
    return replace(_group(row), wordings=wordings, answer=kept.answer, entry_id=kept.entry_id)


def settle(
    session: Session,
    actor: Member,
    group_id: int,
    settlement: Settlement,
    letter: Letter,
    *,
    at: datetime,
) -> gate.Reach:
    """End a group once, and queue the letter to everyone who asked; says whom it reaches.

    Raises Refused: question_gone, question_settled.
    """
    changed: Any = session.execute(
        update(QuestionGroupRow)
        .where(QuestionGroupRow.id == group_id, QuestionGroupRow.status == "open")
        .values(
            status=settlement.status,
            answer=settlement.text or None,
            entry_id=settlement.entry_id,
            answered_by=actor.id,
            answered_at=at,
        )
    )
    if changed.rowcount == 0:
        if session.get(QuestionGroupRow, group_id) is None:
            raise Refused("question_gone")
        raise Refused("question_settled")
    asked = session.execute(
        select(QuestionRow.owner, QuestionRow.text).where(QuestionRow.group_id == group_id)
    ).all()
    for owner, text in asked:
        key = f"answer:{group_id}:{owner}"
        outbox.add(session, owner, letter(text), key=key, purpose=gate.Purpose.ANSWER, at=at)
    detail = {"people": len(asked), "entry": settlement.entry_id}
    audit.add(
        session, actor, f"question.{settlement.status}", f"questions:{group_id}", detail, at=at
    )
    return outbox.reach(session, [row.owner for row in asked], gate.Purpose.ANSWER, at=at)


def forget(session: Session, owner: str) -> None:
    """Delete what a person asked. A group that others asked, too, goes on in their words."""
    gone = delete(QuestionRow).where(QuestionRow.owner == owner).returning(QuestionRow.group_id)
    groups = select(QuestionGroupRow).where(QuestionGroupRow.id.in_(session.scalars(gone).all()))
    for row in session.scalars(groups.with_for_update()):
        left = select(QuestionRow.text).where(QuestionRow.group_id == row.id)
        row.text = session.scalars(left.order_by(QuestionRow.id).limit(1)).one_or_none() or ""
        if not row.text and row.status == "open":
            session.delete(row)


def _waiting_for(session: Session, owner: str) -> int:
    query = (
        select(func.count())
        .select_from(QuestionRow)
        .join(QuestionGroupRow, QuestionGroupRow.id == QuestionRow.group_id)
        .where(QuestionRow.owner == owner, QuestionGroupRow.status == "open")
    )
    return session.scalars(query).one()


def _groups() -> Select[int, str, str, int, datetime]:
    return (
        select(
            QuestionGroupRow.id,
            QuestionGroupRow.text,
            QuestionGroupRow.status,
            func.count().label("people"),
            func.min(QuestionRow.asked_at).label("first_at"),
        )
        .join(QuestionRow, QuestionRow.group_id == QuestionGroupRow.id)
        .group_by(QuestionGroupRow.id, QuestionGroupRow.text, QuestionGroupRow.status)
    )


def _group(row: Row[int, str, str, int, datetime]) -> Group:
    return Group(row.id, row.text, row.status, row.people, row.first_at)


def _alike(session: Session, text: str) -> int | None:
    """The open group that asks the same, held until the transaction ends so that it stays open."""
    query = (
        select(QuestionGroupRow.id, QuestionGroupRow.text)
        .where(QuestionGroupRow.status == "open")
        .order_by(QuestionGroupRow.id.desc())
        .limit(_COMPARED)
    )
    best = alike.nearest(text, ((row.id, row.text) for row in session.execute(query)))
    if best is None:
        return None
    held = select(QuestionGroupRow.id).where(
        QuestionGroupRow.id == best, QuestionGroupRow.status == "open"
    )
    return session.scalars(held.with_for_update()).one_or_none()
