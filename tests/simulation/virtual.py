"""Virtual time: a loop whose clock jumps to the next timer, database lanes and ticks without
threads, and the house that can be killed at a commit or a send."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
import selectors
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from apscheduler.triggers.base import BaseTrigger
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.core.clock import SHANGHAI
from bot.db.engine import Database
from bot.db.lanes import Lane, Lanes
from bot.db.trouble import trouble_of
from bot.scheduling.scheduler import Chore, Scheduler

T = TypeVar("T")
# What the simulation has no use for: the machine's memory, nightly files, changed files.
_RARELY = 0.05  # the share of ticks at which slow chores are done: about once a day
_LEFT_OUT = ("memory", "backup", "knowledge", "menus")


class Stuck(Exception):  # noqa: N818
    """Nothing is left to happen, and yet somebody waits."""


class Killed(BaseException):
    """The process ends here, without another word."""


class VirtualClock:
    """Business, wall and elapsed time, moved by the loop alone."""

    def __init__(self, at: datetime) -> None:
        self.start = at.astimezone(UTC)
        self.elapsed = 0.0

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.elapsed)

    def wall(self) -> datetime:
        return self.now()

    def monotonic(self) -> float:
        return 1000.0 + self.elapsed


class Jump(selectors.DefaultSelector):
    """Instead of waiting, moves the clock on."""

    clock: VirtualClock

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Stuck
        if timeout > 0:
            # Never less than clocks tell apart, or the timer would not be due yet.
            self.clock.elapsed += max(timeout, 1e-6)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs what is ready, then jumps to the next timer; threads' work is done on the spot."""

    def __init__(self, clock: VirtualClock) -> None:
        jump = Jump()
        jump.clock = clock
        super().__init__(jump)
        self._virtual = clock
        # Half a year on, time plus asyncio's own nanosecond is the same time: nothing would be due.
        self._clock_resolution = 1e-6
        self.set_exception_handler(lambda _loop, _context: None)

    def time(self) -> float:
        return self._virtual.monotonic()

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> Any:
        del executor
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # handed to whoever waits
            future.set_exception(error)
        return future

    def _write_to_self(self) -> None:
        """Nobody waits in select."""


@dataclass(frozen=True)
class Dangers:
    """How often something goes wrong; each is a chance for one call or commit."""

    limit: float = 0.004
    fault: float = 0.01
    cut: float = 0.003
    slow: float = 0.0005
    database: float = 0.002
    twice: float = 0.01

    @classmethod
    def none(cls) -> Dangers:
        return cls(0, 0, 0, 0, 0, 0)


@dataclass
class House:
    """One life of the process. `countdown` counts the places at which it may be killed."""

    chance: random.Random
    dangers: Dangers
    is_dead: bool = False
    countdown: int | None = None
    died: asyncio.Event = field(default_factory=asyncio.Event)
    deaths: list[str] = field(default_factory=list[str])

    def may_die(self, where: str) -> None:
        """Raises Killed when it is time."""
        if self.is_dead:
            raise Killed
        if self.countdown is not None:
            self.countdown -= 1
            if self.countdown <= 0:
                self.is_dead = True
                self.deaths.append(where)
                self.died.set()
                raise Killed

    def draws(self, share: float) -> bool:
        return share > 0 and self.chance.random() < share


class VirtualLanes(Lanes):
    """The same lanes, inline: the most urgent work is done when its moment has come."""

    def __init__(self, database: Database, house: House, loop: asyncio.AbstractEventLoop) -> None:
        self.database = database
        self.on_ring = None
        self._house = house
        self._loop = loop
        self._waiting: list[tuple[int, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    def submit(self, work: Callable[[Session], T], lane: Lane = Lane.INTERACTIVE) -> Future[T]:
        def in_danger(session: Session) -> T:
            if self._house.draws(self._house.dangers.database):
                raise _gone()
            result = work(session)
            session.flush()
            self._house.may_die("before a commit")
            return result

        return super().submit(in_danger, lane)

    def call(self, work: Callable[[], T], lane: Lane = Lane.INTERACTIVE) -> Future[T]:
        future: Future[T] = Future()

        def run() -> None:
            if self._house.is_dead or not future.set_running_or_notify_cancel():
                return
            try:
                result = work()
                self._house.may_die("after a commit")
            except Killed:
                return
            except Exception as error:  # handed to whoever waits
                future.set_exception(error)
                return
            if self._house.draws(self._house.dangers.database / 4):
                future.set_exception(_gone())  # it is written, only the word of it was lost
            else:
                future.set_result(result)

        heapq.heappush(self._waiting, (lane, next(self._numbers), run))
        self._loop.call_later(self._house.chance.uniform(0.0005, 0.003), self._do_next)
        return future

    def close(self) -> None:
        while self._waiting:
            self._do_next()

    def _do_next(self) -> None:
        if self._waiting:
            _, _, run = heapq.heappop(self._waiting)
            run()


class VirtualScheduler(Scheduler):
    """Does the chores now and then, and what a trigger asks for at its time."""

    def __init__(
        self, chores: Sequence[Chore], house: House, clock: VirtualClock, faults: list[str]
    ) -> None:
        self._mine = [each for each in chores if each.name not in _LEFT_OUT]
        self._house = house
        self._clock = clock
        self._faults = faults
        self._triggers: dict[str, tuple[BaseTrigger, Chore]] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._tick())

    def wake_by(
        self, name: str, trigger: BaseTrigger, work: Callable[[], Awaitable[object]]
    ) -> None:
        self._triggers[name] = (trigger, Chore(name, 0, work))

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _tick(self) -> None:
        while not self._house.is_dead:
            chance = self._house.chance
            chores = [each for each in self._mine if each.every < 600 or chance.random() < _RARELY]
            chance.shuffle(chores)
            for chore in chores:
                await self._attempt(chore)
            await self._until_next()

    async def _until_next(self) -> None:
        """Sleep an hour or so, longer at night, and wake for the triggers in between."""
        now = self._clock.now()
        hour = now.astimezone(SHANGHAI).hour
        seconds = (5400 if 7 <= hour < 21 else 14_400) * self._house.chance.uniform(0.5, 1.0)
        end = self._clock.monotonic() + seconds
        fires = [
            ((fire - now).total_seconds(), chore)
            for trigger, chore in self._triggers.values()
            if (fire := trigger.get_next_fire_time(None, now)) is not None
        ]
        for wait, chore in sorted(fires, key=lambda each: each[0]):
            if 0 <= wait < seconds:
                await asyncio.sleep(
                    max(0.0, now.timestamp() + wait - self._clock.now().timestamp())
                )
                await self._attempt(chore)
        await asyncio.sleep(max(1.0, end - self._clock.monotonic()))

    async def _attempt(self, chore: Chore) -> None:
        try:
            await chore.work()
        except Exception as error:  # the database's troubles are ours, all others a finding
            if trouble_of(error) is None:
                self._faults.append(f"chore {chore.name}: {type(error).__name__}: {error}")


def _gone() -> OperationalError:
    return OperationalError("", None, sqlite3.OperationalError("unable to open database file"))
