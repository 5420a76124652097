"""A platform as those see it who answer: its limits are kept for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from bot.core.chat import Chat, FileRef, Incoming, Message, Shown
from bot.core.errors import SendFailed
from bot.core.platform import Accept, Capabilities, Platform
from bot.delivery.pacing import Pacer

T = TypeVar("T")


class PacedPlatform:
    """A platform as the dispatcher sees it: its answers count, and hardly ever wait."""

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
        return await self._paced(incoming.chat, lambda: self._platform.show(incoming, messages))

    async def send(self, chat: Chat, message: Message) -> Shown:
        return await self._paced(chat, lambda: self._platform.send(chat, message))

    async def edit(self, shown: Shown, message: Message) -> Shown:
        return await self._paced(shown.chat, lambda: self._platform.edit(shown, message))

    async def amend(self, shown: Shown, message: Message) -> None:
        await self._pacer.wait_for_pause(self.name)
        await self._obeying(lambda: self._platform.amend(shown, message))

    async def withdraw(self, shown: Shown) -> None:
        await self._pacer.wait_for_pause(self.name)
        await self._obeying(lambda: self._platform.withdraw(shown))

    async def fetch(self, file: FileRef) -> bytes:
        return await self._platform.fetch(file)

    async def _paced(self, chat: Chat, call: Callable[[], Awaitable[T]]) -> T:
        await self._pacer.wait_to_answer(chat)
        return await self._obeying(call)

    async def _obeying(self, call: Callable[[], Awaitable[T]]) -> T:
        try:
            done = await call()
        except SendFailed as failed:
            if failed.retry_after:
                self._pacer.pause(self.name, failed.retry_after)
            if failed.is_away:
                self._pacer.unheard(self.name)
            raise
        self._pacer.heard(self.name)
        return done
