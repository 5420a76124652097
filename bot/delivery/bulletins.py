"""Messages that stand in chats already: kept up to date, taken out, marked as no longer true."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from bot.core.chat import Message, Reply
from bot.core.clock import Clock
from bot.core.errors import SendFailed
from bot.core.platform import Platform
from bot.db.lanes import Lane, Lanes
from bot.delivery.pacing import Pacer
from bot.services import notice_progress, recalls, superseding
from bot.services.notice_progress import Live
from bot.services.notices import Notice
from bot.services.recalls import Recall
from bot.services.superseding import Old

T = TypeVar("T")
log = structlog.get_logger("muduo.delivery")
SECONDS_BETWEEN = 3.0
# The words: what a sender's message says now (and whether that is the last), what those are told
# whose message could not be taken back, and what an invitation says that no longer holds. They
# stand in handlers, which is not our business.
Describe = Callable[[Session, Live], tuple[Message, bool]]
Apologise = Callable[[Notice], Reply]
Outdate = Callable[[Old], Message]


class Bulletins:
    """All are chores: whatever a crash leaves undone is done the next time."""

    def __init__(
        self,
        lanes: Lanes,
        platforms: Mapping[str, Platform],
        pacer: Pacer,
        clock: Clock,
        words: tuple[Describe, Apologise, Outdate],
    ) -> None:
        self._lanes = lanes
        self._platforms = platforms
        self._pacer = pacer
        self._clock = clock
        self._describe, self._apologise, self._outdate = words
        self._told_at: dict[int, float] = {}

    async def refresh(self) -> None:
        """Bring the progress messages up to date, each at most once in three seconds."""
        at = self._clock.now()
        for live in await self._run(lambda session: notice_progress.live_ones(session, at=at)):
            now = self._clock.monotonic()
            if now - self._told_at.get(live.notice_id, -SECONDS_BETWEEN) >= SECONDS_BETWEEN:
                await self._refresh_one(live)

    async def recall(self) -> None:
        """Take withdrawn notices out of their chats, some at a time, until none is left."""
        while True:
            some = await self._run(recalls.next_ones)
            if not some:
                break
            gone = [await self._take_out(each) for each in some]
            settled = [
                (each, is_gone)
                for each, is_gone in zip(some, gone, strict=True)
                if is_gone is not None
            ]
            await self._run(
                lambda session, pairs=settled: recalls.settle(
                    session, [each for each, _ in pairs], [is_gone for _, is_gone in pairs]
                )
            )
            if len(settled) < len(some):
                return  # the platform pauses: later
        at = self._clock.now()
        while await self._run(lambda session: recalls.finish(session, self._apologise, at=at)):
            pass

    async def outdate(self) -> None:
        """Mark invitations that no longer hold, some at a time, until none is left."""
        while some := await self._run(superseding.next_ones):
            marked = [await self._mark(each) for each in some]
            known = [
                (old, is_marked)
                for old, is_marked in zip(some, marked, strict=True)
                if is_marked is not None
            ]
            await self._run(
                lambda session, pairs=known: superseding.settle(
                    session, [old for old, _ in pairs], [done for _, done in pairs]
                )
            )
            if len(known) < len(some):
                return  # the platform pauses: later

    async def _refresh_one(self, live: Live) -> None:
        message, is_last = await self._run(lambda session: self._describe(session, live))
        is_same = notice_progress.digest(message.text) == live.said
        platform = self._platforms.get(live.shown.chat.platform)
        shown = live.shown
        if not is_same and platform is not None:
            self._told_at[live.notice_id] = self._clock.monotonic()
            try:
                await self._pacer.wait(live.shown.chat)
                shown = await platform.edit(live.shown, message)
            except SendFailed as failed:
                if not failed.permanent:
                    return
                is_last = True
        if not is_same or is_last:
            await self._run(
                lambda session: notice_progress.note_shown(
                    session, live, shown, message.text, is_last=is_last
                )
            )
        if is_last:
            self._told_at.pop(live.notice_id, None)

    async def _take_out(self, recall: Recall) -> bool | None:
        """Whether the message is gone; None when it is to be tried again."""
        shown = recall.shown
        platform = self._platforms.get(shown.chat.platform) if shown else None
        if shown is None or platform is None:
            return False
        try:
            await self._pacer.wait(shown.chat)
            await platform.withdraw(shown)
        except SendFailed as failed:
            return False if failed.permanent else None
        return True

    async def _mark(self, old: Old) -> bool | None:
        """Whether the message says now that it is old; None when it is to be tried again."""
        shown = old.shown
        platform = self._platforms.get(shown.chat.platform) if shown else None
        if shown is None or platform is None:
            return False
        try:
            await self._pacer.wait(shown.chat)
            await platform.amend(shown, self._outdate(old))
        except SendFailed as failed:
            return False if failed.permanent else None
        return True

    async def _run(self, work: Callable[[Session], T]) -> T:
        return await asyncio.wrap_future(self._lanes.submit(work, Lane.BACKGROUND))
