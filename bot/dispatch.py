"""From a platform's event to the shown reply: stored, in order for each person, settled once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from bot import meters
from bot.core.chat import File, Incoming, Message
from bot.core.errors import Refused, SendFailed
from bot.core.platform import Platform
from bot.db.engine import Trouble, trouble_of
from bot.db.lanes import Lane, Lanes
from bot.lines import Flood, Line
from bot.marks import Marks
from bot.services import files, inbox
from bot.services.files import StoredFile
from bot.services.inbox import Event
from bot.turns import AlreadySettled, Taken, Turns

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]
log = structlog.get_logger("muduo.dispatch")

_REMEMBERED = 2000


class Dispatcher:
    """Takes in events of all platforms and answers them.

    One person's events are handled one after the other, different people's at the same time.
    An event that fails three times is set aside with its error and answered with an apology.
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
        self._platforms = platforms
        self._clock = turns.clock
        self._process = process
        self._sleep = sleep
        self._flood = flood or Flood()
        self._lines: dict[str, Line] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(32)
        self._unwritten: deque[tuple[str, str]] = deque(maxlen=_REMEMBERED)
        self._marks = Marks(lanes, turns.clock)
        self._open: dict[tuple[str, str], asyncio.Event] = {}
        self._is_closing = False

    async def accept(self, incomings: Sequence[Incoming]) -> None:
        """Store events and see to it that they are handled; repeats are passed over.

        Returns once they are stored: only then may the platform acknowledge them. Raises the
        database's error when they can't be, so that the platform brings them again.
        """
        wanted = [incoming for incoming in incomings if incoming.is_addressed]
        if not wanted:
            return
        try:
            events = await self._run(lambda session: self._store(session, wanted))
        except Exception as error:
            if trouble_of(error) is not Trouble.FULL:
                raise
            events = self._remember(wanted)
        for event in events:
            self._enqueue(event)

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
        for event in events:
            self._enqueue(event)
        return len(events)

    async def close(self) -> None:
        """Finish what is under way; what still waits stays stored for the next start."""
        self._is_closing = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=20)
        await self._marks.close()

    async def idle(self) -> None:
        """Wait until nothing is left to handle and all marks are written."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))
        await self._marks.flush()

    def _store(self, session: Session, incomings: Sequence[Incoming]) -> list[Event]:
        return inbox.store(session, incomings, process=self._process, at=self._clock.now())

    def _remember(self, incomings: Sequence[Incoming]) -> list[Event]:
        """Events that could not be written (the disk is full), known by memory alone."""
        new = [each for each in incomings if (each.platform, each.event) not in self._unwritten]
        self._unwritten.extend((each.platform, each.event) for each in new)
        return [Event(0, inbox.person_of(each), each) for each in new]

    def _enqueue(self, event: Event) -> None:
        line = self._lines.get(event.person)
        meters.WAITING.inc()
        self._open[event.incoming.platform, event.incoming.event] = asyncio.Event()
        if line is not None and line.events:
            line.events.append(event)
            return
        line = line or self._lines.setdefault(event.person, Line())
        line.events.append(event)
        task = asyncio.create_task(self._serve(line))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, line: Line) -> None:
        """Handle a person's events until none is left."""
        while line.events and not self._is_closing:
            event = line.events[0]
            await self._slow_down(line, event)
            async with self._slots:
                await self._handle(event)
            line.events.popleft()
            meters.WAITING.dec()
            if handled := self._open.pop((event.incoming.platform, event.incoming.event), None):
                handled.set()
        self._forget_idle_lines()

    def _forget_idle_lines(self) -> None:
        if len(self._lines) > _REMEMBERED:
            self._lines = {key: line for key, line in self._lines.items() if line.events}

    async def _slow_down(self, line: Line, event: Event) -> None:
        """Make a flood wait, with one sentence, so that others never do."""
        now = self._clock.monotonic()
        while line.recent and line.recent[0] <= now - 60:
            line.recent.popleft()
        line.recent.append(now)
        if len(line.recent) <= self._flood.per_minute:
            line.is_slowed = False
            return
        if not line.is_slowed:
            line.is_slowed = True
            words = self._turns.words(Refused("slow_down"))
            await self._say(event.incoming, Message(words))
        await self._sleep(self._flood.seconds_between)

    async def _handle(self, event: Event) -> None:
        started = self._clock.monotonic()
        taken = await self._answer(event)
        if taken is None:
            return
        await self._show(event, taken.messages)
        seconds = self._clock.monotonic() - started
        platform = event.incoming.platform
        meters.TURN_SECONDS.labels(platform).observe(seconds)
        meters.TURNS.labels(platform, taken.route, "done").inc()
        log.info("turn", event_id=event.id, route=taken.route, ms=round(seconds * 1000, 1))

    async def _answer(self, event: Event) -> Taken | None:
        """The turn, tried again when the database was away; None when somebody else took it."""
        if event.replies is not None:
            return Taken(event.replies, "shown again")
        waited = 0.0
        tries = event.attempts
        while True:
            try:
                return await self._turn(event)
            except AlreadySettled:
                return None
            except Exception as error:  # whatever a turn raises must not end the line
                trouble = trouble_of(error)
                if trouble is Trouble.FULL:
                    return await self._answer_without_writing(event.incoming)
                if trouble is None or waited > 60:
                    tries += 1
                    log.exception("turn failed", event_id=event.id, tries=tries)
                    if tries >= inbox.TRIES:
                        return await self._set_aside(event, error)
                    await self._count_failure(event, error)
                await self._sleep(pause := min(0.1 + waited / 2, 2.0))
                waited += pause

    async def _turn(self, event: Event) -> Taken:
        if event.id == 0:
            return await self._answer_without_writing(event.incoming)
        try:
            file = await self._fetch(event.incoming)
            return await self._run(lambda session: self._turns.take(session, event, file))
        except Refused as refused:
            said = refused
            return await self._run(lambda session: self._turns.refuse(session, event, said))

    async def _fetch(self, incoming: Incoming) -> StoredFile | None:
        """The bytes of a file that was sent, there before the turn begins."""
        if incoming.file is None:
            return None
        if (incoming.file.size or 0) > files.LIMIT:
            raise Refused("file_too_large")
        try:
            content = await self._platforms[incoming.platform].fetch(incoming.file)
        except SendFailed as failed:
            raise Refused("file_unreachable") from failed
        if len(content) > files.LIMIT:
            raise Refused("file_too_large")
        return StoredFile(None, incoming.file.name, incoming.file.media_type, content)

    async def _answer_without_writing(self, incoming: Incoming) -> Taken:
        def read() -> Taken:
            try:
                with self._lanes.database.begin() as session:
                    taken = self._turns.read(session, incoming)
                    session.rollback()
                    return taken
            except Refused as refused:
                return Taken((Message(self._turns.words(refused)),), "cannot write")

        return await asyncio.wrap_future(self._lanes.call(read))

    async def _count_failure(self, event: Event, error: Exception) -> None:
        name = type(error).__name__
        await self._run(lambda session: inbox.note_failure(session, event.id, name))

    async def _set_aside(self, event: Event, error: Exception) -> Taken | None:
        apology = Message(self._turns.words(Refused("set_aside")))
        name = type(error).__name__

        def settle(session: Session) -> None:
            inbox.note_failure(session, event.id, name)
            inbox.settle(session, event.id, [apology], at=self._clock.now())

        await self._run(settle)
        meters.TURNS.labels(event.incoming.platform, "none", "set aside").inc()
        return Taken((apology,), "set aside")

    async def _show(self, event: Event, messages: Sequence[Message]) -> None:
        """Show the reply, message by message, trying again while that makes sense."""
        incoming = event.incoming
        standing: list[tuple[str, str, str, str]] = []
        for number, message in enumerate(messages or [None]):
            ready = await self._with_file(message) if message else None
            shown = await self._say(incoming, ready, is_first=number == 0)
            if shown and message and message.about:
                standing.append((incoming.platform, incoming.chat.id, shown, message.about))
        if event.id:
            self._marks.add(inbox.Mark(event.id, tuple(standing)))

    async def _with_file(self, message: Message) -> Message:
        if message.file is not None or message.file_id is None:
            return message
        file_id = message.file_id
        file: File | None = await self._run(lambda session: files.fetch(session, file_id))
        return replace(message, file=file)

    async def _say(
        self, incoming: Incoming, message: Message | None, *, is_first: bool = False
    ) -> str | None:
        """One message to the chat; the native id it has there, or None when it can't be shown."""
        platform = self._platforms[incoming.platform]
        if not is_first:  # acknowledged and replaced already
            incoming = replace(incoming, tap=None, tapped=None, ack=None)
        for attempt in range(6):
            try:
                shown = await platform.show(incoming, [message] if message else [])
                return shown[-1].id if shown else None
            except SendFailed as failed:
                log.warning("not shown", update=incoming.event, reason=failed.reason)
                if failed.permanent:
                    return None
                await self._sleep(failed.retry_after or min(0.2 * 2**attempt, 5))
        return None

    async def _run(self, work: Callable[[Session], T], lane: Lane = Lane.INTERACTIVE) -> T:
        return await asyncio.wrap_future(self._lanes.submit(work, lane))
