"""What people do in Telegram, as it reaches the house."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.core.chat import Chat, FileRef, Key, Message, Place
from tests.wire.conftest import GROUP, PRIVATE, TEACHER, TWO_BUTTONS, Line

IN_GROUP = Chat("telegram", str(GROUP), "group")


async def test_a_private_text_comes_with_sender_chat_and_event_id(line: Line) -> None:
    event = line.emulator.say(TEACHER, "处理办法第四条讲什么？")
    incoming = await line.hears()
    assert incoming.text == "处理办法第四条讲什么？"
    assert (incoming.event, incoming.sender, incoming.sender_name) == (str(event), "501", "用户501")
    assert incoming.chat == PRIVATE
    assert incoming.is_addressed
    assert incoming.ack is None


async def test_control_and_direction_marks_are_taken_out(line: Line) -> None:
    line.emulator.say(TEACHER, " \u202e练\x00习\ue000粗\ue002 ")
    assert (await line.hears()).text == "练习粗"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("/quiz 师德", "/quiz 师德"),
        ("/quiz@muduo_bot 师德", "/quiz 师德"),
        ("/QUIZ@Muduo_Bot", "/QUIZ"),
        ("/start", "/start"),
        ("/start@muduo_bot", "/start"),
        ("/我的数据", "/我的数据"),
    ],
)
async def test_commands_come_without_the_bots_name(line: Line, said: str, text: str) -> None:
    line.emulator.say(TEACHER, said)
    assert (await line.hears()).text == text


async def test_a_command_to_another_bot_is_none_of_ours(line: Line) -> None:
    line.emulator.say(TEACHER, "/quiz@other_bot", GROUP)
    assert await line.reception.nothing_more(line.emulator)


async def test_a_deep_link_opens_with_its_payload(line: Line) -> None:
    line.emulator.say(TEACHER, "先让它认识自己")
    await line.hears()
    link = line.platform.deep_link("join-ABCD2345")
    assert link == "https://t.me/muduo_bot?start=join-ABCD2345"
    line.emulator.follow(TEACHER, link)
    incoming = await line.hears()
    assert (incoming.open, incoming.text) == ("join-ABCD2345", None)


@pytest.mark.parametrize("payload", ["", "a" * 65, "含中文", "a b", "a=b"])
async def test_a_payload_that_telegram_would_drop_makes_no_link(
    quiet_line: Line, payload: str
) -> None:
    with pytest.raises(ValueError, match="start payload"):
        quiet_line.platform.deep_link(payload)


async def test_a_typed_start_with_rubbish_is_opened_cleaned_and_short(line: Line) -> None:
    line.emulator.say(TEACHER, "/start " + "\u202e%&()" * 100)
    incoming = await line.hears()
    assert incoming.open is not None
    assert len(incoming.open) <= 200
    assert "\u202e" not in incoming.open


async def test_a_tap_brings_its_token_its_message_and_what_ends_the_spinning(line: Line) -> None:
    shown = await line.standing(Message("题目", TWO_BUTTONS))
    incoming = await line.tapped("错")
    assert (incoming.tap, incoming.tapped, incoming.ack) == ("token.1", shown, "1")
    assert incoming.text is None


async def test_a_tap_on_a_message_that_telegram_calls_inaccessible_has_no_handle(
    line: Line,
) -> None:
    line.emulator.chats.callbacks["q"] = None
    query: dict[str, Any] = {
        "id": "q",
        "from": {"id": TEACHER, "is_bot": False, "first_name": "李"},
        "message": {"chat": {"id": TEACHER, "type": "private"}, "message_id": 3, "date": 0},
        "data": "token.0",
    }
    line.emulator.push({"callback_query": query})
    incoming = await line.hears()
    assert incoming.tapped is not None
    assert (incoming.tapped.id, incoming.tapped.handle) == ("3", None)
    replies = [Message("新的", replaces=True)]
    assert [each.id for each in await line.platform.show(incoming, replies)] != ["3"]


async def test_an_answer_to_the_bots_message_quotes_it(line: Line) -> None:
    shown = await line.standing(Message("请确认"))
    line.emulator.answer(TEACHER, "收到", line.screen()[-1])
    assert (await line.hears()).quoted == shown.id


async def test_an_answer_to_somebody_else_quotes_nothing(line: Line) -> None:
    line.emulator.say(502, "@muduo_bot 在吗", GROUP)
    await line.hears()
    line.emulator.answer(TEACHER, "在的", line.emulator.screen(GROUP)[-1])
    incoming = await line.hears()
    assert incoming.quoted is None
    assert not incoming.is_addressed


@pytest.mark.parametrize(
    ("said", "text", "is_addressed"),
    [
        ("今天开会吗", "今天开会吗", False),
        ("@muduo_bot 今天开会吗", "今天开会吗", True),
        ("😀 请 @Muduo_Bot 说说", "😀 请  说说", True),
        ("@another_bot 说说", "@another_bot 说说", False),
        ("/ask 休假", "/ask 休假", True),
        ("/ask@muduo_bot 休假", "/ask 休假", True),
    ],
)
async def test_in_a_group_it_is_addressed_by_mention_or_command_only(
    line: Line, said: str, text: str, is_addressed: bool
) -> None:
    line.emulator.say(TEACHER, said, GROUP)
    incoming = await line.hears()
    assert (incoming.text, incoming.is_addressed) == (text, is_addressed)
    assert incoming.chat == IN_GROUP


async def test_in_a_group_answering_the_bot_and_tapping_address_it(line: Line) -> None:
    line.emulator.chats.know(GROUP)
    await line.standing(Message("会议通知", TWO_BUTTONS), IN_GROUP)
    line.emulator.answer(TEACHER, "几点", line.screen(GROUP)[-1])
    assert (await line.hears()).is_addressed
    assert (await line.tapped("对", GROUP)).is_addressed


async def test_a_mention_by_name_without_username_counts_too(line: Line) -> None:
    me = line.emulator.chats.me
    entity = {"type": "text_mention", "offset": 0, "length": 2, "user": me}
    line.emulator.say(TEACHER, "木铎 在吗", GROUP, entities=[entity])
    incoming = await line.hears()
    assert (incoming.text, incoming.is_addressed) == ("在吗", True)


async def test_a_topic_is_part_of_the_chat_but_a_chain_of_answers_is_not(line: Line) -> None:
    line.emulator.say(TEACHER, "一", GROUP, message_thread_id=7, is_topic_message=True)
    line.emulator.say(TEACHER, "二", GROUP, message_thread_id=8)
    assert (await line.hears()).chat == replace(IN_GROUP, topic="7")
    assert (await line.hears()).chat == IN_GROUP


async def test_the_message_that_opened_a_topic_is_no_quotation(line: Line) -> None:
    opened = {
        "message_id": 7,
        "from": line.emulator.chats.me,
        "chat": {"id": GROUP, "type": "supergroup"},
        "forum_topic_created": {"name": "培训"},
    }
    line.emulator.say(
        TEACHER, "一", GROUP, message_thread_id=7, is_topic_message=True, reply_to_message=opened
    )
    incoming = await line.hears()
    assert (incoming.quoted, incoming.is_addressed) == (None, False)


async def test_a_document_comes_as_a_file_with_name_type_and_size(line: Line) -> None:
    kind = "application/pdf"
    file_id = line.emulator.upload(TEACHER, "名册\u202e.pdf", b"%PDF", mime_type=kind)
    assert (await line.hears()).file == FileRef(file_id, "名册.pdf", kind, 4)


async def test_of_a_photo_the_largest_size_is_taken(line: Line) -> None:
    sizes = [
        {"file_id": name, "file_unique_id": name, "width": width, "height": 100, "file_size": width}
        for name, width in (("s", 90), ("l", 1280), ("m", 320))
    ]
    line.emulator.send(TEACHER, {"photo": sizes, "caption": "黑板"})
    incoming = await line.hears()
    assert incoming.file == FileRef("l", "照片.jpg", "image/jpeg", 1280)
    assert incoming.text == "黑板"


@pytest.mark.parametrize(
    ("kind", "name", "media_type"),
    [
        ("voice", "语音.ogg", "audio/ogg"),
        ("video", "视频.mp4", "video/mp4"),
        ("audio", "音频.mp3", "audio/mpeg"),
        ("video_note", "视频.mp4", "video/mp4"),
    ],
)
async def test_recordings_come_as_files(line: Line, kind: str, name: str, media_type: str) -> None:
    file_id = line.emulator.upload(TEACHER, "", b"abc", kind)
    assert (await line.hears()).file == FileRef(file_id, name, media_type, 3)


async def test_a_position_and_a_venue_come_as_a_place(line: Line) -> None:
    position = {"latitude": 31.2, "longitude": 121.5}
    line.emulator.send(TEACHER, {"location": position})
    assert (await line.hears()).place == Place(31.2, 121.5)
    venue = {"location": position, "title": "一小", "address": "和平路 1 号"}
    line.emulator.send(TEACHER, {"location": position, "venue": venue})
    assert (await line.hears()).place == Place(31.2, 121.5, "一小 和平路 1 号")


async def test_a_caption_that_mentions_the_bot_addresses_it(line: Line) -> None:
    mention = {"type": "mention", "offset": 0, "length": 10}
    line.emulator.upload(TEACHER, "a.txt", b"x")
    assert (await line.hears()).is_addressed
    document = {"file_id": "f", "file_unique_id": "f", "file_name": "a.txt"}
    for caption, is_addressed in (("@muduo_bot", True), ("纪要如下，请大家查看", False)):
        entities = [mention] if is_addressed else []
        content = {"document": document, "caption": caption, "caption_entities": entities}
        line.emulator.send(TEACHER, content, GROUP)
        assert (await line.hears()).is_addressed is is_addressed


@pytest.mark.parametrize("kind", ["sticker", "contact", "poll", "dice"])
async def test_what_cannot_be_read_comes_as_an_empty_text(line: Line, kind: str) -> None:
    line.emulator.send(TEACHER, {kind: {"phone_number": "1", "emoji": "👍"}})
    incoming = await line.hears()
    assert (incoming.text, incoming.file, incoming.place) == ("", None, None)


async def test_a_group_that_moves_says_where_to(line: Line) -> None:
    line.emulator.send(TEACHER, {"migrate_to_chat_id": -100_9001}, GROUP)
    incoming = await line.hears()
    assert (incoming.migrated_to, incoming.chat) == ("-1009001", IN_GROUP)
    assert not incoming.is_addressed


def other(**parts: Any) -> dict[str, Any]:
    chat = parts.pop("chat", {"id": TEACHER, "type": "private"})
    sender = {"id": TEACHER, "is_bot": False, "first_name": "李"}
    return {"message_id": 900, "date": 1, "chat": chat, "from": sender, "text": "x", **parts}


CHANNEL = {"id": -100_77, "type": "channel", "title": "频道"}


@pytest.mark.parametrize(
    "update",
    [
        {"edited_message": other()},
        {"channel_post": other(chat=CHANNEL)},
        {"message": other(sender_chat=CHANNEL)},
        {"message": other(**{"from": {"id": 5, "is_bot": True, "first_name": "机器人"}})},
        {"message": {k: v for k, v in other().items() if k != "from"}},
        {"message": {k: v for k, v in other(new_chat_title="新").items() if k != "text"}},
        {"callback_query": {"id": "1", "from": {"id": 5}, "game_short_name": "g"}},
        {"my_chat_member": {"chat": {"id": TEACHER}}},
        {"message": {"message_id": 1}},
        {"message": "rubbish"},
        {},
    ],
    ids=lambda update: next(iter(update), "empty"),
)
async def test_what_is_no_deed_of_a_person_is_passed_over(
    line: Line, update: dict[str, Any]
) -> None:
    line.emulator.push(update)
    assert await line.reception.nothing_more(line.emulator)


async def test_labels_of_forged_taps_keep_to_the_size_of_a_token(line: Line) -> None:
    await line.standing(Message("题目", ((Key("甲", "t.0"),),)))
    line.emulator.tap(TEACHER, "x" * 500, message_id=line.screen()[-1]["message_id"])
    incoming = await line.hears()
    assert incoming.tap == "x" * 64
