"""What the bot says first reaches whoever looks on, and the demo's clock moves forward."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import aiohttp
import pytest
from sqlalchemy import func, select

from bot.core.chat import Chat, Message, Reply
from bot.core.clock import SHANGHAI, local
from bot.db.engine import Database
from bot.db.models import DeliveryRow, InboxRow, MissRow, TranscriptRow
from bot.running import described
from bot.services import agenda, calendar, facts, gate, learning, outbox
from bot.settings import Settings
from bot.web import server
from bot.web.server import WebServer
from knowledge.live import LiveKnowledge
from tests.called import call
from tests.patience import PATIENCE
from tests.web_house import WebHouse, open_house

CLOCK = "/playground/api/clock"


@pytest.fixture
async def web(
    settings: Settings, database: Database, knowledge: LiveKnowledge
) -> AsyncIterator[WebHouse]:
    async with open_house(settings, database, knowledge) as house:
        await house.get("/playground/api/people")
        yield house


@asynccontextmanager
async def listening(web: WebHouse, query: str, **headers: str) -> AsyncGenerator[Ears]:
    """A stream that has begun: what is said from now on is heard."""
    address = f"{web.origin}/playground/api/stream{query}"
    async with asyncio.timeout(PATIENCE), web.client.get(address, headers=headers) as response:
        assert response.content_type == "text/event-stream"
        ears = Ears(response)
        name, _ = await ears.next()
        assert name == "beat"
        yield ears


@dataclass
class Ears:
    """Somebody at the end of a stream."""

    response: aiohttp.ClientResponse

    async def next(self) -> tuple[str, dict[str, Any]]:
        """The next event, as name and data."""
        event = ""
        async for raw in self.response.content:
            line = raw.decode().strip()
            if line.startswith("event: "):
                event = line.removeprefix("event: ")
            elif line.startswith("data: "):
                return event, json.loads(line.removeprefix("data: "))
        raise EOFError

    async def messages(self, count: int) -> list[dict[str, Any]]:
        heard: list[dict[str, Any]] = []
        while len(heard) < count:
            name, data = await self.next()
            heard += [data] if name == "message" else []
        return heard


async def test_a_stream_brings_what_is_said_to_those_it_was_opened_for(web: WebHouse) -> None:
    async with listening(web, "?as=guest-1,guest-2&after=0") as ears:
        for who in ("guest-1", web.id_of("苗若谷"), "guest-2"):
            await web.app.web.send(Chat("web", who), Message(f"给 {who}"))
        heard = await ears.messages(2)
    assert [line["text"] for line in heard] == ["给 guest-1", "给 guest-2"]
    assert [line["as"] for line in heard] == ["guest-1", "guest-2"]


async def test_a_stream_for_everybody_goes_on_where_it_was_cut(web: WebHouse) -> None:
    for number in range(3):
        await web.app.web.send(Chat("web", f"guest-{number % 2 + 1}"), Message(f"第 {number} 条"))
    async with listening(web, "?after=0") as ears:
        first, *_ = await ears.messages(3)
    async with listening(web, "", **{"Last-Event-ID": str(first["version"])}) as ears:
        rest = await ears.messages(2)
    assert [line["text"] for line in rest] == ["第 1 条", "第 2 条"]


async def test_a_stream_without_a_beginning_brings_only_what_is_new(web: WebHouse) -> None:
    await web.app.web.send(Chat("web", "guest-1"), Message("旧的"))
    async with listening(web, "?as=guest-1") as ears:
        await web.app.web.send(Chat("web", "guest-1"), Message("新的"))
        assert [line["text"] for line in await ears.messages(1)] == ["新的"]


async def test_stopping_ends_the_streams(web: WebHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "GRACE", 4 * PATIENCE)  # who waited for readers would wait so long
    stopped = WebServer(web.server.parts)
    await stopped.start()
    address = f"http://127.0.0.1:{stopped.port}/playground/api/stream"
    async with aiohttp.ClientSession() as client, client.get(address) as response:
        await response.content.readline()
        async with asyncio.timeout(PATIENCE):
            await stopped.stop()
            await response.content.read()
        assert response.content.at_eof()


async def test_the_clock_goes_forward_and_that_is_kept_in_a_demo_alone(web: WebHouse) -> None:
    _, before = await web.get(CLOCK)
    status, after = await web.post(CLOCK, {"forward": "P1DT2H30M"})
    assert status == 200
    moved = datetime.fromisoformat(after["now"]) - datetime.fromisoformat(before["now"])
    assert moved == timedelta(hours=26.5)
    with web.app.database.begin() as session:
        assert facts.clock_offset(session) == timedelta(hours=26.5)
        facts.put(session, facts.DEMO, "0")
        assert facts.clock_offset(session) == timedelta()


async def test_the_clock_goes_to_an_instant_with_or_without_its_zone(web: WebHouse) -> None:
    _, clock = await web.get(CLOCK)
    day = datetime.fromisoformat(clock["now"]) + timedelta(days=3)
    for to in (day.isoformat(), (day + timedelta(days=1)).replace(tzinfo=None).isoformat()):
        status, clock = await web.post(CLOCK, {"to": to})
        assert status == 200
        assert clock["now"][:19] == to[:19]


async def test_the_clock_is_never_moved_back_or_too_far(web: WebHouse) -> None:
    for body, says in (
        ({"to": "2020-01-01T00:00:00+08:00"}, "往前"),
        ({"forward": "P500D"}, "400"),
        ({"forward": "PT0S"}, "往前"),
        ({"forward": "-PT2H"}, "forward 应为"),
        ({"forward": "P"}, "forward 应为"),
        ({"forward": "PT"}, "forward 应为"),
        ({"forward": 2}, "forward 应为"),
        ({"to": "tomorrow"}, "to 应为"),
        ({"to": 5}, "to 应为"),
        ({"next": False}, "应为"),
        ({"next": True}, "没有排在后面的事"),
        ({"next": True, "forward": "PT1H"}, "应为"),
        ({}, "应为"),
    ):
        status, answer = await web.post(CLOCK, body)
        assert status == 422, body
        assert says in answer["error"], body
    assert (await web.get(CLOCK))[1]["offset"] == 0


async def test_the_next_thing_due_comes_when_the_clock_is_moved_to_it(web: WebHouse) -> None:
    member = web.district.id_of("苗若谷")
    later = web.app.clock.now() + timedelta(days=1)
    with web.app.database.begin() as session:
        answer = Reply("有人回答了您的问题")
        purpose = gate.Purpose.ANSWER
        outbox.add(session, f"m{member}", answer, key="k", purpose=purpose, at=later)
    _, clock = await web.get(CLOCK)
    assert datetime.fromisoformat(clock["next"]) >= later - timedelta(seconds=1)
    assert await web.chat(f"m{member}") == []
    status, _ = await web.post(CLOCK, {"next": True})
    assert status == 200
    assert [line["text"] for line in await web.chat(f"m{member}")] == ["有人回答了您的问题"]


async def test_the_clock_stops_at_all_that_a_meeting_brings(web: WebHouse) -> None:
    """The evening before, the beginning, the end with its roll: none is leapt over."""
    now = local(web.app.clock.now())
    day = calendar.workday_near(now.date() + timedelta(days=9), 1)
    starts_at = datetime.combine(day, time(14), tzinfo=SHANGHAI)
    meeting_id = call(web.district, starts_at=starts_at.astimezone(UTC))
    stops: list[datetime] = []
    while not stops or stops[-1] < starts_at + timedelta(minutes=60):
        status, clock = await web.post(CLOCK, {"next": True})
        assert status == 200, stops
        stops.append(datetime.fromisoformat(clock["now"]))
    evening = local(agenda.evening_before(starts_at))
    for moment in (evening, starts_at, starts_at + timedelta(minutes=60)):
        assert any(moment <= stop < moment + timedelta(seconds=3) for stop in stops), stops
    with web.app.database.read() as session:
        rolls = select(func.count()).where(DeliveryRow.key.startswith(f"roll:{meeting_id}"))
        assert session.scalars(rolls).one()


async def test_what_is_too_old_by_the_moved_clock_is_gone_at_once(
    web: WebHouse, database: Database
) -> None:
    await web.say("guest-1", "天地玄黄宇宙洪荒吗")
    with database.begin() as session:
        learning.note(session, "a1", "天地玄黄宇宙洪荒吗", "k1", at=web.app.clock.now())
    status, _ = await web.post(CLOCK, {"forward": "P31D"})
    assert status == 200
    with database.read() as session:
        for table in (MissRow, TranscriptRow, InboxRow):
            assert session.scalars(select(func.count()).select_from(table)).one() == 0, table


async def test_a_real_database_is_told_no_address_of_a_playground(
    settings: Settings, database: Database, knowledge: LiveKnowledge
) -> None:
    async with open_house(settings, database, knowledge, is_demo=False) as house:
        lines = described(house.app)
    assert "  网页      试用页只用于演示数据；请设 MUDUO_TELEGRAM_TOKEN" in lines


async def test_a_demo_is_told_the_address_of_its_playground(web: WebHouse) -> None:
    assert f"  网页      {web.server.address}" in described(web.app)
