"""The house's own books: small facts, the audit list, long jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.models.base import Base, Id


class FactRow(Base):
    """A small fact that all processes agree on: whether it is a demo, the clock's offset …"""

    __tablename__ = "facts"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class AuditRow(Base):
    """An administrative act. `actor_id` is null when the command line did it."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_at", "at"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    act: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]


class JobRow(Base):
    """A long piece of work done in short transactions, resumable after a crash.

    state: ready (waits for a yes), running, done, failed. `plan` is what is to be done in full,
    checked before the first step; `position` how many steps are done.
    """

    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    owner: Mapped[str]
    state: Mapped[str]
    plan: Mapped[list[Any]]
    position: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
