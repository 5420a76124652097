"""Days and hours as everything here says them: 11月30日（周一）09:00.

Always with the weekday, by which people plan; never 明天 or 下周一, since a message is read
later, too.
"""

from __future__ import annotations

from datetime import date, datetime

from bot.core.clock import local
from bot.core.dates import WEEKDAYS


def day(on: date) -> str:
    """11月30日（周一）."""
    return f"{on.month}月{on.day}日（周{WEEKDAYS[on.weekday()]}）"


def when(at: datetime) -> str:
    """11月30日（周一）09:00, in China."""
    here = local(at)
    return f"{day(here.date())}{here:%H:%M}"
