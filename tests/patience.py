"""How long tests wait for what must come: a bound for what never does, not a measure."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

# Long enough for two loaded cores of somebody else's machine; nothing that works waits for it.
PATIENCE = 60.0
_GLANCE = 0.01


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for all that is asserted next: a test that waits for one thing and asserts another
    depends on which of them comes first."""
    async with asyncio.timeout(PATIENCE):
        while not is_so():
            await asyncio.sleep(_GLANCE)
