"""What a unit usually does: when it would meet next, like last time, where, and how long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.core.clock import local, local_day
from bot.db.models import AttendanceRow, MeetingRow, RecordRow
from bot.services import calendar, festivals

PLACES_AT_MOST = 4
_USUAL_HOUR = time(15, 0)
_LOOK_BACK = timedelta(days=400)
# How many months lie between two of a kind (party.md, ZB04, ZB08, ZB13, ZB18, ZB19).
_EVERY = {"party_day": 1, "committee": 1, "group": 1, "lecture": 3, "congress": 3}
FRIDAY = 4
# The days off by law (RL02): from and to, in days after the festival. They hold also for a year
# whose arrangement is not announced yet.
_BY_LAW = {
    "元旦": (0, 0),
    "春节": (-1, 2),
    "清明": (0, 0),
    "劳动节": (0, 1),
    "端午": (0, 0),
    "中秋": (0, 0),
    "国庆": (0, 2),
}


@dataclass(frozen=True)
class Proposal:
    """A meeting of a kind as it was held last, moved to when it is due next."""

    kind: str
    day: date | None
    hour: time | None
    lasts: int = 60
    place: str | None = None
    topic: str | None = None
    subkind: str | None = None
    guests: tuple[int, ...] = ()


def like_last(session: Session, unit_id: int, *, at: datetime) -> list[Proposal]:
    """A proposal for each repeating kind that the unit has called, the soonest first."""
    found: dict[str, MeetingRow] = {}
    for row in _called(session, unit_id, at):
        if row.kind in _EVERY:
            found.setdefault(row.kind, row)
    proposals = [_again(session, row, at) for row in found.values()]
    return sorted(proposals, key=lambda each: (each.day or date.max, each.kind))


def usual(session: Session, unit_id: int, kind: str, *, at: datetime) -> Proposal:
    """How the unit holds that kind; a party day it never held is proposed for the first Friday."""
    for row in _called(session, unit_id, at):
        if row.kind == kind:
            return _again(session, row, at)
    if kind == "party_day":
        return Proposal(kind, _next_first_friday(at), _USUAL_HOUR)
    return Proposal(kind, None, None)


def places(session: Session, unit_id: int) -> list[str]:
    """Where the unit met last, each place once."""
    rows = session.scalars(
        select(MeetingRow.place)
        .join(RecordRow, RecordRow.meeting_id == MeetingRow.id)
        .where(RecordRow.unit_id == unit_id, MeetingRow.place != "")
        .group_by(MeetingRow.place)
        .order_by(func.max(MeetingRow.called_at).desc(), func.max(MeetingRow.id).desc())
        .limit(PLACES_AT_MOST)
    )
    return list(rows)


def first_friday(year: int, month: int) -> date:
    """The first Friday of a month on which people work; else its first working day."""
    for nth in range(1, 6):
        day = calendar.nth_weekday(year, month, nth, FRIDAY)
        if day is not None and _works(day):
            return day
    return _working(date(year, month, 1))


def next_days(at: datetime, count: int = 6) -> list[date]:
    """The next working days after today."""
    day, found = local_day(at), list[date]()
    while len(found) < count:
        day = _working(day + timedelta(days=1))
        found.append(day)
    return found


def _called(session: Session, unit_id: int, at: datetime) -> Iterator[MeetingRow]:
    """The meetings that the unit called itself or with others, the latest first."""
    return iter(
        session.scalars(
            select(MeetingRow)
            .join(RecordRow, RecordRow.meeting_id == MeetingRow.id)
            .where(
                RecordRow.unit_id == unit_id,
                RecordRow.agreed_at.is_not(None),
                MeetingRow.state != "cancelled",
                MeetingRow.starts_at > at - _LOOK_BACK,
            )
            .order_by(MeetingRow.starts_at.desc(), MeetingRow.id.desc())
            .limit(60)
        )
    )


def _again(session: Session, row: MeetingRow, at: datetime) -> Proposal:
    here = local(row.starts_at)
    guests = session.scalars(
        select(AttendanceRow.member_id)
        .where(AttendanceRow.meeting_id == row.id, AttendanceRow.why == "guest")
        .order_by(AttendanceRow.id)
    )
    day = _next_day(here.date(), row.kind, at)
    return Proposal(
        row.kind,
        day,
        time(here.hour, here.minute),
        row.lasts,
        row.place,
        row.topic if row.kind not in _EVERY else None,
        row.subkind,
        tuple(guests),
    )


def _next_day(last: date, kind: str, at: datetime) -> date | None:
    """The same weekday of the month when it is due next, moved off days on which nobody works."""
    if kind not in _EVERY:
        return None
    if kind == "party_day" and last == first_friday(last.year, last.month):
        return _next_first_friday(at, after=last)
    nth, months = (last.day - 1) // 7 + 1, _EVERY[kind]
    year, month = _later(last.year, last.month, months)
    while True:
        day = _nth_working(year, month, nth, last.weekday())
        if day > local_day(at):
            return day
        year, month = _later(year, month, 1)


def _nth_working(year: int, month: int, nth: int, weekday: int) -> date:
    day = calendar.nth_weekday(year, month, nth, weekday)
    day = day or calendar.nth_weekday(year, month, -1, weekday)
    assert day is not None, "every month has a last one"
    return _working(day)


def _working(day: date) -> date:
    """The day, or the next on which people work."""
    while not _works(day):
        day += timedelta(days=1)
    return day


def _works(day: date) -> bool:
    if not calendar.is_workday(day):
        return False
    if calendar.is_published(day.year):
        return True
    begins = ((festivals.day_of(name, day.year), span) for name, span in _BY_LAW.items())
    return not any(
        begin + timedelta(days=first) <= day <= begin + timedelta(days=last)
        for begin, (first, last) in begins
    )


def _next_first_friday(at: datetime, after: date | None = None) -> date:
    """The next one after today, of a month in which there has been none."""
    today = local_day(at)
    year, month = today.year, today.month
    while True:
        day = first_friday(year, month)
        is_another_month = after is None or (year, month) > (after.year, after.month)
        if day > today and is_another_month:
            return day
        year, month = _later(year, month, 1)


def _later(year: int, month: int, months: int) -> tuple[int, int]:
    years, month = divmod(month - 1 + months, 12)
    return year + years, month + 1
