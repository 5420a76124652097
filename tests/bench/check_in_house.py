"""For check_in.py: a hall of people at one meeting, and a process of 木铎 that they tap at."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from bot.app import App, Surroundings
from bot.core.chat import Chat, FileRef, Incoming, Message, Shown
from bot.core.clock import SystemClock
from bot.core.platform import Accept, Capabilities
from bot.db import migrate
from bot.db.engine import Database
from bot.db.models import (
    AddressRow,
    AttendanceRow,
    MeetingRow,
    MemberRow,
    MembershipRow,
    RecordRow,
    UnitRow,
)
from bot.services import facts, keyboards
from bot.settings import Settings
from knowledge.live import LiveKnowledge

KNOWLEDGE = Path(__file__).parents[1] / "data" / "knowledge"
ONCE, AGAIN = "签到成功", "您已签到"


class Hall:
    """A platform that takes the time at which each tap has been answered."""

    name = "bench"
    capabilities = Capabilities()

    def __init__(self) -> None:
        self.answered: dict[str, float] = {}
        self.said: Counter[str] = Counter()

    async def run(self, accept: Accept) -> None:
        del accept
        await asyncio.Event().wait()

    async def show(self, incoming: Incoming, messages: Sequence[Message]) -> list[Shown]:
        self.answered[incoming.event] = time.perf_counter()
        text = messages[0].text
        self.said[text[:4] if text.startswith((ONCE, AGAIN)) else text] += 1
        return [Shown(incoming.chat, incoming.event) for _ in messages]

    async def send(self, chat: Chat, message: Message) -> Shown:
        del message
        return Shown(chat, "s")

    async def edit(self, shown: Shown, message: Message) -> Shown:
        del message
        return shown

    async def amend(self, shown: Shown, message: Message) -> None:
        del shown, message

    async def withdraw(self, shown: Shown) -> None:
        del shown

    async def fetch(self, file: FileRef) -> bytes:
        del file
        return b""


@dataclass
class Counted:
    """What came of the taps of one process. Delays in ms."""

    delays: list[float] = field(default_factory=list)
    said: dict[str, int] = field(default_factory=dict)
    unanswered: int = 0
    cpu_ms: float = 0.0  # of all threads, for all taps together


def seed(database: Database, people: int) -> str:
    """A branch, its people with addresses, a meeting that has just begun; the button's token."""
    migrate.upgrade(database)
    now = SystemClock().now()
    with database.begin() as session:
        facts.put(session, facts.DEMO, "0")
        unit = UnitRow(tree="party", kind="branch", name="党支部")
        session.add(unit)
        session.flush()
        everybody = range(1, people + 1)
        tables: list[tuple[Any, list[dict[str, Any]]]] = [
            (MemberRow, [_member(each) for each in everybody]),
            (MembershipRow, [_membership(each, unit.id) for each in everybody]),
            (AddressRow, [_address(each) for each in everybody]),
        ]
        for table, rows in tables:
            session.execute(insert(table), rows)
        row = MeetingRow(
            key="bench",
            kind="training",
            topic="专题培训",
            starts_at=now - timedelta(minutes=1),
            lasts=90,
            code="482193",
            secret="s",
            called_at=now,
        )
        session.add(row)
        session.flush()
        session.add(RecordRow(meeting_id=row.id, unit_id=unit.id, agreed_at=now))
        seats = [
            {"meeting_id": row.id, "member_id": each, "unit_id": unit.id, "is_expected": True}
            for each in everybody
        ]
        session.execute(insert(AttendanceRow), seats)
        return keyboards.signed(session, "attendance.here", (row.id,))


def kept(database: Database) -> tuple[int, int, int]:
    """Rows of attendance, people among them, and how many of these are there."""
    with database.read() as session:
        rows, people = session.execute(
            select(func.count(), func.count(AttendanceRow.member_id.distinct()))
        ).one()
        there = select(func.count()).where(AttendanceRow.status.in_(("present", "late")))
        return rows, people, session.scalars(there).one()


async def tap(
    url: str,
    folder: Path,
    token: str,
    taps: Sequence[tuple[float, int, int]],
    ready: Callable[[], Awaitable[float]],
) -> Counted:
    """Let people tap: (seconds after the start, which person, which time); returns when all are
    answered. `ready` is awaited when the process is, and gives the start on the wall's clock.
    """
    knowledge = LiveKnowledge(KNOWLEDGE)
    hall = Hall()
    around = Surroundings(SystemClock(), (hall,), knowledge=knowledge)
    settings = Settings(data=folder, database_url=url)  # type: ignore[arg-type]
    app = App(settings, around)
    await app.start()
    app.scheduler.start()
    started: dict[str, float] = {}
    begin = await ready() - time.time() + time.perf_counter()
    under_way: set[asyncio.Task[None]] = set()
    cpu = time.process_time()
    for seconds, person, number in sorted(taps):
        await asyncio.sleep(max(0.0, begin + seconds - time.perf_counter()))
        incoming = _tap(person, number, token)
        # From when it was to be tapped: waiting in our own line counts.
        started[incoming.event] = begin + seconds
        task = asyncio.create_task(app.dispatcher.accept([incoming]))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    while under_way:
        await asyncio.wait(set(under_way))
    await app.dispatcher.idle()
    cpu = time.process_time() - cpu
    app.scheduler.stop()
    await app.close()
    delays = [
        (hall.answered[event] - then) * 1000
        for event, then in started.items()
        if event in hall.answered
    ]
    return Counted(delays, dict(hall.said), len(started) - len(delays), cpu * 1000)


def _tap(person: int, number: int, token: str) -> Incoming:
    chat = Chat("bench", f"p{person}")
    event = f"e{person}-{number}"
    return Incoming(
        "bench", event, chat, f"p{person}", tap=token, tapped=Shown(chat, "m1"), ack=event
    )


def _member(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "number": f"{number:05}",
        "name": f"党员{number}",
        "party_status": "full",
        "duties": "",
        "has_vote": True,
    }


def _membership(number: int, unit_id: int) -> dict[str, Any]:
    since = date(2020, 1, 1)
    return {"member_id": number, "tree": "party", "unit_id": unit_id, "from_on": since}


def _address(number: int) -> dict[str, Any]:
    return {
        "platform": "bench",
        "native_id": f"p{number}",
        "name": "",
        "chat_id": f"p{number}",
        "member_id": number,
        "wrong_codes": 0,
    }
