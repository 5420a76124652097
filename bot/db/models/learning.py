"""Practice and questions: sittings, answers, review cards, what was asked and reported."""

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
