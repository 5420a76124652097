"""How many came to a meeting, counted from its attendance: for quorum, screen and record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from bot.db.models import AttendanceRow

CAME = ("present", "late")


@dataclass(frozen=True)
class Tally:
    """Counts of one record or of a whole meeting.

    `expected` are those who should come; of these `present` came (`late` ones among them),
    `leave` have leave, `absent` were marked absent, and the rest is `unmarked`. `guests` came
    without being expected (列席). `entitled` is D, those expected with a vote; `voting` is P, those
    of them who came.
    """

    expected: int = 0
    present: int = 0
    late: int = 0
    leave: int = 0
    absent: int = 0
    guests: int = 0
    entitled: int = 0
    voting: int = 0

    @property
    def unmarked(self) -> int:
        return self.expected - self.present - self.leave - self.absent


def count(session: Session, meeting_id: int, unit_id: int | None = None) -> Tally:
    """A meeting's counts, or those of one unit's record of it."""
    where = [AttendanceRow.meeting_id == meeting_id]
    if unit_id is not None:
        where.append(AttendanceRow.unit_id == unit_id)
    return Tally(*(int(each or 0) for each in session.execute(select(*_SUMS).where(*where)).one()))


def counts(session: Session, meeting_ids: Sequence[int]) -> dict[tuple[int, int], Tally]:
    """The counts of several meetings at once, by meeting and unit."""
    rows = session.execute(
        select(AttendanceRow.meeting_id, AttendanceRow.unit_id, *_SUMS)
        .where(AttendanceRow.meeting_id.in_(meeting_ids))
        .group_by(AttendanceRow.meeting_id, AttendanceRow.unit_id)
    )
    return {(row[0], row[1]): Tally(*(int(each or 0) for each in row[2:])) for row in rows}


def _sum(*conditions: ColumnElement[bool]) -> ColumnElement[Any]:
    return type_coerce(func.sum(case((and_(*conditions), 1), else_=0)), Integer())


_came = AttendanceRow.status.in_(CAME)
_expected = AttendanceRow.is_expected.is_(True)
_votes = AttendanceRow.has_vote.is_(True)
# An approved leave counts before anybody has marked the person, unless they came after all.
_on_leave = or_(
    AttendanceRow.status == "leave",
    and_(AttendanceRow.status == "none", AttendanceRow.leave_state == "approved"),
)
_SUMS = (  # in the order of Tally's fields
    _sum(_expected),
    _sum(_expected, _came),
    _sum(_expected, AttendanceRow.status == "late"),
    _sum(_expected, _on_leave),
    _sum(_expected, AttendanceRow.status == "absent"),
    _sum(AttendanceRow.is_expected.is_(False), _came),
    _sum(_expected, _votes),
    _sum(_expected, _votes, _came),
)
