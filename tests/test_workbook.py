"""Workbooks from outside that would eat the memory or hide a cell, and ones written safely."""

from __future__ import annotations

import datetime
import io
import zipfile
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from bot.files.workbook import Formula, Limits, Sheet, Unusable, open_rows, write
from tests.bank_files import saved


def sheet_of(*rows: list[object]) -> tuple[Workbook, Any]:
    book = Workbook()
    sheet: Any = book.active
    for row in rows:
        sheet.append(row)
    return book, sheet


def refusal(content: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(Unusable) as refused:
        list(open_rows(content, limits=limits))
    return refused.value.message


def test_blank_rows_are_left_out_and_numbers_stay_those_of_the_sheet() -> None:
    book, sheet = sheet_of(["甲", 1], [None, "  "], ["乙", 2.5])
    sheet["A6"] = "丙"
    rows = [(number, row[:2]) for number, row in open_rows(saved(book))]
    assert rows == [(1, ("甲", 1)), (3, ("乙", 2.5)), (6, ("丙", None))]


def test_per_cent_dates_and_formulas_are_told_apart_from_what_was_typed() -> None:
    book, sheet = sheet_of([0.5, "=1+1", datetime.date(2026, 3, 5), True, 0.125])
    sheet["A1"].number_format = "0%"
    sheet["E1"].number_format = "0.0%"
    ((_, row),) = open_rows(saved(book))
    assert (row[0], row[1], row[3], row[4]) == ("50%", "=1+1", True, "12.5%")
    assert isinstance(row[2], datetime.datetime)
    assert isinstance(row[1], Formula)


def test_the_named_sheet_is_taken_and_else_the_first_visible_one() -> None:
    book, sheet = sheet_of(["说明"])
    other: Any = book.create_sheet("题目")
    other.append(["题"])
    assert [row[0] for _, row in open_rows(saved(book), sheet="题目")] == ["题"]
    sheet.sheet_state = "hidden"
    assert [row[0] for _, row in open_rows(saved(book), sheet="别的")] == ["题"]


def test_merged_cells_are_refused_by_name() -> None:
    book, sheet = sheet_of(["甲", "乙"], ["丙", "丁"])
    sheet.merge_cells("A2:B2")
    assert "有合并的单元格（A2:B2）" in refusal(saved(book))


def test_merged_cells_of_another_sheet_do_not_matter() -> None:
    book, _ = sheet_of(["甲"])
    book.create_sheet("说明").merge_cells("A1:C1")
    assert [row[0] for _, row in open_rows(saved(book))] == ["甲"]


def test_too_many_rows_are_refused_and_blank_ones_do_not_count() -> None:
    book, sheet = sheet_of(["甲"], ["乙"], ["丙"])
    assert "超过 2 行" in refusal(saved(book), Limits(rows=2))
    sheet["A500"].number_format = "@"
    assert len(list(open_rows(saved(book), limits=Limits(rows=3)))) == 3


def test_a_forged_row_number_is_refused() -> None:
    book, _ = sheet_of(["甲"])
    content = changed(saved(book), "xl/worksheets/sheet1.xml", b'<row r="1"', b'<row r="9999999"')
    assert "行号超过了" in refusal(content)


def test_a_zip_bomb_is_refused_without_unpacking_it() -> None:
    book, _ = sheet_of(["甲"])
    content = io.BytesIO(saved(book))
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/media/zeros.bin", bytes(30_000_000))
    assert len(content.getvalue()) < 100_000
    assert "解开后会超过 20 MB" in refusal(content.getvalue(), Limits(unpacked=20))


def test_a_file_of_thousands_of_parts_is_refused() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        for index in range(2001):
            package.writestr(str(index), "")
    assert "解开后" in refusal(content.getvalue())


def test_entities_in_the_xml_are_not_expanded() -> None:
    book, _ = sheet_of(["甲"])
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><worksheet'
    content = changed(saved(book), "xl/worksheets/sheet1.xml", b"<worksheet", bomb)
    assert "文件已损坏" in refusal(content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧版 .xls，或设了打开密码"),
        (b"", "这不是 .xlsx"),
        (b"PK\x03\x04rubbish", "这不是 .xlsx"),
        (b"a,b,c", "这不是 .xlsx"),
        (bytes(1_000_001), "文件有 1 MB，最多 1 MB"),
    ],
)
def test_what_is_no_workbook_is_said_to_be_none(content: bytes, said: str) -> None:
    assert said in refusal(content, Limits(megabytes=1))


def test_a_zip_of_something_else_and_a_cut_part_are_damaged_files() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("word/document.xml", "<x/>")
    assert "文件已损坏" in refusal(content.getvalue())
    book, _ = sheet_of(["甲"])
    cut = changed(saved(book), "xl/worksheets/sheet1.xml", b"</sheetData>", b"<")
    assert "文件已损坏" in refusal(cut)


def test_no_text_becomes_a_formula_a_number_or_a_date() -> None:
    texts = [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "#REF!",
        "12",
        "1-2",
        "=HYPERLINK(0)",
        "\t=1",
        "甲\x0b",
    ]
    content = write([Sheet("表", ["列"], [[text] for text in texts])])
    sheet = load_workbook(io.BytesIO(content))["表"]
    found = [sheet.cell(index, 1) for index in range(2, len(texts) + 2)]
    assert [cell.data_type for cell in found] == ["s"] * len(texts)
    assert [cell.value for cell in found] == [*texts[:-1], "甲"]
    assert [bool(cell.quotePrefix) for cell in found[:4]] == [True] * 4


def test_what_is_written_is_read_again() -> None:
    content = write([Sheet("表", ["甲", "乙"], [["=1", 2], [None, "丙"]]), Sheet("另", ["丁"])])
    assert [(number, row[:2]) for number, row in open_rows(content, sheet="表")] == [
        (1, ("甲", "乙")),
        (2, ("=1", 2)),
        (3, (None, "丙")),
    ]


def changed(content: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """The package with one part altered."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(target, "w") as package:
        for part in source.namelist():
            data = source.read(part)
            if part == name:
                assert old in data
                data = data.replace(old, new, 1)
            package.writestr(part, data)
    return target.getvalue()
