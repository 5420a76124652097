"""Meetings that were called and have not been held yet, for tests of who comes to them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from bot.db.engine import Database
from bot.db.models import AttendanceRow, MeetingRow, MemberRow
from bot.services import meetings, screen
from bot.services.meetings import Call
from tests.district import District
from tests.fakes import MONDAY_NOON

FIRST, SECOND = "青澜一中第一党支部", "青澜一中第二党支部"
TOPIC = "十一月主题党日"
# The five of the first branch; 陆见微 is its secretary, 尹松龄 the second one's.
PEOPLE = ("陆见微", "简疏桐", "苗若谷", "覃云岫", "戚南乔")


def call(
    district: District,
    *units: str,
    starts_at: datetime = MONDAY_NOON,
    kind: str = "party_day",
    topic: str = TOPIC,
    by: str | None = None,
) -> int:
    """The id of a meeting of these units (the first branch), called the day before."""
    ids = tuple(district.unit(name) for name in units or (FIRST,))
    wish = Call(kind, ids, starts_at, topic, "三楼会议室", lasts=60)
    caller = district.member(by) if by else None
    with district.begin() as session:
        key = f"{topic}:{starts_at.isoformat()}:{units}"
        return meetings.call(session, caller, wish, key=key, at=starts_at - timedelta(days=1))[0].id


def code_of(database: Database, meeting_id: int) -> str:
    with database.read() as session:
        return session.get_one(MeetingRow, meeting_id).code


def qr(database: Database, meeting_id: int, at: datetime) -> str:
    """What the screen's QR holds at that moment: the payload of a deep link."""
    with database.begin() as session:
        token = screen.link(session, meeting_id).rpartition("/")[2]
        return screen.opened(session, token, at=at).payload(at)


def standing(database: Database, meeting_id: int) -> dict[str, str]:
    """Each person's status, with minutes late or the reason behind it."""
    with database.read() as session:
        rows = session.execute(
            select(AttendanceRow, MemberRow.name)
            .join(MemberRow, MemberRow.id == AttendanceRow.member_id)
            .where(AttendanceRow.meeting_id == meeting_id)
            .order_by(AttendanceRow.id)
        )
        return {name: _told(row) for row, name in rows}


def the_only(database: Database) -> AttendanceRow:
    """The one seat on which anything is marked."""
    with database.read() as session:
        query = select(AttendanceRow).where(AttendanceRow.status != "none")
        return session.scalars(query).one()


def _told(row: AttendanceRow) -> str:
    if row.status == "late":
        return f"late {row.late_by}"
    return " ".join(filter(None, (row.status, row.reason)))
