"""A party day that is called in chat, for tests of what follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import func, select

from bot.db.engine import Database
from bot.db.models import AttendanceRow
from tests.district import District
from tests.fakes import House, Person, Standing

BRANCH = "青澜二中初中部党支部"
OTHER = "青澜二中高中部党支部"
SECRETARY, TEACHER, DEPUTY, NEWCOMER = "骆知夏", "蔺望舒", "糜远山", "阮听雨"
FRIDAY_3PM = datetime(2026, 12, 4, 7, 0, tzinfo=UTC)


async def draft(secretary: Person, place: str = "三楼会议室") -> Standing:
    """A party day as it is proposed, up to the point of sending."""
    await secretary.say("开会")
    await secretary.tap("主题党日")
    return await secretary.say(place)


async def send_invitations(secretary: Person, house: House) -> Standing:
    """The same, sent; gives what the secretary reads then."""
    await draft(secretary)
    sent = await secretary.tap("发出")
    await house.deliver()
    return sent


def rows(database: Database, *columns: object) -> Sequence[object]:
    with database.read() as session:
        return session.execute(select(*columns)).all()  # type: ignore[call-overload]


def count(database: Database, table: type) -> int:
    with database.read() as session:
        return session.scalars(select(func.count()).select_from(table)).one()


def seat(district: District, name: str) -> AttendanceRow:
    """How that person stands at the only meeting."""
    with district.database.read() as session:
        found = select(AttendanceRow).where(AttendanceRow.member_id == district.id_of(name))
        return session.scalars(found).one()
