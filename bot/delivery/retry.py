"""When something that failed is tried again: longer and longer pauses, never all at once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class Retry:
    """Pauses that double up to `longest` seconds, each shortened by chance up to a half.

    Most faults are over at once. The `tries` last for about a day, since a platform may be
    out of order for hours and what it then gets is still wanted.
    """

    first: float = 0.5
    longest: float = 600.0
    tries: int = 200
    chance: random.Random = field(default_factory=random.Random)
    sleep: Sleep = asyncio.sleep

    def pause(self, attempt: int) -> float:
        """Seconds to wait after that many failed attempts (from 1)."""
        whole = min(self.longest, self.first * 2.0 ** min(attempt - 1, 30))
        return whole * (0.5 + self.chance.random() / 2)

    async def wait(self, attempt: int, *, at_most: float) -> None:
        """Sleep such a pause, or `at_most` seconds."""
        await self.sleep(min(self.pause(attempt), at_most))

    def is_exhausted(self, attempt: int) -> bool:
        """Whether another try is one too many."""
        return attempt >= self.tries
