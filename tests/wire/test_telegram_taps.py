"""Taps, and messages changed where they stand or taken away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.chat import File, Key, Message
from bot.core.errors import SendFailed
from bot.core.text import bold
from tests.bench import emulator_rules as rules
from tests.wire.callers import png
from tests.wire.conftest import TEACHER, TWO_BUTTONS, Line

PICTURE = File("图.png", png(800, 600), "image/png")


async def test_a_tap_replaces_its_message_and_is_acknowledged_with_a_toast(line: Line) -> None:
    shown = await line.standing(Message("题目", TWO_BUTTONS))
    incoming = await line.tapped("对")
    again = await line.platform.show(incoming, [Message("正确", replaces=True, toast="答对了")])
    assert again == [shown]
    [message] = line.screen()
    assert message["text"] == "正确"
    assert "reply_markup" not in message
    assert line.emulator.chats.callbacks["1"] == "答对了"


async def test_a_tap_without_an_answer_is_acknowledged_all_the_same(line: Line) -> None:
    await line.standing(Message("题目", TWO_BUTTONS))
    assert await line.platform.show(await line.tapped("对"), []) == []
    assert line.emulator.chats.callbacks["1"] == ""


async def test_a_tap_is_acknowledged_although_the_answer_cannot_be_shown(line: Line) -> None:
    await line.standing(Message("题目", TWO_BUTTONS))
    incoming = await line.tapped("对")
    line.emulator.fail("403", method="sendMessage")
    with pytest.raises(SendFailed):
        await line.platform.show(incoming, [Message("答")])
    assert line.emulator.chats.callbacks["1"] == ""


async def test_an_acknowledgement_that_got_lost_is_repeated(line: Line) -> None:
    await line.standing(Message("题目", TWO_BUTTONS))
    incoming = await line.tapped("对")
    line.emulator.fail("cut", method="answerCallbackQuery")
    await line.platform.show(incoming, [Message("答", toast="好")])
    assert line.emulator.chats.callbacks["1"] == "好"


async def test_a_tap_too_old_to_acknowledge_is_answered_all_the_same(line: Line) -> None:
    await line.standing(Message("题目", TWO_BUTTONS))
    incoming = await line.tapped("对")
    line.emulator.chats.expired.add("1")
    await line.platform.show(incoming, [Message("正确", replaces=True, toast="好")])
    assert line.emulator.said(TEACHER) == ["正确"]


async def test_a_toast_is_cut_to_what_telegram_shows(line: Line) -> None:
    await line.standing(Message("题目", TWO_BUTTONS))
    incoming = await line.tapped("对")
    await line.platform.show(incoming, [Message("答", toast=bold("😀长" * 100))])
    toast = line.emulator.chats.callbacks["1"] or ""
    assert toast.endswith("…")
    assert 190 < rules.units(toast) <= 200


async def test_showing_the_same_again_is_no_fault(line: Line) -> None:
    same = Message("题目", TWO_BUTTONS, replaces=True)
    shown = await line.standing(same)
    assert await line.platform.show(await line.tapped("对"), [same]) == [shown]


async def test_a_replaced_message_that_is_gone_is_sent_anew(line: Line) -> None:
    shown = await line.standing(Message("题目", TWO_BUTTONS))
    incoming = await line.tapped("对")
    await line.platform.withdraw(shown)
    [again] = await line.platform.show(incoming, [Message("正确", replaces=True)])
    assert again.id != shown.id
    assert line.emulator.said(TEACHER) == ["正确"]


async def test_a_message_too_old_to_change_is_sent_anew(line: Line) -> None:
    shown = await line.standing(Message("题目", TWO_BUTTONS))
    line.emulator.chats.too_old.add((TEACHER, int(shown.id)))
    await line.platform.show(await line.tapped("对"), [Message("正确", replaces=True)])
    assert line.emulator.said(TEACHER) == ["题目", "正确"]


async def test_a_long_replacement_changes_the_message_and_goes_on_below(line: Line) -> None:
    shown = await line.standing(Message("题目", TWO_BUTTONS))
    incoming = await line.tapped("对")
    parts = await line.platform.show(incoming, [Message("解析。" * 2000, replaces=True)])
    assert parts[0] == shown
    assert "".join(line.emulator.said(TEACHER)) == "解析。" * 2000


async def test_keys_alone_are_replaced_under_the_same_text(line: Line) -> None:
    await line.standing(Message("多选", TWO_BUTTONS))
    incoming = await line.tapped("对")
    ticked = ((Key("✓ 对", "token.0"), Key("错", "token.1")),)
    await line.platform.show(incoming, [Message("", ticked, replaces=True)])
    [message] = line.screen()
    assert message["text"] == "多选"
    assert message["reply_markup"]["inline_keyboard"][0][0]["text"] == "✓ 对"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (Message("图", TWO_BUTTONS, file=PICTURE), Message("文字", replaces=True)),
        (Message("文字", TWO_BUTTONS), Message("图", file=PICTURE, replaces=True)),
    ],
    ids=["a text for a picture", "a picture for a text"],
)
async def test_a_picture_and_a_text_take_each_others_place(
    line: Line, old: Message, new: Message
) -> None:
    await line.standing(old)
    await line.platform.show(await line.tapped("对"), [new])
    assert line.emulator.said(TEACHER) == [new.text]


async def test_keys_under_a_picture_are_changed_in_place(line: Line) -> None:
    await line.standing(Message("图", TWO_BUTTONS, file=PICTURE))
    await line.platform.show(await line.tapped("对"), [Message("", replaces=True)])
    [message] = line.screen()
    assert "photo" in message
    assert "reply_markup" not in message


async def test_a_message_is_edited_from_outside_a_turn(quiet_line: Line) -> None:
    shown = await quiet_line.standing(Message("报名 3 人"))
    assert await quiet_line.platform.edit(shown, Message("报名 4 人")) == shown
    assert quiet_line.emulator.said(TEACHER) == ["报名 4 人"]


async def test_editing_without_a_handle_sends_anew(quiet_line: Line) -> None:
    shown = await quiet_line.standing(Message("报名 3 人"))
    again = await quiet_line.platform.edit(replace(shown, handle=None), Message("报名 4 人"))
    assert again.id != shown.id
    assert quiet_line.emulator.said(TEACHER) == ["报名 3 人", "报名 4 人"]


async def test_a_withdrawn_message_is_gone_and_may_be_gone_already(quiet_line: Line) -> None:
    shown = await quiet_line.standing(Message("发错了"))
    await quiet_line.platform.withdraw(shown)
    await quiet_line.platform.withdraw(shown)
    assert quiet_line.screen() == []


async def test_what_is_amended_is_never_said_anew(quiet_line: Line) -> None:
    shown = await quiet_line.standing(Message("周五开会", ((Key("我会到", "t.0"),),)))
    for _ in range(2):
        await quiet_line.platform.amend(shown, Message("周五的会取消了"))
    assert quiet_line.emulator.said(TEACHER) == ["周五的会取消了"]
    await quiet_line.platform.withdraw(shown)
    with pytest.raises(SendFailed) as failed:
        await quiet_line.platform.amend(shown, Message("周五的会又开了"))
    assert failed.value.permanent
    assert quiet_line.screen() == []


async def test_what_can_no_longer_be_withdrawn_is_told(quiet_line: Line) -> None:
    shown = await quiet_line.standing(Message("发错了"))
    quiet_line.emulator.chats.too_old.add((TEACHER, int(shown.id)))
    with pytest.raises(SendFailed) as failed:
        await quiet_line.platform.withdraw(shown)
    assert failed.value.permanent
