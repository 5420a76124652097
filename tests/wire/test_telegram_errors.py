"""What goes wrong between us and Telegram, and what the house is told of it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import pytest

from bot.core.chat import Chat, File, Message
from bot.core.errors import SendFailed, SettingsFault
from bot.platforms.telegram import Options, TelegramPlatform
from tests.bench.emulator import TOKEN, Emulator
from tests.wire.conftest import GROUP, PRIVATE, TEACHER, TWO_BUTTONS, Line

IN_GROUP = Chat("telegram", str(GROUP), "group")


async def failure(line: Line, message: Message, chat: Chat = PRIVATE) -> SendFailed:
    with pytest.raises(SendFailed) as failed:
        await line.platform.send(chat, message)
    return failed.value


async def test_a_person_who_blocked_the_bot_is_told_apart_from_a_group_that_put_it_out(
    quiet_line: Line,
) -> None:
    quiet_line.emulator.block(TEACHER)
    quiet_line.emulator.block(GROUP, "bot was kicked from the supergroup chat")
    for chat, reason in ((PRIVATE, "blocked"), (IN_GROUP, "left")):
        failed = await failure(quiet_line, Message("提醒"), chat)
        assert (failed.reason, failed.permanent, failed.in_doubt) == (reason, True, False)


async def test_an_unknown_chat_is_unreachable(quiet_line: Line) -> None:
    failed = await failure(quiet_line, Message("提醒"), Chat("telegram", "4"))
    assert (failed.reason, failed.permanent) == ("unreachable", True)


async def test_a_group_that_moved_is_reached_under_its_new_id(quiet_line: Line) -> None:
    quiet_line.emulator.migrate(GROUP, -100_9001)
    shown = await quiet_line.platform.send(IN_GROUP, Message("通知"))
    assert shown.chat == replace(IN_GROUP, id="-1009001")
    assert quiet_line.emulator.said(-100_9001) == ["通知"]


async def test_a_long_text_to_a_group_that_moved_follows_it(quiet_line: Line) -> None:
    quiet_line.emulator.migrate(GROUP, -100_9001)
    await quiet_line.platform.send(IN_GROUP, Message("通知。" * 2000))
    assert "".join(quiet_line.emulator.said(-100_9001)) == "通知。" * 2000
    assert quiet_line.emulator.said(GROUP) == []


async def test_too_many_requests_tell_how_long_to_wait(quiet_line: Line) -> None:
    quiet_line.emulator.fail(429, seconds=7)
    failed = await failure(quiet_line, Message("提醒"))
    assert (failed.retry_after, failed.permanent, failed.in_doubt) == (7.0, False, False)


async def test_what_telegram_refuses_for_its_content_is_not_tried_again(quiet_line: Line) -> None:
    failed = await failure(quiet_line, Message("附件", file=File("空.txt", b"")))
    assert (failed.reason, failed.permanent) == ("refused: File must be non-empty", True)


async def test_an_error_that_telegram_admits_may_be_tried_again(quiet_line: Line) -> None:
    quiet_line.emulator.fail(500)
    failed = await failure(quiet_line, Message("提醒"))
    assert (failed.permanent, failed.in_doubt) == (False, False)


@pytest.mark.parametrize(("kind", "standing"), [("cut", 0), ("cut_after", 1), ("gateway", 0)])
async def test_a_lost_answer_leaves_the_message_in_doubt(
    quiet_line: Line, kind: str, standing: int
) -> None:
    quiet_line.emulator.fail(kind)
    failed = await failure(quiet_line, Message("提醒"))
    assert (failed.permanent, failed.in_doubt) == (False, True)
    assert len(quiet_line.screen()) == standing


async def test_an_answer_that_does_not_come_in_time_leaves_it_in_doubt(
    options: Options, emulator: Emulator
) -> None:
    platform = TelegramPlatform(replace(options, read_timeout=-9.8))
    emulator.fail("slow", seconds=600)
    with pytest.raises(SendFailed, match="in time") as failed:
        await platform.send(PRIVATE, Message("提醒"))
    assert failed.value.in_doubt
    await platform.close()


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "http://nirgends.invalid"])
async def test_without_a_connection_nothing_is_in_doubt(options: Options, address: str) -> None:
    platform = TelegramPlatform(replace(options, api_url=address))
    with pytest.raises(SendFailed, match="no connection") as failed:
        await platform.send(PRIVATE, Message("提醒"))
    assert (failed.value.permanent, failed.value.in_doubt) == (False, False)
    assert failed.value.is_away
    await platform.close()


async def test_a_dead_proxy_is_no_doubt_either_and_a_live_one_is_used(
    options: Options, emulator: Emulator
) -> None:
    dead = TelegramPlatform(replace(options, proxy="http://127.0.0.1:1"))
    with pytest.raises(SendFailed, match="no connection") as failed:
        await dead.send(PRIVATE, Message("提醒"))
    assert not failed.value.in_doubt
    await dead.close()
    # The emulator answers proxied requests like direct ones: the address asked for is nowhere.
    elsewhere = replace(options, api_url="http://nirgends.invalid", proxy=emulator.url)
    proxied = TelegramPlatform(elsewhere)
    await proxied.send(PRIVATE, Message("经由代理"))
    assert emulator.said(TEACHER) == ["经由代理"]
    await proxied.close()


async def test_an_unknown_kind_of_proxy_is_a_fault_of_the_settings(options: Options) -> None:
    with pytest.raises(SettingsFault, match="MUDUO_TELEGRAM_PROXY"):
        TelegramPlatform(replace(options, proxy="socks5://127.0.0.1:1080"))


async def test_a_lost_answer_to_an_edit_is_asked_for_again(quiet_line: Line) -> None:
    shown = await quiet_line.standing(Message("报名 3 人"))
    quiet_line.emulator.fail("cut_after", method="editMessageText")
    assert await quiet_line.platform.edit(shown, Message("报名 4 人")) == shown
    assert quiet_line.emulator.said(TEACHER) == ["报名 4 人"]


async def test_an_edit_that_fails_twice_is_told(quiet_line: Line) -> None:
    shown = await quiet_line.standing(Message("报名 3 人"))
    quiet_line.emulator.fail(500, times=2, method="editMessageText")
    with pytest.raises(SendFailed) as failed:
        await quiet_line.platform.edit(shown, Message("报名 4 人"))
    assert not failed.value.permanent


async def test_a_pause_in_the_middle_of_a_long_text_is_kept_and_nothing_comes_twice(
    line: Line,
) -> None:
    line.emulator.say(TEACHER, "全文")
    incoming = await line.hears()
    text = "第一条。" * 2500
    quota = line.emulator

    def let_one_through(method: str, _: object) -> None:
        if method == "sendmessage":
            quota.on_call = None
            asyncio.get_running_loop().call_soon(quota.fail, 429, 2, "sendMessage", 3)

    quota.on_call = let_one_through
    await line.platform.show(incoming, [Message(text)])
    assert "".join(line.emulator.said(TEACHER)) == text
    assert line.slept == [3.0, 3.0]


async def test_a_text_that_is_cut_off_in_the_middle_is_in_doubt(quiet_line: Line) -> None:
    quota = quiet_line.emulator

    def let_one_through(method: str, _: object) -> None:
        quota.on_call = None
        asyncio.get_running_loop().call_soon(quota.fail, 403, 1, "sendMessage")

    quota.on_call = let_one_through
    failed = await failure(quiet_line, Message("第一条。" * 2500))
    assert (failed.reason, failed.permanent, failed.in_doubt) == ("blocked", True, True)
    assert len(quiet_line.screen()) == 1


@pytest.mark.parametrize("token", ["1000:wrong", "rubbish"])
async def test_a_wrong_token_ends_the_start_with_one_clear_sentence(
    options: Options, token: str
) -> None:
    platform = TelegramPlatform(replace(options, token=token))

    async def accept(_: object) -> None: ...

    with pytest.raises(SettingsFault) as fault:
        await platform.run(accept)
    assert str(fault.value).startswith("MUDUO_TELEGRAM_TOKEN：Telegram 不认这个令牌。")
    assert token not in str(fault.value)
    await platform.close()


async def test_the_start_waits_longer_and_longer_for_a_network_that_is_not_there() -> None:
    tries: list[float] = []

    async def sleep(seconds: float) -> None:
        tries.append(seconds)
        if len(tries) == 6:
            raise asyncio.CancelledError

    platform = TelegramPlatform(Options(TOKEN, api_url="http://127.0.0.1:1"), sleep=sleep)
    with pytest.raises(asyncio.CancelledError):
        await platform.start()
    assert tries == [1.0, 2.0, 4.0, 8.0, 15.0, 15.0]
    await platform.close()


async def test_the_token_is_in_no_log_and_no_error(
    line: Line, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for kind in ("cut", "gateway", "429", "500", "403", "401"):
        line.emulator.fail(kind, method="sendMessage")
        with pytest.raises(SendFailed) as failed:
            await line.platform.send(PRIVATE, Message("提醒", TWO_BUTTONS))
        assert TOKEN not in repr(failed.value.reason)
        line.emulator.fail(kind, method="getUpdates")
        line.emulator.say(TEACHER, "在吗")
        await line.hears()
    nowhere = TelegramPlatform(Options(TOKEN, api_url="http://127.0.0.1:1"))
    with pytest.raises(SendFailed) as failed:
        await nowhere.send(PRIVATE, Message("提醒"))
    await nowhere.close()
    secret = TOKEN.partition(":")[2]
    written = caplog.text + "".join(capsys.readouterr()) + repr(failed.value)
    assert "telegram" in written.lower()
    assert secret not in written
    assert secret not in repr(Options(TOKEN, secret=TOKEN))
