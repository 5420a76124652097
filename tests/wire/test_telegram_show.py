"""What the house answers, as it stands in Telegram: every limit of Telegram is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.chat import Chat, File, FileRef, Key, Message
from bot.core.errors import SendFailed
from bot.core.text import bold, quiet
from tests.bench import emulator_rules as rules
from tests.bench.emulator_chats import Upload
from tests.wire.callers import png
from tests.wire.conftest import GROUP, PRIVATE, TEACHER, TWO_BUTTONS, Line

IN_GROUP = Chat("telegram", str(GROUP), "group")
PICTURE = File("图.png", png(800, 600), "image/png")
SHEET = File("名册 2026.xlsx", b"PK\x03\x04", "application/vnd.ms-excel")


async def test_emphasis_becomes_html_and_everything_else_is_escaped(quiet_line: Line) -> None:
    await quiet_line.standing(Message(f"{bold('正确')}：1 < 2 & <b>x</b>\n{quiet('第四条')}"))
    message = quiet_line.screen()[-1]
    assert message["text"] == "正确：1 < 2 & <b>x</b>\n第四条"
    assert message["entities"] == [
        {"type": "bold", "offset": 0, "length": 2},
        {"type": "italic", "offset": 20, "length": 3},
    ]
    sent = quiet_line.emulator.called("sendMessage")[-1]
    assert sent["text"].startswith("<b>正确</b>：1 &lt; 2 &amp; &lt;b&gt;")


async def test_a_long_text_is_split_without_breaking_emphasis_and_the_keys_come_last(
    quiet_line: Line,
) -> None:
    shown = await quiet_line.standing(Message(bold("师德 < 第一位。" * 1000), TWO_BUTTONS))
    parts = quiet_line.screen()
    assert len(parts) == 3
    assert "".join(part["text"] for part in parts) == "师德 < 第一位。" * 1000
    assert all(part["entities"][0]["type"] == "bold" for part in parts)
    assert ["reply_markup" in part for part in parts] == [False, False, True]
    assert shown.id == str(parts[-1]["message_id"])


async def test_emoji_count_double_as_telegram_counts(quiet_line: Line) -> None:
    await quiet_line.standing(Message("😀" * 3000))
    texts = [part["text"] for part in quiet_line.screen()]
    assert "".join(texts) == "😀" * 3000
    assert all(rules.units(text) <= rules.TEXT for text in texts)


async def test_a_long_row_is_wrapped_and_long_labels_are_cut(quiet_line: Line) -> None:
    row = tuple(Key(f"{n}" + "长" * 70, f"t.{n}") for n in range(10))
    await quiet_line.standing(Message("选一个", (row,)))
    rows = quiet_line.screen()[-1]["reply_markup"]["inline_keyboard"]
    assert [len(each) for each in rows] == [8, 2]
    assert all(len(button["text"]) == 64 for each in rows for button in each)


async def test_more_than_a_hundred_buttons_become_lines_to_be_typed(quiet_line: Line) -> None:
    await quiet_line.standing(
        Message("选一所", tuple((Key(f"校{n}", f"t.{n}"),) for n in range(101)))
    )
    message = quiet_line.screen()[-1]
    assert "reply_markup" not in message
    assert "· 校100" in message["text"]
    assert "回复其中的序号或文字即可" in message["text"]


async def test_a_hundred_buttons_are_sent_as_buttons(quiet_line: Line) -> None:
    await quiet_line.standing(
        Message("选一所", tuple((Key(f"校{n}", f"t.{n}"),) for n in range(100)))
    )
    assert len(quiet_line.screen()[-1]["reply_markup"]["inline_keyboard"]) == 100


@pytest.mark.parametrize("token", ["", "t" * 65, "字" * 22])
async def test_a_token_that_telegram_would_refuse_is_not_sent(quiet_line: Line, token: str) -> None:
    with pytest.raises(SendFailed) as failed:
        await quiet_line.standing(Message("选", ((Key("甲", token),),)))
    assert failed.value.permanent
    assert not quiet_line.emulator.called("sendMessage")


async def test_a_link_becomes_a_button_and_one_to_this_machine_a_line(quiet_line: Line) -> None:
    keys = (
        (Key("网页", url="https://example.org/x"),),
        (Key("后台", url="http://localhost:8765/x"),),
    )
    await quiet_line.standing(Message("请看", keys))
    message = quiet_line.screen()[-1]
    assert message["reply_markup"]["inline_keyboard"] == [
        [{"text": "网页", "url": "https://example.org/x"}]
    ]
    assert message["text"] == "请看\n后台：http://localhost:8765/x"


async def test_links_are_shown_without_previews(quiet_line: Line) -> None:
    await quiet_line.standing(Message("https://example.org"))
    sent = quiet_line.emulator.called("sendMessage")[-1]
    assert sent["link_preview_options"] == {"is_disabled": True}


async def test_nothing_is_sent_for_an_empty_text(line: Line) -> None:
    line.emulator.say(TEACHER, "在吗")
    assert await line.platform.show(await line.hears(), [Message("", toast="好")]) == []
    with pytest.raises(SendFailed) as failed:
        await line.platform.send(PRIVATE, Message("\ue000 \ue002"))
    assert failed.value.permanent
    assert line.screen() == []


async def test_a_picture_goes_as_a_photo_with_its_caption(quiet_line: Line) -> None:
    shown = await quiet_line.standing(Message(bold("签到码"), TWO_BUTTONS, file=PICTURE))
    message = quiet_line.screen()[-1]
    assert message["caption"] == "签到码"
    assert quiet_line.emulator.chats.files[message["photo"][0]["file_id"]] == PICTURE.content
    assert shown.handle == "media"


async def test_a_file_goes_as_a_document_under_its_name(quiet_line: Line) -> None:
    await quiet_line.standing(Message("", file=SHEET))
    document = quiet_line.screen()[-1]["document"]
    assert document["file_name"] == "名册 2026.xlsx"
    assert quiet_line.emulator.chats.files[document["file_id"]] == SHEET.content


@pytest.mark.parametrize(
    "content",
    [png(9000, 2000), png(2100, 100), png(10, 10, 10 * 1024 * 1024 + 1), b"no picture"],
    ids=["too large", "too narrow", "too many bytes", "no picture"],
)
async def test_a_picture_that_is_no_fit_photo_goes_as_a_file(
    quiet_line: Line, content: bytes
) -> None:
    await quiet_line.standing(Message("图", file=File("图.png", content, "image/png")))
    [message] = quiet_line.screen()
    assert message["document"]["file_size"] == len(content)


async def test_a_caption_that_is_too_long_follows_the_file_as_text(quiet_line: Line) -> None:
    await quiet_line.standing(Message("说明" * 600, TWO_BUTTONS, file=SHEET))
    file, text = quiet_line.screen()
    assert (file["caption"], "reply_markup" in file) == ("", False)
    assert (text["text"], "reply_markup" in text) == ("说明" * 600, True)


async def test_a_file_that_telegram_would_not_take_is_refused_before_it_is_sent(
    quiet_line: Line,
) -> None:
    huge = File("大.zip", bytes(50 * 1024 * 1024 + 1))
    with pytest.raises(SendFailed) as failed:
        await quiet_line.standing(Message("附件", file=huge))
    assert failed.value.permanent
    assert not quiet_line.emulator.calls


async def test_what_is_protected_cannot_be_passed_on(quiet_line: Line) -> None:
    await quiet_line.standing(Message("内部", is_protected=True))
    await quiet_line.standing(Message("公开"))
    assert [each.get("has_protected_content", False) for each in quiet_line.screen()] == [
        True,
        False,
    ]


async def test_a_topic_is_answered_in_the_topic(line: Line) -> None:
    line.emulator.chats.topics[GROUP] = {7}
    line.emulator.say(TEACHER, "/ask 休假", GROUP, message_thread_id=7, is_topic_message=True)
    await line.platform.show(await line.hears(), [Message("答")])
    assert line.screen(GROUP)[-1]["message_thread_id"] == 7


async def test_when_a_topic_is_gone_the_group_is_answered(quiet_line: Line) -> None:
    quiet_line.emulator.chats.know(GROUP)
    shown = await quiet_line.standing(Message("答"), replace(IN_GROUP, topic="7"))
    assert shown.chat == IN_GROUP
    assert "message_thread_id" not in quiet_line.screen(GROUP)[-1]


async def test_what_is_private_never_goes_into_a_group(line: Line) -> None:
    line.emulator.say(TEACHER, "/quiz", GROUP)
    incoming = await line.hears()
    with pytest.raises(SendFailed):
        await line.platform.show(incoming, [Message("您答对 3 题", is_private=True)])
    with pytest.raises(SendFailed):
        await line.platform.send(IN_GROUP, Message("您答对 3 题", is_private=True))
    assert line.screen(GROUP) == []


async def test_replies_stand_in_their_order(line: Line) -> None:
    line.emulator.say(TEACHER, "/quiz")
    shown = await line.platform.show(await line.hears(), [Message("一"), Message("二")])
    assert line.emulator.said(TEACHER) == ["一", "二"]
    assert [each.id for each in shown] == [str(each["message_id"]) for each in line.screen()]


async def test_a_file_that_somebody_sent_is_fetched(line: Line) -> None:
    line.emulator.upload(TEACHER, "名册.xlsx", b"PK\x03\x04" * 1000)
    incoming = await line.hears()
    assert incoming.file is not None
    assert await line.platform.fetch(incoming.file) == b"PK\x03\x04" * 1000


async def test_a_file_too_big_to_fetch_is_refused_by_its_size_or_by_telegram(
    quiet_line: Line,
) -> None:
    size = 20 * 1024 * 1024 + 1
    quiet_line.emulator.chats.files["big"] = Upload(bytes(size))
    for known, calls in ((size, 0), (None, 1)):
        with pytest.raises(SendFailed, match="file too big") as failed:
            await quiet_line.platform.fetch(FileRef("big", "大.zip", size=known))
        assert failed.value.permanent
        assert len(quiet_line.emulator.called("getFile")) == calls


async def test_a_file_that_is_gone_is_told(quiet_line: Line) -> None:
    with pytest.raises(SendFailed, match="file gone"):
        await quiet_line.platform.fetch(FileRef("none", "无"))


async def test_menus_are_published_for_each_audience(quiet_line: Line) -> None:
    await quiet_line.platform.publish(
        {
            "private": [("quiz", "练习"), ("我的数据", "我的数据"), ("ask", "")],
            "groups": [("ask", "提问" * 200)],
            f"chat:{TEACHER}": [("audit", "查看操作记录")],
            "chat:4": [("audit", "查看操作记录")],
        }
    )
    menus = quiet_line.emulator.chats.menus
    assert menus["all_private_chats"] == [{"command": "quiz", "description": "练习"}]
    assert len(menus["all_group_chats"][0]["description"]) == 256
    assert menus[f"chat:{TEACHER}"][0]["command"] == "audit"
    assert "chat:4" not in menus


async def test_more_than_a_hundred_commands_are_cut(quiet_line: Line) -> None:
    await quiet_line.platform.publish({"private": [(f"c{n}", "甲") for n in range(120)]})
    assert len(quiet_line.emulator.chats.menus["all_private_chats"]) == 100
