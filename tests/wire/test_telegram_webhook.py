"""The webhook: who may post, what is stored, and what Telegram is told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from bot.core.errors import SettingsFault
from bot.platforms.telegram import PATH, Options, TelegramPlatform
from tests.bench.emulator import Emulator
from tests.patience import until
from tests.wire.conftest import TEACHER, Reception, running

SECRET = "geheim-1"
HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
UPDATE: dict[str, Any] = {
    "update_id": 9,
    "message": {
        "message_id": 1,
        "date": 1,
        "chat": {"id": TEACHER, "type": "private"},
        "from": {"id": TEACHER, "is_bot": False, "first_name": "李"},
        "text": "您好",
    },
}


@pytest.fixture
async def reception() -> Reception:
    return Reception()


@pytest.fixture
async def platform(
    webhook_options: Options, emulator: Emulator, reception: Reception
) -> AsyncIterator[TelegramPlatform]:
    """An adapter that has registered its webhook."""
    platform = TelegramPlatform(webhook_options)
    async with running(platform, reception.accept):
        await until(lambda: bool(emulator.hook))
        yield platform


def body(update: Any = UPDATE) -> bytes:
    return json.dumps(update).encode()


async def test_the_webhook_is_registered_with_its_secret(
    platform: TelegramPlatform, emulator: Emulator
) -> None:
    assert emulator.hook["url"] == f"http://127.0.0.1:9{PATH}"
    assert emulator.hook["secret_token"] == SECRET
    assert emulator.hook["allowed_updates"] == ["message", "callback_query"]
    assert not platform.is_polling
    assert platform.last_poll_at() is None


async def test_an_update_is_stored_before_telegram_is_told(
    platform: TelegramPlatform, reception: Reception
) -> None:
    assert await platform.receive(body(), HEADERS) == 200
    assert reception.events.get_nowait().event == "9"


async def test_what_could_not_be_stored_is_to_be_posted_again(
    platform: TelegramPlatform, reception: Reception
) -> None:
    reception.refusals = 1
    assert await platform.receive(body(), HEADERS) == 503
    assert await platform.receive(body(), HEADERS) == 200
    assert reception.events.qsize() == 1


async def test_before_the_start_telegram_is_asked_to_come_again(webhook_options: Options) -> None:
    platform = TelegramPlatform(webhook_options)
    assert await platform.receive(body(), HEADERS) == 503


@pytest.mark.parametrize("secret", ["", "geheim-2", "geheim-1 ", "秘密", "\udcff", None])
async def test_a_wrong_secret_is_turned_away(
    platform: TelegramPlatform, reception: Reception, secret: str | None
) -> None:
    headers = {"Content-Type": "application/json"}
    if secret is not None:
        headers["X-Telegram-Bot-Api-Secret-Token"] = secret
    assert await platform.receive(body(), headers) == 403
    assert reception.offers == 0


async def test_without_a_secret_nobody_may_post(options: Options) -> None:
    platform = TelegramPlatform(options)
    headers = HEADERS | {"X-Telegram-Bot-Api-Secret-Token": ""}
    assert await platform.receive(body(), headers) == 403


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_another_content_type_is_turned_away(platform: TelegramPlatform, kind: str) -> None:
    assert await platform.receive(body(), HEADERS | {"Content-Type": kind}) == 415


async def test_a_content_type_with_a_charset_is_taken(platform: TelegramPlatform) -> None:
    headers = HEADERS | {"Content-Type": "application/json; charset=utf-8"}
    assert await platform.receive(body(), headers) == 200


async def test_five_megabytes_are_turned_away(platform: TelegramPlatform) -> None:
    assert await platform.receive(b" " * 5_000_000, HEADERS) == 413


@pytest.mark.parametrize(
    "rubbish",
    [b"", b"{", b"\xff\xfe", b"[]", b"{}", b'{"update_id": "x"}', b"[" * 100_000],
    ids=["empty", "half", "no text", "list", "nothing", "no number", "deep"],
)
async def test_rubbish_is_turned_away(
    platform: TelegramPlatform, reception: Reception, rubbish: bytes
) -> None:
    assert await platform.receive(rubbish, HEADERS) == 400
    assert reception.offers == 0


async def test_what_is_nothing_for_us_is_taken_and_forgotten(
    platform: TelegramPlatform, reception: Reception
) -> None:
    for update in ({"update_id": 1, "poll": {}}, {"update_id": 2, "message": "rubbish"}):
        assert await platform.receive(body(update), HEADERS) == 200
    assert reception.offers == 0


async def test_telegram_posts_over_http_until_it_is_stored(
    webhook_options: Options, emulator: Emulator, reception: Reception
) -> None:
    async def hook(request: web.Request) -> web.Response:
        return web.Response(status=await platform.receive(await request.read(), request.headers))

    app = web.Application()
    app.router.add_post(PATH, hook)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    platform = TelegramPlatform(replace(webhook_options, public_url=address))
    async with running(platform, reception.accept):
        await until(lambda: bool(emulator.hook))
        reception.refusals = 2
        emulator.say(TEACHER, "一")
        emulator.say(TEACHER, "二")
        assert [(await reception.next()).text for _ in range(2)] == ["一", "二"]
        assert reception.offers == 4
    await runner.cleanup()


async def test_an_address_that_telegram_refuses_is_a_fault_of_the_settings(
    options: Options, reception: Reception
) -> None:
    platform = TelegramPlatform(replace(options, public_url="http://example.org"))
    with pytest.raises(SettingsFault, match="MUDUO_PUBLIC_URL"):
        await platform.run(reception.accept)
    await platform.close()


async def test_the_webhook_is_set_although_telegram_is_away_at_first(
    webhook_options: Options, emulator: Emulator, reception: Reception
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    emulator.fail(500, times=2, method="setWebhook")
    async with running(TelegramPlatform(webhook_options, sleep=sleep), reception.accept):
        await until(lambda: bool(emulator.hook))
    assert slept == [5.0, 5.0]
