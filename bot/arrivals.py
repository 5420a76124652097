"""Events on their way into the inbox: what arrives together is stored together.

A thousand events that come one by one cost a few transactions, not a thousand, so nobody waits
behind somebody else's flood.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from bot.core.chat import Incoming

TakeIn = Callable[[Sequence[Incoming]], Awaitable[None]]
_AT_ONCE = 200


class Arrivals:
    """Brings events to `take_in`, one call at a time, in the order in which they came."""

    def __init__(self, take_in: TakeIn) -> None:
        self._take_in = take_in
        self._waiting: list[tuple[Sequence[Incoming], asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def bring(self, incomings: Sequence[Incoming]) -> None:
        """Return once these events are taken in; raises what `take_in` raises for them."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((incomings, done))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())
        await done

    async def _work(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
            try:
                await self._take_in([each for incomings, _ in together for each in incomings])
            except Exception as error:  # each learns of its own
                if len(together) == 1:
                    _fail(together[0][1], error)
                else:
                    await self._one_by_one(together)
            else:
                for _, done in together:
                    _succeed(done)

    async def _one_by_one(
        self, together: Sequence[tuple[Sequence[Incoming], asyncio.Future[None]]]
    ) -> None:
        for incomings, done in together:
            try:
                await self._take_in(incomings)
            except Exception as error:  # each learns of its own
                _fail(done, error)
            else:
                _succeed(done)


def _succeed(done: asyncio.Future[None]) -> None:
    if not done.done():  # whoever waited may be gone
        done.set_result(None)


def _fail(done: asyncio.Future[None], error: Exception) -> None:
    if not done.done():
        done.set_exception(error)
