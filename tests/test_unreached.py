"""Those responsible hear once a week, in one line, whom nothing reaches any more."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.core.chat import Reply
from bot.core.errors import SendFailed
from bot.db.engine import Database
from bot.db.models import AddressRow, DeliveryRow
from bot.services import outbox, unreached
from bot.services.gate import Purpose
from handlers import unreached as handler
from handlers.texts import unreached as texts
from tests.district import District
from tests.fakes import MONDAY_NOON, FakePlatform, House
from tests.staff import delivered


async def block(house: House, district: District, platform: FakePlatform, name: str) -> None:
    """A message to somebody who has blocked the bot."""
    member_id = district.id_of(name)
    with district.begin() as session:
        session.add(AddressRow(platform="fake", native_id=name, chat_id=name, member_id=member_id))
        outbox.add(
            session, f"m{member_id}", Reply("t"), key=name, purpose=Purpose.NOTICE, at=MONDAY_NOON
        )
    platform.failures.append(SendFailed("blocked", permanent=True))
    await house.deliver()


def told(database: Database, district: District, days: int = 0) -> list[tuple[str, str]]:
    with district.begin() as session:
        handler.advance(session, at=MONDAY_NOON + timedelta(days=days))
    return delivered(database, "unreached:")


async def test_the_secretary_is_told_once_a_week_in_one_line(
    house: House, database: Database, district: District, platform: FakePlatform
) -> None:
    await block(house, district, platform, "覃云岫")
    await block(house, district, platform, "苗若谷")
    secretary = f"m{district.id_of('陆见微')}"
    first = told(database, district)
    assert [owner for owner, _ in first] == [secretary]
    assert "覃云岫" in first[0][1]
    assert "苗若谷" in first[0][1]
    assert "\n" not in first[0][1]
    assert told(database, district, days=3) == first, "the same week"
    assert told(database, district, days=14) == first, "nothing failed since"


async def test_who_is_reached_elsewhere_is_not_mentioned(
    house: House, database: Database, district: District, platform: FakePlatform
) -> None:
    member_id = district.id_of("覃云岫")
    with district.begin() as session:
        session.add(AddressRow(platform="fake", native_id="二", chat_id="二", member_id=member_id))
    await block(house, district, platform, "覃云岫")
    assert told(database, district) == []
    with database.read() as session:
        assert session.scalars(select(DeliveryRow.state)).all() == ["sent"]


def test_many_names_are_cut_short() -> None:
    assert "戊 等 6 位" in texts.told(["甲", "乙", "丙", "丁", "戊", "己"])
    assert texts.told(["甲"]).startswith("本周有消息没能送到甲，")


def test_nobody_unreached_means_nobody_told(district: District) -> None:
    with district.begin() as session:
        assert unreached.of_the_week(session, at=MONDAY_NOON) == []
