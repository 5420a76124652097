"""The ledger as files, opened again: the workbook and the papers hold what was recorded."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import docx
import pytest
from openpyxl import load_workbook

from bot.core.chat import File
from bot.core.clock import local
from bot.db.engine import Database
from bot.db.models import FileRow
from bot.files import minutes_docx
from bot.files.minutes_docx import Paper, Part, Table
from bot.services import decisions, ledger
from bot.services.decisions import Resolution
from bot.services.ledger import Choice
from bot.services.members import Member
from bot.services.units import Unit
from handlers.texts.ledger import file_name
from tests.district import District
from tests.fakes import MONDAY_NOON, House, Standing
from tests.held import FIRST, SECRETARY, hold
from tests.ledger_kept import FIELDS, OCTOBER, congress


@pytest.fixture
def secretary(district: District) -> Member:
    return district.member(SECRETARY)


def file_of(district: District, standing: Standing) -> bytes:
    assert standing.message.file_id is not None
    with district.database.read() as session:
        return session.get_one(FileRow, standing.message.file_id).content


def cells(sheet: Any) -> list[dict[str, Any]]:
    heads, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(heads, row, strict=True)) for row in rows]


async def test_the_workbook_holds_what_was_recorded_ready_to_print(
    house: House, district: District, secretary: Member
) -> None:
    congress(district, secretary)
    hold(district, "party_day", OCTOBER + timedelta(days=7), topic="志愿服务")
    person = district.seat(house, SECRETARY)
    await person.say("台账")
    said = await person.tap("导出表格")
    assert "共 2 次会议" in said.text
    book = load_workbook(io.BytesIO(file_of(district, said)))
    assert book.sheetnames == [
        "进度",
        "支部党员大会",
        "主题党日",
        "记录内容",
        "决议",
        "表决",
        "更正和关账",
    ]
    assert "应到有表决权" not in cells(book["主题党日"])[0]  # nobody votes there
    for sheet in book.worksheets:
        widths = [each.width for each in sheet.column_dimensions.values()]
        assert sum(widths) < 220  # more would be too small to read on A4
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions
        assert sheet.print_title_rows == "$1:$1"
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    (row,) = cells(book["支部党员大会"])
    assert row["日期"].date() == date(2026, 10, 23)
    assert row["开始"] == time(12, 0)
    assert (row["应到"], row["实到"], row["请假"], row["缺席"]) == (5, 3, 1, 1)
    assert (row["应到有表决权"], row["实到有表决权"]) == (4, 2)
    assert row["未到人员及原因"] == "苗若谷（缺席）；覃云岫（请假，公出）"
    assert row["决定事项"] == "按计划办，每月通报。"
    assert book["支部党员大会"]["A2"].number_format == "yyyy-mm-dd"


async def test_no_text_in_the_workbook_becomes_a_formula(
    house: House, district: District, secretary: Member
) -> None:
    congress(district, secretary)
    person = district.seat(house, SECRETARY)
    await person.say("台账")
    said = await person.tap("导出表格")
    book = load_workbook(io.BytesIO(file_of(district, said)))
    (row,) = cells(book["记录内容"])
    assert (row["报告和传达"], row["讨论发言"]) == (FIELDS["reported"], FIELDS["discussed"])
    (resolution,) = cells(book["决议"])
    assert resolution["决议"] == "+结对听课四节"
    assert resolution["完成期限"].date() == date(2026, 12, 15)
    kinds = {cell.data_type for sheet in book for line in sheet.iter_rows() for cell in line}
    assert "f" not in kinds


async def test_the_last_sheet_tells_what_was_corrected_and_why(
    house: House, district: District, secretary: Member
) -> None:
    congress(district, secretary)
    person = district.seat(house, SECRETARY)
    await person.say("台账")
    await person.tap("关账")
    await person.tap("关账 2026-10")
    await person.say("台账")
    said = await person.tap("导出表格")
    book = load_workbook(io.BytesIO(file_of(district, said)))
    corrected, closed = cells(book.worksheets[-1])
    assert corrected["改了什么"] == "决定事项"
    assert (corrected["原来"], corrected["现在"]) == ("按计划办。", "按计划办，每月通报。")
    assert (corrected["谁"], corrected["原因"]) == (SECRETARY, "漏记一句")
    assert corrected["时间"] == local(MONDAY_NOON).replace(tzinfo=None)
    assert (closed["会议"], closed["改了什么"]) == ("2026-10 台账", "关账")
    (vote,) = cells(book["表决"])
    assert (vote["应到"], vote["实到"], vote["同意"]) == (4, 2, 2)
    assert "差 1 票" in vote["计算提示（不是认定）"]


async def test_what_was_resolved_stands_where_decisions_are_looked_for(
    house: House, district: District, secretary: Member
) -> None:
    """An inspector who reads （无） above a resolution asks what is true."""
    record_id = hold(district, "party_day", OCTOBER)
    with district.begin() as session:
        wanted = Resolution(0, record_id, "完成自查清单", "简疏桐", date(2026, 12, 10))
        decisions.resolve(session, secretary, wanted, at=MONDAY_NOON)
    person = district.seat(house, SECRETARY)
    await person.say("台账")
    said = await person.tap("导出表格")
    (row,) = cells(load_workbook(io.BytesIO(file_of(district, said)))["主题党日"])
    assert row["决定事项"] == "完成自查清单"
    await person.say("台账")
    said = await person.tap("导出记录")
    document = docx.Document(io.BytesIO(file_of(district, said)))
    told = [each.text for each in document.paragraphs]
    assert told[told.index("三、决定事项") + 1] == "见下面“决议和责任”。"


async def test_the_papers_hold_each_record_with_its_attendance_sheet(
    house: House, district: District, secretary: Member
) -> None:
    congress(district, secretary)
    hold(district, "party_day", OCTOBER + timedelta(days=7), topic="志愿服务")
    person = district.seat(house, SECRETARY)
    await person.say("台账")
    said = await person.tap("导出记录")
    assert "共 2 份会议记录" in said.text
    document = docx.Document(io.BytesIO(file_of(district, said)))
    titles = [
        each.text for each in document.paragraphs if each.style and each.style.name == "Title"
    ]
    assert titles == [
        "青澜一中第一党支部党员大会记录",
        "支部党员大会签到表",
        "青澜一中第一党支部主题党日记录",
        "主题党日签到表",
    ]
    breaks = [
        each.paragraph_format.page_break_before
        for each in document.paragraphs
        if each.style and each.style.name == "Title"
    ]
    assert breaks == [None, True, True, True]
    facts, resolved, sheet, *_ = document.tables
    told = {row.cells[0].text: row.cells[1].text for row in facts.rows}
    assert told["时间"] == "2026年10月23日 12:00—12:55"
    assert told["出席"] == "陆见微、简疏桐、戚南乔"
    assert told["未到及原因"] == "苗若谷（缺席）；覃云岫（请假，公出）"
    assert told["表决权"] == "应到有表决权 4，实到 2"
    assert [cell.text for cell in resolved.rows[1].cells][:4] == [
        "1",
        "+结对听课四节",
        "简疏桐",
        "2026-12-15",
    ]
    rows = [[cell.text for cell in row.cells] for row in sheet.rows]
    assert rows[0] == ["序号", "姓名", "身份", "状态", "备注"]
    assert rows[1] == ["1", "陆见微", "正式党员", "到会", ""]
    assert rows[5][1:] == ["戚南乔", "预备党员", "到会", ""]
    whole = "\n".join(each.text for each in document.paragraphs)
    for part in ("苗若谷：赞成。", "漏记一句", "警示教育片（一）", "只是计算提示"):
        assert part in whole


def test_a_whole_year_is_read_with_few_statements(district: District, secretary: Member) -> None:
    for day in range(40):
        hold(district, "party_day", OCTOBER - timedelta(days=day), topic=f"第{day}次")
    choice = ledger.Choice(district.unit(FIRST), 2026)
    statements: list[str] = []
    count = _counting(district.database, statements)
    with district.database.read() as session:
        found = ledger.entries(session, secretary, choice)
    count()
    assert len(found) == 40
    assert len(statements) < 20  # not one a record


def _counting(database: Database, statements: list[str]) -> Callable[[], None]:
    from sqlalchemy import event

    def note(*arguments: Any) -> None:
        statements.append(str(arguments[2]))

    event.listen(database.engine, "before_cursor_execute", note)
    return lambda: event.remove(database.engine, "before_cursor_execute", note)


def test_whatever_is_typed_can_stand_in_a_paper() -> None:
    text = "<w:p>&amp;\x07 第一行\n第二行]]>"
    table = Table(("甲", "乙"), [[text, ""]], (1, 2))
    paper = Paper(text, [(text, text)], [Part(text, text, table)], (text,), text, table, [text])
    document = docx.Document(io.BytesIO(minutes_docx.write([paper], text)))
    facts, *_ = document.tables
    assert facts.rows[0].cells[1].text == text.replace("\x07", "")
    assert document.paragraphs[0].text == text.replace("\x07", "")
    assert [row.cells[0].text for row in document.tables[1].rows] == [
        "甲",
        text.replace("\x07", ""),
    ]


def test_whatever_a_unit_is_called_its_file_can_be_saved() -> None:
    unit = Unit(1, "party", "branch", '青澜一中/二中:"联合"党支部\\*?<>|\n', None)
    file = File(file_name(unit, Choice(1, 2026), "xlsx"), b"")
    assert file.name == "青澜一中-二中-联合-党支部-2026年台账.xlsx"
    assert len(File("长" * 300 + ".docx", b"").name.encode()) <= 200
    assert File("长" * 300 + ".docx", b"").name.endswith("长.docx")
    assert File("../../x.pdf", b"").name == "x.pdf"
    assert File("...", b"").name == "file"
