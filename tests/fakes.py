"""What stands at the edges in tests: a clock that is set by hand, a platform that remembers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.core.chat import Chat, FileRef, Incoming, Key, Message, Place, Shown
from bot.core.clock import SystemClock
from bot.core.errors import SendFailed
from bot.core.platform import Accept, Capabilities
from bot.core.text import plain, scrub

MONDAY_NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # 12:00 in China


class FakeClock:
    """Business, wall and elapsed time that only move by hand."""

    def __init__(self, at: datetime = MONDAY_NOON) -> None:
        self.at = at
        self.elapsed = 1000.0

    def now(self) -> datetime:
        return self.at

    def wall(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.elapsed

    def forward(self, **by: float) -> None:
        """Move on, by the words of timedelta: `minutes=20`."""
        step = timedelta(**by)
        self.at += step
        self.elapsed += step.total_seconds()


class StillClock(SystemClock):
    """The machine's clock, held at one instant, for a house with real sockets and real sleeps.

    So that no test depends on the day, the hour or how long it takes; a demo may move it forward.
    """

    def wall(self) -> datetime:
        return MONDAY_NOON


@dataclass
class Standing:
    """A message as it stands in a chat."""

    id: str
    chat: Chat
    message: Message

    @property
    def text(self) -> str:
        return plain(self.message.text)

    @property
    def labels(self) -> list[str]:
        return [key.label for row in self.message.keys for key in row]

    @property
    def toast(self) -> str | None:
        return self.message.toast

    def key(self, label: str) -> Key:
        """The button whose label is, or begins with, `label`."""
        keys = [key for row in self.message.keys for key in row]
        found = [key for key in keys if key.label == label] or [
            key for key in keys if key.label.startswith(label)
        ]
        assert found, f"no button {label!r} among {[key.label for key in keys]}"
        return found[0]


@dataclass
class FakePlatform:
    """A platform like any other, whose chats can be read back."""

    name: str = "fake"
    capabilities: Capabilities = field(default_factory=Capabilities)
    chats: dict[str, list[Standing]] = field(default_factory=dict)
    failures: list[SendFailed] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    acknowledged: list[str] = field(default_factory=list)
    calls: int = 0

    async def run(self, accept: Accept) -> None:
        del accept
        await asyncio.Event().wait()

    async def show(self, incoming: Incoming, messages: Sequence[Message]) -> list[Shown]:
        self._fail()
        self.acknowledged.append(incoming.event)
        return [self._put(incoming.chat, message, incoming.tapped) for message in messages]

    async def send(self, chat: Chat, message: Message) -> Shown:
        self._fail()
        return self._put(chat, message, None)

    async def edit(self, shown: Shown, message: Message) -> Shown:
        self._fail()
        for standing in self.chats[shown.chat.id]:
            if standing.id == shown.id:
                standing.message = message
        return shown

    async def amend(self, shown: Shown, message: Message) -> None:
        self._fail()
        if all(standing.id != shown.id for standing in self.chats.get(shown.chat.id, [])):
            raise SendFailed("gone", permanent=True)
        await self.edit(shown, message)

    async def withdraw(self, shown: Shown) -> None:
        self._fail()
        chat = self.chats[shown.chat.id]
        chat[:] = [standing for standing in chat if standing.id != shown.id]

    async def fetch(self, file: FileRef) -> bytes:
        self._fail()
        return self.files[file.id]

    def _fail(self) -> None:
        if self.failures:
            raise self.failures.pop(0)

    def _put(self, chat: Chat, message: Message, tapped: Shown | None) -> Shown:
        standings = self.chats.setdefault(chat.id, [])
        if message.replaces and tapped:
            for standing in standings:
                if standing.id == tapped.id:
                    standing.message = message
                    return tapped
        self.calls += 1
        standings.append(Standing(f"n{self.calls}", chat, message))
        return Shown(chat, f"n{self.calls}")


@dataclass
class Person:
    """Somebody in front of a chat. `say` and `tap` give what came back, the last message."""

    house: House
    sender: str
    chat: Chat
    name: str = ""

    async def say(self, text: str, *, quoted: str | None = None) -> Standing:
        return await self.do(text=scrub(text), quoted=quoted)

    async def tap(self, label: str, *, on: Standing | None = None) -> Standing:
        """Press the button of the last message that has it (or of `on`)."""
        standing = on or next(
            s for s in reversed(self.screen) if any(each.startswith(label) for each in s.labels)
        )
        return await self.do(
            tap=standing.key(label).token, tapped=Shown(self.chat, standing.id), ack="a"
        )

    async def send_file(self, name: str, content: bytes) -> Standing:
        self.house.platform.files[name] = content
        return await self.do(file=FileRef(name, name, size=len(content)))

    async def send_place(self, latitude: float, longitude: float) -> Standing:
        return await self.do(place=Place(latitude, longitude))

    async def open(self, payload: str) -> Standing:
        return await self.do(open=payload)

    async def do(self, **what: object) -> Standing:
        incoming = self.incoming(**what)
        await self.house.accept([incoming])
        tapped = incoming.tapped
        last = self.screen[-1]
        if tapped:
            standing = next((s for s in self.screen if s.id == tapped.id), None)
            if standing and standing.message.replaces:
                return standing
        return last

    def incoming(self, **what: object) -> Incoming:
        """An Incoming of this person with an event id of its own."""
        self.house.events += 1
        parts: dict[str, object] = {
            "platform": self.chat.platform,
            "event": f"e{self.house.events}",
            "chat": self.chat,
            "sender": self.sender,
            "sender_name": self.name,
        }
        return Incoming(**{**parts, **what})  # type: ignore[arg-type]

    @property
    def screen(self) -> list[Standing]:
        """All that stands in the chat, oldest first."""
        return self.house.platform.chats.setdefault(self.chat.id, [])


class House:
    """The real dispatcher, handlers, services and database, with a fake platform before them."""

    def __init__(self, app: object, platform: FakePlatform) -> None:
        self.app = app
        self.platform = platform
        self.events = 0

    async def accept(self, incomings: Sequence[Incoming]) -> None:
        await self.app.dispatcher.accept(incomings)  # type: ignore[attr-defined]
        await self.app.dispatcher.idle()  # type: ignore[attr-defined]

    async def deliver(self) -> int:
        """Send what is due and nobody waits for; says how many messages went out."""
        return await self.app.worker.drain()  # type: ignore[attr-defined]

    def person(self, sender: str, name: str = "") -> Person:
        """Somebody in their private chat."""
        return Person(self, sender, Chat(self.platform.name, sender), name)

    def in_group(self, sender: str, group: str = "-100", topic: str | None = None) -> Person:
        return Person(self, sender, Chat(self.platform.name, group, "group", topic))
