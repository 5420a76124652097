"""Messages that nobody waits for reach their people, in order, at the platform's pace, once."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.app import App
from bot.core.chat import Chat, Reply
from bot.core.errors import SendFailed
from bot.db.engine import Database
from bot.db.models import AddressRow, DeliveryRow, MemberRow
from bot.services import outbox
from bot.services.gate import Purpose
from tests.fakes import FakeClock, FakePlatform, House, Standing


@pytest.fixture
def member(database: Database) -> str:
    """The owner of a member who is reached in two chats, the last used one `late`."""
    with database.begin() as session:
        row = MemberRow(number="T1", name="甲", party_status="none")
        session.add(row)
        session.flush()
        add_address(session, row.id, "early", FakeClock().at.replace(hour=1))
        add_address(session, row.id, "late", FakeClock().at.replace(hour=3))
        return f"m{row.id}"


def add_address(session: Session, member_id: int, chat: str, used: object) -> None:
    session.add(
        AddressRow(
            platform="fake", native_id=chat, chat_id=chat, member_id=member_id, last_used_at=used
        )
    )


def queue(
    database: Database,
    owner: str,
    text: str,
    *,
    purpose: Purpose = Purpose.ANSWER,
    clock: FakeClock | None = None,
) -> None:
    at = (clock or FakeClock()).now()
    with database.begin() as session:
        outbox.add(session, owner, Reply(text), key=text, purpose=purpose, at=at)


def state(database: Database, key: str) -> tuple[str, str | None]:
    with database.read() as session:
        query = select(DeliveryRow.state, DeliveryRow.reason).where(DeliveryRow.key == key)
        row = session.execute(query).one()
        return row.state, row.reason


def texts(platform: FakePlatform, chat: str) -> list[str]:
    return [standing.text for standing in platform.chats.get(chat, list[Standing]())]


async def test_a_message_goes_to_the_last_used_address(
    app: App, house: House, database: Database, platform: FakePlatform, member: str
) -> None:
    queue(database, member, "一")
    assert await house.deliver() == 1
    assert (texts(platform, "late"), texts(platform, "early")) == (["一"], [])
    assert state(database, "一") == ("sent", None)


async def test_messages_to_one_person_keep_their_order(
    house: House, database: Database, platform: FakePlatform, member: str
) -> None:
    wanted = [f"第{number}条" for number in range(45)]
    for text in wanted:
        queue(database, member, text)
    assert await house.deliver() == 45
    assert texts(platform, "late") == wanted
    assert await house.deliver() == 0


async def test_a_blocked_chat_is_passed_over_for_the_next_one(
    house: House, database: Database, platform: FakePlatform, member: str
) -> None:
    platform.failures.append(SendFailed("blocked", permanent=True))
    queue(database, member, "一")
    await house.deliver()
    assert texts(platform, "early") == ["一"]
    queue(database, member, "二")
    await house.deliver()
    assert texts(platform, "early") == ["一", "二"]


async def test_writing_again_makes_an_address_reachable(
    house: House, database: Database, platform: FakePlatform, member: str
) -> None:
    platform.failures.append(SendFailed("blocked", permanent=True))
    queue(database, member, "一")
    await house.deliver()
    await house.person("late").say("/start")
    queue(database, member, "二")
    await house.deliver()
    assert texts(platform, "late")[-1] == "二"


async def test_without_any_address_the_delivery_fails_and_says_why(
    house: House, database: Database, platform: FakePlatform, member: str
) -> None:
    platform.failures += [SendFailed("blocked", permanent=True)] * 2
    queue(database, member, "一")
    assert await house.deliver() == 0
    assert state(database, "一") == ("failed", "blocked")


async def test_a_refused_message_fails_without_blaming_the_address(
    house: House, database: Database, platform: FakePlatform, member: str
) -> None:
    platform.failures.append(SendFailed("refused: too long", permanent=True))
    queue(database, member, "一")
    queue(database, member, "二")
    await house.deliver()
    assert state(database, "一") == ("failed", "refused")
    assert texts(platform, "late") == ["二"]


async def test_a_guest_is_reached_at_the_address_that_asked(
    house: House, database: Database, platform: FakePlatform
) -> None:
    await house.person("stranger").say("/start")
    with database.read() as session:
        address = session.scalars(select(AddressRow.id)).one()
    queue(database, f"a{address}", "给您的回答")
    await house.deliver()
    assert texts(platform, "stranger")[-1] == "给您的回答"


async def test_who_has_left_is_written_to_no_more(
    house: House, database: Database, member: str
) -> None:
    with database.begin() as session:
        session.scalars(select(MemberRow)).one().left_on = FakeClock().at.date()
    queue(database, member, "一")
    assert await house.deliver() == 0
    assert state(database, "一") == ("failed", "left")


async def test_a_passing_failure_is_tried_again_later_and_holds_back_what_is_behind(
    house: House, database: Database, platform: FakePlatform, member: str, clock: FakeClock
) -> None:
    platform.failures.append(SendFailed("502"))
    queue(database, member, "一")
    queue(database, member, "二")
    assert await house.deliver() == 0
    clock.forward(seconds=3)
    assert await house.deliver() == 2
    assert texts(platform, "late") == ["一", "二"]


async def test_after_two_hundred_failures_it_gives_up(
    house: House, database: Database, platform: FakePlatform, member: str, clock: FakeClock
) -> None:
    platform.failures += [SendFailed("502")] * 200
    queue(database, member, "一")
    for _ in range(600):  # three days, in whose nights nothing goes out
        await house.deliver()
        clock.forward(minutes=10)
    assert state(database, "一") == ("failed", "unreachable")
    assert platform.failures == []


async def test_a_day_without_a_connection_costs_no_message(
    house: House, database: Database, platform: FakePlatform, member: str, clock: FakeClock
) -> None:
    platform.failures += [SendFailed("no connection", is_away=True)] * 150
    queue(database, member, "一")
    queue(database, member, "二")
    sent = 0
    for _ in range(300):
        sent += await house.deliver()
        clock.forward(minutes=5)
    assert platform.failures == []
    assert sent == 2
    assert texts(platform, "late") == ["一", "二"]


async def test_what_may_have_arrived_is_sent_once_more_and_says_so(
    house: House, database: Database, platform: FakePlatform, member: str
) -> None:
    platform.failures += [SendFailed("connection lost", in_doubt=True)] * 2
    queue(database, member, "一")
    assert await house.deliver() == 0
    assert state(database, "一") == ("doubt", "no_answer")
    assert state(database, "一:again") == ("doubt", "no_answer")
    queue(database, member, "二")
    platform.failures.append(SendFailed("connection lost", in_doubt=True))
    assert await house.deliver() == 1
    assert texts(platform, "late") == ["〔补发〕二"]


async def test_trouble_in_doubt_is_not_repeated(
    house: House, database: Database, platform: FakePlatform, member: str
) -> None:
    platform.failures.append(SendFailed("connection lost", in_doubt=True))
    queue(database, member, "一", purpose=Purpose.TROUBLE)
    assert await house.deliver() == 0
    assert state(database, "一") == ("doubt", "no_answer")
    assert texts(platform, "late") == []


async def test_a_pause_that_the_platform_asks_for_holds_everything_back(
    house: House, database: Database, platform: FakePlatform, member: str, clock: FakeClock
) -> None:
    platform.failures.append(SendFailed("slow down", retry_after=30))
    queue(database, member, "一")
    assert await house.deliver() == 0
    queue(database, member, "二")
    assert await house.deliver() == 0, "nothing goes out while the pause lasts"
    clock.forward(seconds=31)
    assert await house.deliver() == 2
    assert texts(platform, "late") == ["一", "二"]


async def test_an_answer_given_at_once_does_not_wait_for_deliveries(
    app: App, house: House, platform: FakePlatform, clock: FakeClock
) -> None:
    before = clock.monotonic()
    for _ in range(50):
        app.pacer.count(Chat("fake", "late"))
    await house.person("late").say("/start")
    assert clock.monotonic() == before
    assert len(platform.chats["late"]) == 1
