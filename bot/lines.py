"""One person's line of events, and when a flood in it is slowed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from bot.services.inbox import Event


@dataclass
class Flood:
    """When a person's events are slowed, and how much."""

    per_minute: int = 30
    seconds_between: float = 2.0


@dataclass
class Line:
    """One person's events, in order, and when the last ones were handled."""

    events: deque[Event] = field(default_factory=deque[Event])
    recent: deque[float] = field(default_factory=deque[float])
    is_slowed: bool = False
