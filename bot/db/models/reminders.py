"""Reminders: when each rule has gone out or was put off, and what people have done already."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.models.base import Base, Id


class FiringRow(Base):
    """One occasion of one rule, unique, so that it goes out once whoever wakes up for it.

    `occasion` is the day that the rule itself names, or the instant where a day has several.
    state: posting (its Deliveries are being added, up to member `position`), posted, missed (too
    late after downtime), skipped, moved (waits for `moved_to`). `made` counts the Deliveries;
    `digest` is of the rule's words, so that a change reaches what has not been sent.
    """

    __tablename__ = "firings"
    __table_args__ = (
        UniqueConstraint("rule", "occasion"),
        Index("ix_firings_state", "state"),
        Index("ix_firings_due_at", "due_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    rule: Mapped[str]
    occasion: Mapped[str]
    due_at: Mapped[datetime]
    state: Mapped[str]
    moved_to: Mapped[datetime | None]
    digest: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    position: Mapped[int] = mapped_column(default=0)
    made: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))


class CompletionRow(Base):
    """Something asked of a person, or of a unit, is done: by whichever way came first.

    `key` names what was asked, such as plan:warning-films/first/2026. how: receipt, quiz, meeting.
    `ref` is what it rests on, such as meeting:17.
    """

    __tablename__ = "completions"
    __table_args__ = (
        UniqueConstraint("key", "member_id"),
        UniqueConstraint("key", "unit_id"),
        CheckConstraint("(member_id IS NULL) <> (unit_id IS NULL)", name="one_subject"),
        Index("ix_completions_member_id", "member_id"),
        Index("ix_completions_ref", "ref"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str]
    member_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    unit_id: Mapped[int | None] = mapped_column(Id, ForeignKey("units.id"))
    how: Mapped[str]
    ref: Mapped[str]
    at: Mapped[datetime]
