"""Another branch joins late: what is closed stays closed, and other branches stay as they are."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.core.errors import Refused
from bot.db.engine import Database
from bot.db.models import AttendanceRow, MemberRow, MembershipRow, RecordRow
from bot.services import meetings, months, records, rollcall, screen, seating
from bot.services.meetings import Call
from tests.district import District
from tests.fakes import MONDAY_NOON, House, Person, Shown
from tests.held import FIRST, OTHER, SECOND, SECRETARY, secretary_of
from tests.test_attendance import shared

THIRD = "青澜二中高中部党支部"
LAST_MONTH = datetime(2026, 10, 30, 7, 0, tzinfo=MONDAY_NOON.tzinfo)


def call(district: District, *others: str, starts_at: datetime = MONDAY_NOON) -> int:
    """A joint party day that the first branch's secretary calls, two days before."""
    ids = tuple(district.unit(name) for name in (FIRST, *others))
    wish = Call("joint", ids, starts_at, "结对共建", "三楼会议室", subkind="party_day")
    at = starts_at - timedelta(days=2)
    with district.begin() as session:
        who = district.member(SECRETARY)
        return meetings.call(session, who, wish, key=f"{starts_at}", at=at)[0].id


def agree(district: District, name: str, meeting: int, unit: str) -> None:
    with district.begin() as session:
        at = MONDAY_NOON
        seating.agree(session, district.member(name), meeting, district.unit(unit), at=at)


def seats(database: Database, meeting: int, unit: int) -> dict[int, str]:
    with database.read() as session:
        rows = session.scalars(
            select(AttendanceRow).where(
                AttendanceRow.meeting_id == meeting, AttendanceRow.unit_id == unit
            )
        )
        return {row.member_id: row.status for row in rows}


def test_a_branch_cannot_join_a_session_of_a_month_that_its_ledger_has_closed(
    district: District,
) -> None:
    meeting = call(district, SECOND, starts_at=LAST_MONTH)
    unit = district.unit(SECOND)
    with district.begin() as session:
        months.close(session, district.member(OTHER), unit, "2026-10", at=MONDAY_NOON)
    with pytest.raises(Refused, match="month_closed"):
        agree(district, OTHER, meeting, SECOND)
    with district.database.read() as session:
        row = session.get_one(RecordRow, records.record_of(session, meeting, unit))
    assert row.agreed_at is None
    assert seats(district.database, meeting, unit) == {}


async def test_who_cannot_join_any_more_is_told_what_stands_in_the_way(
    district: District, house: House
) -> None:
    meeting = call(district, SECOND, starts_at=LAST_MONTH)
    with district.begin() as session:
        who = district.member(OTHER)
        months.close(session, who, district.unit(SECOND), "2026-10", at=MONDAY_NOON)
    person: Person = district.seat(house, OTHER)
    token = shared(district.database, "meetings.agree", meeting, district.unit(SECOND))
    said = await person.do(tap=token, tapped=Shown(person.chat, "n0"), ack="a")
    assert said.text.startswith("2026-10 的台账已由尹松龄在 2026-11-23 关账")


def test_joining_late_changes_nothing_of_a_branch_that_has_called_its_roll(
    district: District,
) -> None:
    meeting = call(district, SECOND, THIRD)
    agree(district, OTHER, meeting, SECOND)
    with district.begin() as session:
        rollcall.finish(session, district.member(OTHER), meeting, at=MONDAY_NOON)
        # Two days later the roster is corrected backwards: somebody was in that branch already.
        newcomer = MemberRow(number="9001", name="新来的", party_status="full", has_vote=True)
        session.add(newcomer)
        session.flush()
        session.add(
            MembershipRow(
                member_id=newcomer.id,
                tree="party",
                unit_id=district.unit(SECOND),
                from_on=date(2026, 1, 1),
            )
        )
    before = seats(district.database, meeting, district.unit(SECOND))
    agree(district, third_secretary(district), meeting, THIRD)
    assert seats(district.database, meeting, district.unit(SECOND)) == before
    assert seats(district.database, meeting, district.unit(THIRD))


def third_secretary(district: District) -> str:
    return secretary_of(district, THIRD).name


def test_the_screen_names_only_branches_that_have_agreed(
    database: Database, district: District
) -> None:
    meeting = call(district, SECOND)

    def named() -> tuple[str, ...]:
        with database.begin() as session:
            token = screen.link(session, meeting).rpartition("/")[2]
            return screen.opened(session, token, at=MONDAY_NOON).units

    assert named() == (FIRST,)
    agree(district, OTHER, meeting, SECOND)
    assert named() == (FIRST, SECOND)
