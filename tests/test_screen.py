"""The meeting screen: its link and codes, and what it tells over real HTTP."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import update

from bot.core.errors import Refused
from bot.db.engine import Database
from bot.db.models import AttendanceRow, MeetingRow, MemberRow, RecordRow
from bot.services import screen
from bot.settings import Settings
from bot.web.qr import path_of
from knowledge.live import LiveKnowledge
from tests.district import District
from tests.fakes import MONDAY_NOON
from tests.patience import PATIENCE
from tests.web_house import WebHouse, open_house


def hold(database: Database, unit_id: int, members: int = 4, **more: Any) -> int:
    """A congress of a branch, with people expected who all have a vote."""
    meeting: dict[str, Any] = {
        "key": uuid.uuid4().hex,
        "kind": "congress",
        "purpose": "plain",
        "topic": "十一月党员大会",
        "place": "三楼会议室",
        "starts_at": MONDAY_NOON,
        "lasts": 60,
        "code": "482193",
        "secret": "s1",
        "called_at": MONDAY_NOON,
    }
    with database.begin() as session:
        row = MeetingRow(**{**meeting, **more})
        session.add(row)
        session.flush()
        session.add(RecordRow(meeting_id=row.id, unit_id=unit_id, agreed_at=MONDAY_NOON))
        people = session.query(MemberRow.id).order_by(MemberRow.id).limit(members)
        for (person,) in people:
            session.add(
                AttendanceRow(
                    meeting_id=row.id,
                    member_id=person,
                    unit_id=unit_id,
                    is_expected=True,
                    has_vote=True,
                )
            )
        return row.id


def arrive(database: Database, meeting_id: int, count: int) -> None:
    with database.begin() as session:
        mine = session.query(AttendanceRow.id).where(AttendanceRow.meeting_id == meeting_id)
        ids = [each for (each,) in mine.order_by(AttendanceRow.id).limit(count)]
        session.execute(
            update(AttendanceRow).where(AttendanceRow.id.in_(ids)).values(status="present")
        )


@pytest.fixture
def branch(database: Database) -> int:
    return District(database).unit("青澜一中第一党支部")


def test_a_link_opens_its_meeting_and_no_other(database: Database, branch: int) -> None:
    one, other = hold(database, branch), hold(database, branch, topic="另一场")
    with database.begin() as session:
        token = screen.link(session, one).rpartition("/")[2]
        assert screen.opened(session, token, at=MONDAY_NOON).topic == "十一月党员大会"
        forged = screen.link(session, other).rpartition("/")[2].partition(".")[0]
        with pytest.raises(Refused, match="screen_unknown"):
            screen.opened(session, f"{forged}.{token.partition('.')[2]}", at=MONDAY_NOON)


def test_a_link_is_of_no_use_an_hour_after_the_meeting(database: Database, branch: int) -> None:
    meeting = hold(database, branch, state="closed", ended_at=MONDAY_NOON)
    with database.begin() as session:
        token = screen.link(session, meeting).rpartition("/")[2]
        assert screen.opened(session, token, at=MONDAY_NOON + timedelta(minutes=60))
        with pytest.raises(Refused, match="screen_over"):
            screen.opened(session, token, at=MONDAY_NOON + timedelta(minutes=61))


@pytest.mark.parametrize(("seconds", "counts"), [(0, True), (39, True), (40, False), (-1, False)])
def test_a_code_counts_until_the_next_one_is_gone(
    database: Database, branch: int, seconds: int, counts: bool
) -> None:
    begin = MONDAY_NOON  # noon begins a slot
    meeting = hold(database, branch)
    with database.begin() as session:
        token = screen.link(session, meeting).rpartition("/")[2]
        payload = screen.opened(session, token, at=begin).payload(begin)
        assert len(payload) <= 64
        said = payload.removeprefix("checkin-")
        at = begin + timedelta(seconds=seconds)
        if counts:
            assert screen.scanned(session, said, at=at) == meeting
        else:
            with pytest.raises(Refused, match="scan_stale"):
                screen.scanned(session, said, at=at)


@pytest.mark.parametrize("argument", ["", "1", "x-y-z", "1-zz-00", "999-0-00", "１-0-00"])
def test_what_is_no_code_is_unknown(database: Database, branch: int, argument: str) -> None:
    hold(database, branch)
    with database.begin() as session, pytest.raises(Refused, match="scan_unknown"):
        screen.scanned(session, argument, at=MONDAY_NOON)


def test_a_code_of_one_meeting_does_not_count_for_another(database: Database, branch: int) -> None:
    one, other = hold(database, branch), hold(database, branch, secret="s2")
    with database.begin() as session:
        token = screen.link(session, one).rpartition("/")[2]
        payload = screen.opened(session, token, at=MONDAY_NOON).payload(MONDAY_NOON)
        stolen = payload.replace(f"checkin-{one}-", f"{other}-")
        with pytest.raises(Refused, match="scan_unknown"):
            screen.scanned(session, stolen, at=MONDAY_NOON)


def test_a_qr_is_drawn_with_its_three_corners() -> None:
    drawn = path_of("https://t.me/some_bot?start=checkin-1-2-3")
    assert drawn["size"] >= 21
    assert drawn["path"].startswith("M0 0h7v1h-7z")
    assert f"M{drawn['size'] - 7} 0h7v1h-7z" in drawn["path"]


@pytest_asyncio.fixture
async def web(
    settings: Settings, database: Database, knowledge: LiveKnowledge
) -> AsyncGenerator[WebHouse]:
    async with open_house(settings, database, knowledge) as house:
        yield house


@asynccontextmanager
async def watching(web: WebHouse, path: str) -> AsyncGenerator[AsyncIterator[tuple[str, Any]]]:
    """The events of a screen, as name and data."""
    async with web.client.get(f"{web.origin}{path}/live") as response:
        assert response.status == 200

        async def events() -> AsyncIterator[tuple[str, Any]]:
            name = ""
            async for line in response.content:
                text = line.decode().strip()
                if text.startswith("event: "):
                    name = text.removeprefix("event: ")
                if text.startswith("data: "):
                    yield name, json.loads(text.removeprefix("data: "))

        yield events()


def path_for(web: WebHouse, meeting_id: int) -> str:
    with web.district.begin() as session:
        return screen.link(session, meeting_id)


async def test_the_screen_counts_live_and_names_nobody(web: WebHouse) -> None:
    branch = web.district.unit("青澜一中第一党支部")
    meeting = hold(web.district.database, branch, starts_at=MONDAY_NOON)
    path = path_for(web, meeting)
    async with asyncio.timeout(PATIENCE), watching(web, path) as events:
        seen: list[dict[str, Any]] = []
        async for name, data in events:
            if name == "state":
                seen.append(data)
                arrive(web.district.database, meeting, 2)
            if seen and seen[-1]["present"] == 2:
                break
    assert (seen[0]["present"], seen[0]["expected"]) == (0, 4)
    assert "还差 2 人" in seen[0]["quorum"]
    assert seen[-1]["quorum_state"] == "met"
    async with web.client.get(web.origin + path) as response:
        page = await response.text()
    told = page + json.dumps(seen, ensure_ascii=False)
    with web.district.begin() as session:
        names = [name for (name,) in session.query(MemberRow.name)]
    assert not [name for name in names if name in told]


async def test_the_code_shows_only_while_people_can_check_in(web: WebHouse) -> None:
    branch = web.district.unit("青澜一中第一党支部")
    later = MONDAY_NOON + timedelta(hours=2)
    path = path_for(web, hold(web.district.database, branch, starts_at=later))
    async with asyncio.timeout(PATIENCE), watching(web, path) as events:
        told = {name: data async for name, data in first(events, 2)}
    assert told["state"]["code"] == ""
    assert "提前半小时可以签到" in told["state"]["line"]
    assert told["qr"] == {}


async def test_a_forged_link_is_met_with_a_sentence(web: WebHouse) -> None:
    async with web.client.get(f"{web.origin}/meeting/MQ.forged") as response:
        assert response.status == 404
        assert "没有这块会议屏幕" in await response.text()
    status, answer = await web.get("/meeting/MQ.forged/live")
    assert (status, answer["error"][:8]) == (404, "没有这块会议屏幕")


async def first(events: AsyncIterator[tuple[str, Any]], count: int) -> AsyncIterator[Any]:
    async for event in events:
        yield event
        count -= 1
        if not count:
            return
