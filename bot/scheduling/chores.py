"""What the house does by itself: sweeps, fresh knowledge, and words to the administrators."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import structlog
from sqlalchemy.orm import Session

from bot import memory, meters
from bot.core.clock import Clock, local_day
from bot.core.errors import Refused
from bot.db.engine import may_be_repeated
from bot.db.lanes import Lane, Lanes
from bot.services import backups, calendar, doubts, troubles
from knowledge.live import LiveKnowledge

T = TypeVar("T")
log = structlog.get_logger("muduo.scheduling")
_FAULTS_TOLD = 5
_AN_HOUR = 3600.0


class Presence(Protocol):
    """Which processes live; both functions may block."""

    @property
    def name(self) -> str: ...

    def renew(self) -> None: ...

    def living(self) -> set[str] | None: ...


class TakesOver(Protocol):
    """What has work that a dead process may have left: the dispatcher."""

    async def recover(self, living: set[str] | None) -> int: ...


class Sends(Protocol):
    """The delivery worker."""

    def wake(self) -> None: ...

    async def release(self, living: set[str] | None) -> int: ...


class Chores:
    """Each method is one chore, done now and then by the Scheduler."""

    def __init__(
        self, lanes: Lanes, clock: Clock, knowledge: LiveKnowledge, words: Callable[[Refused], str]
    ) -> None:
        self._lanes = lanes
        self._clock = clock
        self._knowledge = knowledge
        self._words = words
        self._faults_told: list[str] = []
        self._no_backup_before = 0.0
        self._has_doubts = True  # perhaps, from before

    async def take_over(self, presence: Presence, dispatcher: TakesOver, worker: Sends) -> None:
        """Finish what processes that are gone have left, and what this one has lost sight of."""
        await asyncio.to_thread(presence.renew)
        living = await asyncio.to_thread(presence.living)
        if count := await dispatcher.recover(living):
            log.info("events taken over", count=count)
        if await worker.release(living) or self._has_doubts:
            self._has_doubts = await self._run(self._tell_of_doubts)

    async def refresh_knowledge(self) -> None:
        """Take in changed files; each distinct set of faults is told once, and its end."""
        before = self._knowledge.current.library if self._knowledge.is_ready else None
        await asyncio.to_thread(self._knowledge.refresh)
        if self._knowledge.is_ready:
            library = self._knowledge.current.library
            meters.KNOWLEDGE.set(len(library.entries))
            if before is not None and library is not before:
                del before
                await asyncio.to_thread(memory.settle)
        faults = [str(fault) for fault in self._knowledge.faults]
        if faults and faults != self._faults_told:
            await self.tell("knowledge_faulty", _digest(faults), faults=_listed(faults))
        elif self._faults_told and not faults:
            await self.tell("knowledge_mended", _digest(self._faults_told))
        self._faults_told = faults

    async def check_calendar(self) -> None:
        """Say when this year's days off are not known."""
        year = local_day(self._clock.now()).year
        if not calendar.is_published(year):
            await self.tell("days_off_unknown", str(year), year=year)

    async def back_up(self, presence: Presence, folder: Path, *, keep: int) -> None:
        """The backup of the night, when nobody has made it; a failure is tried again in an hour."""
        at, mine = self._clock.wall(), presence.name
        if self._clock.monotonic() < self._no_backup_before:
            return
        living = await asyncio.to_thread(presence.living)
        if not await self._run(
            lambda session: backups.take_night(session, mine=mine, living=living, at=at)
        ):
            return
        database = self._lanes.database
        failure: Exception | None = None
        try:
            await asyncio.to_thread(backups.make_nightly, database, folder, keep=keep, at=at)
        except Exception as error:  # whatever it is, the administrators are told
            log.exception("backup failed")
            failure = error
            self._no_backup_before = self._clock.monotonic() + _AN_HOUR
        await self._run(
            lambda session: backups.end_night(session, mine=mine, is_made=failure is None, at=at)
        )
        if failure is not None:
            reason = getattr(failure, "strerror", None) or type(failure).__name__
            await self.tell("backup_failed", self._today(), reason=reason)

    async def carry_on(self, step: Callable[..., bool]) -> None:
        """Go on with long work, one short transaction after another, behind everything else."""

        def once(session: Session) -> bool:
            may_be_repeated(session)
            return step(session, at=self._clock.now())

        while await asyncio.wrap_future(self._lanes.submit(once, Lane.BULK)):
            pass

    async def tell(self, code: str, occasion: str, **details: object) -> None:
        """Tell the administrators, once for each occasion; of files only those at the top."""
        text = self._words(Refused(code, **details))
        at, only_top = self._clock.now(), code.startswith(("knowledge_", "reminders_"))
        await self._run(
            lambda session: troubles.tell(
                session, text, occasion=f"{code}:{occasion}", at=at, only_top=only_top
            )
        )

    def _today(self) -> str:
        return local_day(self._clock.now()).isoformat()

    def _tell_of_doubts(self, session: Session) -> bool:
        """One line a day; whether more are to be told another day."""
        at = self._clock.now()
        count, has_more = doubts.to_tell(session, at=at)
        if count:
            text = self._words(Refused("deliveries_in_doubt", count=count))
            occasion = f"deliveries_in_doubt:{self._today()}"
            troubles.tell(session, text, occasion=occasion, at=at)
        return has_more

    async def _run(self, work: Callable[[Session], T]) -> T:
        return await asyncio.wrap_future(self._lanes.submit(work, Lane.BACKGROUND))


def _digest(faults: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(faults).encode()).hexdigest()[:16]


def _listed(faults: Sequence[str]) -> str:
    rest = len(faults) - _FAULTS_TOLD
    return "\n".join([*faults[:_FAULTS_TOLD], *([f"（还有 {rest} 处）"] if rest > 0 else [])])
