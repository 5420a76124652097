"""The web chat: what is shown is kept in a transcript, and whoever looks on is woken."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

from bot.core.chat import Chat, FileRef, Incoming, Message, Shown
from bot.core.errors import SendFailed
from bot.core.platform import Accept, Capabilities, degrade

NAME = "web"
_REMEMBERED = 200


class NotKept(Exception):  # noqa: N818
    """The transcript takes nothing more (the disk is full)."""


class Store(Protocol):
    """Where the transcript is kept. Methods raise NotKept, or SendFailed when it is away."""

    async def append(self, chat: str, message: Message, event: str | None) -> int: ...

    async def replace(self, chat: str, line: int, message: Message, event: str | None) -> int: ...

    async def amend(self, chat: str, line: int, message: Message) -> bool: ...

    async def withdraw(self, chat: str, line: int) -> None: ...

    async def fetch(self, file_id: int) -> bytes | None: ...


class WebPlatform:
    """A platform whose events come through the playground's API instead of `run`."""

    name = NAME
    capabilities = Capabilities(text=20_000, label=200, buttons=200)

    def __init__(self, store: Store) -> None:
        self._store = store
        self._listeners: dict[str | None, set[asyncio.Event]] = {}
        # One writer, so that nobody reads version 8 before 7 is there.
        self._writing = asyncio.Lock()
        self._unkept: OrderedDict[str, list[Message]] = OrderedDict()

    async def run(self, accept: Accept) -> None:
        """Wait until cancelled: events come by the API."""
        del accept
        await asyncio.Event().wait()

    async def show(self, incoming: Incoming, messages: Sequence[Message]) -> list[Shown]:
        standing: list[Shown] = []
        for message in messages:
            tapped = incoming.tapped if message.replaces and not standing else None
            for part in degrade(message, self.capabilities):
                standing.append(await self._put(incoming.chat, part, tapped, incoming.event))
                tapped = None
        return standing

    async def send(self, chat: Chat, message: Message) -> Shown:
        parts = degrade(message, self.capabilities)
        return [await self._put(chat, part, None, None) for part in parts][-1]

    async def edit(self, shown: Shown, message: Message) -> Shown:
        return await self._put(shown.chat, message, shown, None)

    async def amend(self, shown: Shown, message: Message) -> None:
        """Change a line that stands; one that is gone is a permanent SendFailed."""
        try:
            async with self._writing:
                stands = await self._store.amend(shown.chat.id, int(shown.id), message)
        except NotKept:
            raise SendFailed("nothing can be written", retry_after=5) from None
        if not stands:
            raise SendFailed("gone", permanent=True)
        self.ring(shown.chat.id)

    async def withdraw(self, shown: Shown) -> None:
        async with self._writing:
            await self._store.withdraw(shown.chat.id, int(shown.id))
        self.ring(shown.chat.id)

    async def fetch(self, file: FileRef) -> bytes:
        content = await self._store.fetch(int(file.id))
        if content is None:
            raise SendFailed("the file has expired", permanent=True)
        return content

    @contextmanager
    def listen(self, chats: Sequence[str] | None) -> Generator[asyncio.Event]:
        """A bell that rings when something new stands in one of the chats (None: in any)."""
        bell = asyncio.Event()
        keys: Sequence[str | None] = chats if chats is not None else [None]
        for key in keys:
            self._listeners.setdefault(key, set()).add(bell)
        try:
            yield bell
        finally:
            for key in keys:
                self._listeners[key].discard(bell)

    def ring(self, chat: str) -> None:
        """Wake whoever looks at this chat."""
        for key in (chat, None):
            for bell in self._listeners.get(key, ()):
                bell.set()

    def unkept(self, event: str) -> list[Message]:
        """What answered an event while nothing could be written."""
        return self._unkept.get(event, [])

    async def _put(
        self, chat: Chat, message: Message, over: Shown | None, event: str | None
    ) -> Shown:
        says_something = bool(message.text or message.keys or message.file or message.file_id)
        try:
            async with self._writing:
                if over is not None and over.id.isdecimal() and says_something:
                    line = await self._store.replace(chat.id, int(over.id), message, event)
                else:
                    alone = replace(message, replaces=False)
                    line = await self._store.append(chat.id, alone, event)
        except NotKept:
            line = 0
            self._remember(event, message)
        self.ring(chat.id)
        return Shown(chat, str(line))

    def _remember(self, event: str | None, message: Message) -> None:
        if event is None:
            raise SendFailed("nothing can be written", retry_after=5)
        self._unkept.setdefault(event, []).append(message)
        while len(self._unkept) > _REMEMBERED:
            self._unkept.popitem(last=False)
