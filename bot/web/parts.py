"""What the web app needs from the rest of the house."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from aiohttp import web
from sqlalchemy.orm import Session

from bot.core.chat import Incoming, Message
from bot.core.clock import Clock
from bot.db.lanes import Lanes
from bot.settings import Settings

T = TypeVar("T")
Receive = Callable[[bytes, Mapping[str, str]], Awaitable[int]]


class Chats(Protocol):
    """What the web platform offers to those who look on."""

    def listen(self, chats: Sequence[str] | None) -> AbstractContextManager[asyncio.Event]: ...

    def ring(self, chat: str) -> None: ...

    def unkept(self, event: str) -> list[Message]: ...


async def _nobody() -> None:
    """Wakes nobody."""


def _no_link(payload: str) -> str | None:
    """Where no platform has deep links."""
    del payload
    return None


@dataclass(frozen=True)
class Readiness:
    """What /readyz asks. `polled_at` is on the monotonic clock; None where nobody polls."""

    has_knowledge: Callable[[], bool] = lambda: True
    polled_at: Callable[[], float | None] = lambda: None
    polls: bool = False


@dataclass(frozen=True)
class Parts:
    """The house as the web app sees it.

    `answer` takes an Incoming and returns when it is answered; `wake` runs the sweep after the
    clock was moved; `receive` takes Telegram's webhook, None when there is none. `deep_link`
    makes the link that opens the chat with a payload, `source_title` names a source by its id.
    """

    settings: Settings
    lanes: Lanes
    clock: Clock
    chats: Chats
    answer: Callable[[Incoming], Awaitable[None]]
    wake: Callable[[], Awaitable[None]] = _nobody
    receive: Receive | None = None
    deep_link: Callable[[str], str | None] = _no_link
    source_title: Callable[[str], str] = str
    readiness: Readiness = field(default_factory=Readiness)
    reading: set[asyncio.Future[Any]] = field(default_factory=set[asyncio.Future[Any]])

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run a reading function of a Session in a thread."""

        def run() -> T:
            with self.lanes.database.read() as session:
                return work(session)

        reading = asyncio.ensure_future(asyncio.to_thread(run))
        self.reading.add(reading)
        reading.add_done_callback(self.reading.discard)
        return await asyncio.shield(reading)

    async def settle(self) -> None:
        """Wait for the threads that still read: a request may be cancelled, a thread can't."""
        if self.reading:
            await asyncio.wait(self.reading)

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run a writing function of a Session in the database's lane."""
        return await asyncio.wrap_future(self.lanes.submit(work))

    def now(self) -> datetime:
        return self.clock.now()


PARTS = web.AppKey("parts", Parts)
IS_LOCAL = web.AppKey("is_local", bool)
