"""The name of a menu's button typed: it opens what the button opens, for whom the button is."""

from __future__ import annotations

import pytest

from handlers.named import NAMED
from tests.district import District
from tests.fakes import House


async def test_an_administrator_opens_what_was_sent_by_its_name(
    house: House, district: District
) -> None:
    chief = district.seat(house, "岑知微")
    assert (await chief.say("发过的")).text == "您还没有发过通知。"
    assert (await chief.say("发过的通知。")).text == "您还没有发过通知。"


@pytest.mark.parametrize("name", list(NAMED))
async def test_every_name_opens_something_for_an_administrator(
    house: House, district: District, name: str
) -> None:
    shown = await district.seat(house, "岑知微").say(name)
    assert "可靠的依据" not in shown.text
    assert "您是想问" not in shown.text


async def test_to_a_teacher_and_to_a_stranger_the_same_words_are_a_question(
    house: House, district: District
) -> None:
    for person in (district.seat(house, district.teacher()), house.person("g1")):
        shown = await person.say("发过的")
        assert "发过通知" not in shown.text
        assert "管理员使用" not in shown.text


async def test_while_a_notice_is_written_the_words_are_its_text(
    house: House, district: District
) -> None:
    chief = district.seat(house, "岑知微")
    await chief.say("写通知")
    assert "发给谁" in (await chief.say("发过的")).text
