"""From a platform's event to the shown reply: stored, in order for each person, settled once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from bot import meters
from bot.arrivals import Arrivals
from bot.attempts import Attempts
from bot.core.chat import Incoming, cleaned
from bot.core.errors import Refused
from bot.core.platform import Platform
from bot.db.lanes import Lane, Lanes
from bot.db.trouble import Trouble, trouble_of
from bot.lines import Flood, Line
from bot.marks import Marks
from bot.services import inbox, states
from bot.services.inbox import Event
from bot.showing import Interrupted, Showing
from bot.turns import Turns

__all__ = ["Dispatcher", "Flood", "Sleep"]

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]
log = structlog.get_logger("muduo.dispatch")

_REMEMBERED = 2000
_STORING_TRIES = 3
_CLOSING_SECONDS = 20


class Dispatcher:
    """Takes in events of all platforms and answers them.

    One person's events are handled one after the other, different people's at the same time.
    An event that fails three times is set aside with its error and answered with an apology.
    While the database is away, events wait for it.
    """

    def __init__(
        self,
        lanes: Lanes,
        turns: Turns,
        platforms: Mapping[str, Platform],
        *,
        process: str,
        sleep: Sleep = asyncio.sleep,
        flood: Flood | None = None,
    ) -> None:
        self._lanes = lanes
        self._turns = turns
        self._clock = turns.clock
        self._process = process
        self._sleep = sleep
        self._flood = flood or Flood()
        self._lines: dict[str, Line] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._unwritten: deque[tuple[str, str]] = deque(maxlen=_REMEMBERED)
        self._marks = Marks(lanes, turns.clock)
        self._showing = Showing(lanes, platforms, self._pause)
        self._attempts = Attempts(
            lanes, turns, platforms, showing=self._showing, process=process, pause=self._pause
        )
        self._open: dict[tuple[str, str], asyncio.Event] = {}
        self._arrivals = Arrivals(self._take_in)
        self._unseen: set[int] = set()
        self._closing = asyncio.Event()

    async def accept(self, incomings: Sequence[Incoming]) -> None:
        """Store events and see to it that they are handled; repeats are passed over.

        Returns once they are stored: only then may the platform acknowledge them. Raises the
        database's error when they can't be, so that the platform brings them again.
        """
        await self._arrivals.bring(incomings)

    async def _take_in(self, incomings: Sequence[Incoming]) -> None:
        incomings = [cleaned(incoming) for incoming in incomings]
        moved = [incoming for incoming in incomings if incoming.migrated_to]
        wanted = [incoming for incoming in incomings if incoming.is_addressed]
        if not moved and not wanted:
            return
        try:
            events = await self._stored(wanted, moved)
        except Exception as error:  # sorted by trouble_of; what it does not know is raised
            trouble = trouble_of(error)
            if trouble is None and len(incomings) > 1:
                await self._take_in_singly(incomings)
                return
            if trouble is not Trouble.FULL:
                raise
            events = await self._remember(wanted)
        for event in events:
            self._enqueue(event)

    async def _take_in_singly(self, incomings: Sequence[Incoming]) -> None:
        """One event that can't be stored must not keep a platform from all that follow it."""
        for incoming in incomings:
            try:
                await self._take_in([incoming])
            except Exception as error:  # the event's own fault, when not the database's
                if trouble_of(error) is not None:
                    raise
                log.exception("event dropped", platform=incoming.platform, key=incoming.event)

    async def answer(self, incoming: Incoming) -> None:
        """Accept one event and wait until it has been answered; at once if it already was."""
        await self.accept([incoming])
        if handled := self._open.get((incoming.platform, incoming.event)):
            await handled.wait()

    async def recover(self, living: set[str] | None) -> int:
        """Take over what a process that is gone has left; says how many events that were."""
        events = await self._run(
            lambda session: inbox.abandoned(session, mine=self._process, living=living)
        )
        events += await self._lost_sight_of()
        for event in events:
            self._enqueue(event)
        return len(events)

    async def close(self) -> None:
        """Finish what is under way; what still waits stays stored for the next start."""
        self._closing.set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_CLOSING_SECONDS)
            for task in late:
                task.cancel()
        for line in self._lines.values():
            while line.events:
                self._finished(line)
        await self._marks.close()

    async def idle(self) -> None:
        """Wait until nothing is left to handle and all marks are written."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))
        await self._marks.flush()

    async def _stored(self, wanted: Sequence[Incoming], moved: Sequence[Incoming]) -> list[Event]:
        """Store; a connection that was cut since its last use deserves another try at once."""

        def store(session: Session) -> list[Event]:
            for each in moved:
                states.move(session, each.chat, each.migrated_to or "")
            at = self._clock.now()
            return inbox.store(session, wanted, process=self._process, at=at)

        for _ in range(_STORING_TRIES - 1):
            try:
                return await self._run(store)
            except Exception as error:  # only a database that is away is worth another try
                if trouble_of(error) not in (Trouble.GONE, Trouble.LOCKED):
                    raise
                await self._pause(0.1)
        return await self._run(store)

    async def _remember(self, incomings: Sequence[Incoming]) -> list[Event]:
        """Events that could not be written (the disk is full), known by memory alone."""
        known = {*self._unwritten, *await self._read(lambda s: inbox.known(s, incomings))}
        new = [each for each in incomings if (each.platform, each.event) not in known]
        self._unwritten.extend((each.platform, each.event) for each in new)
        return [Event(0, inbox.person_of(each), each) for each in new]

    async def _lost_sight_of(self) -> list[Event]:
        """Our own stored events that nobody here works on.

        The answer to a commit may be lost with a connection, so that nobody learns that the
        event is stored. Only what was unseen twice counts, since some are just being enqueued.
        """
        ids = await self._read(lambda session: inbox.unfinished(session, mine=self._process))
        at_work = {event.id for line in self._lines.values() for event in line.events}
        unseen = set(ids) - at_work - self._marks.waiting
        twice, self._unseen = unseen & self._unseen, unseen
        return await self._read(lambda session: inbox.load(session, twice)) if twice else []

    def _enqueue(self, event: Event) -> None:
        key = (event.incoming.platform, event.incoming.event)
        if key in self._open or self._closing.is_set():
            return
        self._open[key] = asyncio.Event()
        meters.WAITING.inc()
        line = self._lines.setdefault(event.person, Line())
        line.events.append(event)
        if len(line.events) == 1:
            task = asyncio.create_task(self._serve(line))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, line: Line) -> None:
        """Handle a person's events until none is left."""
        while line.events and not self._closing.is_set():
            try:
                await self._slow_down(line, line.events[0])
                await self._handle(line.events[0])
            except Interrupted:
                pass  # the event stays stored, for the next start
            except Exception:  # whatever it is, this person's next event must be handled
                log.exception("event left for later", event_id=line.events[0].id)
            self._finished(line)
        self._forget_idle_lines()

    def _finished(self, line: Line) -> None:
        """Leave an event behind, answered or not, and let go of whoever waits for it."""
        event = line.events.popleft()
        meters.WAITING.dec()
        if handled := self._open.pop((event.incoming.platform, event.incoming.event), None):
            handled.set()

    def _forget_idle_lines(self) -> None:
        if len(self._lines) > _REMEMBERED:
            self._lines = {key: line for key, line in self._lines.items() if line.events}

    async def _slow_down(self, line: Line, event: Event) -> None:
        """Make a flood wait, with one sentence, so that others never do."""
        if not line.is_flooded(self._flood, self._clock.monotonic()):
            line.is_slowed = False
            return
        if not line.is_slowed:
            line.is_slowed = True
            await self._showing.say(event.incoming, self._turns.words(Refused("slow_down")))
        if not await self._pause(self._flood.seconds_between):
            raise Interrupted

    async def _handle(self, event: Event) -> None:
        started = self._clock.monotonic()
        taken = await self._attempts.answer(event)
        if taken is None:
            return
        standing = await self._showing.show(event.incoming, taken.messages)
        if event.id:
            self._marks.add(inbox.Mark(event.id, tuple(standing)))
        seconds = self._clock.monotonic() - started
        platform = event.incoming.platform
        meters.TURN_SECONDS.labels(platform).observe(seconds)
        meters.TURNS.labels(platform, taken.route, taken.outcome).inc()
        log.info("turn", event_id=event.id, route=taken.route, ms=round(seconds * 1000, 1))

    async def _pause(self, seconds: float) -> bool:
        """Sleep; False when the process is about to end, as soon as it is."""
        if self._closing.is_set():
            return False
        sleeping = asyncio.ensure_future(self._sleep(seconds))
        closing = asyncio.create_task(self._closing.wait())
        await asyncio.wait({sleeping, closing}, return_when=asyncio.FIRST_COMPLETED)
        for task in (sleeping, closing):
            task.cancel()
        return not self._closing.is_set()

    async def _run(self, work: Callable[[Session], T], lane: Lane = Lane.INTERACTIVE) -> T:
        return await asyncio.wrap_future(self._lanes.submit(work, lane))

    async def _read(self, work: Callable[[Session], T]) -> T:
        return await asyncio.wrap_future(self._lanes.look(work))
