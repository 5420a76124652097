"""Meetings that took place, made for one test: called by the service, everybody marked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.core.roles import Role
from bot.db.models import AttendanceRow, MeetingRow, MemberRow
from bot.services import access, meetings, records, units
from bot.services.meetings import Call
from bot.services.members import Member
from tests.district import District

FIRST, SECOND = "青澜一中第一党支部", "青澜一中第二党支部"
SECRETARY, OTHER = "陆见微", "尹松龄"  # of the first branch and of the second


def hold(
    district: District,
    kind: str,
    on: datetime,
    unit: str = FIRST,
    *,
    topic: str = "学习新修订的条例",
    marks: Mapping[str, tuple[str, str]] | None = None,
    purpose: str = "plain",
    with_units: tuple[str, ...] = (),
) -> int:
    """The record of a meeting that is over; all came but for `marks` (name: status, reason)."""
    unit_ids = tuple(district.unit(name) for name in (unit, *with_units))
    subkind, kind = (kind, "joint") if with_units else (None, kind)
    wish = Call(kind, unit_ids, on, topic, "一楼会议室", subkind=subkind, purpose=purpose)
    with district.begin() as session:
        key = f"{unit}:{kind}:{on.isoformat()}"
        meeting, _ = meetings.call(session, None, wish, key=key, at=on - timedelta(days=3))
        row = session.get_one(MeetingRow, meeting.id)
        row.state, row.ended_at = "closed", on + timedelta(minutes=55)
        seats = session.execute(
            select(AttendanceRow, MemberRow.name)
            .join(MemberRow, MemberRow.id == AttendanceRow.member_id)
            .where(AttendanceRow.meeting_id == meeting.id)
        )
        for seat, name in seats:
            seat.status, seat.reason = (marks or {}).get(name, ("present", ""))
        session.flush()
        record_id = records.record_of(session, meeting.id, unit_ids[0])
    assert record_id is not None
    return record_id


def secretary_of(district: District, unit: str) -> Member:
    """Who keeps that unit's ledger."""
    with district.database.read() as session:
        unit_id = district.unit(unit)
        (member_id,) = units.holders(session, unit_id, Role.SECRETARY, on=district.at.date())
        name = session.get_one(MemberRow, member_id).name
    member = district.member(name)
    with district.database.read() as session:
        assert unit_id in access.scope(session, member, Role.SECRETARY)
    return member
