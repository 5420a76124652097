"""Older messages about a record: their buttons never change what the secretary does not see."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.db.models import RoleRow
from bot.services import minutes
from tests.district import District
from tests.fakes import MONDAY_NOON, House, Person, Shown
from tests.held import SECRETARY, hold
from tests.minutes_typed import TEXT, TODAY, row

DEPUTY = "简疏桐"


@pytest.fixture
def secretary(house: House, district: District) -> Person:
    return district.seat(house, SECRETARY)


@pytest.fixture
def deputy(house: House, district: District) -> Person:
    """Somebody else who keeps the same ledger."""
    with district.begin() as session:
        mine = select(RoleRow).where(RoleRow.member_id == district.id_of(SECRETARY))
        held = session.scalars(mine).one()
        session.add(
            RoleRow(
                member_id=district.id_of(DEPUTY),
                role=held.role,
                unit_id=held.unit_id,
                is_deputy=True,
                from_on=held.from_on,
            )
        )
    return district.seat(house, DEPUTY)


def put(district: District, record_id: int, **fields: str) -> None:
    with district.begin() as session:
        minutes.fill(session, district.member(SECRETARY), record_id, fields, at=MONDAY_NOON)


async def test_save_on_an_older_preview_shows_the_newer_text_first(
    district: District, secretary: Person
) -> None:
    record_id = hold(district, "party_day", TODAY)
    await secretary.say("会议记录")
    first = await secretary.say("讨论：第一稿。")
    await secretary.say("讨论：第二稿。")
    shown = await secretary.tap("保存", on=first)
    assert row(district, record_id).discussed == ""
    assert "第二稿。" in shown.text
    assert "有了改动" in shown.text
    await secretary.tap("保存", on=shown)
    assert row(district, record_id).discussed == "第二稿。"


async def test_replacing_does_not_wipe_what_another_has_added_since(
    district: District, secretary: Person, deputy: Person
) -> None:
    record_id = hold(district, "party_day", TODAY)
    put(district, record_id, discussed="谈体会。")
    await secretary.say("会议记录")
    preview = await secretary.say("讨论：重写一遍。")
    await deputy.say("会议记录")
    await deputy.say("讨论：补一条。")
    await deputy.tap("接在后面")
    again = await secretary.tap("换掉原来的", on=preview)
    assert row(district, record_id).discussed == "谈体会。\n补一条。"
    assert "有了改动" in again.text
    await secretary.tap("换掉原来的", on=again)
    assert row(district, record_id).discussed == "重写一遍。"


async def test_a_page_that_is_no_longer_so_is_shown_anew_before_it_is_confirmed(
    district: District, secretary: Person, deputy: Person
) -> None:
    record_id = hold(district, "party_day", TODAY)
    await secretary.say("会议记录")
    await secretary.say(TEXT)
    page = await secretary.tap("保存")
    await deputy.say("会议记录")
    await deputy.say("决定：再加一条。")
    await deputy.tap("接在后面")
    shown = await secretary.tap("确认记录", on=page)
    assert row(district, record_id).confirmed_at is None
    assert "再加一条。" in shown.text
    assert "有了改动" in shown.text
    await secretary.tap("确认记录", on=shown)
    assert row(district, record_id).confirmed_at == MONDAY_NOON


async def test_an_older_page_says_that_the_record_was_confirmed_and_asks_why_it_is_changed(
    district: District, secretary: Person
) -> None:
    record_id = hold(district, "party_day", TODAY)
    older = await secretary.say("会议记录")
    await secretary.say(TEXT)
    await secretary.tap("保存")
    await secretary.tap("确认记录")
    labels = {"主持人": older.key("主持人").token, "确认记录": older.key("确认记录").token}
    await secretary.do(tap=labels["确认记录"], ack="a")
    assert secretary.screen[-1].text.endswith("早已确认过。")
    await secretary.do(tap=labels["主持人"], ack="a")
    said = await secretary.say("覃云岫")
    assert "请写一句为什么改" in said.text
    assert row(district, record_id).host == "陆见微"


async def test_who_confirms_before_the_roll_is_called_gets_the_roll_and_is_told_once(
    district: District, secretary: Person
) -> None:
    hold(district, "party_day", TODAY, marks={"苗若谷": ("none", ""), "覃云岫": ("none", "")})
    page = await secretary.say("会议记录")
    key = page.key("确认记录").token
    shown = page
    for _ in range(3):
        shown = await secretary.do(tap=key, tapped=Shown(secretary.chat, page.id), ack="a")
    told = [each for each in secretary.screen if "还有 2 人没有点名" in each.text]
    assert told == [shown]
    await secretary.tap("苗若谷", on=shown)
    done = await secretary.tap("完成", on=shown)
    assert "到会 4，请假 0，缺席 1" in done.text
