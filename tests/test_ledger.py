"""The ledger in chat: by year and kind, whose it is, closing a month."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.services.members import Member
from tests.district import District
from tests.fakes import House
from tests.held import FIRST, OTHER, SECOND, SECRETARY, hold
from tests.ledger_kept import OCTOBER, congress


@pytest.fixture
def secretary(district: District) -> Member:
    return district.member(SECRETARY)


async def test_the_ledger_is_paged_by_year_and_kind(
    house: House, district: District, secretary: Member
) -> None:
    congress(district, secretary)
    for day in range(6):
        hold(district, "party_day", OCTOBER - timedelta(days=20 + day), topic=f"第{day}次")
    hold(district, "party_day", OCTOBER, SECOND, topic="别的支部")
    person = district.seat(house, SECRETARY)
    said = await person.say("台账")
    assert "2026年台账（7）" in said.text
    assert "10月23日 支部党员大会《第四季度党员大会》　应到 5，实到 3" in said.text
    assert "别的支部" not in said.text
    said = await person.tap("下一页")
    assert "6. " in said.text
    assert "未确认" in said.text
    await person.tap("换类型")
    said = await person.tap("支部党员大会")
    assert "2026年支部党员大会台账（1）" in said.text
    said = await person.tap("1")
    assert "《第四季度党员大会》会议记录" in said.text
    assert "应到 5，实到 3，请假 1，缺席 1" in said.text
    said = await person.say("台账 2025")
    assert "还没有记录" in said.text


async def test_another_secretary_and_a_teacher_see_nothing_of_it(
    house: House, district: District, secretary: Member
) -> None:
    congress(district, secretary)
    other = district.seat(house, OTHER)
    assert "青澜一中第二党支部　2026年台账（0）" in (await other.say("台账")).text
    teacher = district.seat(house, "封子矜")
    assert "台账" not in (await teacher.say("/ledger")).text
    boss = district.seat(house, "闻书澜")
    assert "台账由各支部书记保管" in (await boss.say("台账")).text


async def test_whoever_answers_for_several_branches_chooses_one(
    house: House, district: District, secretary: Member
) -> None:
    congress(district, secretary)
    above = district.seat(house, "沈屹川")
    said = await above.say("台账")
    await above.tap("换支部", on=said)
    said = await above.tap(FIRST)
    assert "第四季度党员大会" in said.text


async def test_a_month_is_closed_and_opened_again_in_chat(
    house: House, district: District, secretary: Member
) -> None:
    congress(district, secretary)
    person = district.seat(house, SECRETARY)
    await person.say("台账")
    said = await person.tap("关账")
    assert "还没有关过账" in said.text
    said = await person.tap("关账 2026-10")
    assert "陆见微 2026-11-23 关账" in said.text
    await person.say("台账")
    await person.tap("1")
    await person.tap("更正")
    assert "2026-10 的台账已由陆见微在 2026-11-23 关账" in person.screen[-1].text
    await person.say("台账")
    await person.tap("关账")
    await person.tap("解锁 2026-10")
    said = await person.say("补一处签到")
    assert "解锁：补一处签到" in said.text
