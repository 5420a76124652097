"""A life: the story is carried out, processes come and go, and at the end all is counted."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.app import App
from bot.core.clock import local, local_day
from bot.db import migrate
from bot.db.engine import Database
from bot.db.trouble import trouble_of
from bot.settings import Settings
from bot.surroundings import Surroundings
from knowledge.live import LiveKnowledge
from tests.simulation import checking, story, town
from tests.simulation.acting import act
from tests.simulation.hostile import Door, Street
from tests.simulation.story import Step
from tests.simulation.virtual import (
    Dangers,
    House,
    VirtualClock,
    VirtualLanes,
    VirtualLoop,
    VirtualScheduler,
)
from tests.simulation.world import KEEP_DAYS, World

_TERMS = "{0}-09-01/{1}-01-22,{1}-02-22/{1}-07-09,{1}-09-01/{2}-01-21"


@dataclass(frozen=True)
class Plan:
    """What a life is made of; `steps` None draws the story from the seed."""

    seed: int
    people: int
    days: int
    start: datetime
    steps: tuple[Step, ...] | None = None
    dangers: Dangers = field(default_factory=Dangers)
    calm_days: int = 9  # at the end, for what the gate holds over a long holiday


@dataclass
class Life:
    """How it went: what was violated and when, what happened, and a digest to compare lives."""

    plan: Plan
    steps: Sequence[Step]
    violations: list[checking.Violation]
    counts: dict[str, int]
    digest: str
    diary: Sequence[tuple[datetime, str]] = ()

    def story(self) -> list[str]:
        """What happened, to be read: what was done, what went wrong, what was violated."""
        plan = self.plan
        dangers = [name for name, share in asdict(plan.dangers).items() if share]
        size = f"{len(self.steps)} steps, {plan.days} days, {plan.people} people"
        return [
            f"story: {size}, seed {plan.seed}, faults: {', '.join(dangers) or 'none'}",
            *(f"{local(at):%Y-%m-%d %H:%M:%S} {what}" for at, what in self.diary[-_SHOWN:]),
            *(
                f"then {each.promise}: {each.detail} {each.at or ''}"
                for each in self.violations[:3]
            ),
        ]


_SHOWN = 60
GoesOn = Callable[[float], bool]


def live(
    plan: Plan, folder: Path, knowledge: LiveKnowledge, goes_on: GoesOn = lambda _after: True
) -> Life:
    """Live through the plan in virtual time, inline in this thread.

    `goes_on` is asked before each step, with the seconds lived; at no the life ends there.
    """
    clock = VirtualClock(plan.start)
    loop = VirtualLoop(clock)
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(_Living(plan, folder, knowledge, clock).live(goes_on))
    finally:
        asyncio.set_event_loop(None)
        loop.close()


@cache
def _empty() -> bytes:
    """A database with the schema and nothing else, made once for all lives."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        database = Database(f"sqlite:///{path}")
        migrate.upgrade(database)
        database.close()  # the last connection to close writes the log back into the file
        return path.read_bytes()


