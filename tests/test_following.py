"""那初三呢: questions that go on from the one before, on both databases."""

from __future__ import annotations

import pytest

from bot.core.text import plain
from bot.services import following
from handlers.texts import asking as texts
from tests.fakes import FakeClock, House, Person

CARD = "家长硬塞的购物卡退不回去咋办"
UNKNOWN = plain(texts.unknown(30)).splitlines()[0]


@pytest.fixture
def guest(house: House) -> Person:
    return house.person("g1")


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("那初三呢", "初三"),
        ("那么幼儿园呢？", "幼儿园"),
        ("那绩效工资呢", "绩效工资"),
        ("那要是第二次呢", "第二次"),
        ("如果是第二次呢", "第二次"),
        ("幼儿园呢", "幼儿园"),
        ("那高中行吗", "高中"),
        ("换成红包的话呢", "红包"),
        ("那免费的呢", "免费"),
        ("那第七条呢", "第七条"),
        ("那个老师呢", None),
        ("那怎么办呢", None),
        ("那初三一天能布置几小时书面作业呢", None),
        ("体罚学生", None),
        ("那呢", None),
        ("呢", None),
    ],
)
def test_it_knows_what_a_short_question_is_about(text: str, about: str | None) -> None:
    assert following.subject(text) == about


@pytest.mark.parametrize(
    ("before", "about", "whole"),
    [
        ("一二年级能不能布置书面作业", "初三", "初三能不能布置书面作业"),
        ("党员大会多久开一次", "支委会", "支委会多久开一次"),
        ("初一一天作业多少", "初三", "初三一天作业多少"),
        ("小学生能带手机吗", "幼儿园", "幼儿园能带手机吗"),
        ("老师的工资能拖欠吗", "绩效工资", "老师的绩效工资能拖欠吗"),
        ("第一次体罚怎么处理", "第二次", "第二次体罚怎么处理"),
        ("购物卡能收吗", "红包", "红包能收吗"),
        ("处理办法第六条", "第七条", "处理办法第七条"),
        ("党员受了警告多久不能提拔", "严重警告", "党员受了严重警告多久不能提拔"),
        ("体罚学生怎么处理", "第二次", "第二次，体罚学生怎么处理"),
    ],
)
def test_what_is_asked_now_takes_the_place_of_its_like(before: str, about: str, whole: str) -> None:
    assert following.joined(before, about) == whole


async def test_a_short_question_goes_on_from_the_one_before_and_says_so(guest: Person) -> None:
    await guest.say("处理办法第六条")
    shown = await guest.say("那第七条呢")
    assert shown.text.startswith("接着上一问，我按“处理办法第七条”来找。\n")
    assert "第七条，2018-11-08 起施行" in shown.text.splitlines()[-1]


async def test_an_entry_that_never_names_it_is_offered_not_given(guest: Person) -> None:
    await guest.say(CARD)
    shown = await guest.say("那毛毯呢")
    assert shown.text.startswith("接着上一问，我按“毛毯，家长硬塞的购物卡退不回去咋办”来找。")
    assert "您是想问……？" in shown.text
    assert shown.labels[-1] == "都不是"


async def test_the_next_one_goes_on_from_the_question_itself(guest: Person) -> None:
    await guest.say(CARD)
    await guest.say("那毛毯呢")
    shown = await guest.say("那茶叶呢")
    assert "“茶叶，家长硬塞的购物卡退不回去咋办”" in shown.text


async def test_it_goes_on_from_an_entry_that_was_picked(guest: Person) -> None:
    await guest.say("礼品礼金")
    await guest.tap("2.")
    shown = await guest.say("那校长呢")
    assert shown.text.startswith("接着上一问，我按“校长请吃饭能不能去”来找。")


async def test_without_a_question_before_it_is_not_known(guest: Person) -> None:
    shown = await guest.say("那毛毯呢")
    assert shown.text.splitlines()[0] == UNKNOWN


async def test_after_some_minutes_nothing_is_joined(guest: Person, clock: FakeClock) -> None:
    await guest.say(CARD)
    clock.forward(seconds=following.FRESH_FOR.total_seconds() + 1)
    assert "接着上一问" not in (await guest.say("那毛毯呢")).text


async def test_another_chat_and_another_person_know_nothing_of_it(house: House) -> None:
    await house.in_group("g1").say(CARD)
    assert "接着上一问" not in (await house.person("g1").say("那毛毯呢")).text
    assert "接着上一问" not in (await house.in_group("g2").say("那毛毯呢")).text


async def test_a_question_that_stands_alone_is_answered_alone(guest: Person) -> None:
    await guest.say("处理办法第六条")
    shown = await guest.say("那谢师宴能参加吗")
    assert "接着上一问" not in shown.text
    assert shown.text.splitlines()[0] == "家长请吃饭能不能去"
