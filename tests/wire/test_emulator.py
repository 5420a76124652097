"""The emulator refuses what Telegram refuses, in Telegram's words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bench.emulator import Emulator
from tests.bench.emulator_chats import Upload
from tests.wire.callers import Caller, keyboard, png
from tests.wire.conftest import GROUP, TEACHER


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": "字" * 4097}, "Bad Request: message is too long"),
        ({"text": "😀" * 2049}, "Bad Request: message is too long"),
        ({"text": " \n "}, "Bad Request: message text is empty"),
        ({}, "Bad Request: message text is empty"),
        (
            {"text": "<x>甲</x>", "parse_mode": "HTML"},
            'Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 0',
        ),
        (
            {"text": "1 < 2", "parse_mode": "HTML"},
            "Bad Request: can't parse entities: Unclosed start tag at byte offset 2",
        ),
        (
            {"text": "<b>甲", "parse_mode": "HTML"},
            "Bad Request: can't parse entities: Can't find end tag corresponding to start tag "
            '"b"',
        ),
        (
            {"text": "<b>甲</i>", "parse_mode": "HTML"},
            "Bad Request: can't parse entities: Unmatched end tag at byte offset 6, expected "
            '"</b>", found "</i>"',
        ),
        (
            {"text": "甲</b>", "parse_mode": "HTML"},
            "Bad Request: can't parse entities: Unexpected end tag at byte offset 3",
        ),
        (
            {"text": "甲", "reply_markup": keyboard(1, data="字" * 22)},
            "Bad Request: BUTTON_DATA_INVALID",
        ),
        ({"text": "甲", "reply_markup": keyboard(1, data="")}, "Bad Request: BUTTON_DATA_INVALID"),
        ({"text": "甲", "reply_markup": keyboard(101)}, "Bad Request: reply markup is too long"),
        (
            {"text": "甲", "reply_markup": keyboard(1, 9)},
            "Bad Request: reply markup row is too long",
        ),
        (
            {"text": "甲", "reply_markup": keyboard(1, label="")},
            'Bad Request: field "text" must be a non-empty String',
        ),
        (
            {
                "text": "甲",
                "reply_markup": {"inline_keyboard": [[{"text": "网", "url": "http://localhost/"}]]},
            },
            "Bad Request: inline keyboard button URL 'http://localhost/' is invalid: "
            "Wrong HTTP URL",
        ),
        ({"text": "甲", "message_thread_id": 4}, "Bad Request: message thread not found"),
    ],
)
async def test_a_message_against_the_rules_is_refused(
    call: Caller, given: dict[str, Any], words: str
) -> None:
    assert await call.refused("sendMessage", chat_id=TEACHER, **given) == words


async def test_the_limit_counts_what_is_seen_and_not_the_markup(call: Caller) -> None:
    text = "<b>" + "&amp;" * 4090 + "</b>"
    answer = await call("sendMessage", chat_id=TEACHER, text=text, parse_mode="HTML")
    assert answer["result"]["text"] == "&" * 4090
    assert answer["result"]["entities"] == [{"type": "bold", "offset": 0, "length": 4090}]


async def test_an_unknown_chat_a_blocked_bot_and_a_moved_group_are_told_apart(
    call: Caller, emulator: Emulator
) -> None:
    assert await call.refused("sendMessage", chat_id=4, text="甲") == "Bad Request: chat not found"
    emulator.block(TEACHER)
    blocked = await call("sendMessage", chat_id=TEACHER, text="甲")
    assert (blocked["error_code"], blocked["description"]) == (
        403,
        "Forbidden: bot was blocked by the user",
    )
    emulator.migrate(-5, -10_005)
    moved = await call("sendMessage", chat_id=-5, text="甲")
    assert moved["parameters"] == {"migrate_to_chat_id": -10_005}


async def test_edits_must_change_something_and_touch_what_is_there(
    call: Caller, emulator: Emulator
) -> None:
    sent = (await call("sendMessage", chat_id=TEACHER, text="甲"))["result"]["message_id"]
    same = await call.refused("editMessageText", chat_id=TEACHER, message_id=sent, text="甲")
    assert same.startswith("Bad Request: message is not modified: specified new message content")
    gone = await call.refused("editMessageText", chat_id=TEACHER, message_id=99, text="乙")
    assert gone == "Bad Request: message to edit not found"
    emulator.say(TEACHER, "我写的")
    own = emulator.screen(TEACHER)[-1]["message_id"]
    foreign = await call.refused("editMessageText", chat_id=TEACHER, message_id=own, text="乙")
    assert foreign == "Bad Request: message can't be edited"
    keys = await call.refused("editMessageReplyMarkup", chat_id=TEACHER, message_id=sent)
    assert "message is not modified" in keys


async def test_a_keyboard_alone_can_be_changed(call: Caller, emulator: Emulator) -> None:
    sent = (await call("sendMessage", chat_id=TEACHER, text="甲", reply_markup=keyboard(1)))[
        "result"
    ]["message_id"]
    assert (await call("editMessageReplyMarkup", chat_id=TEACHER, message_id=sent))["ok"]
    assert "reply_markup" not in emulator.screen(TEACHER)[-1]


async def test_what_was_deleted_or_is_too_old_cannot_be_deleted(
    call: Caller, emulator: Emulator
) -> None:
    sent = (await call("sendMessage", chat_id=TEACHER, text="甲"))["result"]["message_id"]
    emulator.chats.too_old.add((TEACHER, sent))
    words = await call.refused("deleteMessage", chat_id=TEACHER, message_id=sent)
    assert words == "Bad Request: message can't be deleted for everyone"
    emulator.chats.too_old.clear()
    assert (await call("deleteMessage", chat_id=TEACHER, message_id=sent))["ok"]
    words = await call.refused("deleteMessage", chat_id=TEACHER, message_id=sent)
    assert words == "Bad Request: message to delete not found"


async def test_a_tap_is_answered_in_time_and_shortly(call: Caller, emulator: Emulator) -> None:
    await call("sendMessage", chat_id=TEACHER, text="甲", reply_markup=keyboard(1))
    emulator.tap(TEACHER, "甲")
    long = await call.refused("answerCallbackQuery", callback_query_id="1", text="字" * 201)
    assert long == "Bad Request: MESSAGE_TOO_LONG"
    assert (await call("answerCallbackQuery", callback_query_id="1", text="字" * 200))["ok"]
    emulator.chats.expired.add("1")
    for query in ("1", "77"):
        words = await call.refused("answerCallbackQuery", callback_query_id=query)
        assert words.startswith("Bad Request: query is too old")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"text", "IMAGE_PROCESS_FAILED"),
        (png(9000, 2000), "PHOTO_INVALID_DIMENSIONS"),
        (png(2100, 100), "PHOTO_INVALID_DIMENSIONS"),
        (png(10, 10, 10 * 1024 * 1024 + 1), "is too big for a photo"),
    ],
    ids=["no picture", "too large", "too narrow", "too many bytes"],
)
async def test_what_is_no_fit_picture_is_refused(call: Caller, content: bytes, words: str) -> None:
    answer = await call.upload("sendPhoto", "photo", content, chat_id=TEACHER)
    assert words in answer["description"]


async def test_captions_are_short_and_documents_not_empty(call: Caller) -> None:
    answer = await call.upload(
        "sendDocument", "document", b"x", chat_id=TEACHER, caption="字" * 1025
    )
    assert answer["description"] == "Bad Request: message caption is too long"
    answer = await call.upload("sendDocument", "document", b"", chat_id=TEACHER)
    assert answer["description"] == "Bad Request: file must be non-empty"


async def test_files_over_20_mb_cannot_be_fetched(call: Caller, emulator: Emulator) -> None:
    emulator.chats.files["big"] = Upload(bytes(20 * 1024 * 1024 + 1))
    assert await call.refused("getFile", file_id="big") == "Bad Request: file is too big"
    words = await call.refused("getFile", file_id="none")
    assert words == "Bad Request: wrong file_id or the file is temporarily unavailable"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ({"command": "测验", "description": "甲"}, "Bad Request: BOT_COMMAND_INVALID"),
        ({"command": "a" * 33, "description": "甲"}, "Bad Request: BOT_COMMAND_INVALID"),
        ({"command": "a", "description": ""}, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID"),
        (
            {"command": "a", "description": "甲" * 257},
            "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID",
        ),
    ],
)
async def test_menus_keep_to_the_rules(call: Caller, command: dict[str, str], words: str) -> None:
    assert await call.refused("setMyCommands", commands=[command]) == words
    many = [{"command": "a", "description": "甲"}] * 101
    assert (
        await call.refused("setMyCommands", commands=many) == "Bad Request: BOT_COMMANDS_TOO_MUCH"
    )
    scope = {"type": "chat", "chat_id": 4}
    assert (
        await call.refused("setMyCommands", commands=[], scope=scope)
        == "Bad Request: chat not found"
    )


async def test_a_webhook_needs_https_and_a_plain_secret(call: Caller) -> None:
    words = await call.refused("setWebhook", url="http://example.org/hook")
    assert words == "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
    for secret in ("ein Wort", "a" * 257):
        words = await call.refused("setWebhook", url="https://example.org/", secret_token=secret)
        assert words == "Bad Request: secret token contains unallowed characters"


async def test_commands_and_mentions_are_marked_as_telegram_marks_them(
    call: Caller, emulator: Emulator
) -> None:
    emulator.say(TEACHER, "😀 @muduo_bot /quiz@muduo_bot 师德", GROUP)
    message = (await call("getUpdates"))["result"][0]["message"]
    assert message["entities"] == [
        {"type": "bot_command", "offset": 14, "length": 15},
        {"type": "mention", "offset": 3, "length": 10},
    ]
