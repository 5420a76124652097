"""Sends what is due: claims rows a little ahead of the pace, and settles them as they end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

import structlog
from sqlalchemy.orm import Session

from bot import meters
from bot.core.chat import File
from bot.core.clock import Clock
from bot.core.platform import Platform
from bot.db.lanes import Lane, Lanes
from bot.delivery.carrier import Carrier
from bot.delivery.pacing import Pacer
from bot.delivery.retry import Retry
from bot.services import doubts, files, outbox
from bot.services.outbox import Batch, Claimed, End, Outcome

T = TypeVar("T")
log = structlog.get_logger("muduo.delivery")

_AHEAD = 0.8  # seconds' worth of messages that are claimed before their turn
_LEAST, _MOST = 16, 300
_TOGETHER = 0.4  # seconds within which outcomes are written together


class Presence(Protocol):
    """This process among others; `leads` may block."""

    @property
    def name(self) -> str: ...

    def leads(self) -> bool: ...


class Worker:
    """One for each process. Messages to one chat go in order, to different ones together."""

    def __init__(
        self,
        lanes: Lanes,
        platforms: Mapping[str, Platform],
        pacer: Pacer,
        *,
        clock: Clock,
        presence: Presence,
        retry: Retry | None = None,
    ) -> None:
        self._lanes = lanes
        self._clock = clock
        self._presence = presence
        self._process = presence.name
        self._retry = retry or Retry()
        self._carrier = Carrier(platforms, pacer, self._fetch, clock=clock, retry=self._retry)
        self._at_hand = int(min(_MOST, max(_LEAST, pacer.per_second() * _AHEAD)))
        self._bell = asyncio.Event()
        self._moved = asyncio.Event()
        self._draining = asyncio.Lock()
        self._queues: dict[object, list[Claimed]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended: list[Outcome] = []

    def wake(self) -> None:
        """Look for what is due, soon."""
        self._bell.set()
        self._moved.set()

    async def run(self) -> None:
        """Send whenever woken, until stopped; begins with what is due already."""
        failures = 0
        self._bell.set()
        while not self._carrier.is_closing:
            await self._bell.wait()
            self._bell.clear()
            try:
                await self.drain()
                failures = 0
            except Exception as error:  # the database is away: rows wait, so does the worker
                failures += 1
                log.warning("deliveries wait", error=type(error).__name__)
                await self._retry.wait(failures, at_most=10)
                self._bell.set()

    async def drain(self) -> int:
        """Send everything that is due now; says how many messages went out."""
        sent = 0
        async with self._draining:
            # Only one process sends, since only so the pace of a platform is kept.
            if not await asyncio.to_thread(self._presence.leads):
                return 0
            is_more = True
            while is_more or self._tasks or self._ended:
                settled, is_more = await self._turn()
                sent += sum(e.end is End.SENT and e.merged_into is None for e in settled)
                if self._tasks and not is_more:
                    await self._wait()
        return sent

    async def close(self) -> None:
        """Finish what is being sent; what was claimed and not begun goes back."""
        self._carrier.is_closing = True
        self.wake()
        async with self._draining:
            pass

    async def release(self, living: set[str] | None) -> int:
        """Put in doubt what a dead process was sending; says how many these were."""
        at = self._clock.now()

        def put_in_doubt(session: Session) -> list[Outcome]:
            found = outbox.release(session, mine=self._process, living=living, at=at)
            doubts.note(session, len(found))
            return found

        released = await self._run(put_in_doubt)
        self._report(released)
        return len(released)

    async def _turn(self) -> tuple[list[Outcome], bool]:
        """Write down what has ended and claim what there is room for, in one transaction.

        Says what was settled, and whether to come back at once. Raises when the database is away,
        unless something was sent, which must not go twice.
        """
        # What is rung for from here on is claimed by the next turn; what was before, by this one
        # or by the first that has room.
        self._bell.clear()
        ended, room = list(self._ended), self._room()
        if not ended and not room:
            return [], False
        at = self._clock.now()

        def work(session: Session) -> tuple[list[Outcome], Batch]:
            own = outbox.settle(session, ended, process=self._process, at=at) if ended else []
            batch = Batch([], False)
            if room:
                batch = outbox.claim(session, process=self._process, at=at, limit=room)
            return own, batch

        own, batch = await (self._insist(work) if ended or self._tasks else self._run(work))
        del self._ended[: len(ended)]
        self._report(own)
        for claimed in batch.claimed:
            self._take(claimed)
        return own, batch.is_more and self._room() > 0

    def _room(self) -> int:
        """How many to claim: none while enough are at hand, so that it is not done one by one.

        Enough is what goes out until outcomes are written again, and as much again for the
        database to take its time.
        """
        room = self._at_hand - sum(map(len, self._queues.values()))
        return 0 if self._carrier.is_closing or room < self._at_hand // 4 else room

    async def _insist(self, work: Callable[[Session], T]) -> T:
        """Run it however long it takes, as long as closing does not wait for it."""
        attempt = 0
        while True:
            try:
                return await self._run(work)
            except Exception as error:  # whatever the database says, a repeat is harmless
                attempt += 1
                log.warning("not settled", count=len(self._ended), error=type(error).__name__)
                if self._carrier.is_closing and attempt > 3:
                    self._ended.clear()  # the next start reports these as in doubt
                    raise
                await self._retry.wait(attempt, at_most=5)

    async def _wait(self) -> None:
        """Until something ended (and those that end with it) or somebody rang."""
        await self._moved.wait()
        self._moved.clear()
        if self._tasks and not self._bell.is_set():
            await asyncio.wait(self._tasks, timeout=_TOGETHER)

    def _take(self, claimed: Claimed) -> None:
        """Send it after those to the same chat that are at hand."""
        place = claimed.address or claimed.owner
        queue = self._queues.get(place)
        if queue is not None:
            queue.append(claimed)
            return
        self._queues[place] = [claimed]
        task = asyncio.create_task(self._carry(place))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, place: object) -> None:
        """The messages to one chat, in order: when one has to wait, those behind it do, too."""
        queue = self._queues[place]
        while queue:
            outcome = await self._carrier.carry(queue[0])
            waiting = queue if outcome.end is End.QUEUED else queue[:1]
            behind = [replace(outcome, claimed=each, counts=False) for each in waiting[1:]]
            self._ended += [outcome, *behind]
            del queue[: len(waiting)]
            self._moved.set()
        del self._queues[place]

    def _report(self, outcomes: Sequence[Outcome]) -> None:
        for each in outcomes:
            address = each.claimed.address
            name = address.platform if address else "none"
            meters.DELIVERIES.labels(name, each.end.value).inc()
            about = {"delivery_id": each.claimed.id, "reason": each.reason}
            if each.end is End.DOUBT:
                log.warning("delivery in doubt", **about)
            elif each.end is not End.SENT:
                log.info("delivery not sent", end=each.end.value, detail=each.detail, **about)
            elif each.claimed.note:
                log.warning("delivery passed the gate at once", delivery_id=each.claimed.id)

    async def _fetch(self, file_id: int) -> File | None:
        return await self._run(lambda session: files.fetch(session, file_id))

    async def _run(self, work: Callable[[Session], T]) -> T:
        return await asyncio.wrap_future(self._lanes.submit(work, Lane.BACKGROUND))
