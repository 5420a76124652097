"""Days on and off in China (调休 included), and the rules by which reminders fall due.

A rule gives Occasions between two days; whoever asks decides what has gone out already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal, Protocol

from chinese_calendar import constants, is_holiday
from cronsim import CronSim

from bot.core.clock import SHANGHAI, local
from bot.services import festivals

_PUBLISHED_UNTIL = max(constants.holidays).year
_PUBLISHED_FROM = min(constants.holidays).year
_A_DAY = timedelta(days=1)
# Further than any offset reaches, so that what lies outside the days asked for is looked at too.
_MARGIN = timedelta(days=120)
_LOOK_AHEAD = timedelta(days=800)


def is_published(year: int) -> bool:
    """Whether the days off of that year are known; else weekdays stand in for working days."""
    return _PUBLISHED_FROM <= year <= _PUBLISHED_UNTIL


@lru_cache(maxsize=8192)  # asked thousands of times whenever reminders are looked through
def is_workday(day: date) -> bool:
    """Whether people work on that day; by the weekday alone when the year is not published."""
    if not is_published(day.year):
        return day.weekday() < 5
    return not is_holiday(day)


def workday_near(day: date, step: Literal[-1, 1]) -> date:
    """The day itself when people work on it, else the next (1) or the last before it (-1)."""
    while not is_workday(day):
        day += step * _A_DAY
    return day


def workdays_from(day: date, count: int) -> date:
    """The working day that many after the day, or before it when `count` is negative."""
    step: Literal[-1, 1] = 1 if count > 0 else -1
    for _ in range(abs(count)):
        day = workday_near(day + step * _A_DAY, step)
    return day


def nth_workday(year: int, month: int, nth: int) -> date | None:
    """The nth working day of a month, from its end when negative; None when there is none."""
    return _nth([day for day in days_of(year, month) if is_workday(day)], nth)


def nth_weekday(year: int, month: int, nth: int, weekday: int) -> date | None:
    """The nth Monday (0) to Sunday (6) of a month; None when the month has no fifth one."""
    return _nth([day for day in days_of(year, month) if day.weekday() == weekday], nth)


@dataclass(frozen=True)
class Term:
    """A school term, both days included."""

    first: date
    last: date


@dataclass(frozen=True)
class Occasion:
    """A time at which a rule speaks. `name` is the festival's, `until` the last day it is of use.

    `offset` is how far it lies from the day that it is about (-7 is a week before), and `about`
    that day; `is_opening` is the first word about a window. `key` stays the same however the
    rule's time of day changes.
    """

    due_at: datetime
    key: str
    name: str = ""
    until: date | None = None
    offset: int = 0
    about: date | None = None
    is_opening: bool = False


class Rule(Protocol):
    """When something falls due."""

    def between(self, first: date, last: date) -> Iterator[Occasion]:
        """The occasions on these days, both included, in order."""
        ...


def next_one(rule: Rule, after: datetime) -> Occasion | None:
    """The first occasion later than an instant, or None within the next two years."""
    first = local(after).date()
    while first < local(after).date() + _LOOK_AHEAD:
        last = first + timedelta(days=99)
        for occasion in rule.between(first, last):
            if occasion.due_at > after:
                return occasion
        first = last + _A_DAY
    return None


@dataclass(frozen=True)
class Cron:
    """A crontab line in Chinese time, which falls due once a day at most."""

    line: str

    def between(self, first: date, last: date) -> Iterator[Occasion]:
        start = datetime.combine(first, time(), tzinfo=SHANGHAI) - timedelta(seconds=1)
        for at in CronSim(self.line, start):
            if at.date() > last:
                return
            yield Occasion(at, at.date().isoformat())


@dataclass(frozen=True)
class Monthly:
    """The nth working day of some months, or the nth of a weekday (0 is Monday)."""

    nth: int
    at: time
    weekday: int | None = None
    months: Sequence[int] = tuple(range(1, 13))

    def between(self, first: date, last: date) -> Iterator[Occasion]:
        for year in range(first.year, last.year + 1):
            for month in sorted(self.months):
                day = self._day(year, month)
                if day and first <= day <= last:
                    yield _on(day, self.at)

    def _day(self, year: int, month: int) -> date | None:
        if self.weekday is None:
            return nth_workday(year, month, self.nth)
        return nth_weekday(year, month, self.nth, self.weekday)


@dataclass(frozen=True)
class Around:
    """Days counted from another day: `days` of the calendar, `workdays` at work.

    A calendar day on which nobody works gives way to the working day on the side away from the
    day that it is about, so that nothing comes too late, nor too soon.
    """

    at: time
    days: Sequence[int] = ()
    workdays: Sequence[int] = ()

    def of(self, about: date, name: str = "") -> list[Occasion]:
        """The occasions around one day."""
        found: dict[date, Occasion] = {}
        for offset in sorted(self.days):
            day = about + timedelta(days=offset)
            day = workday_near(day, -1 if offset < 0 else 1)
            found.setdefault(day, self._occasion(day, offset, about, name))
        for offset in sorted(self.workdays):
            day = workdays_from(about, offset)
            found.setdefault(day, self._occasion(day, offset, about, name))
        return [found[day] for day in sorted(found)]

    def _occasion(self, day: date, offset: int, about: date, name: str) -> Occasion:
        until = about if offset < 0 else None
        return _on(day, self.at, name, until, (offset, about))


@dataclass(frozen=True)
class Festive:
    """Before (or after) festivals; those beside each other have one occasion between them."""

    names: Sequence[str]
    around: Around

    def between(self, first: date, last: date) -> Iterator[Occasion]:
        years = range((first - _MARGIN).year, (last + _MARGIN).year + 1)
        every = (each for year in years for each in festivals.of_year(self.names, year))
        found = (each for day in every for each in self.around.of(day.day, day.name))
        # On the day itself it is too late for a word before it.
        yield from (_by_the_eve(each) for each in _within(found, first, last))


@dataclass(frozen=True)
class Termly:
    """Around the start, or the end, of school terms."""

    edge: Literal["start", "end"]
    around: Around
    terms: Sequence[Term] = ()

    def between(self, first: date, last: date) -> Iterator[Occasion]:
        edges = (term.first if self.edge == "start" else term.last for term in self.terms)
        yield from _within((each for day in edges for each in self.around.of(day)), first, last)


@dataclass(frozen=True)
class Due:
    """Around days that are given: due dates."""

    about: Sequence[date]
    around: Around

    def between(self, first: date, last: date) -> Iterator[Occasion]:
        found = (each for day in self.about for each in self.around.of(day))
        yield from _within(found, first, last)


Period = Literal["month", "quarter", "half", "year"]
MONTHS: dict[Period, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}


@dataclass(frozen=True)
class Cadence:
    """Around the last day of each month, quarter, half-year or year."""

    period: Period
    around: Around

    def between(self, first: date, last: date) -> Iterator[Occasion]:
        step = MONTHS[self.period]
        ends = (
            days_of(year, month)[-1]
            for year in range((first - _MARGIN).year, (last + _MARGIN).year + 1)
            for month in range(step, 13, step)
        )
        yield from _within((each for day in ends for each in self.around.of(day)), first, last)


@dataclass(frozen=True)
class Limited:
    """A rule that holds from a day to a day, both included."""

    rule: Rule
    starts: date | None = None
    ends: date | None = None

    def between(self, first: date, last: date) -> Iterator[Occasion]:
        first, last = max(first, self.starts or first), min(last, self.ends or last)
        if first <= last:
            yield from self.rule.between(first, last)


def _on(
    day: date,
    at: time,
    name: str = "",
    until: date | None = None,
    about: tuple[int, date | None] = (0, None),
) -> Occasion:
    due_at = datetime.combine(day, at, tzinfo=SHANGHAI)
    return Occasion(due_at, day.isoformat(), name, until, *about)


def _by_the_eve(occasion: Occasion) -> Occasion:
    return replace(occasion, until=occasion.until - _A_DAY) if occasion.until else occasion


def _within(found: Iterable[Occasion], first: date, last: date) -> list[Occasion]:
    inside = (each for each in found if first <= local(each.due_at).date() <= last)
    return sorted(inside, key=lambda each: each.due_at)


def days_of(year: int, month: int) -> list[date]:
    """All days of a month."""
    day = date(year, month, 1)
    days: list[date] = []
    while day.month == month:
        days.append(day)
        day += _A_DAY
    return days


def _nth(days: Sequence[date], nth: int) -> date | None:
    index = nth - 1 if nth > 0 else nth
    return days[index] if nth and -len(days) <= index < len(days) else None
