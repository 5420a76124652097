"""Days and hours of what has been, as people write them: 11月6日下午3点, 昨天晚上7点."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core import dates
from bot.core.clock import local_day
from bot.core.dates import Moment
from bot.core.errors import Refused

_TOO_FAR_AHEAD = timedelta(days=180)


def read(text: str, *, now: datetime) -> Moment:
    """What the text says; in January 12月20日 is a day of last December.

    Raises Refused: date_unread, date_impossible, date_wrong_weekday, date_ahead.
    """
    moment, today = dates.understood(text, now=now), local_day(now)
    if moment.day is None or moment.day <= today:
        return moment
    is_leap_day = (moment.day.month, moment.day.day) == (2, 29)
    if moment.day - today <= _TOO_FAR_AHEAD or is_leap_day:
        raise Refused("date_ahead", text=text)
    return replace(moment, day=moment.day.replace(year=moment.day.year - 1))
