"""Minutes in chat: typed, sent as a file, shown back, kept, confirmed, corrected with a reason."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import docx
import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from bot.core.text import plain
from bot.db.engine import Database
from bot.db.models import CompletionRow, CorrectionRow, FileRow, MemberRow, RecordRow
from bot.files import minutes_text
from bot.files.workbook import Unusable
from bot.services import erasure, minutes, months, rollcall
from bot.services.rollcall import Mark
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House, Person, Standing
from tests.held import OTHER, SECRETARY, hold

TODAY = MONDAY_NOON - timedelta(hours=3)
LAST_MONTH = MONDAY_NOON - timedelta(days=31)
TEXT = "主持人：陆见微 记录人：简疏桐\n讨论：谈体会。\n决定：结对听课。"


@pytest.fixture
def district(database: Database) -> District:
    return District(database)


@pytest.fixture
def secretary(house: House, district: District) -> Person:
    return district.seat(house, SECRETARY)


def row(district: District, record_id: int) -> RecordRow:
    with district.database.read() as session:
        return session.get_one(RecordRow, record_id)


def word(*paragraphs: str, table: list[list[str]] | None = None) -> bytes:
    document = docx.Document()
    for each in paragraphs:
        document.add_paragraph(each)
    if table:
        made: Any = document.add_table(len(table), len(table[0]))
        for cells, texts in zip(made.rows, table, strict=True):
            for cell, text in zip(cells.cells, texts, strict=True):
                cell.text = text
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


async def written(secretary: Person) -> Standing:
    """The only record that waits, written and confirmed."""
    await secretary.say("会议记录")
    await secretary.say(TEXT)
    await secretary.tap("保存")
    await secretary.tap("确认记录")
    return secretary.screen[-1]


async def test_a_record_is_written_in_one_message_and_confirmed_with_two_taps(
    district: District, secretary: Person
) -> None:
    record_id = hold(district, "party_day", TODAY)
    said = await secretary.say("会议记录")
    assert "《学习新修订的条例》会议记录" in said.text
    said = await secretary.say(TEXT)
    assert "一字不改" in said.text
    assert row(district, record_id).discussed == ""  # shown back, not kept yet
    said = await secretary.tap("保存")
    assert "主持人：陆见微　记录人：简疏桐" in said.text
    await secretary.tap("确认记录")
    assert "已确认，进了台账" in secretary.screen[-1].text
    kept = row(district, record_id)
    assert (kept.discussed, kept.decided) == ("谈体会。", "结对听课。")
    assert kept.confirmed_at == MONDAY_NOON
    assert "没有等着写的会议记录" in (await secretary.say("会议记录")).text


async def test_a_text_without_labels_goes_where_the_secretary_says(
    district: District, secretary: Person
) -> None:
    record_id = hold(district, "party_day", TODAY)
    await secretary.say("会议记录")
    await secretary.say("按计划推进，每月通报一次。")
    said = await secretary.tap("记为决定事项")
    assert "决定事项　按计划推进" in said.text
    await secretary.tap("保存")
    await secretary.say("下月再议一次。")
    await secretary.tap("记为决定事项")
    await secretary.tap("接在后面")
    assert row(district, record_id).decided == "按计划推进，每月通报一次。\n下月再议一次。"


async def test_what_is_not_wanted_is_not_kept(district: District, secretary: Person) -> None:
    record_id = hold(district, "party_day", TODAY)
    await secretary.say("会议记录")
    await secretary.say("发错地方的话")
    assert "没有保存" in (await secretary.tap("不要")).text
    await secretary.say("会议记录")
    said = await secretary.say("校服多少钱一套？")
    assert "其实是提问" in said.labels
    await secretary.tap("其实是提问")
    assert row(district, record_id).discussed == ""


async def test_two_taps_on_save_are_one(district: District, secretary: Person) -> None:
    record_id = hold(district, "party_day", TODAY)
    await secretary.say("会议记录")
    said = await secretary.say(TEXT)
    key = said.key("保存")
    for _ in range(2):
        await secretary.do(tap=key.token, ack="a")
    assert row(district, record_id).discussed == "谈体会。"
    assert "《学习新修订的条例》会议记录" in secretary.screen[-1].text


async def test_from_the_roll_to_the_minutes_is_one_tap(
    district: District, secretary: Person
) -> None:
    hold(district, "party_day", TODAY)
    await secretary.say("会议记录")
    said = await secretary.tap("点名")
    assert "点名完成" in said.text
    await secretary.tap("写会议记录", on=said)
    assert "《学习新修订的条例》会议记录" in secretary.screen[-1].text


# Files


async def test_a_word_file_sent_for_a_record_is_shown_back_and_kept(
    district: District, secretary: Person
) -> None:
    record_id = hold(district, "party_day", TODAY)
    await secretary.say("会议记录")
    content = word(
        "会议记录",
        table=[["会议时间", "11月23日", "地点", "一楼"], ["主持人", "陆见微", "记录人", "简疏桐"]],
    )
    said = await secretary.send_file("记录.docx", content)
    assert "主持人　陆见微" in said.text
    await secretary.tap("保存")
    kept = row(district, record_id)
    assert (kept.host, kept.recorder, kept.discussed) == ("陆见微", "简疏桐", "会议记录")


async def test_a_file_without_an_open_record_asks_where_it_belongs(
    district: District, secretary: Person
) -> None:
    hold(district, "lecture", TODAY - timedelta(days=3), topic="书记讲党课")
    record_id = hold(district, "party_day", TODAY)
    said = await secretary.send_file("记录.txt", "讨论：谈体会。".encode("gb18030"))
    assert "记到哪个会" in said.text
    await secretary.tap("11月23日")
    await secretary.tap("保存")
    assert row(district, record_id).discussed == "谈体会。"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.docx", b"PK\x03\x04broken", "不是 .docx 文件"),
        ("a.docx", b"\xd0\xcf\x11\xe0" + b"\0" * 50, "旧版 .doc"),
        ("a.docx", word(""), "没有文字"),
        ("a.txt", ("议" * 20_001).encode(), "最多 20000 个字"),
        ("a.md", b"\xff\xfe\x00\xd8\x00", "UTF"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_would_be_right(
    name: str, content: bytes, said: str
) -> None:
    with pytest.raises(Unusable) as unusable:
        minutes_text.read(name, content)
    assert said in unusable.value.message


async def test_a_teacher_who_sends_a_text_file_is_not_asked_for_minutes(
    house: House, district: District
) -> None:
    hold(district, "party_day", TODAY)
    teacher = district.seat(house, "简疏桐")
    said = await teacher.send_file("记录.txt", "讨论：谈体会。".encode())
    assert "记到哪个会" not in said.text


async def test_numbers_of_people_are_refused(district: District, secretary: Person) -> None:
    record_id = hold(district, "party_day", TODAY)
    await secretary.say("会议记录")
    said = await secretary.say("联系人电话 13912345678")
    assert "我不存" in said.text
    assert row(district, record_id).discussed == ""


# After it is confirmed


async def test_a_correction_asks_for_a_reason_and_keeps_the_old_value(
    district: District, secretary: Person
) -> None:
    record_id = hold(district, "party_day", TODAY)
    await written(secretary)
    await secretary.say("台账")
    await secretary.tap("1")
    await secretary.tap("更正")
    await secretary.tap("决定事项")
    said = await secretary.say("结对听课，每人两节。")
    assert "请写一句为什么改" in said.text
    assert row(district, record_id).decided == "结对听课。"
    assert "写一句为什么改" in (await secretary.say("😀😀")).text, "nobody reads that in a year"
    assert row(district, record_id).decided == "结对听课。"
    await secretary.say("漏了半句")
    assert row(district, record_id).decided == "结对听课，每人两节。"
    with district.database.read() as session:
        (trail,) = session.scalars(select(CorrectionRow))
    assert (trail.old, trail.reason) == ("结对听课。", "漏了半句")


async def test_in_a_closed_month_nobody_is_let_type_a_correction_in_vain(
    district: District, secretary: Person
) -> None:
    record_id = hold(district, "party_day", LAST_MONTH)
    await written(secretary)
    with district.begin() as session:
        unit = session.get_one(RecordRow, record_id).unit_id
        months.close(session, district.member(SECRETARY), unit, "2026-10", at=MONDAY_NOON)
    await secretary.say("台账")
    shown = await secretary.tap("1")
    await secretary.tap("更正")
    assert "2026-10 的台账已由" in secretary.screen[-1].text
    await secretary.tap("点名", on=shown)
    await secretary.tap("改某个人")
    await secretary.tap("✓ 苗若谷")
    assert "2026-10 的台账已由" in secretary.screen[-1].text
    assert [each for each in secretary.screen if "为什么改" in each.text] == []


async def test_a_resolution_added_later_asks_for_a_reason_too(
    district: District, secretary: Person
) -> None:
    hold(district, "party_day", TODAY)
    await written(secretary)
    await secretary.say("台账")
    await secretary.tap("1")
    await secretary.tap("决议和表决")
    await secretary.tap("加决议")
    said = await secretary.say("补记一条；陆见微；12月20日")
    assert "改动要留原因" in said.text
    said = await secretary.say("会上说过，漏记")
    assert "记下了：补记一条" in said.text


async def test_the_attendance_of_a_confirmed_record_is_corrected_with_its_completions(
    district: District, secretary: Person
) -> None:
    record_id = hold(district, "party_day", TODAY)
    member, who = district.member(SECRETARY), district.id_of("苗若谷")
    film = minutes.Tick("plan:warning-films/first/2026", "警示教育片（一）")
    with district.begin() as session:
        minutes.tick(session, member, record_id, film, at=MONDAY_NOON)
    await written(secretary)
    with district.begin() as session:
        meeting_id = session.get_one(RecordRow, record_id).meeting_id
        wish = Mark("absent", "duty", "那天公出")
        rollcall.mark(session, member, meeting_id, who, wish, at=MONDAY_NOON)
        minutes.recount(session, record_id, at=MONDAY_NOON)
        done = set(session.scalars(select(CompletionRow.member_id)))
    assert who not in done
    assert district.id_of("简疏桐") in done


# Whose it is


async def test_another_secretary_finds_nothing_to_write_and_no_button_helps(
    house: House, district: District, secretary: Person
) -> None:
    hold(district, "party_day", TODAY)
    said = await secretary.say("会议记录")
    other = district.seat(house, OTHER)
    assert "没有等着写的会议记录" in (await other.say("会议记录")).text
    await other.do(tap=said.key("确认记录").token, ack="a")
    assert "《学习新修订的条例》" not in plain(other.screen[-1].message.text)


async def test_somebody_who_is_erased_loses_name_and_reasons_in_the_records(
    district: District, secretary: Person
) -> None:
    record_id = hold(district, "party_day", TODAY)
    await written(secretary)
    member, who = district.member(SECRETARY), district.id_of("简疏桐")
    with district.begin() as session:
        meeting_id = session.get_one(RecordRow, record_id).meeting_id
        wish = Mark("absent", "family", "家里有事")
        rollcall.mark(session, member, meeting_id, who, wish, at=MONDAY_NOON)
        erasure.erase(session, session.get_one(MemberRow, who), at=MONDAY_NOON)
    kept = row(district, record_id)
    assert (kept.host, kept.recorder, kept.decided) == ("陆见微", "", "结对听课。")
    with district.database.read() as session:
        (trail,) = session.scalars(select(CorrectionRow))
    assert (trail.old, trail.new, trail.reason) == ("", "", "")


async def test_corrections_of_ones_attendance_are_part_of_ones_own_data(
    house: House, district: District, secretary: Person
) -> None:
    record_id = hold(district, "party_day", TODAY)
    await written(secretary)
    member, who = district.member(SECRETARY), district.id_of("简疏桐")
    with district.begin() as session:
        meeting_id = session.get_one(RecordRow, record_id).meeting_id
        wish = Mark("absent", "duty", "补记公出")
        rollcall.mark(session, member, meeting_id, who, wish, at=MONDAY_NOON)
    teacher = district.seat(house, "简疏桐")
    await teacher.say("我的数据")
    said = await teacher.tap("导出")
    with district.database.read() as session:
        content = session.get_one(FileRow, said.message.file_id).content
    (_, told, *_) = load_workbook(io.BytesIO(content))["考勤更正"].iter_rows(values_only=True)
    assert told[1:] == ("学习新修订的条例", "到会", "缺席（公出）", "补记公出")


async def test_a_draft_survives_a_pause_and_cancel_leaves_it(
    district: District, secretary: Person, clock: FakeClock
) -> None:
    record_id = hold(district, "party_day", TODAY)
    await secretary.say("会议记录")
    said = await secretary.say(TEXT)
    clock.forward(hours=5)
    await secretary.tap("保存", on=said)
    assert row(district, record_id).decided == "结对听课。"
    await secretary.say("又想起一点。")
    await secretary.say("取消")
    assert row(district, record_id).discussed == "谈体会。"
