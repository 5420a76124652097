"""Wakes for reminders: APScheduler at the next due time, the rows decide what goes out."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol, TypeVar

from apscheduler.triggers.base import BaseTrigger
from sqlalchemy.orm import Session

from bot.core.clock import Clock, local_day
from bot.db.lanes import Lane, Lanes
from bot.scheduling.triggers import RuleTrigger
from bot.services import firings, reminders, semesters
from bot.services.calendar import Term
from bot.services.reminders import Compose
from knowledge.library import Library
from knowledge.live import LiveKnowledge

T = TypeVar("T")
# Tells the administrators, once, what was missed.
Tell = Callable[[Session, Library, datetime], object]
NAME = "reminders due"
_FAULTS_TOLD = 5


class Tells(Protocol):
    """What speaks to the administrators, once for each occasion: the Chores."""

    async def tell(self, code: str, occasion: str, **details: object) -> None: ...


class Reminding:
    """One job of APScheduler stands at the next time at which any rule or plan falls due.

    `wake_by` arranges it anew under its name; it follows the files and the terms.
    """

    def __init__(
        self, lanes: Lanes, clock: Clock, knowledge: LiveKnowledge, words: tuple[Compose, Tell]
    ) -> None:
        self._lanes = lanes
        self._clock = clock
        self._knowledge = knowledge
        self._compose, self._tell = words
        self._arranged: tuple[str, tuple[Term, ...]] | None = None

    async def remind(self) -> None:
        """Do what is due, one short transaction after another, behind everything else."""
        while await self._run(self._step, Lane.BULK):
            pass
        await self._run(self._tell_of_missed, Lane.BULK)

    async def arrange(
        self, wake_by: Callable[[str, BaseTrigger, Callable[[], Awaitable[object]]], None]
    ) -> None:
        """See that the next wake is that of the rules as they are now."""
        terms = await self._run(self._terms, Lane.BACKGROUND)
        book = self._knowledge.current.library.rulebook
        if (book.version, terms) != self._arranged:
            trigger = RuleTrigger(firings.Coming(book, terms), self._clock)
            # Reading the lunar calendar takes a quarter of a second the first time: the loop,
            # which sends and answers, must not stand still for it.
            await asyncio.to_thread(trigger.get_next_fire_time, None, self._clock.wall())
            wake_by(NAME, trigger, self.remind)
            self._arranged = (book.version, terms)

    async def check(self, telling: Tells) -> None:
        """Tell of units that nobody knows, of rules to nobody, and of terms that are not set."""
        book = self._knowledge.current.library.rulebook
        now = self._clock.now()
        found = await self._run(lambda s: reminders.faults(s, book, at=now), Lane.BACKGROUND)
        if found:
            said = [str(fault) for fault in found]
            shown = said[:_FAULTS_TOLD]
            if len(said) > len(shown):
                shown.append(f"（还有 {len(said) - len(shown)} 处）")
            digest = hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]
            await telling.tell("reminders_faulty", digest, faults="\n".join(shown))
        terms = await self._run(self._terms, Lane.BACKGROUND)
        if reminders.needs_terms(book, terms, at=now):
            year = local_day(now).year
            example = f"{year}-09-01/{year + 1}-01-22"
            await telling.tell("reminders_termless", str(year), example=example)

    def _step(self, session: Session) -> bool:
        library = self._knowledge.current.library
        return reminders.step(session, library, self._compose, at=self._clock.now())

    def _tell_of_missed(self, session: Session) -> None:
        self._tell(session, self._knowledge.current.library, self._clock.now())

    def _terms(self, session: Session) -> tuple[Term, ...]:
        return semesters.known(session, at=self._clock.now())

    async def _run(self, work: Callable[[Session], T], lane: Lane) -> T:
        return await asyncio.wrap_future(self._lanes.submit(work, lane))
