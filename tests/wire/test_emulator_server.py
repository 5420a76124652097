"""The emulator hands out updates, fails when told to, and runs as a process."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.bench.emulator import TOKEN, Emulator
from tests.patience import PATIENCE, until
from tests.wire.callers import Caller, keyboard
from tests.wire.conftest import TEACHER

ROOT = Path(__file__).parents[2]


async def test_updates_stay_until_a_later_offset_confirms_them(
    call: Caller, emulator: Emulator
) -> None:
    first, second = emulator.say(TEACHER, "一"), emulator.say(TEACHER, "二")
    for _ in range(2):
        answer = await call("getUpdates")
        assert [each["update_id"] for each in answer["result"]] == [first, second]
    answer = await call("getUpdates", offset=second)
    assert [each["update_id"] for each in answer["result"]] == [second]
    assert (await call("getUpdates", offset=second + 1))["result"] == []


async def test_a_long_poll_ends_when_something_happens(call: Caller, emulator: Emulator) -> None:
    waiting = asyncio.create_task(call("getUpdates", timeout=4 * PATIENCE))
    await until(lambda: bool(emulator.called("getUpdates")))
    emulator.say(TEACHER, "在吗")
    answer = await asyncio.wait_for(waiting, PATIENCE)
    assert answer["result"][0]["message"]["text"] == "在吗"


async def test_a_second_poller_ends_the_first_with_a_conflict(
    call: Caller, emulator: Emulator
) -> None:
    first = asyncio.create_task(call("getUpdates", timeout=4 * PATIENCE))
    await until(lambda: bool(emulator.called("getUpdates")))
    second = asyncio.create_task(call("getUpdates", timeout=1))
    answer = await asyncio.wait_for(first, PATIENCE)
    assert (answer["error_code"], answer["description"][:30]) == (
        409,
        "Conflict: terminated by other ",
    )
    assert (await second)["result"] == []


async def test_polling_is_refused_while_a_webhook_is_set(call: Caller) -> None:
    await call("setWebhook", url="https://example.org/hook")
    words = await call.refused("getUpdates")
    assert words.startswith("Conflict: can't use getUpdates method while webhook is active")
    await call("deleteWebhook")
    assert (await call("getUpdates"))["ok"]


async def test_a_wrong_token_and_an_unknown_method_are_refused(
    call: Caller, emulator: Emulator
) -> None:
    stranger = Caller(call.session, emulator.url, "1000:wrong")
    assert await stranger.refused("getMe") == "Unauthorized"
    malformed = Caller(call.session, emulator.url, "malformed")
    assert await malformed.refused("getMe") == "Not Found"
    assert await call.refused("sendNothing") == "Not Found"
    assert (await call("GETME"))["result"]["username"] == "muduo_bot"


async def test_a_start_payload_against_the_rules_is_dropped(
    call: Caller, emulator: Emulator
) -> None:
    for payload in ("ok-1", "a" * 65, "nein!"):
        emulator.follow(TEACHER, f"https://t.me/muduo_bot?start={payload}")
    texts = [each["message"]["text"] for each in (await call("getUpdates"))["result"]]
    assert texts == ["/start ok-1", "/start", "/start"]


@pytest.mark.parametrize(
    ("kind", "status", "description"),
    [
        ("429", 429, "Too Many Requests: retry after 3"),
        ("500", 500, "Internal Server Error"),
        ("403", 403, "Forbidden: bot was blocked by the user"),
    ],
)
async def test_a_scripted_fault_meets_the_next_calls_of_its_method(
    call: Caller, emulator: Emulator, kind: str, status: int, description: str
) -> None:
    emulator.fail(kind, times=2, method="sendMessage", seconds=3)
    assert (await call("getMe"))["ok"]
    for _ in range(2):
        answer = await call("sendMessage", chat_id=TEACHER, text="甲")
        assert (answer["error_code"], answer["description"]) == (status, description)
    assert (await call("sendMessage", chat_id=TEACHER, text="甲"))["ok"]


@pytest.mark.parametrize(("kind", "standing"), [("cut", 0), ("cut_after", 1)])
async def test_a_cut_connection_may_come_before_or_after_the_effect(
    call: Caller, emulator: Emulator, kind: str, standing: int
) -> None:
    emulator.fail(kind)
    with pytest.raises(aiohttp.ClientError):
        await call("sendMessage", chat_id=TEACHER, text="甲")
    assert len(emulator.screen(TEACHER)) == standing


async def test_forms_are_read_as_well_as_json(call: Caller, emulator: Emulator) -> None:
    form = {"chat_id": str(TEACHER), "text": "甲", "reply_markup": json.dumps(keyboard(1))}
    address = f"{emulator.url}/bot{TOKEN}/sendMessage"
    async with call.session.post(address, data=form) as response:
        assert (await response.json())["result"]["reply_markup"] == keyboard(1)


async def test_it_runs_as_a_process_of_its_own() -> None:
    process = subprocess.Popen(
        [sys.executable, ROOT / "tests/bench/emulator.py", "--port", "0"], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        url = (await asyncio.to_thread(process.stdout.readline)).decode().strip()
        async with aiohttp.ClientSession() as session:
            post = session.post(f"{url}/control/say", json={"user": 5, "text": "您好"})
            async with post as response:
                assert response.ok
            answer = await Caller(session, url)("getUpdates")
            assert answer["result"][0]["message"]["text"] == "您好"
            async with session.post(f"{url}/control/chat", json={"chat": 5}) as response:
                assert (await response.json())["result"][0]["text"] == "您好"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
