"""A roster as xlsx: reading it, and writing the template and the export."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.core.errors import Refused
from bot.files import workbook
from bot.files.roster_sheet import (
    COLUMNS_AT_MOST,
    EXAMPLE,
    FORMULA,
    PEOPLE,
    PEOPLE_COLUMNS,
    ROWS_AT_MOST,
    UNIT_COLUMNS,
    UNITS,
    Sheets,
    Table,
    collect,
)
from bot.files.xlsx_rows import Book, Cell

NOTES = "填写说明"
STATUSES = {
    "full": "正式党员",
    "probationary": "预备党员",
    "activist": "积极分子",
    "none": "非党员",
}
KINDS = {
    "bureau": "局",
    "school": "学校",
    "committee": "党委",
    "general_branch": "总支",
    "branch": "支部",
    "group": "党小组",
}
NATURES = {"public": "公办", "private": "民办"}
_HOW_TO = (
    "每人一行。带“示例”的那一行不会导入，可以留着，也可以删掉。",
    "工号、姓名、学校必填。工号是识别一个人的唯一依据，请不要改动。",
    "学校、党支部、党小组要和单位的名称完全一致。还没有的单位，先在“单位”表里加一行。",
    "联合党支部的类别填支部，覆盖学校填它覆盖的各所学校，用、隔开。",
    "政治面貌填正式党员、预备党员、积极分子、非党员。中共党员、群众等写法也认识。",
    "表决权可以不填：正式党员默认有，其他人没有。",
    "不要合并单元格，不要用公式。",
    "不要填身份证号、学籍号：带有这些号码的文件会整份退回，不会保存。手机号不会保存。",
    "导入前会先给您看新增、变动和问题，确认后才写入。同一份文件导入两次，第二次什么也不会变。",
)
_PEOPLE_HEADINGS = [headings[0] for headings in PEOPLE_COLUMNS.values()]
_UNIT_HEADINGS = [headings[0] for headings in UNIT_COLUMNS.values()]
_PEOPLE_WIDTHS = (12, 12, 24, 30, 30, 12, 24, 10)
_UNIT_WIDTHS = (30, 10, 30, 10, 40)
_PERSON = (f"{EXAMPLE}1001", "李小禾", "示例学校", "示例学校党支部", "", "正式党员", "教师", "是")
_UNIT = (f"{EXAMPLE}学校", "学校", "示例区教育局", "公办", "")


def read(content: bytes) -> Sheets:
    """People and units of a workbook.

    Raises Refused: roster_unusable, roster_wrong_sheet, roster_too_many_rows, and those of
    `collect`.
    """
    limits = workbook.Limits(rows=ROWS_AT_MOST + 1, columns=COLUMNS_AT_MOST)
    try:
        book = Book(content, limits)
        people = _table(book, _people_title(book.titles), PEOPLE)
        units = _table(book, UNITS, UNITS) if UNITS in book.titles else None
    except workbook.Unusable as unusable:
        raise Refused("roster_unusable", reason=unusable.message) from unusable
    return Sheets(people, units)


def template() -> bytes:
    """An empty roster with headings, choices, notes and one example row that import ignores."""
    notes = workbook.Sheet(NOTES, ["怎么填"], [[line] for line in _HOW_TO], widths=[90])
    return workbook.write([_people([_PERSON]), _units([_UNIT]), notes])


def export(people: Sequence[Sequence[str]], units: Sequence[Sequence[str]]) -> bytes:
    """People and units in the template's columns, so that the file can be imported again."""
    return workbook.write([_people(people), _units(units)])


def _people(rows: Sequence[Sequence[str]]) -> workbook.Sheet:
    choices: dict[str, Sequence[str]] = {
        "政治面貌": list(STATUSES.values()),
        "表决权": ["是", "否"],
    }
    return workbook.Sheet(PEOPLE, _PEOPLE_HEADINGS, rows, _PEOPLE_WIDTHS, choices)


def _units(rows: Sequence[Sequence[str]]) -> workbook.Sheet:
    choices: dict[str, Sequence[str]] = {
        "类别": list(KINDS.values()),
        "性质": list(NATURES.values()),
    }
    return workbook.Sheet(UNITS, _UNIT_HEADINGS, rows, _UNIT_WIDTHS, choices)


def _table(book: Book, title: str, sheet: str) -> Table:
    return collect(sheet, _rows(book.rows(title)))


def _rows(rows: Iterable[tuple[int, list[Cell]]]) -> Iterator[tuple[int, list[Cell]]]:
    for number, cells in rows:
        yield number, [FORMULA if isinstance(cell, workbook.Formula) else cell for cell in cells]


def _people_title(titles: Sequence[str]) -> str:
    others = [each for each in titles if each not in (UNITS, NOTES)]
    if PEOPLE in titles:
        return PEOPLE
    if len(others) != 1:
        raise Refused("roster_wrong_sheet", sheets="、".join(titles))
    return others[0]
