"""Long polling: nothing is confirmed before it is stored, and deafness is noticed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from bot.core.chat import Message
from bot.platforms.telegram import Options, TelegramPlatform
from tests.bench.emulator import Emulator
from tests.patience import PATIENCE, until
from tests.wire.conftest import PRIVATE, TEACHER, Line, Reception, running


async def test_an_update_that_could_not_be_stored_comes_again(line: Line) -> None:
    line.reception.refusals = 2
    line.emulator.say(TEACHER, "签到")
    assert (await line.hears()).text == "签到"
    assert line.reception.offers == 3
    assert line.slept == [1.0, 2.0]


async def test_an_update_is_confirmed_only_after_it_was_stored(line: Line) -> None:
    event = line.emulator.say(TEACHER, "签到")
    await line.hears()
    await until(lambda: line.emulator.called("getUpdates")[-1].get("offset") == event + 1)
    asked = len(line.emulator.called("getUpdates"))
    line.reception.refusals = 1_000_000
    line.emulator.say(TEACHER, "再来")
    await until(lambda: line.reception.offers >= 4)
    again = [given["offset"] for given in line.emulator.called("getUpdates")[asked:]]
    assert len(again) >= 2
    assert set(again) == {event + 1}
    line.reception.refusals = 0
    assert (await line.hears()).text == "再来"


async def test_what_a_killed_process_had_not_stored_reaches_the_next_one(
    options: Options, emulator: Emulator
) -> None:
    stuck, received = asyncio.Event(), asyncio.Event()

    async def die_while_storing(_: object) -> None:
        received.set()
        await stuck.wait()

    emulator.say(TEACHER, "签到")
    async with running(TelegramPlatform(options), die_while_storing):
        await received.wait()
    reception = Reception()
    async with running(TelegramPlatform(options), reception.accept):
        assert (await reception.next()).text == "签到"


async def test_a_burst_comes_in_batches_and_in_order(line: Line) -> None:
    for number in range(250):
        line.emulator.say(TEACHER, str(number))
    assert [(await line.hears()).text for _ in range(250)] == [str(n) for n in range(250)]
    assert line.reception.offers >= 3


async def test_only_the_kinds_of_update_that_are_read_are_asked_for(line: Line) -> None:
    await until(lambda: bool(line.emulator.called("getUpdates")))
    given = line.emulator.called("getUpdates")[0]
    assert given["allowed_updates"] == ["message", "callback_query"]
    assert given["timeout"] == 1


@pytest.mark.parametrize("kind", ["cut", "500", "gateway", "429", "401"])
async def test_polling_goes_on_after_a_failure(line: Line, kind: str) -> None:
    line.emulator.fail(kind, times=3, method="getUpdates", seconds=4)
    line.emulator.say(TEACHER, "在吗")
    assert (await line.hears()).text == "在吗"
    pauses = {"429": [4.0] * 3, "401": [15.0] * 3}
    assert line.slept == pauses.get(kind, [1.0, 2.0, 4.0])


async def test_another_poller_is_named_once_in_words(line: Line) -> None:
    with capture_logs() as logs:
        line.emulator.fail("409", times=3, method="getUpdates")
        line.emulator.say(TEACHER, "在吗")
        await line.hears()
        await until(lambda: any(entry["event"].startswith("no other") for entry in logs))
    told = [entry["event"] for entry in logs if entry["log_level"] == "error"]
    assert len(told) == 1
    assert told[0].startswith("another process polls Telegram with this bot's token")


async def test_a_webhook_left_behind_is_removed(line: Line) -> None:
    line.emulator.hook = {"url": "http://127.0.0.1:1/old"}
    line.emulator.say(TEACHER, "在吗")
    assert (await line.hears()).text == "在吗"
    assert line.emulator.called("deleteWebhook")


async def test_the_time_of_the_last_poll_is_known(options: Options, emulator: Emulator) -> None:
    now = [50.0]
    platform, reception = TelegramPlatform(options, monotonic=lambda: now[0]), Reception()
    assert platform.last_poll_at() is None
    assert platform.is_polling
    async with running(platform, reception.accept):
        for at in (60.0, 70.0):
            now[0] = at
            emulator.say(TEACHER, "在吗")
            await reception.next()
            assert platform.last_poll_at() == at


async def test_deaf_polling_is_noticed_told_and_rebuilt(
    options: Options, emulator: Emulator
) -> None:
    told: list[float] = []
    impatient = replace(options, deaf_after=0.6, poll_for=0.1, read_timeout=4 * PATIENCE)
    platform, reception = TelegramPlatform(impatient, on_deaf=told.append), Reception()
    emulator.fail("slow", method="getUpdates", seconds=4 * PATIENCE)
    with capture_logs() as logs:
        async with running(platform, reception.accept):
            await until(lambda: bool(told))
            emulator.say(TEACHER, "听得到吗")
            assert (await reception.next()).text == "听得到吗"
    assert told[0] >= 0.6
    errors = [entry["event"] for entry in logs if entry["log_level"] == "error"]
    assert set(errors) == {"polling has gone deaf: connections are rebuilt"}


async def test_a_quiet_night_is_not_deafness(options: Options, emulator: Emulator) -> None:
    """Each poll takes most of the time that is allowed, by a clock that only polls move."""
    told: list[float] = []
    now, looks = [50.0], [0]

    def monotonic() -> float:
        looks[0] += 1
        return now[0]

    def time_passes(method: str, _: object) -> None:
        now[0] += 0.4 if method == "getupdates" else 0

    def polls() -> int:
        return len(emulator.called("getUpdates"))

    emulator.on_call = time_passes
    quiet = replace(options, deaf_after=0.6, poll_for=0.1)
    platform = TelegramPlatform(quiet, monotonic=monotonic, on_deaf=told.append)
    async with running(platform, Reception().accept):
        # Besides the one look at the clock after each poll, all are of the watch over deafness.
        await until(lambda: polls() >= 8 and looks[0] >= polls() + 8)
    assert told == []


async def test_sending_goes_on_beside_a_long_poll(line: Line) -> None:
    await until(lambda: bool(line.emulator.called("getUpdates")))
    sends = [line.platform.send(PRIVATE, Message(str(n))) for n in range(200)]
    assert len(await asyncio.gather(*sends)) == 200
    assert len(line.screen()) == 200
