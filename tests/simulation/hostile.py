"""Platforms that limit, fail, cut off and repeat, and the people in front of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.chat import Chat, FileRef, Incoming, Key, Message, Shown
from bot.core.errors import SendFailed
from bot.core.platform import Accept, Capabilities
from bot.core.text import plain
from tests.simulation.virtual import House, Killed, VirtualClock

_REMEMBERED = 12  # messages of a chat in which somebody may still tap


@dataclass
class Said:
    """One message that reached a chat: unasked (`event` None) or as an answer."""

    at: datetime
    chat: str
    native: str
    text: str
    event: str | None
    is_lost: bool = False  # it arrived, but the house did not learn so
    is_edit: bool = False


@dataclass
class Standing:
    """What stands in a chat now."""

    native: str
    message: Message
    is_unasked: bool


@dataclass
class Street:
    """A platform as it outlives the processes: chats, what was said, what waits to be fetched."""

    name: str
    clock: VirtualClock
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(per_second=30, seconds_between=1.0)
    )
    said: list[Said] = field(default_factory=list[Said])
    chats: dict[str, list[Standing]] = field(default_factory=dict[str, list[Standing]])
    blocked: set[str] = field(default_factory=set[str])
    pending: list[Incoming] = field(default_factory=list[Incoming])
    handed: dict[str, Incoming] = field(default_factory=dict[str, Incoming])
    answered: dict[str, asyncio.Event] = field(default_factory=dict[str, asyncio.Event])
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    away_until: float = 0.0
    number: int = 0

    def bring(self, incoming: Incoming) -> asyncio.Event:
        """Somebody did something; the event is set when an answer came."""
        self.blocked.discard(incoming.chat.id)
        self.handed[incoming.event] = incoming
        self.pending.append(incoming)
        self.bell.set()
        return self.answered.setdefault(incoming.event, asyncio.Event())

    def keys(self, chat: str, *, unasked: bool | None = None) -> list[tuple[Standing, Key]]:
        """The buttons in a chat, the newest message first."""
        return [
            (standing, key)
            for standing in reversed(self.chats.get(chat, []))
            if unasked is None or standing.is_unasked is unasked
            for row in standing.message.keys
            for key in row
            if key.url is None
        ]

    def put(self, chat: Chat, message: Message, event: str | None, tapped: Shown | None) -> Said:
        standings = self.chats.setdefault(chat.id, [])
        at = self.clock.now()
        if message.replaces and tapped:
            for standing in standings:
                if standing.native == tapped.id:
                    standing.message = message
                    edit = Said(at, chat.id, tapped.id, plain(message.text), event, is_edit=True)
                    self.said.append(edit)
                    return edit
        self.number += 1
        native = f"{self.name}{self.number}"
        standings.append(Standing(native, message, event is None))
        del standings[:-_REMEMBERED]
        self.said.append(Said(at, chat.id, native, plain(message.text), event))
        return self.said[-1]


class Door:
    """The platform as one process sees it: a dead one hangs for ever."""

    def __init__(self, street: Street, house: House) -> None:
        self._street = street
        self._house = house
        self.name = street.name
        self.capabilities = street.capabilities

    async def run(self, accept: Accept) -> None:
        street, chance = self._street, self._house.chance
        while True:
            while not street.pending:
                street.bell.clear()
                await street.bell.wait()
            await self._pass(chance.uniform(0.02, 0.3))
            batch = street.pending[: chance.randint(1, 5)]
            try:
                await accept(batch)
            except Exception:  # not acknowledged: it is brought again
                await self._pass(1.0)
                continue
            self._house_lives()
            if self._house.draws(self._house.dangers.twice):
                continue  # our acknowledgement was lost: the same events come again
            done = {each.event for each in batch}
            street.pending[:] = [each for each in street.pending if each.event not in done]

    async def show(self, incoming: Incoming, messages: Sequence[Message]) -> list[Shown]:
        await self._risk(incoming.chat.id)
        street = self._street
        shown: list[Shown] = []
        tapped = incoming.tapped
        lost = self._house.draws(self._house.dangers.cut)
        for message in messages:
            said = street.put(incoming.chat, message, incoming.event, tapped)
            said.is_lost = lost
            shown.append(Shown(incoming.chat, said.native))
        street.answered.setdefault(incoming.event, asyncio.Event()).set()
        await self._end(lost=lost)
        return shown

    async def send(self, chat: Chat, message: Message) -> Shown:
        await self._risk(chat.id)
        said = self._street.put(chat, message, None, None)
        said.is_lost = True  # until the house has learnt of it
        if self._house.draws(self._house.dangers.slow):
            await self._pass(150)
        await self._end(lost=self._house.draws(self._house.dangers.cut))
        said.is_lost = False
        return Shown(chat, said.native)

    async def edit(self, shown: Shown, message: Message) -> Shown:
        await self._risk(shown.chat.id)
        for standing in self._street.chats.get(shown.chat.id, []):
            if standing.native == shown.id:
                standing.message = message
        at = self._street.clock.now()
        said = Said(at, shown.chat.id, shown.id, plain(message.text), None, is_edit=True)
        self._street.said.append(said)
        return shown

    async def amend(self, shown: Shown, message: Message) -> None:
        if all(each.native != shown.id for each in self._street.chats.get(shown.chat.id, [])):
            raise SendFailed("gone", permanent=True)
        await self.edit(shown, message)

    async def withdraw(self, shown: Shown) -> None:
        await self._risk(shown.chat.id)
        chat = self._street.chats.get(shown.chat.id, [])
        chat[:] = [each for each in chat if each.native != shown.id]

    async def fetch(self, file: FileRef) -> bytes:
        del file
        await self._risk("")
        return b""

    async def _risk(self, chat: str) -> None:
        """What may go wrong before anything has reached the chat."""
        house, dangers = self._house, self._house.dangers
        await self._pass(house.chance.uniform(0.02, 0.2))
        await self._die("before a send")
        if chat in self._street.blocked:
            raise SendFailed("blocked", permanent=True)
        if self._street.clock.monotonic() < self._street.away_until:
            raise SendFailed("cut off")
        if house.draws(dangers.limit):
            raise SendFailed("too many", retry_after=house.chance.uniform(0.5, 40))
        if house.draws(dangers.fault):
            raise SendFailed("server error")

    async def _end(self, *, lost: bool) -> None:
        await self._die("after a send")
        if lost:
            raise SendFailed("cut off", in_doubt=True)

    async def _die(self, where: str) -> None:
        try:
            self._house.may_die(where)
        except Killed:
            await _for_ever()

    async def _pass(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._house_lives()

    def _house_lives(self) -> None:
        if self._house.is_dead:
            raise asyncio.CancelledError


async def _for_ever() -> None:
    await asyncio.get_running_loop().create_future()
