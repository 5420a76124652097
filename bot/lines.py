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

    def is_flooded(self, flood: Flood, now: float) -> bool:
        """Count one more event at that second; says whether there were too many in a minute."""
        while self.recent and self.recent[0] <= now - 60:
            self.recent.popleft()
        self.recent.append(now)
        return len(self.recent) > flood.per_minute
