"""What happens in a year: steps drawn from a seed, each with chance of its own."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.core.clock import SHANGHAI
from bot.services import calendar

# Kind, times a month for each hundred people (or for the whole house), busiest hours.
_OF_PEOPLE = (
    ("ask", 12.0),
    ("practise", 10.0),
    ("react", 90.0),
    ("wander", 8.0),
    ("wish", 1.5),
    ("block", 1.0),
    ("move", 0.3),
    ("leave", 0.2),
)
_OF_STAFF = (("spare", 0.15), ("meeting", 1.2), ("roll", 2.0), ("staff", 2.0))
_OF_ADMINISTRATORS = (("notice", 0.8),)
_OF_HOUSE = (("post", 6.0), ("done", 8.0), ("kill", 10.0), ("restart", 2.0), ("outage", 2.0))


@dataclass(frozen=True)
class Step:
    """One thing that happens: after so many seconds, of that kind, to the person of that number."""

    after: float
    kind: str
    who: int
    seed: int


def draw(
    chance: random.Random, start: datetime, days: int, people: int, staff: Sequence[Sequence[int]]
) -> list[Step]:
    """A story. `staff` are the numbers of the secretaries and of the administrators."""
    months = days / 30
    secretaries, administrators = staff
    everybody = range(people)
    steps: list[Step] = []
    for kinds, crowd, share in (
        (_OF_PEOPLE, everybody, people / 100),
        (_OF_STAFF, secretaries, float(len(secretaries))),
        (_OF_ADMINISTRATORS, administrators, float(len(administrators))),
        (_OF_HOUSE, everybody, 1.0),
    ):
        for kind, often in kinds:
            wanted = months * often * share
            count = int(wanted) + (chance.random() < wanted % 1)
            for _ in range(count):
                who = chance.choice(crowd)
                after = _moment(chance, start, days, kind)
                steps.append(Step(after, kind, who, chance.randrange(2**32)))
    return sorted(steps, key=lambda step: step.after)


def _moment(chance: random.Random, start: datetime, days: int, kind: str) -> float:
    """Mostly in working hours; what goes wrong goes wrong at any hour."""
    first = start.astimezone(SHANGHAI).date()
    day = first + timedelta(days=chance.randrange(days))
    anytime = kind in ("kill", "restart", "outage", "post") or chance.random() < 0.15
    if not anytime:
        day = _workday(day)
    hour = chance.uniform(0, 24) if anytime else chance.triangular(7, 21.5, 12.2)
    return max(0.0, (_at(day, hour) - start).total_seconds())


def _workday(day: date) -> date:
    while not calendar.is_workday(day):
        day += timedelta(days=1)
    return day


def _at(day: date, hour: float) -> datetime:
    return datetime.combine(day, time(), tzinfo=SHANGHAI) + timedelta(hours=hour)
