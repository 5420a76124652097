"""What leaves the house of a joint session, and of texts that a spreadsheet would calculate."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import docx
import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from bot.db.models import AttendanceRow, MeetingRow, MemberRow, RecordRow
from bot.services import minutes
from tests.district import District
from tests.fakes import House
from tests.held import FIRST, OTHER, SECOND, SECRETARY, hold
from tests.ledger_kept import OCTOBER
from tests.test_ledger_files import file_of

ACTIVE = ("=1+1", "+86", "-3", "@SUM(A1)", "\t=1+1", "\r=1+1", "=cmd|' /C calc'!A0")
LONG = "长记录要换行，不能挤在一格里看不见。" * 1000


def words(content: bytes) -> str:
    """All that stands in a file, cells, headers and notes alike."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return "".join(package.read(name).decode("utf-8", "ignore") for name in package.namelist())


@pytest.mark.parametrize(("who", "own"), [(SECRETARY, FIRST), (OTHER, SECOND)])
async def test_a_joint_session_stands_in_each_ledger_with_its_own_people_only(
    house: House, district: District, who: str, own: str
) -> None:
    record_id = hold(district, "party_day", OCTOBER, with_units=(SECOND,))
    with district.database.read() as session:
        meeting = session.get_one(RecordRow, record_id).meeting_id
        seats = session.execute(
            select(MemberRow.name, AttendanceRow.unit_id)
            .join(MemberRow, MemberRow.id == AttendanceRow.member_id)
            .where(AttendanceRow.meeting_id == meeting)
        ).all()
    unit = district.unit(own)
    mine = {name for name, unit_id in seats if unit_id == unit}
    others = {name for name, unit_id in seats if unit_id != unit}
    assert mine
    assert others
    person = district.seat(house, who)
    for label in ("导出表格", "导出记录"):
        await person.say("台账")
        text = words(file_of(district, await person.tap(label)))
        assert not [name for name in others if name in text]
        if label == "导出记录":
            assert not [name for name in mine if name not in text]


@pytest.mark.parametrize("active", ACTIVE)
async def test_no_topic_place_or_name_becomes_a_formula(
    house: House, district: District, active: str
) -> None:
    record_id = hold(district, "party_day", OCTOBER, topic=active)
    with district.begin() as session:
        row = session.get_one(RecordRow, record_id)
        session.get_one(MeetingRow, row.meeting_id).place = active
        session.get_one(MeetingRow, row.meeting_id).visitors = [active]
        row.host = row.decided = row.discussed = active
    person = district.seat(house, SECRETARY)
    await person.say("台账")
    content = file_of(district, await person.tap("导出表格"))
    book = load_workbook(io.BytesIO(content))
    found = [
        cell
        for sheet in book
        for line in sheet.iter_rows()
        for cell in line
        if isinstance(cell.value, str) and cell.value.strip() == active.strip()
    ]
    assert len(found) >= 4
    assert {cell.data_type for cell in found} == {"s"}
    assert all(cell.quotePrefix for cell in found), "typed over, it still stays text"
    assert "<f>" not in words(content)


async def test_long_minutes_wrap_in_the_workbook_and_are_whole_in_the_paper(
    house: House, district: District
) -> None:
    record_id = hold(district, "party_day", OCTOBER + timedelta(days=1))
    with district.begin() as session:
        minutes.fill(
            session, district.member(SECRETARY), record_id, {"discussed": LONG}, at=district.at
        )
    person = district.seat(house, SECRETARY)
    await person.say("台账")
    book = load_workbook(io.BytesIO(file_of(district, await person.tap("导出表格"))))
    (cell,) = [
        cell
        for line in book["记录内容"].iter_rows()
        for cell in line
        if isinstance(cell.value, str) and cell.value.startswith("长记录")
    ]
    assert cell.value == LONG
    assert cell.alignment.wrap_text
    assert cell.row is not None
    # Without a height of its own the row is as high as its text needs when it is opened.
    assert book["记录内容"].row_dimensions[cell.row].height is None
    await person.say("台账")
    paper = docx.Document(io.BytesIO(file_of(district, await person.tap("导出记录"))))
    texts = [each.text for each in paper.paragraphs]
    texts += [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    assert any(LONG in each for each in texts)
