"""Reading roster files: what is understood, and what is met with a sentence and kept nowhere."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence

import pytest
from openpyxl import Workbook, load_workbook

from bot.core.errors import Refused
from bot.files import roster_csv, roster_xlsx
from bot.files.roster_sheet import Sheets
from bot.files.workbook import Formula, Limits, open_rows
from bot.files.xlsx_rows import Book
from tests.roster_files import HEADINGS, NEW, csv, saved, xlsx

IDENTITY = "110101199003074258"


def refusal(content: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        roster_xlsx.read(content)
    return caught.value


def people(sheets: Sheets) -> list[dict[str, str]]:
    return [sheets.people.values(line) for _, line in sheets.people.lines]


def edited(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The archive with one part changed by hand."""
    result = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data) if name == part else data)
    return result.getvalue()


def test_the_template_holds_nothing_that_would_be_imported() -> None:
    sheets = roster_xlsx.read(roster_xlsx.template())
    assert sheets.people.lines == []
    assert sheets.units is not None
    assert sheets.units.lines == []
    assert sheets.people.unknown == []


def test_the_template_offers_the_choices_and_says_how_to_fill_it_in() -> None:
    book = load_workbook(io.BytesIO(roster_xlsx.template()))
    offered = [each.formula1 for each in book["人员"].data_validations.dataValidation]
    assert '"正式党员,预备党员,积极分子,非党员"' in offered
    assert book.sheetnames == ["人员", "单位", "填写说明"]


def test_columns_come_in_any_order_by_heading_and_unknown_ones_are_named() -> None:
    headings = ("姓名", "备注", " 学校（行政单位） ", "工号*")
    sheets = roster_xlsx.read(xlsx([("宣以恒", "x", "青澜二中", 3001)], headings=headings))
    assert people(sheets) == [{"name": "宣以恒", "school": "青澜二中", "number": "3001"}]
    assert sheets.people.unknown == ["备注"]


def test_blank_rows_are_passed_over_and_rows_keep_their_number() -> None:
    sheets = roster_xlsx.read(xlsx([(), NEW, ("", " ", None), NEW]))
    assert [number for number, _ in sheets.people.lines] == [3, 5]


def test_numbers_become_text_as_they_are_read() -> None:
    row = (1001.0, "宣 以恒 ", "青澜二中", None, None, "群众", 2.5, True)
    (read,) = people(roster_xlsx.read(xlsx([row])))
    assert read["number"] == "1001"
    assert read["name"] == "宣 以恒"
    assert read["duties"] == "2.5"


def test_cells_are_read_as_openpyxl_reads_them() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["甲", 1, 2.5, True, None, "  ", "=A1", "末"],
        [],
        [None, None, "  前后有空格 ", -3, 1e21, "多行\n文字", "&<>\"'", "😀"],
        [20260901123456789, "00123", "'引号", False, "#REF!", 0, "0", "A" * 3000],
    ):
        sheet.append(row)
    content = saved(book)
    limits = Limits(columns=8)

    def shown(cells: Sequence[object]) -> list[object]:
        whole = [*cells, *[None] * (8 - len(cells))]
        return ["formula" if isinstance(cell, Formula) else cell for cell in whole]

    fast = [(number, shown(cells)) for number, cells in Book(content, limits).rows("Sheet")]
    slow = [(number, shown(cells)) for number, cells in open_rows(content, limits=limits)]
    assert fast == slow
    assert len(fast) == 3


def test_a_formula_is_a_fault_of_its_row_and_column() -> None:
    sheets = roster_xlsx.read(xlsx([("3001", "=1+1", "青澜二中")]))
    (fault,) = sheets.people.faults
    assert (fault.row, fault.column, fault.code) == (2, "姓名", "formula")


def test_merged_cells_are_refused() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "人员"
    for row in (HEADINGS, NEW, NEW):
        sheet.append(list(row))
    sheet.merge_cells("C2:C3")
    refused = refusal(saved(book))
    assert refused.code == "roster_unusable"
    assert "C2:C3" in str(refused.details["reason"])


def test_a_wrong_sheet_is_refused_by_name() -> None:
    book = Workbook()
    book.create_sheet("课表")
    refused = refusal(saved(book))
    assert refused.code == "roster_wrong_sheet"
    assert "课表" in str(refused.details["sheets"])


def test_a_single_sheet_of_another_name_is_taken() -> None:
    assert len(roster_xlsx.read(xlsx([NEW], title="Sheet1")).people.lines) == 1


def test_a_sheet_without_headings_is_refused() -> None:
    assert refusal(xlsx([NEW] * 9, headings=("甲", "乙"))).code == "roster_no_headings"


def test_a_missing_and_a_doubled_column_are_named() -> None:
    missing = refusal(xlsx([NEW], headings=("工号", "姓名")))
    assert (missing.code, missing.details["columns"]) == ("roster_column_missing", "学校")
    doubled = refusal(xlsx([NEW], headings=("工号", "姓名", "学校", "教工号")))
    assert doubled.code == "roster_column_twice"


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04rubbish", b"\x89PNG....", "工号,姓名".encode(), b"\xd0\xcf\x11\xe0" * 99],
)
def test_what_is_no_xlsx_is_refused(content: bytes) -> None:
    assert refusal(content).code == "roster_unusable"


