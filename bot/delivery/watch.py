"""Notices that a platform can't be reached, and that it can again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from bot import meters
from bot.core.clock import Clock
from bot.db.lanes import Lane, Lanes
from bot.delivery.pacing import Pacer

# Remembers what is away and what answers, and says so to whom it concerns.
Note = Callable[[Session, Mapping[str, datetime], Collection[str], datetime], object]


class Watch:
    """A chore. What it has found is a row, for all processes and the next start."""

    def __init__(self, lanes: Lanes, pacer: Pacer, clock: Clock, note: Note) -> None:
        self._lanes = lanes
        self._pacer = pacer
        self._clock = clock
        self._note = note
        self._answering: set[str] | None = None

    async def look(self) -> None:
        """Write down what has changed since the last look, or lasts."""
        away, answering, at = self._pacer.away(), self._pacer.answering(), self._clock.now()
        for name in self._pacer.names:
            since = away.get(name)
            meters.AWAY.labels(name).set((at - since).total_seconds() if since else 0.0)
        if not away and answering == self._answering:
            return
        work = self._lanes.submit(lambda s: self._note(s, away, answering, at), Lane.BACKGROUND)
        await asyncio.wrap_future(work)
        self._answering = answering
