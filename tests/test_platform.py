"""Messages made to fit what a platform can show."""

from __future__ import annotations

from bot.core.chat import Button, Key, Message, Reply
from bot.core.platform import Capabilities, degrade
from bot.db.engine import Database
from bot.services import keyboards
from tests.fakes import MONDAY_NOON

CHOICE = Message(
    "您是想问……？",
    (
        (Key("1. 学校能不能组织收费补课", "t.0", key="1"),),
        (Key("2. 老师有偿补课会怎么处理", "t.1", key="2"),),
        (Key("都不是", "t.2"),),
    ),
)


def test_what_fits_stays_as_it_is() -> None:
    assert degrade(CHOICE, Capabilities()) == [CHOICE]


def test_choices_too_long_for_buttons_are_read_above_short_ones() -> None:
    (shown,) = degrade(CHOICE, Capabilities(label=10))
    assert shown.text.splitlines() == [
        "您是想问……？",
        "",
        "1. 学校能不能组织收费补课",
        "2. 老师有偿补课会怎么处理",
    ]
    assert [[key.label for key in row] for row in shown.keys] == [["1"], ["2"], ["都不是"]]
    assert [key.token for row in shown.keys for key in row] == ["t.0", "t.1", "t.2"]


def test_without_buttons_every_choice_is_a_line_with_its_number_once() -> None:
    (shown,) = degrade(CHOICE, Capabilities(buttons=0))
    assert shown.keys == ()
    assert shown.text.splitlines()[2:] == [
        "1. 学校能不能组织收费补课",
        "2. 老师有偿补课会怎么处理",
        "· 都不是",
        "回复其中的序号或文字即可。",
    ]


def test_what_stands_in_such_a_line_may_be_typed(database: Database) -> None:
    reply = Reply("怎么办？", [[Button("打字回答", "questions.type", 7), Button("不回答", "x.y")]])
    with database.begin() as session:
        message = keyboards.mint(session, "m1", "private", reply, at=MONDAY_NOON)
        (shown,) = degrade(message, Capabilities(buttons=1))
        assert shown.text.splitlines()[2:4] == ["· 打字回答", "· 不回答"]
        tap = keyboards.typed(session, "m1", "private", "打字回答", at=MONDAY_NOON)
        assert tap == keyboards.Tap("questions.type", (7,))
        assert keyboards.typed(session, "m1", "private", "1", at=MONDAY_NOON) is None
