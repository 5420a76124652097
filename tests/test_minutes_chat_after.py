"""Confirmed minutes in chat: corrected with a reason, closed, somebody else's, erased."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from bot.core.text import plain
from bot.db.models import CompletionRow, CorrectionRow, FileRow, MemberRow, RecordRow
from bot.services import erasure, minutes, months, rollcall
from bot.services.rollcall import Mark
from tests.district import District
from tests.fakes import MONDAY_NOON, House, Person, Standing
from tests.held import OTHER, SECRETARY, hold
from tests.minutes_typed import TEXT, TODAY, row

LAST_MONTH = MONDAY_NOON - timedelta(days=31)


@pytest.fixture
def secretary(house: House, district: District) -> Person:
    return district.seat(house, SECRETARY)


async def written(secretary: Person) -> Standing:
    """The only record that waits, written and confirmed."""
    await secretary.say("会议记录")
    await secretary.say(TEXT)
    await secretary.tap("保存")
    await secretary.tap("确认记录")
    return secretary.screen[-1]


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
