"""Marks of what has been shown, gathered and written in batches: one commit for many replies."""

from __future__ import annotations

import asyncio

import structlog

from bot.core.clock import Clock
from bot.db.lanes import Lane, Lanes
from bot.services import inbox
from bot.services.inbox import Mark

log = structlog.get_logger("muduo.marks")

_SECONDS = 0.1


class Marks:
    """Collects marks and writes them a tenth of a second later.

    A crash between showing and writing shows the reply once more at the next start; a mark
    that can't be written (the disk is full) is kept for the next try.
    """

    def __init__(self, lanes: Lanes, clock: Clock) -> None:
        self._lanes = lanes
        self._clock = clock
        self._waiting: list[Mark] = []
        self._task: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()

    @property
    def waiting(self) -> set[int]:
        """The events whose answers stand, although their rows do not say so yet."""
        return {mark.event_id for mark in self._waiting}

    def add(self, mark: Mark) -> None:
        self._waiting.append(mark)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write_soon())

    async def flush(self) -> None:
        """Write what is waiting now."""
        await self._write()

    async def close(self) -> None:
        """Write the last marks; nothing is added afterwards."""
        await self.flush()
        if self._task is not None:
            self._task.cancel()

    async def _write_soon(self) -> None:
        pause = _SECONDS
        while self._waiting:
            await asyncio.sleep(pause)
            pause = min(5.0, pause * (1 if await self._write() else 2))

    async def _write(self) -> bool:
        async with self._writing:
            return await self._write_all()

    async def _write_all(self) -> bool:
        marks, self._waiting = self._waiting, []
        if not marks:
            return True
        try:
            await asyncio.wrap_future(
                self._lanes.submit(
                    lambda session: inbox.mark_shown(session, marks, at=self._clock.now()),
                    Lane.BACKGROUND,
                )
            )
        except Exception as error:  # kept for the next try, whatever the database says
            log.warning("marks not written", count=len(marks), error=type(error).__name__)
            self._waiting = marks + self._waiting
            return False
        return True
