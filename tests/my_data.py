"""What was delivered and confirmed, for tests of privacy."""

from __future__ import annotations

import io
from typing import Any

from openpyxl import load_workbook
from sqlalchemy import select

from bot.db.models import DeliveryRow
from tests.district import District


def delivered(district: District, name: str) -> list[str]:
    owner = f"m{district.id_of(name)}"
    with district.database.read() as session:
        rows = session.scalars(select(DeliveryRow).where(DeliveryRow.owner == owner))
        return [str((row.message or {})["text"]) for row in rows]


def table(content: bytes) -> dict[str, list[tuple[Any, ...]]]:
    book = load_workbook(io.BytesIO(content))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}
