"""Meetings: the call, each branch's record of it, who was there, what was decided, the ledger."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.models.base import Base, Id


class MeetingRow(Base):
    """One call.

    kind: congress (支部党员大会), committee (支委会), group (党小组会), lecture (党课), party_day
    (主题党日), life (组织生活会), appraisal (民主评议), training (培训), joint (结对共建), other.
    `subkind` of a joint session is the kind it counts as in each ledger. `purpose` decides the
    quorum: plain, admission, election, discipline, appointment. state: planned, open, closed,
    cancelled. `key` is the draft's, so that a second tap on 发出 calls nothing. `version` grows
    with every change of time or place. `code` is the six-digit code, `secret` what the screen's QR
    is signed with. `visitors` are guests (列席) of no roster, as they were named. `reminded_at`
    says that the evening's reminders are queued. `is_at_work`: invitations that no longer hold are
    being marked so in the chats, up to Delivery `position`.
    """

    __tablename__ = "meetings"
    __table_args__ = (
        Index("ix_meetings_state_starts_at", "state", "starts_at"),
        Index("ix_meetings_code", "code"),
        Index(
            "ix_meetings_at_work",
            "id",
            sqlite_where=text("is_at_work"),
            postgresql_where=text("is_at_work"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    subkind: Mapped[str | None]
    purpose: Mapped[str] = mapped_column(default="plain")
    topic: Mapped[str]
    place: Mapped[str] = mapped_column(default="")
    starts_at: Mapped[datetime]
    lasts: Mapped[int]  # minutes
    state: Mapped[str] = mapped_column(default="planned")
    version: Mapped[int] = mapped_column(default=1)
    code: Mapped[str]
    secret: Mapped[str]
    on_the_day: Mapped[bool] = mapped_column(default=False)  # a second reminder is wished
    visitors: Mapped[list[Any]] = mapped_column(default=list)
    called_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    called_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    is_at_work: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(Id, default=0)


class RecordRow(Base):
    """What one branch (or group) keeps of a meeting: a line of its ledger, one for each unit.

    The minutes' fields are those of shared/facts/party.md, section 十六. `present` and the like
    are counted from the attendance, never stored. `agreed_at` is set at once for the units that
    the caller answers for; another branch joins, and its people hear of it, when its own secretary
    has agreed. `rolled_at`: its own roll was called; who called the meeting closes that.
    `confirmed_at` ends the secretary's work on it. `ticks` are the items of plans that the meeting
    has done, as keys of completions.
    """

    __tablename__ = "records"
    __table_args__ = (
        UniqueConstraint("meeting_id", "unit_id"),
        Index("ix_records_unit_id", "unit_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(Id, ForeignKey("meetings.id"))
    unit_id: Mapped[int] = mapped_column(Id, ForeignKey("units.id"))
    host: Mapped[str] = mapped_column(default="")
    recorder: Mapped[str] = mapped_column(default="")
    reported: Mapped[str] = mapped_column(default="")
    discussed: Mapped[str] = mapped_column(default="")
    decided: Mapped[str] = mapped_column(default="")
    summary: Mapped[str] = mapped_column(default="")
    ticks: Mapped[list[Any]] = mapped_column(default=list)
    agreed_at: Mapped[datetime | None]
    agreed_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    rolled_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))


class AttendanceRow(Base):
    """One person and one meeting: expected or a guest (列席), and whether they came.

    `unit_id` is the unit for whose record they count. `why` is a code of services/expected.py.
    reply: none, yes, leave. leave_state: none, asked, approved, declined; `reason` is one of the
    listed categories (services/leave.py), never what was typed. status: none, present, late, leave,
    absent; `late_by` in minutes. way: exception, tap, code, screen, hand.
    """

    __tablename__ = "attendance"
    __table_args__ = (
        UniqueConstraint("meeting_id", "member_id"),
        Index("ix_attendance_member_id", "member_id"),
        Index("ix_attendance_meeting_id_unit_id", "meeting_id", "unit_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(Id, ForeignKey("meetings.id"))
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    unit_id: Mapped[int] = mapped_column(Id, ForeignKey("units.id"))
    is_expected: Mapped[bool]
    has_vote: Mapped[bool] = mapped_column(default=False)
    why: Mapped[str] = mapped_column(default="")  # why expected, or why a guest
    reply: Mapped[str] = mapped_column(default="none")
    leave_state: Mapped[str] = mapped_column(default="none")
    reason: Mapped[str] = mapped_column(default="")
    decided_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    status: Mapped[str] = mapped_column(default="none")
    way: Mapped[str | None]
    at: Mapped[datetime | None]
    late_by: Mapped[int] = mapped_column(default=0)
    marked_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))


class PassRow(Base):
    """Somebody scanned the screen's QR and still has to bind: good until `until`, then nothing.

    `owner` is a<address id>, after binding m<member id>; the newest scan counts.
    """

    __tablename__ = "passes"

    owner: Mapped[str] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(Id, ForeignKey("meetings.id"))
    scanned_at: Mapped[datetime]
    until: Mapped[datetime] = mapped_column(index=True)


class ResolutionRow(Base):
    """A resolution of a record, with who is responsible and until when."""

    __tablename__ = "resolutions"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    record_id: Mapped[int] = mapped_column(Id, ForeignKey("records.id"), index=True)
    text: Mapped[str]
    responsible: Mapped[str] = mapped_column(default="")
    due_on: Mapped[date | None]
    done_at: Mapped[datetime | None]


class VoteRow(Base):
    """A vote that was taken on paper or by hand, as counted: never a ballot.

    D `entitled`, P `present`, Y `in_favour`, W `written` (prior written opinions in favour).
    """

    __tablename__ = "votes"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    record_id: Mapped[int] = mapped_column(Id, ForeignKey("records.id"), index=True)
    subject: Mapped[str]
    purpose: Mapped[str]
    entitled: Mapped[int]
    present: Mapped[int]
    in_favour: Mapped[int]
    against: Mapped[int]
    abstained: Mapped[int]
    written: Mapped[int] = mapped_column(default=0)
    counted_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    at: Mapped[datetime]


class CorrectionRow(Base):
    """A change of a confirmed record: what stood there, what stands there now, why, who, when."""

    __tablename__ = "corrections"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    record_id: Mapped[int] = mapped_column(Id, ForeignKey("records.id"), index=True)
    field: Mapped[str]
    member_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    old: Mapped[str]
    new: Mapped[str]
    reason: Mapped[str]
    made_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    made_at: Mapped[datetime]


class MonthLockRow(Base):
    """A month of a unit's ledger that was closed; unlocking is recorded, not deleted."""

    __tablename__ = "month_locks"
    __table_args__ = (Index("ix_month_locks_unit_id_month", "unit_id", "month"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    unit_id: Mapped[int] = mapped_column(Id, ForeignKey("units.id"))
    month: Mapped[str]  # 2026-11
    locked_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    locked_at: Mapped[datetime]
    unlocked_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    unlocked_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")


class TermRow(Base):
    """A committee's term of office: when it was elected and for how many years."""

    __tablename__ = "terms"

    unit_id: Mapped[int] = mapped_column(Id, ForeignKey("units.id"), primary_key=True)
    elected_on: Mapped[date]
    years: Mapped[int] = mapped_column(default=3)
    said: Mapped[dict[str, Any]] = mapped_column(default=dict)
