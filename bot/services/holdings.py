"""The rows that are held about a person, as plain JSON values: for the person's own export."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bot.db.models import AttendanceRow, DeliveryRow, LetterRow, MeetingRow, UnitRow


def rows(session: Session, table: type[Any], where: ColumnElement[bool]) -> list[dict[str, Any]]:
    ordered = select(table.__table__).where(where).order_by(*table.__table__.primary_key)
    found = session.execute(ordered).mappings()
    return [_plain(row) for row in found]


def named(session: Session, table: type[Any], where: ColumnElement[bool]) -> list[dict[str, Any]]:
    """Rows of a table with a unit, and the unit's name."""
    found = session.execute(
        select(UnitRow.name.label("unit"), table.__table__)
        .join(UnitRow, UnitRow.id == table.unit_id)
        .where(where)
    ).mappings()
    return [_plain(row) for row in found]


def attended(session: Session, where: ColumnElement[bool]) -> list[dict[str, Any]]:
    """Seats at meetings, with the meeting's topic and start, and the unit's name."""
    found = session.execute(
        select(
            MeetingRow.topic,
            MeetingRow.starts_at,
            UnitRow.name.label("unit"),
            AttendanceRow.__table__,
        )
        .join(MeetingRow, MeetingRow.id == AttendanceRow.meeting_id)
        .join(UnitRow, UnitRow.id == AttendanceRow.unit_id)
        .where(where)
        .order_by(AttendanceRow.id)
    ).mappings()
    return [_plain(row) for row in found]


def delivered(session: Session, owner: str) -> list[dict[str, Any]]:
    """What was sent to somebody; the words of a letter to many are its own."""
    found = session.execute(
        select(LetterRow.message.label("letter"), DeliveryRow.__table__)
        .outerjoin(LetterRow, LetterRow.id == DeliveryRow.letter_id)
        .where(DeliveryRow.owner == owner)
        .order_by(DeliveryRow.id)
    ).mappings()
    plain = [_plain(row) for row in found]
    return [{"message": row.pop("letter", {}), **row} for row in plain]


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): _plain_value(value) for name, value in row.items() if value is not None}


def _plain_value(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | list | dict) else str(value)
