"""What a roster file holds, whatever its format: headings found, cells cleaned, numbers refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from bot.core.errors import Refused

PEOPLE, UNITS = "人员", "单位"
ROWS_AT_MOST = 200_000
COLUMNS_AT_MOST = 40
EXAMPLE = "示例"
FORMULA = "\0formula"  # stands for a cell that calculates; no cell can hold this text
_HEADING_WITHIN = 5

# field -> the heading as we write it, and others that mean the same
PEOPLE_COLUMNS: dict[str, tuple[str, ...]] = {
    "number": ("工号", "教工号", "职工号", "人员编号"),
    "name": ("姓名",),
    "school": ("学校", "学校(行政单位)", "行政单位", "所在学校", "工作单位"),
    "branch": ("党支部", "所在党支部", "党组织", "所属党支部"),
    "group": ("党小组",),
    "status": ("政治面貌", "政治身份"),
    "duties": ("职务",),
    "vote": ("表决权", "有无表决权"),
}
UNIT_COLUMNS: dict[str, tuple[str, ...]] = {
    "name": ("名称", "单位名称"),
    "kind": ("类别", "类型"),
    "parent": ("上级", "上级单位"),
    "nature": ("性质", "办学性质"),
    "covers": ("覆盖学校", "覆盖单位"),
}
_REQUIRED = {PEOPLE: ("number", "name", "school"), UNITS: ("name", "kind")}

_IDENTITY_HEADING = re.compile("身份证|证件号|学籍|学号")
_PHONE_HEADING = re.compile("手机|电话|联系方式|联系号码")
_BIRTH18 = r"(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_BIRTH15 = r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_IDENTITY = re.compile(
    rf"(?<!\d)(?:[1-9]\d{{5}}{_BIRTH18}\d{{3}}[\dXx]|[1-9]\d{{5}}{_BIRTH15}\d{{3}})(?!\d)"
    r"|(?<![A-Za-z\d])[GLgl]\d{17}[\dXx](?![A-Za-z\d])"
)
_PHONE = re.compile(
    r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)"
)
_GAPS = re.compile(r"[\s\-]")


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row: sheet, row as the program shows it, heading, code and details."""

    sheet: str
    row: int
    column: str
    code: str
    details: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass
class Table:
    """A sheet: which fields it has, its lines (row number and a value for each field)."""

    sheet: str
    fields: tuple[str, ...] = ()
    lines: list[tuple[int, tuple[str, ...]]] = field(
        default_factory=list[tuple[int, tuple[str, ...]]]
    )
    unknown: list[str] = field(default_factory=list[str])
    dropped: list[str] = field(default_factory=list[str])
    phones: int = 0
    faults: list[Fault] = field(default_factory=list[Fault])

    def values(self, line: tuple[str, ...]) -> dict[str, str]:
        """A line by field."""
        return dict(zip(self.fields, line, strict=True))


@dataclass(frozen=True)
class Sheets:
    """A whole file: people, and units when it has them."""

    people: Table
    units: Table | None = None


def text_of(value: Any) -> str:
    """A cell as clean text; whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, str):
        if not value.isascii():
            value = unicodedata.normalize("NFC", value)
        return " ".join(value.split())
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def collect(sheet: str, rows: Iterable[tuple[int, Sequence[Any]]]) -> Table:
    """A sheet from its raw rows, each with the number that a spreadsheet shows.

    Raises Refused: roster_has_identity, roster_no_headings, roster_column_twice,
    roster_column_missing, roster_too_many_rows.
    """
    table = Table(sheet)
    columns: list[tuple[int, str, str]] = []
    for number, cells in rows:
        texts = [text_of(cell) for cell in cells[:COLUMNS_AT_MOST]]
        if not any(texts):
            continue
        _refuse_identity(sheet, number, texts)
        if columns:
            _add_line(table, columns, number, texts)
        elif found := _headings(table, texts):
            columns = found
        elif number >= _HEADING_WITHIN:
            break
    if not columns:
        raise Refused("roster_no_headings", sheet=sheet)
    return table


def _headings(table: Table, texts: list[str]) -> list[tuple[int, str, str]]:
    """(index, field, heading) of known columns when this row has headings, else nothing."""
    known = _known(table.sheet)
    found = [
        (index, known[_plain(text)], text)
        for index, text in enumerate(texts)
        if _plain(text) in known
    ]
    if len(found) < 2:
        return []
    fields = [name for _, name, _ in found]
    for _, name, text in found:
        if fields.count(name) > 1:
            raise Refused("roster_column_twice", column=text, sheet=table.sheet)
    columns = PEOPLE_COLUMNS if table.sheet == PEOPLE else UNIT_COLUMNS
    missing = [columns[each][0] for each in _REQUIRED[table.sheet] if each not in fields]
    if missing:
        raise Refused("roster_column_missing", columns="、".join(missing), sheet=table.sheet)
    table.fields = tuple(fields)
    others = [text for text in texts if text and _plain(text) not in known]
    table.dropped = [text for text in others if _PHONE_HEADING.search(text)]
    table.unknown = [text for text in others if text not in table.dropped]
    return found


def _add_line(
    table: Table, columns: list[tuple[int, str, str]], number: int, texts: list[str]
) -> None:
    values: list[str] = []
    for index, name, heading in columns:
        text = texts[index] if index < len(texts) else ""
        if text == FORMULA:
            table.faults.append(Fault(table.sheet, number, heading, "formula"))
            text = ""
        elif len(text) >= 11 and _PHONE.search(text):
            text = _without_phone(table, number, name, heading, text)
        values.append(text)
    if not any(values) or any(each.startswith(EXAMPLE) for each in values[:2]):
        return
    if len(table.lines) >= ROWS_AT_MOST:
        raise Refused("roster_too_many_rows", limit=ROWS_AT_MOST)
    table.lines.append((number, tuple(values)))


def _without_phone(table: Table, number: int, name: str, heading: str, text: str) -> str:
    if name == "number":
        table.faults.append(Fault(table.sheet, number, heading, "number_is_phone"))
        return ""
    table.phones += 1
    return _PHONE.sub("", text).strip(" ，,;；")


def _refuse_identity(sheet: str, number: int, texts: list[str]) -> None:
    for index, text in enumerate(texts):
        if number <= _HEADING_WITHIN and len(text) < 20 and _IDENTITY_HEADING.search(text):
            raise Refused("roster_has_identity", sheet=sheet, row=number, column=index + 1)
        if len(text) >= 15 and _IDENTITY.search(_GAPS.sub("", text)):
            raise Refused("roster_has_identity", sheet=sheet, row=number, column=index + 1)


def _known(sheet: str) -> dict[str, str]:
    columns = PEOPLE_COLUMNS if sheet == PEOPLE else UNIT_COLUMNS
    return {_plain(each): name for name, headings in columns.items() for each in headings}


def _plain(heading: str) -> str:
    return unicodedata.normalize("NFKC", heading).replace(" ", "").strip("*:：")
