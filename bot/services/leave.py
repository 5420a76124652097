"""What people answer to an invitation: 我会到, or leave with one of a few reasons.

Only the category is kept. Health is never asked for; whoever writes of it is kept as `other`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.db.models import AttendanceRow, MemberRow
from bot.services import meetings, units
from bot.services.meetings import Meeting
from bot.services.members import Member

REASONS = ("duty", "class", "private", "family", "other")
_HEALTH = re.compile(
    "病|医|住院|手术|身体|不舒服|难受|发烧|发热|感冒|疼|痛|体检|产检|孕|产假|吃药|养伤|骨折|复查"
)
_WORDS = (
    ("class", re.compile("课|家长会|监考|阅卷|考务|值班|值周|带队|学生")),
    ("duty", re.compile("公出|出差|公务|外出|调研|教研|培训|学习|开会|会议|活动")),
    ("family", re.compile("家|孩|娃|老人|父|母|爸|妈|爱人|婚|丧|搬")),
    ("private", re.compile("事假|私事|个人|办事|有事|手续|考驾照")),
)


@dataclass(frozen=True)
class Answer:
    """What somebody answered. `was_leave`: they had asked for leave before, and come after all."""

    meeting: Meeting
    is_expected: bool
    is_repeat: bool = False
    was_leave: bool = False


@dataclass(frozen=True)
class Request:
    """A leave as those responsible see it. `deciders` are member ids; none when nobody need say.

    `is_late`: the meeting's time is over, so that the answer counts for the roll and is told to
    nobody. `is_marked`: the roll has the person already, and nothing was changed.
    """

    seat_id: int
    meeting: Meeting
    member_id: int
    name: str
    reason: str
    state: str
    is_repeat: bool = False
    deciders: tuple[int, ...] = ()
    is_late: bool = False
    is_marked: bool = False


def category(text: str) -> tuple[str, bool]:
    """The reason that a typed text means, and whether it speaks of health (kept as `other`)."""
    if _HEALTH.search(text):
        return "other", True
    return next((name for name, words in _WORDS if words.search(text)), "other"), False


def take_seat(session: Session, member: Member, meeting_id: int) -> None:
    """Keep the member's seat from others: if the meeting is moved now, it is so after our turn."""
    mine = select(AttendanceRow.id).where(
        AttendanceRow.meeting_id == meeting_id, AttendanceRow.member_id == member.id
    )
    session.execute(mine.with_for_update())


def require(
    session: Session, member: Member, meeting_id: int, *, at: datetime
) -> tuple[Meeting, AttendanceRow]:
    """The member's seat, while there is something to answer.

    Raises Refused: meeting_gone, meeting_not_invited, meeting_ended, leave_here (has checked in),
    check_in_marked (the secretary has the person already).
    """
    meeting = meetings.show(session, meeting_id)
    found = select(AttendanceRow).where(
        AttendanceRow.meeting_id == meeting_id, AttendanceRow.member_id == member.id
    )
    seat = session.scalars(found.execution_options(populate_existing=True)).one_or_none()
    if seat is None:
        raise Refused("meeting_not_invited")
    is_over = meeting.state not in ("planned", "open") or at >= meeting.ends_at
    if is_over or seat.way == "exception":
        raise Refused("meeting_ended", topic=meeting.topic)
    if seat.status != "none" and seat.marked_by is None:
        raise Refused("leave_here", topic=meeting.topic)
    if seat.status != "none":
        raise Refused("check_in_marked", topic=meeting.topic)
    return meeting, seat


def come(session: Session, member: Member, meeting_id: int, *, at: datetime) -> Answer:
    """我会到; takes back a leave. Raises Refused as require does."""
    meeting, seat = require(session, member, meeting_id, at=at)
    before = (seat.reply, seat.leave_state)
    seat.reply, seat.leave_state, seat.reason, seat.decided_by = "yes", "none", "", None
    session.flush()
    return Answer(meeting, seat.is_expected, before == ("yes", "none"), before[0] == "leave")


def ask(session: Session, member: Member, meeting_id: int, reason: str, *, at: datetime) -> Request:
    """Leave for one of REASONS. A guest needs nobody's yes. Raises Refused as require does."""
    meeting, seat = require(session, member, meeting_id, at=at)
    is_repeat = seat.reply == "leave" and seat.reason == reason
    if not is_repeat:
        seat.leave_state = "asked" if seat.is_expected else "approved"
        seat.reply, seat.reason, seat.decided_by = "leave", reason, None
        session.flush()
    deciders: list[int] = []
    if seat.is_expected:
        day = local_day(at)
        deciders = units.responsible(session, seat.unit_id, on=day, besides=member.id)
    return _request(session, seat, meeting, is_repeat=is_repeat, deciders=tuple(deciders))


def decide(
    session: Session, actor: Member, seat_id: int, state: str, *, again: bool = False, at: datetime
) -> Request:
    """Approve or decline (`approved`, `declined`); the first decision counts, unless it is
    approved `again`, after it was declined by mistake. Nothing changes for whom the roll has.

    Raises Refused: meeting_not_yours, leave_gone (taken back, or the meeting is cancelled).
    """
    seat = session.get(AttendanceRow, seat_id, populate_existing=True)
    if seat is None:
        raise Refused("leave_gone")
    meeting = meetings.show(session, seat.meeting_id)
    unit = units.get(session, seat.unit_id)
    if unit is None or not _may_decide(session, actor, unit, seat, at):
        raise Refused("meeting_not_yours")
    done: Any = session.execute(
        update(AttendanceRow)
        .where(
            AttendanceRow.id == seat_id,
            AttendanceRow.leave_state == ("declined" if again else "asked"),
            AttendanceRow.status == "none",
        )
        .values(leave_state=state, decided_by=actor.id)
    )
    session.refresh(seat)
    if seat.leave_state == "none" or meeting.state == "cancelled":
        raise Refused("leave_gone")
    request = _request(session, seat, meeting, is_repeat=done.rowcount != 1)
    is_marked = request.is_repeat and seat.status != "none"
    return replace(request, is_late=at >= meeting.ends_at, is_marked=is_marked)


def waiting(session: Session, meeting_id: int, unit_ids: list[int]) -> list[Request]:
    """The leave that has been asked for and not decided, of these units' people."""
    meeting = meetings.show(session, meeting_id)
    rows = session.scalars(
        select(AttendanceRow)
        .where(
            AttendanceRow.meeting_id == meeting_id,
            AttendanceRow.unit_id.in_(unit_ids),
            AttendanceRow.leave_state == "asked",
        )
        .order_by(AttendanceRow.id)
    )
    return [_request(session, row, meeting) for row in rows]


def _may_decide(
    session: Session, actor: Member, unit: units.Unit, seat: AttendanceRow, at: datetime
) -> bool:
    """Who answers for the unit; nobody decides about themselves while somebody else can."""
    others = units.responsible(session, unit.id, on=local_day(at), besides=seat.member_id)
    if actor.id == seat.member_id:
        return False
    return actor.id in others or meetings.may_call(session, actor, unit)


def _request(
    session: Session,
    seat: AttendanceRow,
    meeting: Meeting,
    *,
    is_repeat: bool = False,
    deciders: tuple[int, ...] = (),
) -> Request:
    name = session.scalar(select(MemberRow.name).where(MemberRow.id == seat.member_id)) or ""
    return Request(
        seat.id,
        meeting,
        seat.member_id,
        name,
        seat.reason,
        seat.leave_state,
        is_repeat,
        deciders,
    )