class _Living:
    def __init__(
        self, plan: Plan, folder: Path, knowledge: LiveKnowledge, clock: VirtualClock
    ) -> None:
        self._plan = plan
        self._folder = folder
        self._knowledge = knowledge
        self._clock = clock
        self._chance = random.Random(f"dangers {plan.seed}")
        self._url = f"sqlite:///{folder / 'town.db'}"
        self._deaths: list[str] = []
        self._lives = 0
        self._task: asyncio.Task[None] | None = None

    async def live(self, goes_on: GoesOn) -> Life:
        plan = self._plan
        world, steps = self._found()
        acting: set[asyncio.Task[None]] = set()
        await self._open(world, plan.dangers)
        for step in steps:
            if not goes_on(step.after):
                break
            await self._until(world, step.after, plan.dangers)
            task = asyncio.create_task(act(world, step))
            acting.add(task)
            task.add_done_callback(acting.discard)
        else:
            await self._until(world, plan.days * 86400.0, plan.dangers)
        lived = round(self._clock.elapsed / 86400)
        await self._end(world, acting)
        violations = checking.check(world, self._database, self._clock.now())
        counts = checking.counts(world, self._database) | {
            "days": lived,
            "steps": len(steps),
            "processes": self._lives,
            "kills": len(self._deaths),
        }
        self._database.close()
        said = [
            f"{each.at} {each.chat} {each.text}"
            for street in world.streets.values()
            for each in street.said
        ]
        digest = hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]
        return Life(plan, steps, violations, counts, digest, world.diary)

    def _found(self) -> tuple[World, Sequence[Step]]:
        """The town in a fresh database, and the story."""
        plan = self._plan
        (self._folder / "town.db").write_bytes(_empty())
        self._database = Database(self._url)
        chance = random.Random(f"town {plan.seed}")
        with self._database.begin() as session:
            built = town.build(session, chance, plan.people, local_day(plan.start))
        streets = {name: Street(name, self._clock) for name in ("east", "west")}
        world = World(self._clock, built, streets)
        staff = [
            [n for n, each in enumerate(built.people) if each.is_secretary],
            [n for n, each in enumerate(built.people) if each.is_administrator],
        ]
        drawn = story.draw(
            random.Random(f"story {plan.seed}"), plan.start, plan.days, plan.people, staff
        )
        return world, drawn if plan.steps is None else plan.steps

    async def _open(self, world: World, dangers: Dangers) -> None:
        """A new process opens the database and takes up the work."""
        house = House(self._chance, dangers)
        loop = asyncio.get_running_loop()
        year = self._plan.start.year
        settings = Settings(
            data=self._folder,
            database_url=self._url,  # type: ignore[arg-type]
            keep_days=KEEP_DAYS,
            flood_per_minute=100_000,
            terms=_TERMS.format(year, year + 1, year + 2),
        )
        around = Surroundings(
            self._clock,
            [Door(street, house) for street in world.streets.values()],
            asyncio.sleep,
            self._knowledge,
            partial(VirtualLanes, house=house, loop=loop),
            partial(VirtualScheduler, house=house, clock=self._clock, faults=world.faults),
            self._chance,
        )
        app = App(settings, around, database=self._database)
        self._lives += 1
        world.house = house
        starting = asyncio.create_task(app.start())
        dying = asyncio.create_task(house.died.wait())
        await asyncio.wait({starting, dying}, return_when=asyncio.FIRST_COMPLETED)
        dying.cancel()
        world.app = app
        if starting.done() and starting.exception() is None:
            self._task = asyncio.create_task(app.work())
        else:  # it died, or the database was away while it started: the next one tries
            fault = starting.exception() if starting.done() else None
            if fault is not None and trouble_of(fault) is None:
                raise fault
            house.is_dead = True
            house.died.set()

    async def _until(self, world: World, after: float, dangers: Dangers) -> None:
        """Let time pass; a process that ends meanwhile is followed by the next."""
        while after - self._clock.elapsed > 1e-5:
            assert world.house is not None
            waiting = asyncio.create_task(world.house.died.wait())
            await asyncio.wait({waiting}, timeout=after - self._clock.elapsed)
            waiting.cancel()
            if world.house.died.is_set():
                await self._follow(world, dangers)

    async def _follow(self, world: World, dangers: Dangers) -> None:
        house, app = world.house, world.app
        assert house is not None
        assert app is not None
        if not house.is_dead:
            house.dangers = Dangers.none()
            if self._task is not None:
                self._task.cancel()
                await asyncio.wait({self._task})
            await app.close()
        elif self._task is not None:
            self._task.cancel()
        house.is_dead = True
        self._deaths += house.deaths
        world.note(f"the process dies {house.deaths[0]}" if house.deaths else "a restart")
        app.presence.leave()
        world.app, self._task = None, None
        self._database.close()
        self._database = Database(self._url)
        await asyncio.sleep(self._chance.uniform(0.5, 20))
        await self._open(world, dangers)

    async def _end(self, world: World, acting: set[asyncio.Task[None]]) -> None:
        """Nothing goes wrong any more: everything that was begun comes to its end."""
        calm = Dangers.none()
        if world.house is not None:
            world.house.dangers, world.house.countdown = calm, None
        for street in world.streets.values():
            street.away_until = 0.0
        await self._until(world, self._clock.elapsed + 3600, calm)
        for task in list(acting):
            task.cancel()
        await self._until(world, self._clock.elapsed + self._plan.calm_days * 86400.0, calm)
        assert world.house is not None
        world.house.is_dead = True
        if self._task is not None:
            self._task.cancel()
        await asyncio.sleep(1)
        if world.app is not None:
            world.app.presence.leave()
