"""APScheduler's life: it only wakes the chores, which look at rows for what is due."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from bot.core.clock import SHANGHAI, SystemClock

log = structlog.get_logger("muduo.scheduling")


@dataclass(frozen=True)
class Chore:
    """Something that is done every few seconds, never twice at the same time.

    `is_at_once`: for the first time as soon as we start, for what may be late already.
    """

    name: str
    every: float
    work: Callable[[], Awaitable[object]]
    is_at_once: bool = False


class Scheduler:
    """Runs chores until it is stopped. A chore that fails is done again at its next time."""

    def __init__(self, chores: Sequence[Chore]) -> None:
        self._chores = chores
        self._failing: set[str] = set()
        self._ticks = AsyncIOScheduler(timezone=SHANGHAI)

    def start(self) -> None:
        """Begin; needs the running loop."""
        # It warns of every tick that comes while the one before is still at work, and shows a
        # traceback for each that stopping cuts off; failures are logged in _do.
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
        now = SystemClock().wall()
        for chore in self._chores:
            first: dict[str, Any] = {"next_run_time": now} if chore.is_at_once else {}
            self._ticks.add_job(
                self._do,
                "interval",
                (chore,),
                seconds=chore.every,
                id=chore.name,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
                **first,
            )
        self._ticks.start()

    def wake_by(
        self, name: str, trigger: BaseTrigger, work: Callable[[], Awaitable[object]]
    ) -> None:
        """Do some work whenever a trigger fires; in place of what had that name before.

        Times that passed meanwhile are one wake, however late.
        """
        self._ticks.add_job(
            self._do,
            trigger,
            (Chore(name, 0, work),),
            id=name,
            replace_existing=True,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )

    def stop(self) -> None:
        """No chore begins any more; one that is under way is cancelled."""
        if self._ticks.running:
            self._ticks.shutdown(wait=False)

    async def _do(self, chore: Chore) -> None:
        try:
            await chore.work()
        except Exception as error:  # the next tick tries again
            if chore.name not in self._failing:  # once, not at every tick
                log.warning("chore failed", chore=chore.name, error=type(error).__name__)
            self._failing.add(chore.name)
        else:
            self._failing.discard(chore.name)
