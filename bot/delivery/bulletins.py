"""Messages that stand in chats already: kept up to date, taken out, marked as no longer true."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from bot.core.chat import Message, Reply, Shown
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
Standing = TypeVar("Standing", Recall, Old)
log = structlog.get_logger("muduo.delivery")
SECONDS_BETWEEN = 3.0
# The words: what a sender's message says now (and whether that is the last), what those are told
# whose message could not be taken back, and what an invitation says that no longer holds. They
# stand in handlers, which is not our business.
Describe = Callable[[Session, Live, datetime], tuple[Message, bool]]
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
        if await self._work_through(recalls.next_ones, self._take_out, recalls.settle):
            at = self._clock.now()
            while await self._run(lambda session: recalls.finish(session, self._apologise, at=at)):
                pass

    async def outdate(self) -> None:
        """Mark invitations that no longer hold, some at a time, until none is left."""
        await self._work_through(superseding.next_ones, self._mark, superseding.settle)

    async def _work_through(
        self,
        next_ones: Callable[[Session], list[Standing]],
        act: Callable[[Standing], Awaitable[bool | None]],
        settle: Callable[[Session, Sequence[Standing], Sequence[bool]], None],
    ) -> bool:
        """Do it to all that stand. False when the platform pauses, and the rest is for later."""
        while some := await self._run(next_ones):
            ends = [await act(each) for each in some]
            done = [each for each, end in zip(some, ends, strict=True) if end is not None]
            worked = [end for end in ends if end is not None]
            await self._run(lambda session, of=done, ends=worked: settle(session, of, ends))
            if len(done) < len(some):
                return False
        return True

    async def _refresh_one(self, live: Live) -> None:
        at = self._clock.now()
        message, is_last = await self._run(lambda session: self._describe(session, live, at))
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
        return await self._at(recall.shown, lambda platform, shown: platform.withdraw(shown))

    async def _mark(self, old: Old) -> bool | None:
        def amend(platform: Platform, shown: Shown) -> Awaitable[None]:
            return platform.amend(shown, self._outdate(old))

        return await self._at(old.shown, amend)

    async def _at(
        self, shown: Shown | None, do: Callable[[Platform, Shown], Awaitable[None]]
    ) -> bool | None:
        """Whether it could be done to that message; None when it is to be tried again."""
        platform = self._platforms.get(shown.chat.platform) if shown else None
        if shown is None or platform is None:
            return False
        try:
            await self._pacer.wait(shown.chat)
            await do(platform, shown)
        except SendFailed as failed:
            return False if failed.permanent else None
        return True

    async def _run(self, work: Callable[[Session], T]) -> T:
        return await asyncio.wrap_future(self._lanes.submit(work, Lane.BACKGROUND))
