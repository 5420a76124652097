"""The composition root: the only module that knows every part and puts them together."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import handlers
from bot.core.clock import Clock, SystemClock
from bot.core.platform import Platform
from bot.db import migrate
from bot.db.engine import Database
from bot.db.lanes import Lanes
from bot.db.presence import Presence
from bot.dispatch import Dispatcher, Flood, Sleep
from bot.platforms.web import NotKept, WebPlatform
from bot.services import facts
from bot.settings import Settings
from bot.turns import Turns
from bot.web.parts import Parts, Readiness
from bot.web.server import WebServer
from bot.web.transcript import Transcript
from handlers.texts import words_for
from knowledge.live import LiveKnowledge


@dataclass
class Surroundings:
    """What stands at the edges and is another in tests: clock, sleep, platforms, knowledge."""

    clock: Clock
    platforms: Sequence[Platform] = ()
    sleep: Sleep = asyncio.sleep
    knowledge: LiveKnowledge | None = None


class App:
    """All parts of one process. `start` makes it ready to answer, `close` ends it cleanly."""

    def __init__(
        self,
        settings: Settings,
        around: Surroundings | None = None,
        *,
        database: Database | None = None,
    ) -> None:
        around = around or Surroundings(SystemClock())
        self.settings = settings
        self.clock = around.clock
        self.database = database or Database(settings.url)
        self.lanes = Lanes(self.database)
        self.presence = Presence(self.database)
        self.knowledge = around.knowledge or LiveKnowledge(settings.knowledge)
        self.web = WebPlatform(Transcript(self.lanes, self.clock, full=NotKept))
        reached = (self.web, *around.platforms)
        self.platforms: Mapping[str, Platform] = {each.name: each for each in reached}
        self.server: WebServer | None = None
        self.router = handlers.router()
        self.turns = Turns(self.router, words_for, self.clock, lambda: self.knowledge.current)
        self.dispatcher = Dispatcher(
            self.lanes,
            self.turns,
            self.platforms,
            process=self.presence.name,
            sleep=around.sleep,
            flood=Flood(settings.flood_per_minute),
        )

    async def start(self) -> None:
        """Make ready: the schema, the knowledge, and what a crash has left."""
        await asyncio.to_thread(self.prepare)
        await self.dispatcher.recover(self.presence.living())

    def prepare(self) -> None:
        """The part of `start` that blocks. Raises SettingsFault."""
        self.presence.enter()
        migrate.upgrade(self.database)
        self.knowledge.refresh()
        if isinstance(self.clock, SystemClock):
            with self.database.read() as session:
                self.clock.offset = facts.clock_offset(session)

    async def serve(self) -> WebServer:
        """Open the web server. Raises SettingsFault when its address can't be had."""
        self.server = WebServer(
            Parts(
                self.settings,
                self.lanes,
                self.clock,
                self.web,
                self.dispatcher.answer,
                readiness=Readiness(lambda: self.knowledge.is_ready),
            )
        )
        await self.server.start()
        return self.server

    async def close(self) -> None:
        """Finish what is under way and let go of everything."""
        if self.server is not None:
            await self.server.stop()
        await self.dispatcher.close()
        await asyncio.to_thread(self.lanes.close)
        self.presence.leave()
        self.database.close()
