"""Quiz practice: rounds of a few questions, judged once each, and when to see them again.

No clock, no score against others, no streak (DESIGN.md, promise 2). A question is judged by the
knowledge with which it was shown: its text and answer travel in the sitting.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, bindparam, func, select, update
from sqlalchemy.orm import Session

from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.db.engine import insert_once, run
from bot.db.models import AnswerRow, SittingRow
from bot.services import posing, review
from knowledge.loader import Library

ROUND = 5
_ANSWERS: Table = AnswerRow.__table__  # type: ignore[assignment]
_SITTING = select(
    SittingRow.id,
    SittingRow.position,
    SittingRow.current,
    SittingRow.chosen,
    SittingRow.items,
    SittingRow.mode,
    SittingRow.topic,
    SittingRow.ended_at,
).where(SittingRow.id == bindparam("sitting"), SittingRow.member_id == bindparam("member"))
_GIVEN = select(AnswerRow.given, AnswerRow.is_right).where(
    AnswerRow.sitting_id == bindparam("sitting"), AnswerRow.position == bindparam("position")
)


@dataclass(frozen=True)
class Way:
    """How somebody wants to practise. mode: random, topic (with its name), wrong, due or plan.

    Of a plan `topic` is the key of what is to be done, and `count` of these `items` are asked.
    """

    mode: str
    topic: str | None = None
    chance: random.Random = field(default_factory=random.Random)
    items: tuple[str, ...] = ()
    count: int = ROUND


@dataclass(frozen=True)
class Question:
    """An open question: where it stands in its sitting, and what is asked.

    `current` holds item, kind, question, options, answer, numbers, explanation, source, clause,
    since. `chosen` are the letters toggled so far.
    """

    sitting: int
    position: int
    total: int
    current: dict[str, Any]
    chosen: str = ""
    plan: str | None = None  # the key of what a quiz of a plan is about

    @property
    def kind(self) -> str:
        return str(self.current["kind"])

    @property
    def takes_several(self) -> bool:
        return bool(self.current["several"])

    @property
    def is_last(self) -> bool:
        return self.position + 1 >= self.total


@dataclass(frozen=True)
class Verdict:
    """What became of an answer. `is_repeat` when it had been answered before."""

    question: Question
    given: str
    is_right: bool
    is_repeat: bool


@dataclass(frozen=True)
class Summary:
    """A finished sitting: how many of how many were right, and what to read again."""

    right: int
    total: int
    missed: tuple[dict[str, Any], ...]
    plan: str | None = None  # the key of what a quiz of a plan is about


def choices(session: Session, member: int, library: Library, *, at: datetime) -> dict[str, int]:
    """How many questions each way of practising has: topics by name, `wrong` and `due`."""
    topics = library.topics(local_day(at))
    countable = {item for items in topics.values() for item in items}
    wrong, due = review.wrong(session, member), review.due(session, member, at=at)
    counted = {"wrong": len(countable & set(wrong)), "due": len(countable & set(due))}
    return counted | {f"topic:{name}": len(items) for name, items in topics.items()}


def start(
    session: Session,
    member: int,
    library: Library,
    way: Way,
    *,
    at: datetime,
) -> Question:
    """Begin a round. An unfinished one waits, and is offered again afterwards.

    Raises Refused: quiz_no_topic, quiz_none_wrong, quiz_none_due, quiz_no_items.
    """
    items = _pick(session, member, library, way, at=at)
    row = SittingRow(
        member_id=member,
        mode=way.mode,
        topic=way.topic,
        items=items,
        position=0,
        current=posing.snapshot(library, items[0]),
        chosen="",
        started_at=at,
    )
    session.add(row)
    session.flush()
    return Question(row.id, 0, len(items), row.current, plan=_plan_of(way.mode, way.topic))


def resume(session: Session, member: int) -> Question | None:
    """The unfinished round where it was left, or None."""
    query = (
        select(SittingRow.id)
        .where(SittingRow.member_id == member, SittingRow.ended_at.is_(None))
        .order_by(SittingRow.id.desc())
    )
    sitting = session.execute(query).scalars().first()
    return open_question(session, member, sitting) if sitting else None


def open_question(session: Session, member: int, sitting: int) -> Question | None:
    """The question at which a sitting of this member stands; None when it has ended."""
    row = run(session, _SITTING, {"sitting": sitting, "member": member}).one_or_none()
    return _question(row) if row and row.ended_at is None else None


def given(session: Session, question: Question) -> Verdict | None:
    """What was answered to the question already, or None."""
    key = {"sitting": question.sitting, "position": question.position}
    row = run(session, _GIVEN, key).one_or_none()
    return Verdict(question, row.given, row.is_right, is_repeat=True) if row else None


def toggle(session: Session, question: Question, letter: str) -> Question:
    """Choose a letter of a multiple choice, or take the choice back."""
    chosen = set(question.chosen) ^ {letter}
    letters = "".join(sorted(chosen))
    session.execute(
        update(SittingRow).where(SittingRow.id == question.sitting).values(chosen=letters)
    )
    return replace(question, chosen=letters)


def answer(
    session: Session, member: int, question: Question, text: str, *, at: datetime
) -> Verdict:
    """Judge and keep an answer; the first one counts, a repeat gives the first one's verdict.

    Raises Refused: quiz_one_letter, quiz_no_such_letter, quiz_not_a_letter, quiz_not_a_truth.
    """
    is_right, said = posing.judge(question.current, text)
    row = {
        "sitting_id": question.sitting,
        "position": question.position,
        "member_id": member,
        "item_id": question.current["item"],
        "given": said[:200],
        "is_right": is_right,
        "at": at,
    }
    if not insert_once(session, _ANSWERS, [row], unique=("sitting_id", "position")):
        earlier = given(session, question)
        assert earlier is not None
        return earlier
    review.note(session, member, question.current["item"], is_right, at=at)
    return Verdict(question, said, is_right, is_repeat=False)


def proceed(
    session: Session, question: Question, library: Library, *, at: datetime
) -> Question | None:
    """Go on to the next question that still exists; None ends the sitting."""
    row = session.get_one(SittingRow, question.sitting)
    for position in range(question.position + 1, question.total):
        item = str(row.items[position])
        if item in library.items:
            current = posing.snapshot(library, item)
            row.position, row.current, row.chosen = position, current, ""
            return replace(question, position=position, current=current, chosen="")
    row.ended_at = at
    return None


def leave(session: Session, question: Question, *, at: datetime) -> None:
    """End a sitting before its last question."""
    session.execute(update(SittingRow).where(SittingRow.id == question.sitting).values(ended_at=at))


def summary(session: Session, sitting: int, library: Library) -> Summary:
    """What a sitting came to."""
    query = select(AnswerRow.item_id, AnswerRow.is_right).where(AnswerRow.sitting_id == sitting)
    rows = session.execute(query.order_by(AnswerRow.position)).all()
    missed = [row.item_id for row in rows if not row.is_right and row.item_id in library.items]
    entries = dict.fromkeys(library.entry_of_item[item] for item in missed)
    sat = session.get_one(SittingRow, sitting)
    return Summary(
        sum(row.is_right for row in rows),
        len(rows),
        tuple(_reading(library, entry) for entry in entries),
        _plan_of(sat.mode, sat.topic),
    )


def _pick(
    session: Session,
    member: int,
    library: Library,
    way: Way,
    *,
    at: datetime,
) -> list[str]:
    topics = library.topics(local_day(at))
    countable = {item for items in topics.values() for item in items}
    if way.mode == "wrong":
        known = [item for item in review.wrong(session, member) if item in countable]
        return known[:ROUND] or _refuse("quiz_none_wrong")
    if way.mode == "due":
        known = [item for item in review.due(session, member, at=at) if item in countable]
        return known[:ROUND] or _refuse("quiz_none_due")
    if way.mode == "topic":
        countable = set(topics.get(way.topic or "", ())) or set(_refuse("quiz_no_topic"))
    if way.mode == "plan":
        countable &= set(way.items)
    drawn = _fresh_first(session, member, countable, way.chance)
    return drawn[: way.count] or _refuse("quiz_no_items")


def _fresh_first(
    session: Session, member: int, items: Iterable[str], chance: random.Random
) -> list[str]:
    """Some items by chance, those that the member has met least often before the others."""
    query = select(AnswerRow.item_id, func.count()).where(AnswerRow.member_id == member)
    met = {row[0]: row[1] for row in session.execute(query.group_by(AnswerRow.item_id))}
    drawn = sorted(items)
    chance.shuffle(drawn)
    return sorted(drawn, key=lambda item: met.get(item, 0))


def _refuse(code: str) -> list[str]:
    raise Refused(code)


def _question(row: Row[*tuple[Any, ...]]) -> Question:
    plan = _plan_of(row.mode, row.topic)
    return Question(row.id, row.position, len(row.items), dict(row.current), row.chosen, plan)


def _plan_of(mode: str, topic: str | None) -> str | None:
    return topic if mode == "plan" else None


def _reading(library: Library, entry_id: str) -> dict[str, Any]:
    entry = library.entries[entry_id]
    source = library.sources[entry.source]
    return {"id": entry.id, "title": entry.title, "source": source.title, "clause": entry.clause}
