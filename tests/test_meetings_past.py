"""补记: a meeting that was held without having been called is written down afterwards."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bot.db.engine import Database
from bot.db.models import DeliveryRow, MeetingRow, MonthLockRow
from handlers import cadence
from tests.called import FIRST, standing
from tests.district import District
from tests.fakes import MONDAY_NOON, House, Person
from tests.held import SECRETARY


@pytest.fixture
def secretary(house: House, district: District) -> Person:
    return district.seat(house, SECRETARY)


def _count(database: Database, table: type) -> int:
    with database.read() as session:
        return session.scalars(select(func.count()).select_from(table)).one()


@pytest.mark.parametrize("word", ["补记", "补记会议", "/pastmeeting"])
async def test_a_meeting_held_before_is_written_down_and_nobody_is_told(
    secretary: Person, house: House, district: District, word: str
) -> None:
    asked = await secretary.say(word)
    assert "开过的哪种会？不会通知任何人。" in asked.text
    await secretary.tap("主题党日", on=asked)
    await secretary.say("11月6日下午3点")
    roll = await secretary.tap("地点不写")
    assert "记下了：11月6日（周五）15:00 11月主题党日，没有通知任何人。" in roll.text
    await secretary.tap("完成")
    with district.database.read() as session:
        meeting_id = session.scalars(select(MeetingRow.id)).one()
    assert set(standing(district.database, meeting_id).values()) == {"present"}
    assert (
        "11月6日 主题党日《11月主题党日》　应到 5，实到 5　未确认"
        in (await secretary.say("台账")).text
    )
    await house.deliver()
    assert _count(district.database, DeliveryRow) == 0


async def test_the_place_may_be_typed_and_the_sweep_brings_no_second_roll(
    secretary: Person, house: House, district: District
) -> None:
    await secretary.say("补记")
    await secretary.tap("主题党日")
    await secretary.say("昨天下午3点")
    await secretary.say("图书馆")
    with district.database.read() as session:
        row = session.scalars(select(MeetingRow)).one()
    assert row.place == "图书馆"
    await house.deliver()
    assert _count(district.database, DeliveryRow) == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("12月4日下午3点", "“12月4日下午3点”还没有到。补记的是已经开过的会"),
        ("11月6日", "日期和钟点都要"),
        ("11月6日6点", "是早上还是晚上？"),
    ],
)
async def test_a_time_that_is_ahead_or_half_said_is_asked_for_again(
    secretary: Person, district: District, typed: str, said: str
) -> None:
    await secretary.say("补记")
    await secretary.tap("主题党日")
    assert (await secretary.say(typed)).text.startswith(said)
    await secretary.say("11月6日下午3点")
    assert "在哪里开的" in secretary.screen[-1].text
    assert _count(district.database, MeetingRow) == 0


async def test_a_closed_month_takes_no_meeting_and_a_second_tap_makes_no_second_one(
    secretary: Person, district: District
) -> None:
    await secretary.say("补记")
    await secretary.tap("主题党日")
    asked = await secretary.say("10月9日下午3点")
    token = asked.key("地点不写").token
    await secretary.tap("地点不写", on=asked)
    await secretary.do(tap=token, ack="a")
    assert _count(district.database, MeetingRow) == 1
    member, unit = district.member(SECRETARY), district.unit(FIRST)
    with district.begin() as session:
        row = MonthLockRow(unit_id=unit, month="2026-09", locked_by=member.id)
        row.locked_at = MONDAY_NOON
        session.add(row)
    await secretary.say("补记")
    await secretary.tap("主题党日")
    assert "关账，不能再改" in (await secretary.say("9月11日下午3点")).text
    assert _count(district.database, MeetingRow) == 1


async def test_the_meeting_stands_in_the_rhythm_once_its_roll_was_called(
    secretary: Person, district: District
) -> None:
    await secretary.say("补记")
    await secretary.tap("主题党日")
    await secretary.say("11月6日下午3点")
    await secretary.tap("地点不写")
    await secretary.tap("完成")
    assert "主题党日：本月已开" in (await secretary.say("进度")).text


async def test_the_branch_writes_down_what_its_groups_held(
    secretary: Person, district: District
) -> None:
    asked = await secretary.say("补记")
    groups = [each for each in asked.labels if each.startswith("党小组会：")]
    assert len(groups) == 2
    await secretary.tap(groups[0], on=asked)
    await secretary.say("11月6日下午3点")
    await secretary.tap("地点不写")
    await secretary.tap("完成")
    assert "1/2 个小组" in (await secretary.say("进度")).text


async def test_the_word_before_the_end_of_a_period_leads_there(
    secretary: Person, house: House, district: District
) -> None:
    with district.begin() as session:
        cadence.advance(session, at=MONDAY_NOON)
    await house.deliver()
    said = next(each for each in secretary.screen if "补记会议" in each.labels)
    assert "如果已经开过，点“补记会议”记下来就好" in said.text
    assert "开过的哪种会" in (await secretary.tap("补记会议", on=said)).text
