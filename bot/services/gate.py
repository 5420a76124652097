"""The gate that every message nobody asked for passes (DESIGN.md, promise 4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum, IntEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, Table, select
from sqlalchemy.orm import Session

from bot.core.clock import SHANGHAI, local, local_day
from bot.db.bulk import VALUES, dialect_of, each_value, packed
from bot.db.engine import run
from bot.db.models import WishRow
from bot.services import calendar

_WISHES: Table = WishRow.__table__  # type: ignore[assignment]

QUIET_FROM = time(21, 0)
QUIET_UNTIL = time(7, 30)
A_DAY, A_WEEK = 1, 3
_AT_ONCE_WITHIN = timedelta(hours=12)


class Urgency(IntEnum):
    """The lane of a Delivery."""

    INTERACTIVE = 0
    URGENT = 1
    NORMAL = 2
    BULK = 3


class Purpose(Enum):
    """Why a message goes out; decides whether it waits, is counted, or may be held back."""

    AWAITED = "awaited"  # the person has just asked for it
    ANSWER = "answer"  # an answer to what was passed on
    APPROVAL = "approval"  # somebody waits for this person's yes
    TROUBLE = "trouble"  # to administrators: something of the house failed
    INVITATION = "invitation"  # to a meeting
    CHANGE = "change"  # of what the person was told
    EVE = "eve"  # the evening before a meeting: promised with the invitation
    CANCELLATION = "cancellation"
    RECEIPT_NOTICE = "receipt_notice"  # a notice that asks for 收到
    CONFIDENTIAL = "confidential"  # to one person: when, where and whom to see
    NOTICE = "notice"
    URGENT = "urgent"
    REMINDER = "reminder"
    NUDGE = "nudge"
    DIGEST = "digest"

    @property
    def is_awaited(self) -> bool:
        return self is Purpose.AWAITED

    @property
    def is_at_once(self) -> bool:
        """Whether quiet hours and days off do not matter."""
        return self in (Purpose.AWAITED, Purpose.URGENT)

    @property
    def is_capped(self) -> bool:
        """Whether it is held back when the person has had enough."""
        return self in _CAPPED

    @property
    def is_sparable(self) -> bool:
        """Whether a person may do without: by a wish, or being exempt."""
        return self.is_capped or self is Purpose.EVE

    @property
    def is_counted(self) -> bool:
        """Whether it is one of those that the person has had."""
        return self in _COUNTED

    @property
    def is_mergeable(self) -> bool:
        """Whether it may stand in one message with others."""
        return self in _COUNTED and self not in (Purpose.URGENT, Purpose.CONFIDENTIAL)

    @property
    def is_worth_repeating(self) -> bool:
        """Whether one that may not have arrived is sent once more, marked as such."""
        return self in _REPEATED

    @property
    def urgency(self) -> Urgency:
        """The lane of one message; the same to many goes as bulk unless it is urgent."""
        if self.is_awaited:
            return Urgency.INTERACTIVE
        if self in (Purpose.URGENT, Purpose.CANCELLATION):
            return Urgency.URGENT
        return Urgency.NORMAL


_CAPPED = {Purpose.REMINDER, Purpose.NUDGE, Purpose.DIGEST}
_UNCOUNTED = {Purpose.AWAITED, Purpose.ANSWER, Purpose.APPROVAL, Purpose.TROUBLE}
_COUNTED = set(Purpose) - _UNCOUNTED
_REPEATED = {
    Purpose.AWAITED,
    Purpose.ANSWER,
    Purpose.APPROVAL,
    Purpose.INVITATION,
    Purpose.CHANGE,
    Purpose.CANCELLATION,
    Purpose.RECEIPT_NOTICE,
    Purpose.CONFIDENTIAL,
    Purpose.URGENT,
}


@dataclass(frozen=True)
class Reach:
    """Whom a letter reaches: `people` do, `missed` have left or take none; held ones wait."""

    people: int
    missed: int = 0
    is_held: bool = False


@dataclass(frozen=True)
class Wish:
    """How a person wants to be reminded: at an hour, on a weekday (0 is Monday), or hardly.

    `only_musts` drops what is sparable; `exempt_until` does so before that day.
    """

    hour: time | None = None
    weekday: int | None = None
    only_musts: bool = False
    exempt_until: date | None = None

    def drops(self, purpose: Purpose, *, at: datetime) -> str | None:
        """The code of why such a message is not sent at all, or None."""
        if not purpose.is_sparable:
            return None
        if self.exempt_until is not None and local_day(at) < self.exempt_until:
            return "exempt"
        return "wish" if self.only_musts else None


NO_WISH = Wish()


@dataclass(frozen=True)
class Opening:
    """When a message may go, and the code of why not before: quiet, day_off or wish."""

    at: datetime
    reason: str | None = None


def wishes(session: Session, owners: Iterable[str]) -> dict[str, Wish]:
    """What these people have asked for; whoever is missing has asked for nothing."""
    found = run(session, _of_these(dialect_of(session)), {VALUES: packed(list(owners))})
    return {
        row.owner: Wish(row.hour, row.weekday, row.only_musts, row.exempt_until) for row in found
    }


@lru_cache(maxsize=2)
def _of_these(dialect: str) -> Select[Any]:
    each = each_value(dialect)
    return select(_WISHES).where(_WISHES.c.owner.in_(select(each.c.value)))


def opening(
    purpose: Purpose,
    *,
    at: datetime,
    expires_at: datetime | None = None,
    wish: Wish = NO_WISH,
) -> Opening:
    """The first instant from `at` on at which the message may go out, and what holds it.

    A cancellation goes at once within twelve hours of what is cancelled (its `expires_at`), and on
    a day off rather than too late.
    """
    if purpose.is_at_once or _is_pressing(purpose, at, expires_at):
        return Opening(at)
    opened = _open_day(at)
    if purpose is Purpose.CANCELLATION and expires_at and opened.at >= expires_at:
        return _open_hour(at)
    if purpose.is_capped and (wish.hour or wish.weekday is not None):
        wished = _wished(opened.at, wish)
        return Opening(wished, "wish") if wished > opened.at else opened
    return opened


def opens_at(
    purpose: Purpose,
    *,
    at: datetime,
    expires_at: datetime | None = None,
    wish: Wish = NO_WISH,
) -> datetime:
    """The first instant from `at` on at which the message may go out."""
    return opening(purpose, at=at, expires_at=expires_at, wish=wish).at


def room(days: Sequence[date], *, at: datetime, next_at: datetime | None = None) -> Opening:
    """When a capped message may go to somebody who had others on these days, and what holds it.

    `next_at` is when something else goes to the person today anyway: then it joins that. A week is
    any seven days on end.
    """
    today = local_day(at)
    if days.count(today) >= A_DAY:
        reason = "cap_day"
    elif _within_a_week(days, today) >= A_WEEK:
        reason = "cap_week"
    else:
        return Opening(at) if next_at is None else Opening(next_at, "joins")
    day = today + timedelta(days=1)
    while not calendar.is_workday(day) or _within_a_week(days, day) >= A_WEEK:
        day += timedelta(days=1)
    morning = datetime.combine(day, QUIET_UNTIL, tzinfo=SHANGHAI)
    return Opening(morning.astimezone(at.tzinfo), reason)


def _within_a_week(days: Sequence[date], last: date) -> int:
    return sum(timedelta() <= last - day < timedelta(days=7) for day in days)


def _is_pressing(purpose: Purpose, at: datetime, expires_at: datetime | None) -> bool:
    is_cancelled = purpose is Purpose.CANCELLATION and expires_at is not None
    return is_cancelled and expires_at is not None and expires_at - at <= _AT_ONCE_WITHIN


def _open_day(at: datetime) -> Opening:
    """The first instant outside quiet hours on a working day."""
    reason = None
    here = local(at)
    if here.time() >= QUIET_FROM:
        here, reason = _morning(here + timedelta(days=1)), "quiet"
    elif here.time() < QUIET_UNTIL:
        here, reason = _morning(here), "quiet"
    while not calendar.is_workday(here.date()):
        here, reason = _morning(here + timedelta(days=1)), "day_off"
    return Opening(here.astimezone(at.tzinfo), reason)


def _open_hour(at: datetime) -> Opening:
    """The first instant outside quiet hours, on whatever day."""
    here = local(at)
    if QUIET_UNTIL <= here.time() < QUIET_FROM:
        return Opening(at)
    day = here if here.time() < QUIET_UNTIL else here + timedelta(days=1)
    return Opening(_morning(day).astimezone(at.tzinfo), "quiet")


def _wished(opened: datetime, wish: Wish) -> datetime:
    """The first working instant of the wished hour and weekday, from `opened` on.

    When the weekday is a day off, the next working day serves.
    """
    here = local(opened)
    hour = max(wish.hour or QUIET_UNTIL, QUIET_UNTIL)
    day = here.date()
    if here.time() > hour and wish.hour is not None:
        day += timedelta(days=1)
    if wish.weekday is not None:
        day += timedelta(days=(wish.weekday - day.weekday()) % 7)
    while not calendar.is_workday(day):
        day += timedelta(days=1)
    return max(opened, datetime.combine(day, hour, tzinfo=SHANGHAI).astimezone(opened.tzinfo))


def _morning(here: datetime) -> datetime:
    return datetime.combine(here.date(), QUIET_UNTIL, tzinfo=SHANGHAI)
