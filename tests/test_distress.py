"""Somebody who is worn out or wronged is met with warmth, and nothing is pushed or passed on."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.core.distress import distress
from bot.db.engine import Database
from bot.db.models import MissRow
from handlers import asking
from knowledge.loader import read
from tests.fakes import House


@pytest.mark.parametrize(
    "text",
    [
        "太累了 真的撑不下去了",
        "压力大到睡不着",
        "不想干了",
        "每天都要崩溃了，怎么办？",
        "崩溃了",
    ],
)
async def test_whoever_is_worn_out_is_met_warmly_and_not_sent_to_administrators(
    house: House, database: Database, text: str
) -> None:
    shown = await house.person("g1").say(text)
    assert shown.text.startswith("您辛苦了，撑到现在很不容易。")
    assert "心理援助热线" in shown.text
    assert shown.labels == []
    with database.read() as session:
        assert session.scalars(select(func.count()).select_from(MissRow)).one() == 0


@pytest.mark.parametrize(
    "text", ["校长针对我", "太委屈了", "领导天天给我穿小鞋，受不了了", "受了委屈没处说"]
)
async def test_whoever_feels_wronged_is_met_warmly(house: House, text: str) -> None:
    shown = await house.person("g1").say(text)
    assert shown.text.startswith("听起来您受委屈了")
    assert not any("管理员" in label for label in shown.labels)


@pytest.mark.parametrize(
    "text",
    [
        "学生情绪崩溃怎么办",
        "孩子压力太大睡不着",
        "校长针对我能申诉吗",
        "不想干了辞职要提前几天",
        "压力大的工作",
        "累死了",
        "不想活了",
    ],
)
def test_what_is_of_others_or_asks_for_a_rule_is_none(text: str) -> None:
    assert distress(text) is None


def test_the_shipped_knowledge_holds_the_way_of_appeal() -> None:
    library, _, _ = read(Path(__file__).parent.parent / "knowledge")
    assert library is not None
    assert asking.APPEAL in library.entries
