"""The gate that every message nobody asked for passes (DESIGN.md, promise 4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum

from bot.core.clock import SHANGHAI, local
from bot.services import calendar

QUIET_FROM = time(21, 0)
QUIET_UNTIL = time(7, 30)


class Purpose(Enum):
    """Why a message goes out; decides whether it waits for quiet hours."""

    AWAITED = "awaited"  # the person has just asked for it
    ANSWER = "answer"  # an answer to what was passed on
    APPROVAL = "approval"  # somebody waits for this person's yes
    TROUBLE = "trouble"  # to administrators: something of the house failed

    @property
    def is_awaited(self) -> bool:
        return self is Purpose.AWAITED

    @property
    def is_worth_repeating(self) -> bool:
        """Whether one that may not have arrived is sent once more, marked as such."""
        return self in (Purpose.AWAITED, Purpose.ANSWER, Purpose.APPROVAL)


@dataclass(frozen=True)
class Reach:
    """Whom a letter reaches: `people` do, `missed` have left or take none; held ones wait."""

    people: int
    missed: int = 0
    is_held: bool = False


def opens_at(purpose: Purpose, *, at: datetime) -> datetime:
    """The first instant from `at` on at which the message may go out."""
    if purpose.is_awaited:
        return at
    here = local(at)
    if here.time() >= QUIET_FROM:
        here = _morning(here + timedelta(days=1))
    elif here.time() < QUIET_UNTIL:
        here = _morning(here)
    while not calendar.is_workday(here.date()):
        here = _morning(here + timedelta(days=1))
    return here.astimezone(at.tzinfo)


def _morning(here: datetime) -> datetime:
    return datetime.combine(here.date(), QUIET_UNTIL, tzinfo=SHANGHAI)
