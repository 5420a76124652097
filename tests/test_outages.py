"""A platform that can't be reached for hours: nothing is lost, and it is said in plain words."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.app import App
from bot.core.chat import Chat, Reply
from bot.core.errors import SendFailed
from bot.core.platform import Capabilities
from bot.db.engine import Database
from bot.db.models import AddressRow
from bot.services import outages, outbox
from bot.services.gate import Purpose
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, FakePlatform, House
from tests.notice_house import NoticeHouse

AWAY = SendFailed("no connection", is_away=True)


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform(capabilities=Capabilities(per_second=30))


class UnevenClock(FakeClock):
    """A clock that moves on a little with every look at it, as real ones do."""

    def __init__(self) -> None:
        super().__init__()
        self._chance = random.Random(7)

    def now(self) -> datetime:
        self.at += timedelta(microseconds=self._chance.randint(1, 5000))
        return self.at


async def address(house: House, database: Database, sender: str) -> str:
    """The owner of somebody's chat."""
    await house.person(sender).say("/start")
    with database.read() as session:
        query = select(AddressRow.id).where(AddressRow.native_id == sender)
        return f"a{session.scalars(query).one()}"


@pytest.mark.parametrize("clock", [UnevenClock()])
async def test_what_waited_for_a_platform_keeps_its_order(
    house: House, database: Database, platform: FakePlatform, clock: FakeClock
) -> None:
    owner = await address(house, database, "somebody")
    platform.failures += [AWAY] * 6
    wanted = [f"第{number}条" for number in range(20)]
    for text in wanted:
        with database.begin() as session:
            outbox.add(
                session, owner, Reply(text), key=text, purpose=Purpose.ANSWER, at=clock.now()
            )
        await house.deliver()
        clock.forward(seconds=1)
    while platform.failures:
        clock.forward(seconds=31)
        await house.deliver()
    clock.forward(seconds=31)
    await house.deliver()
    assert [each.text for each in platform.chats["somebody"][1:]] == wanted


async def test_after_an_outage_it_goes_on_at_full_speed(
    app: App, house: House, database: Database, platform: FakePlatform, clock: FakeClock
) -> None:
    owners = [await address(house, database, f"p{number}") for number in range(100)]
    platform.failures += [AWAY] * 40
    for owner in owners:
        with database.begin() as session:
            outbox.add(
                session, owner, Reply("一"), key=owner, purpose=Purpose.ANSWER, at=clock.now()
            )
        await house.deliver()
        clock.forward(seconds=7)
    clock.forward(seconds=31)
    times: list[float] = []
    for number in range(120):
        await app.pacer.wait(Chat("fake", f"{number}"))
        times.append(clock.monotonic())
    assert 59 / (times[-1] - times[60]) > 0.95 * 30


async def test_the_sender_and_the_administrators_see_it_and_hear_when_it_is_over(
    app: App, house: House, district: District, platform: FakePlatform, clock: FakeClock
) -> None:
    here = NoticeHouse(app, house, district, clock)
    (lu,) = here.seat("陆见微")
    await here.write("周五前交回安全责任书。", "陆见微")
    await here.boss.tap("发给这")
    for _ in range(4):  # five minutes
        platform.failures.append(AWAY)
        await house.deliver()
        await app.watch.look()
        clock.forward(seconds=75)
    told = "从11月23日（周一）12:00起连不上"
    await app.bulletins.refresh()
    assert f"还有 1 人在排队（fake {told}，连上后自动发）" in here.boss.screen[-1].text
    assert (await here.boss.say("待办")).text.startswith(f"fake {told}。有 1 条消息在等，")
    assert lu.screen == []
    await house.deliver()
    await app.watch.look()
    assert "安全责任书" in lu.screen[-1].text
    assert "连不上" not in (await here.boss.say("待办")).text
    await house.deliver()
    assert "连不上" not in here.boss.screen[-1].text, "five minutes are not worth a message"


async def test_an_outage_that_lasted_is_told_when_it_is_over(
    app: App, house: House, district: District, platform: FakePlatform, clock: FakeClock
) -> None:
    here = NoticeHouse(app, house, district, clock)
    await here.write("周五前交回安全责任书。", "陆见微")
    here.seat("陆见微")
    await here.boss.tap("发给这")
    platform.failures.append(AWAY)
    await house.deliver()
    clock.forward(minutes=40)
    await app.watch.look()
    platform.failures.append(AWAY)
    await house.deliver()
    await app.watch.look()
    clock.forward(minutes=40)
    for _ in range(3):
        await house.deliver()
        await app.watch.look()
    said = [each.text for each in here.boss.screen if "连不上" in each.text]
    assert said == [
        "fake 从11月23日（周一）12:00到11月23日（周一）13:20连不上。"
        "这段时间要发的都留着，现在陆续发出；已经过了时间的不再发。"
    ]


def test_what_a_process_has_noted_lasts_beyond_it(database: Database) -> None:
    with database.begin() as session:
        long_ago = MONDAY_NOON - timedelta(hours=1)
        assert outages.note(session, {"telegram": long_ago}, set(), at=MONDAY_NOON) == []
        assert outages.note(session, {}, {"web"}, at=MONDAY_NOON) == [], "a restart heard nothing"
        assert [each.since for each in outages.current(session)] == [long_ago]
        over = outages.note(session, {}, {"web", "telegram"}, at=MONDAY_NOON)
        assert [each.platform for each in over] == ["telegram"]
        assert outages.current(session) == []
        a_moment_ago = {"telegram": MONDAY_NOON - timedelta(seconds=5)}
        outages.note(session, a_moment_ago, set(), at=MONDAY_NOON)
        assert outages.current(session) == [], "a hiccup is nothing to tell"
