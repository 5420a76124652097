"""Changing and cancelling a meeting that was called: once each, however often it is tapped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, update
from sqlalchemy.orm import Session

from bot.core.errors import Refused
from bot.db.models import AttendanceRow, MeetingRow
from bot.services import meetings, seating, superseding
from bot.services.meetings import Meeting
from bot.services.members import Member

_STANDING = ("planned", "open")


@dataclass(frozen=True)
class Change:
    """A meeting before and after. `gone` are members whom the new day no longer expects."""

    old: Meeting
    new: Meeting
    is_new: bool = True
    gone: tuple[int, ...] = ()

    @property
    def is_moved(self) -> bool:
        """Whether the time is another one, so that what people answered no longer holds."""
        return self.old.starts_at != self.new.starts_at


def change(
    session: Session,
    actor: Member | None,
    meeting_id: int,
    *,
    starts_at: datetime | None = None,
    place: str | None = None,
    at: datetime,
) -> Change:
    """Another time or place. Nothing is new when it stands so already.

    Whoever had said that they come is asked again when the time is another one; leave stands.
    Raises Refused: meeting_gone, meeting_not_yours, meeting_over, meeting_in_past.
    """
    old = require_host(session, actor, meeting_id)
    if old.state != "planned" or old.starts_at <= at:
        raise Refused("meeting_over")
    starts_at = starts_at or old.starts_at
    place = old.place if place is None else place[: meetings.PLACE_AT_MOST]
    if (starts_at, place) == (old.starts_at, old.place):
        return Change(old, old, is_new=False)
    if starts_at <= at:
        raise Refused("meeting_in_past")
    values: dict[str, Any] = {"starts_at": starts_at, "place": place}
    values["version"] = MeetingRow.version + 1
    if starts_at != old.starts_at:
        values["reminded_at"] = None
    done: Any = session.execute(
        update(MeetingRow)
        .where(MeetingRow.id == meeting_id, MeetingRow.version == old.version)
        .values(values)
    )
    if done.rowcount != 1:
        return Change(old, meetings.show(session, meeting_id), is_new=False)
    superseding.begin(session, meeting_id)
    gone = _asked_again(session, meeting_id) if starts_at != old.starts_at else ()
    return Change(old, meetings.show(session, meeting_id), gone=gone)


def cancel(session: Session, actor: Member | None, meeting_id: int) -> tuple[Meeting, bool]:
    """The meeting does not take place. False when it was cancelled before.

    Raises Refused: meeting_gone, meeting_not_yours, meeting_over.
    """
    meeting = require_host(session, actor, meeting_id)
    if meeting.state == "cancelled":
        return meeting, False
    done: Any = session.execute(
        update(MeetingRow)
        .where(MeetingRow.id == meeting_id, MeetingRow.state.in_(_STANDING))
        .values(state="cancelled", version=MeetingRow.version + 1)
    )
    superseding.begin(session, meeting_id)
    after = meetings.show(session, meeting_id)
    if done.rowcount != 1 and after.state != "cancelled":
        raise Refused("meeting_over")
    return after, done.rowcount == 1


def require_host(session: Session, actor: Member | None, meeting_id: int) -> Meeting:
    """The meeting, for who answers for the unit that called it; others' are not theirs to move.

    Raises Refused: meeting_gone, meeting_not_yours.
    """
    meeting = meetings.show(session, meeting_id)
    if not meeting.units or not meetings.may_call(session, actor, meeting.units[0]):
        raise Refused("meeting_not_yours")
    return meeting


def _asked_again(session: Session, meeting_id: int) -> tuple[int, ...]:
    session.execute(
        update(AttendanceRow)
        # Every seat, so that we wait for whoever is just saying yes (leave.take_seat).
        .where(AttendanceRow.meeting_id == meeting_id)
        .values(reply=case((AttendanceRow.reply == "yes", "none"), else_=AttendanceRow.reply))
        .execution_options(synchronize_session=False)
    )
    return seating.reconcile(session, meeting_id).gone
