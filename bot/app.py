"""The composition root: the only module that knows every part and puts them together."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, cast

import structlog
from sqlalchemy.orm import Session

import handlers
from bot import memory
from bot.additions import AddedInChat
from bot.core.clock import SystemClock
from bot.core.errors import SettingsFault
from bot.core.platform import Platform
from bot.db import migrate
from bot.db.engine import Database
from bot.db.presence import Presence
from bot.delivery.bulletins import Bulletins
from bot.delivery.paced import PacedPlatform
from bot.delivery.pacing import Pacer
from bot.delivery.retry import Retry
from bot.delivery.watch import Watch
from bot.delivery.worker import Worker
from bot.dispatch import Dispatcher, Flood
from bot.intake import Intake
from bot.menus import Menus
from bot.platforms.web import NotKept, WebPlatform
from bot.scheduling.chores import Chores
from bot.scheduling.reminding import Reminding
from bot.scheduling.scheduler import Chore
from bot.services import demo, facts, mailings, privacy, retention, semesters
from bot.settings import Settings
from bot.surroundings import Surroundings, platforms_of
from bot.turns import Turns
from bot.web.parts import Parts, Readiness
from bot.web.server import WebServer
from bot.web.transcript import Transcript
from handlers import (
    cadence,
    meetings_letters,
    notices_after,
    notices_letters,
    outages,
    reminders,
    rolls,
    terms,
    unreached,
)
from handlers.roster import advance
from handlers.texts import words_for
from knowledge.live import LiveKnowledge
from knowledge.semantic import installed
from knowledge.thresholds import Kept

if TYPE_CHECKING:
    from bot.platforms.telegram import TelegramPlatform

log = structlog.get_logger("muduo.app")
# What a moved clock may have made due, besides reminders.
_DUE = (meetings_letters.remind, rolls.advance, notices_letters.advance, mailings.advance)


class App:
    """All parts of one process. `start` makes it ready to answer, `close` ends it cleanly."""

    def __init__(
        self,
        settings: Settings,
        around: Surroundings | None = None,
        *,
        database: Database | None = None,
    ) -> None:
        around = around or Surroundings(SystemClock(), platforms_of(settings))
        self.settings = settings
        self._sleep = around.sleep
        self.clock = around.clock
        self.database = database or Database(settings.url)
        self.lanes = around.lanes(self.database)
        self.presence = Presence(self.database)
        self.knowledge = around.knowledge or LiveKnowledge(
            settings.knowledge,
            Kept(settings.data, installed() if settings.semantic else None),
            AddedInChat(self.database),
        )
        self.web = WebPlatform(Transcript(self.lanes, self.clock, full=NotKept))
        reached = (self.web, *around.platforms)
        self.platforms: Mapping[str, Platform] = {each.name: each for each in reached}
        self.telegram = cast("TelegramPlatform | None", self.platforms.get("telegram"))
        self.server: WebServer | None = None
        self.router = handlers.router()
        self.turns = Turns(
            self.router,
            words_for,
            self.clock,
            lambda: self.knowledge.current,
            Intake(self.lanes, self.clock).prepare,
        )
        self.pacer = Pacer(self.platforms, self.clock, around.sleep)
        self.dispatcher = Dispatcher(
            self.lanes,
            self.turns,
            {name: PacedPlatform(each, self.pacer) for name, each in self.platforms.items()},
            process=self.presence.name,
            sleep=around.sleep,
            flood=Flood(settings.flood_per_minute),
        )
        self.worker = Worker(
            self.lanes,
            self.platforms,
            self.pacer,
            clock=self.clock,
            presence=self.presence,
            retry=Retry(chance=around.chance, sleep=around.sleep),
        )
        self.menus = (
            Menus(self.telegram, self.lanes, self.router, self.clock) if self.telegram else None
        )
        self.chores = Chores(self.lanes, self.clock, self.knowledge, words_for)
        reminding = reminders.compose, reminders.tell_missed
        self.reminding = Reminding(self.lanes, self.clock, self.knowledge, reminding)
        words = (
            notices_after.describe,
            notices_letters.apologise,
            meetings_letters.outdated,
        )
        self.bulletins = Bulletins(self.lanes, self.platforms, self.pacer, self.clock, words)
        self.watch = Watch(self.lanes, self.pacer, self.clock, outages.note)
        self.scheduler = around.scheduler(self._chores())

    async def start(self) -> None:
        """Make ready: the schema, the knowledge, and what a crash has left."""
        await asyncio.to_thread(self.prepare)
        loop = asyncio.get_running_loop()
        self.lanes.listen(lambda _: loop.call_soon_threadsafe(self.worker.wake))
        await self.chores.take_over(self.presence, self.dispatcher, self.worker)

    def prepare(self) -> None:
        """The part of `start` that blocks. Raises SettingsFault."""
        self.presence.enter()
        migrate.upgrade(self.database)
        self.knowledge.refresh()
        if not self.knowledge.is_ready:
            first = self.knowledge.faults[0] if self.knowledge.faults else "没有内容"
            raise SettingsFault(f"知识库读不了：{first}。运行 python -m bot check 看全部问题。")
        with self.database.begin() as session:
            facts.put(session, privacy.KEEP_DAYS, str(self.settings.keep_days))
            facts.put(session, semesters.TERMS, self.settings.terms or "")
            if self.settings.database_url is None:
                demo.seed_if_new(session, at=self.clock.now())
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
                wake=self.wake,
                receive=self.telegram.receive if self.telegram else None,
                deep_link=self._deep_link,
                source_title=self._source_title,
                readiness=Readiness(
                    lambda: self.knowledge.is_ready,
                    polled_at=lambda: self.telegram.last_poll_at() if self.telegram else None,
                    polls=self.telegram is not None and self.telegram.is_polling,
                ),
            )
        )
        await self.server.start()
        origin = self.server.origin
        keep = self.lanes.submit(lambda session: facts.put(session, facts.ORIGIN, origin))
        await asyncio.wrap_future(keep)
        return self.server

    def _deep_link(self, payload: str) -> str | None:
        if self.telegram is not None:
            return self.telegram.deep_link(payload)
        return f"{self.server.address}?start={payload}" if self.server else None

    def _source_title(self, source_id: str) -> str:
        source = self.knowledge.current.library.sources.get(source_id)
        return source.title if source else source_id

    async def work(self) -> None:
        """Serve people on all platforms until cancelled. Raises SettingsFault."""
        self.scheduler.start()
        sending = asyncio.create_task(self.worker.run())
        try:
            async with asyncio.TaskGroup() as together:
                for platform in self.platforms.values():
                    together.create_task(self._receive(platform))
        except* SettingsFault as faults:
            raise faults.exceptions[0] from None
        finally:
            self.scheduler.stop()
            await self.worker.close()
            await sending

    async def wake(self) -> None:
        """Since the clock was moved: send what is due, waiting for it a few seconds, and forget."""
        await self.reminding.remind()
        for step in _DUE:
            await self.chores.carry_on(step)
        self.worker.wake()
        under_way = self.worker.drain(), self.dispatcher.idle()
        await asyncio.wait({asyncio.create_task(each) for each in under_way}, timeout=5)
        await self.chores.carry_on(self._expire)

    async def _receive(self, platform: Platform) -> None:
        """Receive from a platform; what breaks down is started again."""
        while True:
            try:
                await platform.run(self.dispatcher.accept)
            except SettingsFault:
                raise
            except Exception:  # a fault of one adapter must not end the others
                log.exception("receiving failed", platform=platform.name)
            await self._sleep(5)

    def _expire(self, session: Session, *, at: datetime) -> bool:
        return retention.expire(session, keep_days=self.settings.keep_days, at=at)

    def _chores(self) -> list[Chore]:
        async def sweep() -> None:
            self.worker.wake()

        async def take_over() -> None:
            await self.chores.take_over(self.presence, self.dispatcher, self.worker)

        async def remind() -> None:
            await self.reminding.arrange(self.scheduler.wake_by)
            await self.reminding.remind()

        async def check_reminders() -> None:
            await self.reminding.check(self.chores)

        async def back_up() -> None:
            folder = self.settings.data / "backups"
            await self.chores.back_up(self.presence, folder, keep=self.settings.backups)

        menus = [Chore("menus", 30, self.menus.publish)] if self.menus else []
        return [
            *menus,
            Chore("memory", 60, lambda: asyncio.to_thread(memory.give_back)),
            Chore("deliveries", 2, sweep),
            Chore("backup", 60, back_up),
            Chore("take over", 5, take_over),
            Chore("knowledge", 0.5, self.chores.refresh_knowledge),
            Chore("calendar", 3600, self.chores.check_calendar),
            Chore("reminders", 30, remind, is_at_once=True),
            Chore("reminder files", 600, check_reminders),
            Chore("imports", 2, lambda: self.chores.carry_on(advance)),
            Chore("notices", 2, lambda: self.chores.carry_on(notices_letters.advance)),
            Chore("progress", 3, self.bulletins.refresh),
            Chore("outages", 5, self.watch.look),
            Chore("recalls", 2, self.bulletins.recall),
            Chore("superseded", 2, self.bulletins.outdate),
            Chore("mailings", 2, lambda: self.chores.carry_on(mailings.advance)),
            Chore("rolls", 20, lambda: self.chores.carry_on(rolls.advance)),
            Chore("cadence", 60, lambda: self.chores.carry_on(cadence.advance)),
            Chore("terms", 300, lambda: self.chores.carry_on(terms.advance)),
            Chore("unreached", 3600, lambda: self.chores.carry_on(unreached.advance)),
            Chore("meetings", 30, lambda: self.chores.carry_on(meetings_letters.remind)),
            Chore("retention", 600, lambda: self.chores.carry_on(self._expire)),
        ]

    async def close(self) -> None:
        """Finish what is under way and let go of everything."""
        if self.server is not None:
            await self.server.stop()
        await self.worker.close()
        await self.dispatcher.close()
        if self.telegram is not None:
            await self.telegram.close()
        await asyncio.to_thread(self.lanes.close)
        self.presence.leave()
        self.database.close()
