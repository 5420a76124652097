"""The Telegram adapter against the emulator, over real HTTP on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import pytest

from bot.core.chat import Chat, Incoming, Key, Message, Shown
from bot.core.platform import Accept
from bot.platforms.telegram import Options, TelegramPlatform
from tests.bench.emulator import TOKEN, Emulator
from tests.patience import PATIENCE
from tests.wire.callers import Caller

TEACHER, GROUP = 501, -9001
PRIVATE = Chat("telegram", str(TEACHER))
TWO_BUTTONS = ((Key("对", "token.0"), Key("错", "token.1")),)


@dataclass
class Reception:
    """What stands behind the adapter: takes events in, or refuses to as often as told."""

    events: asyncio.Queue[Incoming] = field(default_factory=asyncio.Queue[Incoming])
    refusals: int = 0
    offers: int = 0

    async def accept(self, incomings: Sequence[Incoming]) -> None:
        self.offers += 1
        if self.refusals:
            self.refusals -= 1
            raise RuntimeError("the database is away")
        for incoming in incomings:
            self.events.put_nowait(incoming)

    async def next(self) -> Incoming:
        return await asyncio.wait_for(self.events.get(), PATIENCE)

    async def nothing_more(self, emulator: Emulator) -> bool:
        """Whether nothing arrives before what somebody else writes now."""
        emulator.say(777, "边界")
        return (await self.next()).text == "边界"


@dataclass
class Line:
    """A running adapter, the Telegram it talks to, and who takes in its events."""

    emulator: Emulator
    platform: TelegramPlatform
    reception: Reception
    slept: list[float]

    async def hears(self) -> Incoming:
        return await self.reception.next()

    async def tapped(self, label: str, chat: int = TEACHER) -> Incoming:
        self.emulator.tap(TEACHER, label, chat)
        return await self.hears()

    async def standing(self, message: Message, chat: Chat = PRIVATE) -> Shown:
        """A message of ours that stands in the chat."""
        return await self.platform.send(chat, message)

    def screen(self, chat: int = TEACHER) -> list[dict[str, Any]]:
        """The bot's messages in a chat."""
        ours = self.emulator.chats.me["id"]
        return [each for each in self.emulator.screen(chat) if each["from"]["id"] == ours]


@asynccontextmanager
async def running(platform: TelegramPlatform, accept: Accept) -> AsyncGenerator[None]:
    """The platform receives; at the end it is stopped and its connections are closed."""
    task = asyncio.create_task(platform.run(accept))
    yield
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await platform.close()


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    running = await Emulator().start()
    running.chats.know(TEACHER)
    yield running
    await running.stop()


@pytest.fixture
def options(emulator: Emulator) -> Options:
    return Options(TOKEN, api_url=emulator.url, poll_for=1.0, read_timeout=PATIENCE)


@pytest.fixture
async def quiet_line(emulator: Emulator, options: Options) -> AsyncIterator[Line]:
    """An adapter that shows and sends, but does not receive."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(0.01)

    platform = TelegramPlatform(options, sleep=sleep)
    yield Line(emulator, platform, Reception(), slept)
    await platform.close()


@pytest.fixture
async def line(quiet_line: Line) -> AsyncIterator[Line]:
    """An adapter that receives, too."""
    async with running(quiet_line.platform, quiet_line.reception.accept):
        yield quiet_line


@pytest.fixture
def webhook_options(options: Options) -> Options:
    return replace(options, public_url="http://127.0.0.1:9", secret="geheim-1")


@pytest.fixture
async def call(emulator: Emulator) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as session:
        yield Caller(session, emulator.url)
