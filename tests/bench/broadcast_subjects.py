"""The senders that broadcast measures, each a process: muduo (queueing a notice first), peers.

    broadcast_subjects.py muduo URL FOLDER DATABASE PER_SECOND [PEOPLE]
    broadcast_subjects.py ptb|ptb_limiter|aiogram URL FOLDER COUNT PER_SECOND

ptb and aiogram are the loops of their tutorials: one message after the other with a sleep between,
a RetryAfter slept out.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench.emulator import TOKEN  # noqa: E402

TEXT = "请于今天下班前查看《师德专题学习安排》，并点“收到”。"


def say(*words: object) -> None:
    print(*words, flush=True)


async def muduo(url: str, folder: str, database: str, per_second: int, queued: int) -> None:
    from bot import logs, memory
    from bot.app import App
    from bot.platforms import telegram
    from bot.settings import Settings
    from bot.surroundings import Surroundings, platforms_of

    telegram.CAPABILITIES = replace(telegram.CAPABILITIES, per_second=per_second)
    logs.configure("ERROR")
    settings = Settings(
        data=Path(folder),
        database_url=database,
        telegram_token=TOKEN,
        telegram_api_url=url,
        flood_per_minute=100_000,
        listen="127.0.0.1:0",
    )
    app = App(settings, Surroundings(Noon(), platforms_of(settings)))
    sys.setswitchinterval(0.0005)  # as in bot/running.py
    await app.start()
    memory.settle()
    say("ready", time.perf_counter())
    working = asyncio.create_task(app.work())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, working.cancel)
    if queued:
        await _queue(app)
    await asyncio.wait({working})
    await app.close()


class Noon:
    """The system's clock moved to nine in the morning of a working day: the gate is open."""

    def __init__(self) -> None:
        from bot.core.clock import SystemClock, local
        from bot.services.calendar import is_workday

        self._clock = SystemClock()
        here = local(self._clock.wall())
        self._clock.offset = here.replace(hour=9, minute=0, second=0) - here
        while not is_workday(local(self.now()).date()):
            self._clock.offset += timedelta(days=1)

    def now(self) -> datetime:
        return self._clock.now()

    def wall(self) -> datetime:
        return self._clock.wall()

    def monotonic(self) -> float:
        return self._clock.monotonic()


def letter():
    """The notice, which asks for a receipt."""
    from bot.core.chat import Button, Reply
    from bot.services.gate import Purpose
    from bot.services.outbox import Letter

    button = Button("收到", "notices.confirm", 1, is_shared=True)
    return Letter("bench", Reply(TEXT, buttons=[button]), Purpose.RECEIPT_NOTICE)


async def _queue(app) -> None:
    """Send a notice to everybody as an administrator does, and time the app's own chore."""
    from sqlalchemy import select

    from bot.db.models import NoticeRow
    from bot.services import audience
    from handlers import notices_letters

    longest, at = 0.0, app.clock.now()
    notice = NoticeRow(
        key="bench",
        kind="receipt",
        text=TEXT,
        audience=audience.as_json(audience.EVERYBODY),
        made_at=at,
        send_at=at,
        state="waiting",
        is_at_work=True,
    )

    def step(session, *, at) -> bool:
        nonlocal longest
        began = time.perf_counter()
        is_more = notices_letters.advance(session, at=at)
        longest = max(longest, time.perf_counter() - began)
        return is_more

    def is_queued(session) -> bool:
        return session.scalars(select(NoticeRow.state)).one() == "queued"

    started = time.perf_counter()
    await asyncio.wrap_future(app.lanes.submit(lambda session: session.add(notice)))
    while not await asyncio.wrap_future(app.lanes.submit(is_queued)):
        # The app's own look may hold the notice: this one then finds nothing and tries again.
        await app.chores.carry_on(step)
    say("queued", time.perf_counter() - started, longest)


async def ptb_limiter(url: str, count: int, per_second: int) -> None:
    """All at once through python-telegram-bot's own limiter, with its retries turned on."""
    from telegram.error import TelegramError
    from telegram.ext import AIORateLimiter, ExtBot
    from telegram.request import HTTPXRequest

    limiter = AIORateLimiter(overall_max_rate=per_second, overall_time_period=1, max_retries=5)
    request = HTTPXRequest(connection_pool_size=64, pool_timeout=600)
    bot = ExtBot(TOKEN, base_url=f"{url}/bot", request=request, rate_limiter=limiter)

    async def send(chat: int) -> None:
        with suppress(TelegramError):
            await bot.send_message(chat, TEXT)

    async with bot:
        say("ready", time.perf_counter())
        for first in range(1, count, 200):
            await asyncio.gather(*(send(chat) for chat in range(first, first + 200)))


async def ptb(url: str, count: int, per_second: int) -> None:
    from telegram import Bot
    from telegram.error import RetryAfter, TelegramError

    async with Bot(TOKEN, base_url=f"{url}/bot") as bot:
        say("ready", time.perf_counter())
        for chat in range(1, count + 1):
            while True:
                try:
                    await bot.send_message(chat, TEXT)
                except RetryAfter as wait:
                    await asyncio.sleep(float(wait.retry_after))
                    continue
                except TelegramError:
                    pass
                break
            await asyncio.sleep(1 / per_second)


async def aiogram(url: str, count: int, per_second: int) -> None:
    from aiogram import Bot
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.exceptions import TelegramAPIError, TelegramRetryAfter

    session = AiohttpSession(api=TelegramAPIServer.from_base(url))
    bot = Bot(TOKEN, session=session)
    say("ready", time.perf_counter())
    for chat in range(1, count + 1):
        while True:
            try:
                await bot.send_message(chat, TEXT)
            except TelegramRetryAfter as wait:
                await asyncio.sleep(wait.retry_after)
                continue
            except TelegramAPIError:
                pass
            break
        await asyncio.sleep(1 / per_second)
    await session.close()


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    name, given = sys.argv[1], sys.argv[2:]
    if name == "muduo":
        asyncio.run(muduo(*given[:3], int(given[3]), int(given[4]) if given[4:] else 0))
    else:
        run = {"ptb": ptb, "ptb_limiter": ptb_limiter, "aiogram": aiogram}[name]
        asyncio.run(run(given[0], int(given[2]), int(given[3])))
