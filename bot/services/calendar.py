"""Days on and off in China, with the working weekends (调休) that the State Council announces."""

from __future__ import annotations

from datetime import date

from chinese_calendar import constants, is_holiday

_PUBLISHED_UNTIL = max(constants.holidays).year
_PUBLISHED_FROM = min(constants.holidays).year


def is_published(year: int) -> bool:
    """Whether the days off of that year are known; else weekdays stand in for working days."""
    return _PUBLISHED_FROM <= year <= _PUBLISHED_UNTIL


def is_workday(day: date) -> bool:
    """Whether people work on that day; by the weekday alone when the year is not published."""
    if not is_published(day.year):
        return day.weekday() < 5
    return not is_holiday(day)
