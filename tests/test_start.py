"""The beginning and help: what one's own role adds comes first, and every button leads on."""

from __future__ import annotations

import pytest

from tests.district import District
from tests.fakes import House


async def test_help_names_what_a_role_adds_before_what_everybody_has(
    house: House, district: District
) -> None:
    text = (await district.seat(house, "陆见微").say("帮助")).text  # a secretary
    assert text.index("书记和管理员") < text.index("台账") < text.index("每个人")
    assert "花名册" not in text


async def test_help_for_a_teacher_has_no_headings(house: House, district: District) -> None:
    text = (await district.seat(house, district.teacher()).say("帮助")).text
    assert "练习" in text
    assert "书记" not in text


@pytest.mark.parametrize("name", ["陆见微", "岑知微"])
async def test_every_button_of_the_beginning_leads_on(
    house: House, district: District, name: str
) -> None:
    person = district.seat(house, name)
    labels = (await person.say("开始")).labels
    assert {"发通知", "练习"} <= set(labels)
    for label in labels:
        shown = await person.say("开始")
        answer = await person.tap(label, on=shown)
        assert answer.text, label
        assert "失效" not in answer.text, label


async def test_help_names_nothing_twice_and_explains_ones_own_meetings(
    house: House, district: District
) -> None:
    text = (await district.seat(house, "岑知微").say("帮助")).text  # an administrator
    lines = [line.partition("　") for line in text.splitlines() if "　" in line]
    assert lines
    assert [word for word, _, does in lines if does.startswith(f"{word}：")] == []
    assert "我的会议　要参加哪些会" in text
