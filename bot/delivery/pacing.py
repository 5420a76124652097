"""How fast a platform may be written to, and that nobody writes while it asks for a pause."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from bot.core.chat import Chat, FileRef, Incoming, Message, Shown
from bot.core.clock import Clock
from bot.core.errors import SendFailed
from bot.core.platform import Accept, Capabilities, Platform
from bot.delivery.retry import Sleep

T = TypeVar("T")
_HEADROOM = 0.93  # measured: nearer to the limit, platforms ban for seconds (shared/stack.md)
_PATIENCE = 2.0
_MOMENT = 0.001  # clocks and sleeps are no finer
_REMEMBERED = 5000


@dataclass
class _Pace:
    """One platform's: until when it pauses, when the next message may go, and to each chat."""

    apart: float
    apart_in_chat: float
    paused_until: float = 0.0
    next_at: float = 0.0
    chats: dict[str, float] = field(default_factory=dict[str, float])
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Pacer:
    """Makes Deliveries wait for their turn. Answers to people go at once, but are counted."""

    def __init__(self, platforms: Mapping[str, Platform], clock: Clock, sleep: Sleep) -> None:
        self._clock = clock
        self._sleep = sleep
        self._paces = {name: _pace(each.capabilities) for name, each in platforms.items()}

    async def wait(self, chat: Chat) -> None:
        """Wait until one message may go to that chat, and count it.

        Raises SendFailed with `retry_after` when the platform pauses for longer than a moment.
        """
        pace = self._paces[chat.platform]
        while (seconds := self._until_chat(pace, chat)) > _MOMENT:
            await self._sleep(seconds)
        async with pace.turn:
            while (seconds := self._until_platform(pace)) > _MOMENT:
                await self._sleep(seconds)
            self._count(pace, chat)

    async def wait_for_pause(self, platform: str) -> None:
        """Wait out a short pause that the platform asked for; raises SendFailed for a long one."""
        pace = self._paces[platform]
        while (seconds := self._pause_left(pace)) > _MOMENT:
            await self._sleep(seconds)

    def count(self, chat: Chat) -> None:
        """Count a message that went without waiting."""
        self._count(self._paces[chat.platform], chat)

    def pause(self, platform: str, seconds: float) -> None:
        """Write nothing to the platform for so long; a longer pause that is on stays on."""
        pace = self._paces[platform]
        pace.paused_until = max(pace.paused_until, self._clock.monotonic() + seconds)

    def _until_chat(self, pace: _Pace, chat: Chat) -> float:
        return pace.chats.get(chat.id, 0.0) - self._clock.monotonic()

    def _until_platform(self, pace: _Pace) -> float:
        return max(self._pause_left(pace), pace.next_at - self._clock.monotonic())

    def _pause_left(self, pace: _Pace) -> float:
        left = pace.paused_until - self._clock.monotonic()
        if left > _PATIENCE:
            raise SendFailed("the platform pauses", retry_after=left)
        return left

    def _count(self, pace: _Pace, chat: Chat) -> None:
        now = self._clock.monotonic()
        pace.next_at = max(now, pace.next_at) + pace.apart
        if not pace.apart_in_chat:
            return
        if len(pace.chats) > _REMEMBERED:
            pace.chats = {key: at for key, at in pace.chats.items() if at > now}
        pace.chats[chat.id] = now + pace.apart_in_chat


class PacedPlatform:
    """A platform as the dispatcher sees it: its answers count, and wait only for a pause."""

    def __init__(self, platform: Platform, pacer: Pacer) -> None:
        self._platform = platform
        self._pacer = pacer

    @property
    def name(self) -> str:
        return self._platform.name

    @property
    def capabilities(self) -> Capabilities:
        return self._platform.capabilities

    async def run(self, accept: Accept) -> None:
        await self._platform.run(accept)

    async def show(self, incoming: Incoming, messages: Sequence[Message]) -> list[Shown]:
        self._pacer.count(incoming.chat)
        return await self._obeying(lambda: self._platform.show(incoming, messages))

    async def send(self, chat: Chat, message: Message) -> Shown:
        self._pacer.count(chat)
        return await self._obeying(lambda: self._platform.send(chat, message))

    async def edit(self, shown: Shown, message: Message) -> Shown:
        self._pacer.count(shown.chat)
        return await self._obeying(lambda: self._platform.edit(shown, message))

    async def withdraw(self, shown: Shown) -> None:
        await self._obeying(lambda: self._platform.withdraw(shown))

    async def fetch(self, file: FileRef) -> bytes:
        return await self._platform.fetch(file)

    async def _obeying(self, call: Callable[[], Awaitable[T]]) -> T:
        await self._pacer.wait_for_pause(self.name)
        try:
            return await call()
        except SendFailed as failed:
            if failed.retry_after:
                self._pacer.pause(self.name, failed.retry_after)
            raise


def _pace(can: Capabilities) -> _Pace:
    return _Pace(1 / (can.per_second * _HEADROOM), can.seconds_between)
