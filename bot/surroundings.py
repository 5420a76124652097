"""What stands at the edges of an App, and is another in tests: clock, sleep, platforms, chance."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.core.clock import Clock
from bot.core.platform import Platform
from bot.db.engine import Database
from bot.db.lanes import Lanes
from bot.dispatch import Sleep
from bot.scheduling.scheduler import Chore, Scheduler
from bot.settings import Settings
from knowledge.live import LiveKnowledge


@dataclass
class Surroundings:
    """What stands at the edges and is another in tests: clock, sleep, platforms, knowledge.

    The simulator also brings database lanes without threads, its own ticks, and its own chance.
    """

    clock: Clock
    platforms: Sequence[Platform] = ()
    sleep: Sleep = asyncio.sleep
    knowledge: LiveKnowledge | None = None
    lanes: Callable[[Database], Lanes] = Lanes
    scheduler: Callable[[Sequence[Chore]], Scheduler] = Scheduler
    chance: random.Random = field(default_factory=random.Random)


def platforms_of(settings: Settings) -> tuple[Platform, ...]:
    """The platforms that the settings turn on, besides the web."""
    if settings.telegram_token is None:
        return ()
    # Imported when it is on: it costs half a second and 19 MB.
    from bot.platforms.telegram import TelegramPlatform
    from bot.platforms.telegram_api import Options

    token = settings.telegram_token.get_secret_value()
    secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else ""
    options = Options(
        token,
        settings.telegram_api_url,
        public_url=settings.public_url,
        # Whoever knows the token may also know this; nobody else can.
        secret=secret or hashlib.sha256(f"webhook:{token}".encode()).hexdigest(),
        proxy=settings.telegram_proxy,
    )
    return (TelegramPlatform(options),)
