"""Sends what is due: claims rows, writes to the people, and settles the rows, batch by batch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from bot import meters
from bot.core.chat import Message
from bot.core.clock import Clock
from bot.core.errors import SendFailed
from bot.core.platform import Platform
from bot.db.lanes import Lane, Lanes
from bot.delivery.pacing import Pacer
from bot.delivery.retry import Retry
from bot.services import files, outbox
from bot.services.outbox import Claimed, End, Outcome

T = TypeVar("T")
log = structlog.get_logger("muduo.delivery")

BATCH = 20
_LONGEST_SEND = 120.0
_PLATFORM_IS_OFF = timedelta(hours=1)


class Worker:
    """One for each process. Messages to one chat go in order, to different ones together."""

    def __init__(
        self,
        lanes: Lanes,
        platforms: Mapping[str, Platform],
        pacer: Pacer,
        *,
        clock: Clock,
        process: str,
        retry: Retry | None = None,
    ) -> None:
        self._lanes = lanes
        self._platforms = platforms
        self._pacer = pacer
        self._clock = clock
        self._process = process
        self._retry = retry or Retry()
        self._bell = asyncio.Event()
        self._draining = asyncio.Lock()
        self._is_closing = False

    def wake(self) -> None:
        """Look for what is due, soon."""
        self._bell.set()

    async def run(self) -> None:
        """Send whenever woken, until stopped."""
        failures = 0
        while not self._is_closing:
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
            while not self._is_closing:
                batch = await self._claim()
                if not batch.claimed and not batch.is_more:
                    break
                outcomes = await self._carry(batch.claimed)
                await self._settle(outcomes)
                sent += sum(each.end is End.SENT for each in outcomes)
        return sent

    async def close(self) -> None:
        """Finish what is being sent; what was claimed and not begun goes back."""
        self._is_closing = True
        self._bell.set()
        async with self._draining:
            pass

    async def release(self, living: set[str] | None) -> int:
        """Put in doubt what a dead process was sending; says how many these were."""
        at = self._clock.now()
        doubts = await self._run(
            lambda session: outbox.release(session, mine=self._process, living=living, at=at)
        )
        self._report(doubts)
        return len(doubts)

    async def _claim(self) -> outbox.Batch:
        at = self._clock.now()
        return await self._run(
            lambda session: outbox.claim(session, process=self._process, at=at, limit=BATCH)
        )

    async def _carry(self, claimed: Sequence[Claimed]) -> list[Outcome]:
        queues: dict[object, list[Claimed]] = {}
        for each in claimed:
            queues.setdefault(each.address or each.owner, []).append(each)
        carried = await asyncio.gather(*(self._carry_to_one(each) for each in queues.values()))
        return [outcome for outcomes in carried for outcome in outcomes]

    async def _carry_to_one(self, queue: Sequence[Claimed]) -> list[Outcome]:
        """The messages to one chat, in order: when one has to wait, those behind it do, too."""
        outcomes: list[Outcome] = []
        for number, claimed in enumerate(queue):
            outcome = await self._attempt(claimed)
            outcomes.append(outcome)
            if outcome.end is End.QUEUED:
                waiting = queue[number + 1 :]
                outcomes += [replace(outcome, claimed=each, counts=False) for each in waiting]
                break
        return outcomes

    async def _attempt(self, claimed: Claimed) -> Outcome:
        if claimed.address is None:
            return Outcome(claimed, End.FAILED, claimed.why_not)
        if claimed.address.platform not in self._platforms:
            return self._later(claimed, "platform is off", _PLATFORM_IS_OFF, counts=False)
        try:
            message = await self._with_file(claimed.whole)
            await self._pacer.wait(claimed.address.chat)
        except SendFailed as failed:
            return self._after(claimed, failed)
        except Exception as error:  # nothing has gone out yet, so another try is harmless
            return self._failed(claimed, type(error).__name__)
        if self._is_closing:
            return self._later(claimed, "closing", timedelta(), counts=False)
        return await self._send(claimed, message)

    async def _send(self, claimed: Claimed, message: Message) -> Outcome:
        assert claimed.address is not None
        platform = self._platforms[claimed.address.platform]
        try:
            async with asyncio.timeout(_LONGEST_SEND):
                shown = await platform.send(claimed.address.chat, message)
        except SendFailed as failed:
            return self._after(claimed, failed)
        except TimeoutError:
            return Outcome(claimed, End.DOUBT, "no answer in time")
        except Exception as error:  # a fault of the adapter: it may have gone out
            log.exception("send failed", delivery_id=claimed.id)
            return Outcome(claimed, End.DOUBT, type(error).__name__)
        return Outcome(claimed, End.SENT, native_id=shown.id)

    def _after(self, claimed: Claimed, failed: SendFailed) -> Outcome:
        assert claimed.address is not None
        if failed.retry_after is not None:
            self._pacer.pause(claimed.address.platform, failed.retry_after)
            wait = timedelta(seconds=failed.retry_after)
            return self._later(claimed, failed.reason, wait, counts=False)
        if failed.is_unreachable:
            now = self._clock.now()
            return Outcome(claimed, End.QUEUED, failed.reason, due_at=now, is_unreachable=True)
        if failed.in_doubt:
            return Outcome(claimed, End.DOUBT, failed.reason)
        if failed.permanent:
            return Outcome(claimed, End.FAILED, failed.reason)
        return self._failed(claimed, failed.reason)

    def _failed(self, claimed: Claimed, reason: str) -> Outcome:
        if self._retry.is_exhausted(claimed.attempts):
            return Outcome(claimed, End.FAILED, reason)
        pause = self._retry.pause(claimed.attempts)
        return self._later(claimed, reason, timedelta(seconds=pause))

    def _later(
        self, claimed: Claimed, reason: str, wait: timedelta, *, counts: bool = True
    ) -> Outcome:
        due_at = self._clock.now() + wait
        return Outcome(claimed, End.QUEUED, reason, due_at=due_at, counts=counts)

    async def _settle(self, outcomes: Sequence[Outcome]) -> None:
        """Write the outcomes down, however long it takes: what was sent must not go twice."""
        attempt = 0
        while True:
            try:
                own = await self._run(
                    lambda session: outbox.settle(
                        session, outcomes, process=self._process, at=self._clock.now()
                    )
                )
                break
            except Exception as error:  # whatever the database says, a repeat is harmless
                attempt += 1
                log.warning("not settled", count=len(outcomes), error=type(error).__name__)
                if self._is_closing and attempt > 3:
                    return  # the next start reports these as in doubt
                await self._retry.wait(attempt, at_most=5)
        self._report(own)

    def _report(self, outcomes: Sequence[Outcome]) -> None:
        for each in outcomes:
            address = each.claimed.address
            name = address.platform if address else "none"
            meters.DELIVERIES.labels(name, each.end.value).inc()
            if each.end is End.DOUBT:
                log.warning("delivery in doubt", delivery_id=each.claimed.id, reason=each.reason)
            elif each.end is not End.SENT:
                log.info(
                    "delivery not sent",
                    delivery_id=each.claimed.id,
                    end=each.end.value,
                    reason=each.reason,
                )

    async def _with_file(self, message: Message) -> Message:
        if message.file_id is None:
            return message
        file_id = message.file_id
        file = await self._run(lambda session: files.fetch(session, file_id))
        return replace(message, file=file)

    async def _run(self, work: Callable[[Session], T]) -> T:
        return await asyncio.wrap_future(self._lanes.submit(work, Lane.BACKGROUND))
