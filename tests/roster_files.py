"""Roster files for tests: rows to xlsx and CSV, and the demo district as a file."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook

HEADINGS = ("工号", "姓名", "学校", "党支部", "党小组", "政治面貌", "职务", "表决权")
UNIT_HEADINGS = ("名称", "类别", "上级", "性质", "覆盖学校")
NEW = ("3001", "宣以恒", "青澜二中", "青澜二中初中部党支部", "", "正式党员", "教师", "")


def xlsx(
    rows: Sequence[Sequence[Any]],
    units: Sequence[Sequence[Any]] = (),
    *,
    headings: Sequence[str] = HEADINGS,
    title: str = "人员",
) -> bytes:
    """A workbook with these people and units, written as somebody else's program would."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in (headings, *rows):
        sheet.append(list(row))
    if units:
        other = book.create_sheet("单位")
        for row in (UNIT_HEADINGS, *units):
            other.append(list(row))
    return saved(book)


def saved(book: Workbook) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def csv(rows: Sequence[Sequence[str]], *, separator: str = ",", encoding: str = "utf-8") -> bytes:
    lines = [separator.join(row) for row in (HEADINGS, *rows)]
    return "\r\n".join(lines).encode(encoding)