def test_a_zip_without_a_workbook_is_refused() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert refusal(content.getvalue()).code == "roster_unusable"


def padded(data: bytes) -> bytes:
    return data + b" " * 500_000_000


def test_a_zip_bomb_is_refused_without_being_unpacked() -> None:
    bomb = edited(xlsx([NEW]), "xl/worksheets/sheet1.xml", padded)
    assert len(bomb) < 1_000_000
    refused = refusal(bomb)
    assert refused.code == "roster_unusable"
    assert "400 MB" in str(refused.details["reason"])


def test_entities_that_explode_are_refused() -> None:
    head = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'

    def with_entities(data: bytes) -> bytes:
        return head + data.partition(b"?>")[2]

    bomb = edited(xlsx([NEW]), "xl/worksheets/sheet1.xml", with_entities)
    assert refusal(bomb).code == "roster_unusable"


def test_more_rows_than_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.files.roster_sheet.ROWS_AT_MOST", 20)
    assert len(roster_xlsx.read(xlsx([NEW] * 20)).people.lines) == 20
    assert refusal(xlsx([NEW] * 21)).code == "roster_too_many_rows"


# What is not kept


@pytest.mark.parametrize(
    "cell",
    [
        IDENTITY,
        "110101 19900307 4258",
        "11010119900307425X",
        "110101900307425",
        "身份证" + IDENTITY + "（本人）",
        "G11010120100307425X",
        110101199003074240,
    ],
)
@pytest.mark.parametrize("column", range(3))
def test_a_file_with_an_identity_or_pupil_number_is_refused(cell: object, column: int) -> None:
    row: list[object] = ["3001", "宣以恒", "青澜二中"]
    row[column] = cell
    refused = refusal(xlsx([NEW, row]))
    assert (refused.code, refused.details["row"]) == ("roster_has_identity", 3)
    assert IDENTITY not in str(refused.details)


@pytest.mark.parametrize("heading", ["身份证号", "学籍号", "证件号码", "学号"])
def test_a_column_of_identity_numbers_is_refused_even_when_empty(heading: str) -> None:
    refused = refusal(xlsx([NEW], headings=(*HEADINGS, heading)))
    assert refused.code == "roster_has_identity"


@pytest.mark.parametrize("cell", ["20260901123456789", "QL-2026-0001", "123456789012345678"])
def test_other_long_numbers_pass(cell: str) -> None:
    assert people(roster_xlsx.read(xlsx([(cell, "宣以恒", "青澜二中")])))[0]["number"] == cell


def test_phone_numbers_are_dropped_and_the_preview_can_say_so() -> None:
    row = ("3001", "宣以恒", "青澜二中", "", "", "群众", "班主任 138-0013-8000", "")
    sheets = roster_xlsx.read(xlsx([(*row, "13800138000")], headings=(*HEADINGS, "手机号")))
    assert people(sheets)[0]["duties"] == "班主任"
    assert "138" not in str(sheets.people.lines)
    assert sheets.people.dropped == ["手机号"]
    assert sheets.people.phones == 1


def test_a_phone_number_is_no_work_number() -> None:
    sheets = roster_xlsx.read(xlsx([("13800138000", "宣以恒", "青澜二中")]))
    assert [fault.code for fault in sheets.people.faults] == ["number_is_phone"]
    assert "13800138000" not in str(sheets.people)


# CSV


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "，"])
def test_csv_is_read_in_the_usual_encodings_and_separators(encoding: str, separator: str) -> None:
    sheets = roster_csv.read(csv([NEW], separator=separator, encoding=encoding))
    assert people(sheets)[0]["name"] == "宣以恒"
    assert people(sheets)[0]["branch"] == "青澜二中初中部党支部"


def test_csv_that_is_no_text_is_refused() -> None:
    for content in (bytes(range(256)) * 9, b"\0\0\0\0", b"\xff\xfe\x00"):
        with pytest.raises(Refused, match="roster_not_text"):
            roster_csv.read(content)


def test_identity_numbers_in_csv_are_refused() -> None:
    with pytest.raises(Refused, match="roster_has_identity"):
        roster_csv.read(csv([("3001", IDENTITY, "青澜二中")]))


# Writing


def test_no_text_becomes_a_formula_on_export_and_it_comes_back_the_same() -> None:
    row = ("3001", "宣以恒", "青澜二中", "", "", "非党员", "=1+1", "否")
    others = [(*row[:6], said, "否") for said in ("+1", "-1", "@x", "=cmd|' /C calc'!A0")]
    content = roster_xlsx.export([row, *others], [])
    sheet = load_workbook(io.BytesIO(content))["人员"]
    assert {cell.data_type for cell in sheet["G"]} == {"s"}
    read = [line["duties"] for line in people(roster_xlsx.read(content))]
    assert read == ["=1+1", "+1", "-1", "@x", "=cmd|' /C calc'!A0"]
