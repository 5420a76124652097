"""A notice to a million: how long it takes to queue, and who has to wait meanwhile."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time

from sqlalchemy import select

from bot.db.engine import Database
from bot.db.models import LetterRow
from bot.services import outbox
from tests.bench.broadcast_house import Sender, another, emulated, made, sending
from tests.bench.broadcast_runs import show
from tests.bench.emulator_limits import LimitedEmulator, Net
from tests.bench.running import percentile


async def queueing(server: str, people: int, seconds: float) -> None:
    """Queue a notice to so many while people write; then send for a while beside them."""
    kind = "PostgreSQL" if server else "SQLite"
    few, _ = await _run(another(server), 1000, seconds, f"{kind}, 1,000 people")
    name = f"{kind}, {people:,} people"
    many, (took, longest, bans, read_in) = await _run(another(server), people, seconds, name)
    show(f"{name}: queued in s", took, f"<= {40 if server else 20}")
    show(f"{name}: longest transaction, ms", longest * 1000, "<= 50")
    show(f"{name}: progress read in ms", read_in, "<= 20")
    show(f"{name}: bans", bans, "0")
    show(f"{kind}: memory at 1,000, MB", few)
    show(f"{kind}: memory at {people:,}, MB", many, "flat")


async def _run(
    url: str, people: int, seconds: float, name: str
) -> tuple[float, tuple[float, float, int, float]]:
    """Megabytes in the end; seconds to queue, of the longest transaction, bans, ms of progress."""
    with tempfile.TemporaryDirectory() as folder:
        database = made(url or f"sqlite:///{folder}/b.db", people)
        async with emulated(Net(30)) as emulator:
            sender, _ = await sending(emulator, folder, database, 30, people)
            people_write = asyncio.create_task(_writing(emulator, sender, seconds))
            took, longest = await sender.until("queued", 900)
            before, beside = await people_write
            megabytes = sender.megabytes()
            await sender.stop()
            with database.read() as session:
                total = session.scalars(select(LetterRow.total)).one()
            assert total == people, f"{total:,} of {people:,} were queued"
        if before:
            show(f"{name}: reply while queueing, p99 ms", percentile(before, 0.99), "< 300")
        show(f"{name}: reply while it goes out, p99 ms", percentile(beside, 0.99), "< 300")
        read_in = _progress(database)
        database.close()
    return megabytes, (took, longest, emulator.bans, read_in)


def _progress(database: Database) -> float:
    took: list[float] = []
    for _ in range(20):
        started = time.perf_counter()
        with database.read() as session:
            outbox.progress(session, 1)
        took.append((time.perf_counter() - started) * 1000)
    return sorted(took)[10]


async def _writing(
    emulator: LimitedEmulator, sender: Sender, seconds: float
) -> tuple[list[float], list[float]]:
    """People write /help four times a second, while it queues and then so long while it goes out.

    Gives how many milliseconds each waited for the reply.
    """
    before, beside = list[float](), list[float]()
    user, until = 9_000_000, None
    while until is None or time.perf_counter() < until:
        user += 1
        emulator.chats.know(user)
        is_queueing = "queued" not in sender.said
        started = time.perf_counter()
        emulator.say(user, "/help")
        while user not in emulator.sent and time.perf_counter() < started + 10:
            await asyncio.sleep(0.002)
        answered = emulator.sent[user][0][0] if user in emulator.sent else time.perf_counter()
        (before if is_queueing else beside).append((answered - started) * 1000)
        if "queued" in sender.said:
            until = until or time.perf_counter() + seconds
        await asyncio.sleep(0.15 + random.random() * 0.2)
    return before, beside
