"""When the windows of a plan's items open and end: in years, months and school terms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from bot.services import calendar
from bot.services.calendar import Term
from knowledge.reminders_windows import Window

_A_YEAR = timedelta(days=366)


def of_window(
    window: Window, terms: Sequence[Term], first: date, last: date
) -> Iterator[tuple[str, date, date]]:
    """The periods of a window near these days: name, first day, last day."""
    if window.every is None:
        yield "once", *window.dates(first.year)
    elif window.every == "term":
        start, end = window.numbers
        for term in terms:
            opens = term.first + timedelta(days=start)
            yield term.first.isoformat(), opens, term.first + timedelta(days=end)
    elif window.every == "year":
        for year in range((first - _A_YEAR).year, last.year + 1):
            yield str(year), *window.dates(year)
    else:
        yield from _months(window, first, last)


def _months(window: Window, first: date, last: date) -> Iterator[tuple[str, date, date]]:
    start, end = window.numbers
    month = first.replace(day=1)
    while month <= last:
        days = calendar.days_of(month.year, month.month)
        yield f"{month:%Y-%m}", days[min(start, len(days)) - 1], days[min(end, len(days)) - 1]
        month = days[-1] + timedelta(days=1)
