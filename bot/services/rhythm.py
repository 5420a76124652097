"""The rhythm of meetings by pure calculation: which period is held, called, due or gone by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from bot.services.quorum import Clause

Every = Literal["month", "quarter", "half", "year"]
EVERY: tuple[Every, ...] = ("month", "quarter", "half", "year")
State = Literal["done", "planned", "due", "past", "ahead"]
_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_RULES = "branch-work-2018"


@dataclass(frozen=True)
class Duty:
    """A kind of meeting, how often, and where that stands; `every` is empty when nothing is set."""

    kind: str
    every: Every | None
    clause: Clause


DUTIES = (
    Duty("congress", "quarter", Clause(_RULES, "第十一条")),
    Duty("committee", "month", Clause(_RULES, "第十二条")),
    Duty("group", "month", Clause(_RULES, "第十三条")),
    Duty("lecture", None, Clause(_RULES, "第十六条")),
    Duty("party_day", "month", Clause(_RULES, "第十六条")),
    Duty("life", "year", Clause(_RULES, "第十七条")),
    Duty("appraisal", "year", Clause(_RULES, "组织生活一章")),
)


@dataclass(frozen=True)
class Step:
    """One period, both days included. `planned`: called and not closed yet; `past`: over without
    one; `held` of `of` groups have met, where that is what counts.
    """

    starts_on: date
    ends_on: date
    state: State
    held: int = 0
    of: int = 1


@dataclass(frozen=True)
class Line:
    """A duty through the year; `held` counts its meetings, `now` is the current period."""

    duty: Duty
    held: int
    steps: tuple[Step, ...] = ()
    now: Step | None = None


@dataclass(frozen=True)
class Held:
    """A meeting in a unit's ledger; `is_done` when it was closed, not only called."""

    unit_id: int
    kind: str
    on: date
    is_done: bool


@dataclass(frozen=True)
class When:
    """The year that is looked at, from the day `on`."""

    on: date
    year: int


def every_of(said: str) -> Every | None:
    """The rhythm of that name, or None when nothing is set."""
    known: dict[str, Every] = {each: each for each in EVERY}
    return known.get(said)


def span(every: Every, day: date) -> tuple[date, date]:
    """The first and last day of the period in which a day lies."""
    months = _MONTHS[every]
    first = (day.month - 1) // months * months + 1
    start = date(day.year, first, 1)
    return start, _next(start, months) - timedelta(days=1)


def line(
    duty: Duty, held: Sequence[Held], groups: Sequence[int], rhythm: Every | None, when: When
) -> Line:
    """A duty through a year; `rhythm` is how often the branch wants 党课."""
    mine = [each for each in held if each.kind == duty.kind]
    if duty.kind == "group":
        mine = [each for each in mine if each.unit_id in groups]
    elif duty.kind == "lecture":
        duty = replace(duty, every=rhythm)
    else:
        mine = [each for each in mine if each.unit_id not in groups]
    done = sum(each.is_done for each in mine)
    if duty.every is None:
        return Line(duty, done)
    wanted = len(groups) if duty.kind == "group" else 1
    on = when.on
    steps = tuple(_step(part, mine, wanted, on) for part in _parts(duty.every, when.year))
    now = next((step for step in steps if step.starts_on <= on <= step.ends_on), None)
    return Line(duty, done, steps, now)


def _step(part: tuple[date, date], held: Sequence[Held], wanted: int, on: date) -> Step:
    start, end = part
    within = [each for each in held if start <= each.on <= end]
    done = len({each.unit_id for each in within if each.is_done}) if wanted > 1 else 0
    called = len({each.unit_id for each in within}) if wanted > 1 else 0
    if wanted == 1:
        done, called = min(1, sum(each.is_done for each in within)), min(1, len(within))
    return Step(start, end, _state(part, done, called, wanted, on), done, wanted)


def _state(part: tuple[date, date], done: int, called: int, wanted: int, on: date) -> State:
    start, end = part
    if done >= wanted:
        return "done"
    if called >= wanted:
        return "planned"
    if end < on:
        return "past"
    return "ahead" if start > on else "due"


def _parts(every: Every, year: int) -> Iterable[tuple[date, date]]:
    return (span(every, date(year, month, 1)) for month in range(1, 13, _MONTHS[every]))


def _next(start: date, months: int) -> date:
    month = start.month - 1 + months
    return date(start.year + month // 12, month % 12 + 1, 1)
