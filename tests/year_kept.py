"""A branch's year as it stands on a day, for tests of its rhythm."""

from __future__ import annotations

from datetime import UTC, date, datetime

from bot.core.clock import SHANGHAI
from tests.held import FIRST

TODAY = date(2026, 11, 23)
GROUPS = (f"{FIRST}第一党小组", f"{FIRST}第二党小组")


def at(month: int, day: int, hour: int = 15) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI).astimezone(UTC)
