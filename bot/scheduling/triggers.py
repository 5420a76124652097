"""When APScheduler is to wake us for a reminder: the rules of services/calendar.py as triggers."""

from __future__ import annotations

from datetime import datetime, timedelta

from apscheduler.triggers.base import BaseTrigger

from bot.core.clock import Clock
from bot.services import calendar
from bot.services.calendar import Rule

_APART = timedelta(milliseconds=100)


class RuleTrigger(BaseTrigger):
    """Fires whenever a rule falls due, by business time, which may run ahead of the machine's.

    What passed while nothing ran is APScheduler's misfire; its coalescing makes one wake of
    several, which is enough, since the rows know what is due.
    """

    __slots__ = ("_clock", "_rule")

    def __init__(self, rule: Rule, clock: Clock) -> None:
        self._rule = rule
        self._clock = clock

    # APScheduler has no types; its base returns nothing.
    def get_next_fire_time(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """The first time due after the last one, or after now when there was none."""
        ahead = self._clock.now() - self._clock.wall()
        # `ahead` differs by microseconds from one call to the next; times due do by minutes.
        after = previous_fire_time + _APART if previous_fire_time else now
        found = calendar.next_one(self._rule, after + ahead)
        return found.due_at - ahead if found else None

    def __repr__(self) -> str:
        return f"<RuleTrigger {self._rule!r}>"
