"""Words that may mean a life in danger: steps at once, whatever else is open."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.smalltalk import crisis
from bot.db.engine import Database
from handlers import crisis as handler
from knowledge.loader import read
from tests.fakes import House
from tests.staff import seat


@pytest.mark.parametrize(
    "text",
    [
        "有个学生说不想活了，我现在怎么办",
        "学生自伤",
        "学生想死",
        "学生跳楼",
        "学生割腕",
        "班里一个女生手腕上有划痕，她说想自杀",
        "我发现有人割腕",
        "我班学生写了遗书",
        "孩子说活着没意思",
    ],
)
async def test_a_life_in_danger_gets_steps_at_once(house: House, text: str) -> None:
    shown = await house.person("g1").say(text)
    for part in ("不要让他一个人待着", "心理老师和值班领导", "120", "110"):
        assert part in shown.text


@pytest.mark.parametrize("text", ["我不想活了", "我有时真的想死", "不想活了", "学生气得我不想活了"])
async def test_whoever_says_it_of_themselves_is_met_warmly(house: House, text: str) -> None:
    guest = house.person("g1")
    shown = await guest.say(text)
    assert shown.text.startswith("谢谢您说出来")
    assert "120 或 110" in shown.text
    assert "不要让他一个人待着" in (await guest.tap("说的是学生或别人")).text


@pytest.mark.parametrize(
    "text",
    [
        "累死了",
        "笑死",
        "作业多死了",
        "不想活动",
        "学生不想活动怎么办",
        "想死你了",
        "不能想死记硬背",
        "跳楼价的教辅能推荐吗",
        "年轻生命教育",
        "减轻生活负担",
        "学生独自伤心",
        "减轻学生负担",
        "家长送购物卡能收吗",
    ],
)
def test_what_only_sounds_so_is_none(text: str) -> None:
    assert crisis(text) is None


async def test_it_comes_before_what_is_open_and_leaves_that_open(
    house: House, database: Database
) -> None:
    teacher = seat(database, house, "t1")
    await teacher.say("/mydata")
    await teacher.tap("要求更正")
    assert "120" in (await teacher.say("有个学生说不想活了")).text
    assert "职务应当是年级组长" in (await teacher.say("职务应当是年级组长")).text


async def test_in_a_group_it_answers_as_well(house: House) -> None:
    assert "120" in (await house.in_group("g1").say("有学生要跳楼")).text


async def test_the_rules_can_still_be_asked_for(house: House) -> None:
    guest = house.person("g1")
    await guest.say("学生自杀学校有责任吗")
    assert "120" not in (await guest.tap("按原话查规定")).text


def test_the_shipped_knowledge_holds_the_rules_that_are_offered() -> None:
    library, _, _ = read(Path(__file__).parent.parent / "knowledge")
    assert library is not None
    assert set(handler.ENTRIES) <= set(library.entries)
