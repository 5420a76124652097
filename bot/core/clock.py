"""The one place that reads the time."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Business time, wall time and elapsed time.

    `now` is business time in aware UTC and may run ahead in a demo; `wall` is the same without
    that offset, for leases that several processes compare; `monotonic` is in seconds.
    """

    def now(self) -> datetime: ...

    def wall(self) -> datetime: ...

    def monotonic(self) -> float: ...


class SystemClock:
    """The machine's clock, plus an offset that only a demo database sets (forward only)."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        return self.wall() + self.offset

    def wall(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def local(at: datetime) -> datetime:
    """The same instant as people in China read it."""
    return at.astimezone(SHANGHAI)


def local_day(at: datetime) -> date:
    """The day on the calendar in China at that instant."""
    return local(at).date()
