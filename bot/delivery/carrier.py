"""Carries one message to its person: waits for its turn, sends it, and says how that went."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import structlog

from bot.core.chat import File, Message, Shown
from bot.core.clock import Clock
from bot.core.errors import SendFailed
from bot.core.platform import Platform
from bot.delivery.pacing import Pacer
from bot.delivery.retry import Retry
from bot.services.outbox import Claimed, End, Outcome

log = structlog.get_logger("muduo.delivery")

Fetch = Callable[[int], Awaitable[File | None]]
_LONGEST_SEND = 120.0
_PLATFORM_IS_OFF = timedelta(hours=1)
_FILES_KEPT = 3  # the picture of a notice goes to thousands


class Carrier:
    """`fetch` brings the bytes of a stored file. Nothing goes out any more once it is closing."""

    def __init__(
        self,
        platforms: Mapping[str, Platform],
        pacer: Pacer,
        fetch: Fetch,
        *,
        clock: Clock,
        retry: Retry,
    ) -> None:
        self._platforms = platforms
        self._pacer = pacer
        self._fetch = fetch
        self._clock = clock
        self._retry = retry
        self._files: dict[int, File | None] = {}
        self.is_closing = False

    async def carry(self, claimed: Claimed) -> Outcome:
        """Send one message. Never raises."""
        address = claimed.address
        if address is None:
            return Outcome(claimed, End.FAILED, claimed.why_not)
        if address.platform not in self._platforms:
            return self._later(claimed, "platform_off", _PLATFORM_IS_OFF, counts=False)
        try:
            message = await self._with_file(claimed.whole)
            slot = await self._pacer.wait(address.chat)
        except SendFailed:  # a pause is on
            return self._paused(claimed)
        except Exception as error:  # nothing has gone out yet, so another try is harmless
            return self._failed(claimed, type(error).__name__)
        if self.is_closing:
            return self._later(claimed, None, timedelta(), counts=False)
        outcome = await self._send(claimed, message)
        self._pacer.arrived(address.chat, slot)
        return outcome

    async def _send(self, claimed: Claimed, message: Message) -> Outcome:
        try:
            shown = await self._in_time(claimed, message)
        except SendFailed as failed:
            return self._after(claimed, failed)
        except TimeoutError:
            return Outcome(claimed, End.DOUBT, "no_answer", detail="no answer in time")
        except Exception as error:  # a fault of the adapter: it may have gone out
            log.exception("send failed", delivery_id=claimed.id)
            return Outcome(claimed, End.DOUBT, "no_answer", detail=type(error).__name__)
        return Outcome(claimed, End.SENT, native_id=shown.id)

    async def _in_time(self, claimed: Claimed, message: Message) -> Shown:
        assert claimed.address is not None
        async with asyncio.timeout(_LONGEST_SEND):
            return await self._platforms[claimed.address.platform].send(
                claimed.address.chat, message
            )

    def _after(self, claimed: Claimed, failed: SendFailed) -> Outcome:
        assert claimed.address is not None
        if failed.retry_after is not None:
            self._pacer.pause(claimed.address.platform, failed.retry_after)
            return self._paused(claimed)
        if failed.is_away:
            self._pacer.stumble(claimed.address.platform)
            return replace(self._paused(claimed), detail=failed.reason)
        if failed.is_unreachable:
            now = self._clock.now()
            return Outcome(claimed, End.QUEUED, failed.reason, due_at=now, is_unreachable=True)
        if failed.in_doubt:
            return Outcome(claimed, End.DOUBT, "no_answer", detail=failed.reason)
        if failed.permanent:
            return Outcome(claimed, End.FAILED, "refused", detail=failed.reason)
        return self._failed(claimed, failed.reason)

    def _failed(self, claimed: Claimed, detail: str) -> Outcome:
        if self._retry.is_exhausted(claimed.attempts):
            return Outcome(claimed, End.FAILED, "unreachable", detail=detail)
        pause = timedelta(seconds=self._retry.pause(claimed.attempts))
        return replace(self._later(claimed, "retry", pause), detail=detail)

    def _paused(self, claimed: Claimed) -> Outcome:
        assert claimed.address is not None
        resumes_at = self._pacer.resumes_at(claimed.address.platform)
        return Outcome(claimed, End.QUEUED, "paused", due_at=resumes_at, counts=False)

    def _later(
        self, claimed: Claimed, reason: str | None, wait: timedelta, *, counts: bool = True
    ) -> Outcome:
        due_at = self._clock.now() + wait
        return Outcome(claimed, End.QUEUED, reason, due_at=due_at, counts=counts)

    async def _with_file(self, message: Message) -> Message:
        if message.file_id is None:
            return message
        if message.file_id not in self._files:
            file = await self._fetch(message.file_id)
            while len(self._files) >= _FILES_KEPT:
                self._files.pop(next(iter(self._files)))
            self._files[message.file_id] = file
        return replace(message, file=self._files[message.file_id])
