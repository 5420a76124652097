"""Practice and questions: sittings, answers, cards, what was asked, reported and learnt."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.models.base import Base, Id


class SittingRow(Base):
    """One round of practice. `current` is the open question as it was shown, with its answer.

    mode: random, topic, wrong, due. `chosen` are the toggled letters of a multiple choice.
    """

    __tablename__ = "sittings"
    __table_args__ = (Index("ix_sittings_member_id_ended_at", "member_id", "ended_at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    mode: Mapped[str]
    topic: Mapped[str | None]
    items: Mapped[list[Any]]
    position: Mapped[int] = mapped_column(default=0)
    current: Mapped[dict[str, Any]]
    chosen: Mapped[str] = mapped_column(default="")
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class AnswerRow(Base):
    """What was answered to one question of a sitting: unique, so two taps count once."""

    __tablename__ = "answers"
    __table_args__ = (
        UniqueConstraint("sitting_id", "position"),
        Index("ix_answers_member_id_item_id", "member_id", "item_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    sitting_id: Mapped[int] = mapped_column(Id, ForeignKey("sittings.id"))
    position: Mapped[int]
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    item_id: Mapped[str]
    given: Mapped[str]
    is_right: Mapped[bool]
    at: Mapped[datetime]


class CardRow(Base):
    """When a person should see an item again, by FSRS; `card` is the library's own form."""

    __tablename__ = "cards"
    __table_args__ = (Index("ix_cards_member_id_due_at", "member_id", "due_at"),)

    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), primary_key=True)
    item_id: Mapped[str] = mapped_column(primary_key=True)
    card: Mapped[dict[str, Any]]
    due_at: Mapped[datetime]
    was_right: Mapped[bool]


class QuestionGroupRow(Base):
    """Questions that ask the same. status: open, answered, declined."""

    __tablename__ = "question_groups"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    text: Mapped[str]
    status: Mapped[str] = mapped_column(default="open")
    answer: Mapped[str | None]
    entry_id: Mapped[str | None]
    answered_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    answered_at: Mapped[datetime | None]


class QuestionRow(Base):
    """A question passed on with the person's consent."""

    __tablename__ = "questions"
    __table_args__ = (UniqueConstraint("group_id", "owner"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    group_id: Mapped[int] = mapped_column(Id, ForeignKey("question_groups.id"), index=True)
    owner: Mapped[str] = mapped_column(index=True)
    text: Mapped[str]
    asked_at: Mapped[datetime]


class FeedbackRow(Base):
    """题目有误: a quiz item that somebody says is wrong. status: open, closed."""

    __tablename__ = "feedback"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    item_id: Mapped[str] = mapped_column(index=True)
    file: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="open")
    made_at: Mapped[datetime]
    closed_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    closed_at: Mapped[datetime | None]


class AdditionRow(Base):
    """Knowledge that an administrator added in chat. Never deleted.

    kind: phrasing (content: text) or entry (content: an entry in the form of the files). `key` is
    what can be in use only once; it is None when the addition was withdrawn or merged.
    """

    __tablename__ = "additions"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    entry_id: Mapped[str]
    content: Mapped[dict[str, Any]]
    key: Mapped[str | None] = mapped_column(unique=True)
    made_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    made_at: Mapped[datetime]
    withdrawn_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    withdrawn_at: Mapped[datetime | None]
    merged_at: Mapped[datetime | None]


class MissGroupRow(Base):
    """Unanswered questions that ask the same. The words stand in the misses alone.

    status: open, added (by `addition_id`), dismissed. Deleted with its last miss.
    """

    __tablename__ = "miss_groups"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    status: Mapped[str] = mapped_column(default="open")
    addition_id: Mapped[int | None] = mapped_column(Id, ForeignKey("additions.id"), index=True)
    decided_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    decided_at: Mapped[datetime | None]


class MissRow(Base):
    """A question that found no answer, or of which no choice was right (都不是).

    Kept as long as texts in the inbox. `owner` only serves to count different people, and to
    delete what is theirs; `key` is the occasion, so that a repeat counts once.
    """

    __tablename__ = "misses"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    group_id: Mapped[int] = mapped_column(Id, ForeignKey("miss_groups.id"), index=True)
    owner: Mapped[str] = mapped_column(index=True)
    text: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    asked_at: Mapped[datetime] = mapped_column(index=True)
