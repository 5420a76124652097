"""The trail of confirmed records: what stood there, who changed it, when and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased

from bot.db.models import (
    AttendanceRow,
    CorrectionRow,
    MeetingRow,
    MemberRow,
    RecordRow,
    ResolutionRow,
)


@dataclass(frozen=True)
class Correction:
    """What a confirmed record held before, who changed it, when and why."""

    record_id: int
    field: str
    person: str
    old: str
    new: str
    reason: str
    made_by: str
    made_at: datetime


def of(session: Session, record_ids: Sequence[int]) -> list[Correction]:
    """The trail of these records, oldest first."""
    by, whom = aliased(MemberRow), aliased(MemberRow)
    rows = session.execute(
        select(CorrectionRow, by.name, whom.name)
        .outerjoin(by, by.id == CorrectionRow.made_by)
        .outerjoin(whom, whom.id == CorrectionRow.member_id)
        .where(CorrectionRow.record_id.in_(record_ids))
        .order_by(CorrectionRow.id)
    )
    return [
        Correction(
            row.record_id,
            row.field,
            person or "",
            row.old,
            row.new,
            row.reason,
            made_by or "",
            row.made_at,
        )
        for row, made_by, person in rows
    ]


def export(session: Session, member_id: int | None) -> list[dict[str, Any]]:
    """Changes of a person's own attendance, as plain JSON values."""
    rows = session.execute(
        select(CorrectionRow, MeetingRow.topic)
        .join(RecordRow, RecordRow.id == CorrectionRow.record_id)
        .join(MeetingRow, MeetingRow.id == RecordRow.meeting_id)
        .where(CorrectionRow.member_id == member_id)
        .order_by(CorrectionRow.id)
    )
    return [
        {
            "made_at": str(row.made_at),
            "topic": topic,
            "old": row.old,
            "new": row.new,
            "reason": row.reason,
        }
        for row, topic in rows
    ]


def forget(session: Session, person: MemberRow) -> None:
    """Take the person's name and reasons out of records and their trail; what was decided stays."""
    session.execute(
        update(CorrectionRow)
        .where(CorrectionRow.member_id == person.id)
        .values(old="", new="", reason="")
    )
    # By name alone it may be somebody else: only in records of meetings that were the person's.
    own = (
        select(RecordRow.id)
        .join(AttendanceRow, AttendanceRow.meeting_id == RecordRow.meeting_id)
        .where(AttendanceRow.member_id == person.id)
    )
    for table, column, key in (
        (RecordRow, RecordRow.host, RecordRow.id),
        (RecordRow, RecordRow.recorder, RecordRow.id),
        (ResolutionRow, ResolutionRow.responsible, ResolutionRow.record_id),
    ):
        session.execute(
            update(table)
            .where(column == person.name, key.in_(own))
            .values({column: ""})
            .execution_options(synchronize_session=False)
        )
