"""What was said and is still to be said: inbox, states, buttons, transcripts, files, deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.models.base import Base, Id

_OF_TOPIC = "topic IS NOT NULL AND letter_id IS NULL AND state = 'queued'"


class InboxRow(Base):
    """One Incoming, written before it is acknowledged, settled with its turn.

    `person` is platform and sender, the key under which events stay in order. `replies` are the
    Messages by value; `shown_at` says that the platform has shown them. `error` is set when the
    event was set aside after three tries.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("platform", "event"),
        Index(
            "ix_inbox_unfinished",
            "id",
            sqlite_where=text("shown_at IS NULL"),
            postgresql_where=text("shown_at IS NULL"),
        ),
        Index("ix_inbox_received_at", "received_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    platform: Mapped[str]
    event: Mapped[str]
    person: Mapped[str]
    payload: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    settled_at: Mapped[datetime | None]
    replies: Mapped[list[Any] | None]
    shown_at: Mapped[datetime | None]
    error: Mapped[str | None]
    claimed_by: Mapped[str | None]


class StateRow(Base):
    """The open conversation of an owner in a chat.

    `owner` is m<member id> or a<address id>; `chat` is "private" for all private chats together,
    since a conversation moves with the person, or the group's platform and id.
    """

    __tablename__ = "states"

    owner: Mapped[str] = mapped_column(primary_key=True)
    chat: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    data: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class KeyboardRow(Base):
    """The buttons of one message, bound to one owner: a token is `<token>.<index>`."""

    __tablename__ = "keyboards"
    __table_args__ = (Index("ix_keyboards_owner_chat_id", "owner", "chat", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token: Mapped[str] = mapped_column(unique=True)
    owner: Mapped[str]
    chat: Mapped[str]
    actions: Mapped[list[Any]]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ShownRow(Base):
    """What a message that stands in a chat is about, so that quoting it finds its way."""

    __tablename__ = "shown"

    platform: Mapped[str] = mapped_column(primary_key=True)
    chat: Mapped[str] = mapped_column(primary_key=True)
    native_id: Mapped[str] = mapped_column(primary_key=True)
    about: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)


class TranscriptRow(Base):
    """A line of a web chat, which has no platform of its own to remember it.

    Rows are only added: a replaced or withdrawn line is a new row with the first one's id in
    `replaces`, so that `id` is also the version of the conversation. author: bot or person.
    """

    __tablename__ = "transcripts"
    __table_args__ = (
        Index("ix_transcripts_chat_id", "chat", "id"),
        Index("ix_transcripts_event", "event"),
        Index(
            "uq_transcripts_said",
            "event",
            unique=True,
            sqlite_where=text("author = 'person'"),
            postgresql_where=text("author = 'person'"),
        ),
        # A version is never given twice, not even after the newest rows were deleted.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    chat: Mapped[str]
    author: Mapped[str]
    message: Mapped[dict[str, Any]]
    replaces: Mapped[int | None] = mapped_column(Id)
    is_withdrawn: Mapped[bool] = mapped_column(default=False)
    event: Mapped[str | None]
    at: Mapped[datetime]


class FileRow(Base):
    """Bytes that somebody sent or that the bot is about to send, at most 20 MB."""

    __tablename__ = "files"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    owner: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    kept_at: Mapped[datetime] = mapped_column(index=True)


class LetterRow(Base):
    """A message to many, stored once: one DeliveryRow a person points here.

    The counters count people; those of `total` that are in none of the others are queued.
    `withdrawn_at` stops what has not gone out yet.
    """

    __tablename__ = "letters"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[str]
    message: Mapped[dict[str, Any] | None]
    topic: Mapped[str | None] = mapped_column(index=True)
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    made_at: Mapped[datetime] = mapped_column(index=True)
    withdrawn_at: Mapped[datetime | None]
    total: Mapped[int] = mapped_column(default=0)
    sent: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    doubt: Mapped[int] = mapped_column(default=0)
    withdrawn: Mapped[int] = mapped_column(default=0)


class MailingRow(Base):
    """A letter that is still being queued to many, a piece at a time: `owners` are those left."""

    __tablename__ = "mailings"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    letter_id: Mapped[int] = mapped_column(Id, ForeignKey("letters.id"))
    owners: Mapped[list[Any]]
    at: Mapped[datetime]


class ClosedTopicRow(Base):
    """What a message was about is over for its owner (all owners: ""): older ones stay unsent."""

    __tablename__ = "closed_topics"

    topic: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


class DeliveryRow(Base):
    """One message to one person that nobody waits for, from queued to its end.

    state: queued, sending, sent, failed, doubt, withdrawn. `key` is unique, so that a repeat adds
    nothing; so the row stays when its `message` is no longer kept (one of a letter never has any).
    `lane`: 0 interactive, 1 urgent, 2 normal, 3 bulk. `leased_by` is the process that sends it: one
    that is gone (see presence.py) leaves it in doubt. `reason` is a code: why it is held back,
    failed or was withdrawn (see outbox.py, gate.py); `detail` the platform's own words.
    `merged_into` is the delivery in whose message it went out.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(
            "ix_deliveries_due",
            "lane",
            "due_at",
            "id",
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
        Index(
            "ix_deliveries_sending",
            "leased_by",
            sqlite_where=text("state = 'sending'"),
            postgresql_where=text("state = 'sending'"),
        ),
        Index(
            "ix_deliveries_kept",
            "made_at",
            sqlite_where=text("message IS NOT NULL"),
            postgresql_where=text("message IS NOT NULL"),
        ),
        Index(
            "ix_deliveries_letter",
            "letter_id",
            sqlite_where=text("letter_id IS NOT NULL"),
            postgresql_where=text("letter_id IS NOT NULL"),
        ),
        # Those of a letter are found by it: each index here is paid for a million times.
        Index(
            "ix_deliveries_topic",
            "topic",
            sqlite_where=text(_OF_TOPIC),
            postgresql_where=text(_OF_TOPIC),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    owner: Mapped[str] = mapped_column(index=True)
    address_id: Mapped[int | None] = mapped_column(Id, ForeignKey("addresses.id"))
    lane: Mapped[int]
    purpose: Mapped[str]
    letter_id: Mapped[int | None] = mapped_column(Id)  # no foreign key: PostgreSQL checks each row
    topic: Mapped[str | None]
    message: Mapped[dict[str, Any] | None]
    state: Mapped[str] = mapped_column(default="queued")
    reason: Mapped[str | None]
    detail: Mapped[str | None]
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    made_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    leased_by: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    native_id: Mapped[str | None]
    merged_into: Mapped[int | None] = mapped_column(Id)
