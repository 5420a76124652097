"""The load that the house puts on people, in numbers without names (国办函〔2026〕12号)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, select
from sqlalchemy.orm import Session

from bot.core.clock import SHANGHAI, local_day
from bot.db.engine import run
from bot.db.models import (
    AnswerRow,
    AttendanceRow,
    CompletionRow,
    DeliveryRow,
    InboxRow,
    MeetingRow,
    MemberRow,
    NoticeRow,
    ReceiptRow,
    RecordRow,
)
from bot.services import keyboards
from bot.services.gate import Purpose

WEEKS = 8
_TAPS_AT_MOST = 20_000
_ASKED_FOR = [each.value for each in Purpose if each.is_awaited]
_HELD = ("quiet", "day_off", "wish", "cap_day", "cap_week", "joins")
_SPARED = ("done", "wish", "exempt", "too_late", "withdrawn")


@dataclass(frozen=True)
class Weekly:
    """Messages that nobody asked for, for one person in one week."""

    median: int
    p95: int
    worst: int


@dataclass(frozen=True)
class Effort:
    """A kind of task: how many were finished, and how many taps all of them took."""

    task: str
    taps: int
    done: int


@dataclass(frozen=True)
class Burden:
    """All of it. `held` and `spared` are counts by reason; `reused` tasks came from `records`."""

    weeks: int
    people: int
    weekly: Weekly
    merged: int
    held: Mapping[str, int]
    spared: Mapping[str, int]
    efforts: Sequence[Effort]
    records: int
    reused: int


def measure(session: Session, *, at: datetime, weeks: int = WEEKS) -> Burden:
    """The burden of the last whole weeks; one pass over the deliveries, one over the taps."""
    monday = local_day(at) - timedelta(days=local_day(at).weekday())
    ends = [
        datetime.combine(monday - timedelta(weeks=each), time(), tzinfo=SHANGHAI)
        for each in range(weeks + 1)
    ]
    since, until = ends[-1], ends[0]
    people = _count(session, MemberRow.id, MemberRow.left_on.is_(None))
    records = _count(session, RecordRow.id, RecordRow.confirmed_at >= since)
    is_reused = CompletionRow.how == "meeting", CompletionRow.at >= since
    return Burden(
        weeks,
        people,
        _weekly(session, ends, people * weeks),
        _count(
            session,
            DeliveryRow.id,
            DeliveryRow.merged_into.is_not(None),
            DeliveryRow.sent_at >= since,
            DeliveryRow.sent_at < until,
        ),
        _reasons(session, _HELD, DeliveryRow.state == "queued"),
        _reasons(session, _SPARED, DeliveryRow.state == "withdrawn", DeliveryRow.made_at >= since),
        _efforts(session, since),
        records,
        _count(session, CompletionRow.id, *is_reused),
    )


def _weekly(session: Session, ends: Sequence[datetime], person_weeks: int) -> Weekly:
    """How many a person got in a week, over all people and weeks, those without any included."""
    first, last = ends[-1], ends[0]
    later = [case((DeliveryRow.sent_at >= end, 1), else_=0) for end in ends[1:-1]]
    week: ColumnElement[int] = sum(later, literal(0))
    counted = (
        select(func.count().label("got"))
        .where(
            DeliveryRow.sent_at >= first,
            DeliveryRow.sent_at < last,
            DeliveryRow.merged_into.is_(None),
            DeliveryRow.purpose.not_in(_ASKED_FOR),
            DeliveryRow.owner.startswith("m"),
        )
        .group_by(DeliveryRow.owner, week)
        .subquery()
    )
    rows = session.execute(select(counted.c.got, func.count()).group_by(counted.c.got))
    some: dict[int, int] = {row[0]: row[1] for row in rows}
    none = max(0, person_weeks - sum(some.values()))
    counts = {0: none, **some}
    return Weekly(_share(counts, 0.5), _share(counts, 0.95), max(some, default=0))


def _share(counts: Mapping[int, int], share: float) -> int:
    """The smallest number that so large a share of the person-weeks does not exceed."""
    wanted = share * sum(counts.values())
    seen = 0
    for got in sorted(counts):
        seen += counts[got]
        if seen >= wanted:
            return got
    return 0


def _reasons(
    session: Session, wanted: Sequence[str], *where: ColumnElement[bool]
) -> dict[str, int]:
    query = select(DeliveryRow.reason, func.count()).where(*where, DeliveryRow.reason.in_(wanted))
    rows = session.execute(query.group_by(DeliveryRow.reason))
    found: dict[str | None, int] = {row[0]: row[1] for row in rows}
    return {reason: found[reason] for reason in wanted if reason in found}


def _efforts(session: Session, since: datetime) -> list[Effort]:
    """Taps by what they were for, and what was finished in that time."""
    tapped = taps(session, since)
    done = {
        "receipts": _count(session, ReceiptRow.id, ReceiptRow.at >= since),
        "meetings": _count(session, AttendanceRow.id, AttendanceRow.reply != "", _held(since)),
        "rolls": _count(session, MeetingRow.id, MeetingRow.ended_at >= since),
        "minutes": _count(session, RecordRow.id, RecordRow.confirmed_at >= since),
        "notices": _count(session, NoticeRow.id, NoticeRow.made_at >= since),
        "quiz": _count(session, AnswerRow.id, AnswerRow.at >= since),
        "plans": _count(session, CompletionRow.id, CompletionRow.at >= since),
    }
    return [Effort(task, tapped[task], number) for task, number in done.items() if number]


def _held(since: datetime) -> ColumnElement[bool]:
    recent = select(MeetingRow.id).where(MeetingRow.starts_at >= since)
    return AttendanceRow.meeting_id.in_(recent)


def taps(session: Session, since: datetime) -> Counter[str]:
    """The newest taps by feature, as far as their buttons are still known."""
    inbox = InboxRow.__table__.c
    newest = (
        select(inbox.payload)
        .where(inbox.received_at >= since)
        .order_by(inbox.id.desc())
        .limit(_TAPS_AT_MOST)
    )
    tokens = [
        str(payload["tap"]) for payload in run(session, newest).scalars() if payload.get("tap")
    ]
    return Counter(action.partition(".")[0] for action in keyboards.actions(session, tokens))


def _count(session: Session, column: Any, *where: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(column)).where(*where)) or 0
