"""Minutes in chat: typed, sent as a file, shown back, kept, confirmed."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import docx
import pytest

from bot.files import minutes_text
from bot.files.workbook import Unusable
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House, Person
from tests.held import SECRETARY, hold
from tests.minutes_typed import TEXT, TODAY, row


@pytest.fixture
def secretary(house: House, district: District) -> Person:
    return district.seat(house, SECRETARY)


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
