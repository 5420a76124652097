"""What there is during a life: the clock, the town, the streets, and the process that lives."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from bot.app import App
from bot.core.chat import Chat, Incoming, Key, Shown
from bot.core.wording import says_received
from tests.simulation.hostile import Standing, Street
from tests.simulation.town import Citizen, Town
from tests.simulation.virtual import House, VirtualClock

T = TypeVar("T")
KEEP_DAYS = 365
_PATIENCE = 900.0
_READING = 3.0  # an answer may be several messages


@dataclass
class World:
    """What there is: the clock, the town, the streets, and the process that lives at the moment."""

    clock: VirtualClock
    town: Town
    streets: dict[str, Street]
    app: App | None = None
    house: House | None = None
    events: int = 0
    posts: list[tuple[str, str, list[str]]] = field(
        default_factory=list[tuple[str, str, list[str]]]
    )
    taps: list[tuple[datetime, int, str]] = field(default_factory=list[tuple[datetime, int, str]])
    received: list[tuple[datetime, int]] = field(default_factory=list[tuple[datetime, int]])
    brought: dict[str, datetime] = field(default_factory=dict[str, datetime])
    faults: list[str] = field(default_factory=list[str])
    diary: list[tuple[datetime, str]] = field(default_factory=list[tuple[datetime, str]])
    whole: set[str] = field(default_factory=set[str])
    closed: dict[tuple[str, str], datetime] = field(default_factory=dict[tuple[str, str], datetime])

    def note(self, what: str) -> None:
        """For whoever reads the story of a life that failed."""
        self.diary.append((self.clock.now(), what))

    async def say(self, who: Citizen, text: str) -> None:
        self.note(f"{who.name} writes {text!r}")
        if says_received(text):
            self.received.append((self.clock.now(), who.id))
        await self._do(who, text=text)

    async def tap(self, who: Citizen, standing: Standing, key: Key) -> None:
        self.note(f"{who.name} taps [{key.label}] under {standing.message.text[:30]!r}")
        self.taps.append((self.clock.now(), who.id, key.label))
        shown = Shown(Chat(who.platform, who.sender), standing.native)
        await self._do(who, tap=key.token, tapped=shown, ack="a")

    def keys(self, who: Citizen, *, unasked: bool | None = None) -> list[tuple[Standing, Key]]:
        return self.streets[who.platform].keys(who.sender, unasked=unasked)

    async def press(self, who: Citizen, *labels: str) -> bool:
        """Tap the newest button that begins with one of the labels, if there is one."""
        for standing, key in self.keys(who):
            if key.label.startswith(labels):
                await self.tap(who, standing, key)
                return True
        return False

    async def press_newest(self, who: Citizen, chance: random.Random) -> None:
        """Tap any button of the newest message that has some."""
        keys = self.keys(who)
        newest = [each for each in keys if each[0] is keys[0][0]]
        if newest:
            await self.tap(who, *chance.choice(newest))

    async def work(self, work: Callable[[Session], T]) -> T:
        """A transaction of the living process, tried until one has carried it out."""
        while True:
            app = self.app
            if app is not None:
                future = asyncio.wrap_future(app.lanes.submit(work))
                try:
                    return await asyncio.wait_for(future, 30)
                except Exception:  # the database's troubles, or the process is gone: once more
                    future.cancel()
            await asyncio.sleep(5)

    async def _do(self, who: Citizen, **what: Any) -> None:
        self.events += 1
        chat = Chat(who.platform, who.sender)
        event = f"e{self.events}"
        self.brought[event] = self.clock.now()
        incoming = Incoming(who.platform, event, chat, who.sender, who.name, **what)
        answered = self.streets[who.platform].bring(incoming)
        try:
            await asyncio.wait_for(answered.wait(), _PATIENCE)
            await asyncio.sleep(_READING)
        except TimeoutError:
            return
