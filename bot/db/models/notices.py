"""Notices: what was sent to whom and how it went on, receipts, and the tags of people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.models.base import Base, Id


class NoticeRow(Base):
    """One notice, unique by the key of its draft, so that a second tap sends nothing.

    kind: plain, receipt (asks for 收到), urgent, confidential (to one person; `said` holds only
    when, where and whom to see). `audience` as audience.as_json gives it, `files` the ids of
    stored files. state: approval (waits for a second administrator), declined, waiting (for
    `send_at`), queueing (its Deliveries are being added, up to member `position`), queued, stopped,
    recalling (being taken out of the chats, up to Delivery `position`), withdrawn. `version` grows
    with every correction; `total` counts the people, `confirmed` the receipts. `nudge` is the
    member up to whom the unconfirmed were reminded. `live` is the message in the sender's chat that
    shows the progress, `live_said` a digest of what it shows. `listed_at`: the secretaries were
    told who has not confirmed.
    """

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_sender_id", "sender_id", "id"),
        Index(
            "ix_notices_at_work",
            "id",
            sqlite_where=text("is_at_work"),
            postgresql_where=text("is_at_work"),
        ),
        Index(
            "ix_notices_live",
            "id",
            sqlite_where=text("live_until IS NOT NULL"),
            postgresql_where=text("live_until IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    text: Mapped[str]
    said: Mapped[dict[str, Any]] = mapped_column(default=dict)
    files: Mapped[list[Any]] = mapped_column(default=list)
    audience: Mapped[dict[str, Any]]
    sender_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    member_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    asks: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime]
    send_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    state: Mapped[str]
    is_at_work: Mapped[bool] = mapped_column(default=False)
    approved_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    version: Mapped[int] = mapped_column(default=1)
    changed: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(Id, default=0)
    total: Mapped[int] = mapped_column(default=0)
    confirmed: Mapped[int] = mapped_column(default=0)
    nudged_at: Mapped[datetime | None]
    nudge: Mapped[int | None] = mapped_column(Id)
    ended_at: Mapped[datetime | None]
    listed_at: Mapped[datetime | None]
    live: Mapped[dict[str, Any] | None]
    live_said: Mapped[str] = mapped_column(default="")
    live_until: Mapped[datetime | None]


class ReceiptRow(Base):
    """A person's own confirmation of a notice, once; `version` is what the person had read."""

    __tablename__ = "receipts"
    __table_args__ = (
        UniqueConstraint("notice_id", "member_id"),
        Index("ix_receipts_member_id", "member_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    notice_id: Mapped[int] = mapped_column(Id, ForeignKey("notices.id"))
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    answer: Mapped[str] = mapped_column(default="")


class MemberTagRow(Base):
    """A word by which an administrator finds a member again, such as 新教师."""

    __tablename__ = "member_tags"
    __table_args__ = (Index("ix_member_tags_tag", "tag"),)

    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)
