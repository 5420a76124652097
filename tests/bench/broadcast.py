"""A notice to many over the Bot API: how much of the allowed rate is used, what a kill leaves.

    python tests/bench/broadcast.py [--seconds 60] [--only clean,faults,kill,million,replicas,peers]
                                    [--postgres URL] [--people 1000000]

The emulator allows 30 (and 300) sends a second, answers after 50 ms and bans all sends for two
seconds when the limit is passed. Each part prints its figures beside what is wanted. `--people`
makes `million` smaller; `peers` needs the environment of requirements.lock beside this file.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import ClassVar

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy import func, insert, select, text  # noqa: E402

from bot.db import migrate  # noqa: E402
from bot.db.engine import Database  # noqa: E402
from bot.db.models import AddressRow, DeliveryRow, LetterRow  # noqa: E402
from bot.services import letters, outbox  # noqa: E402
from tests.bench import broadcast_subjects, results  # noqa: E402
from tests.bench.emulator_limits import FAULTY, LimitedEmulator, Net  # noqa: E402
from tests.bench.running import percentile  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
SUBJECTS = str(Path(__file__).with_name("broadcast_subjects.py"))
figures: dict[str, float | str] = {}


def show(name: str, value: float, wanted: str = "") -> None:
    figures[name] = value
    print(f"{name:<58}{value:>10.4g}  {wanted}", flush=True)


class Sender:
    """One sending process. `running` are all that have not been ended."""

    running: ClassVar[set[asyncio.subprocess.Process]] = set()

    def __init__(self, *command: object) -> None:
        self.command = [sys.executable, SUBJECTS, *map(str, command)]
        self.said: dict[str, list[float]] = {}
        self.heard = asyncio.Event()

    async def start(self) -> Sender:
        self.process = await asyncio.create_subprocess_exec(
            *self.command, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        self.running.add(self.process)
        self._reading = asyncio.create_task(self._read())
        return self

    async def until(self, word: str, seconds: float = 300) -> list[float]:
        async with asyncio.timeout(seconds):
            while word not in self.said:
                await self.heard.wait()
                self.heard.clear()
        return self.said[word]

    def cpu(self) -> float:
        stat = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / TICKS

    def megabytes(self) -> float:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()
        self.running.discard(self.process)

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.process.terminate()
        await self.process.wait()
        self.running.discard(self.process)

    async def _read(self) -> None:
        assert self.process.stdout
        async for line in self.process.stdout:
            word, *numbers = line.decode().split()
            self.said[word] = [float(number) for number in numbers]
            self.heard.set()


@asynccontextmanager
async def emulated(net: Net, seed: int = 1) -> AsyncIterator[LimitedEmulator]:
    emulator = LimitedEmulator(net, seed)
    await emulator.start()
    yield emulator
    await emulator.stop()


def made(url: str, people: int, *, posted: int = 0) -> Database:
    """A database with so many addresses, and a letter to the first of them."""
    database = Database(url)
    migrate.upgrade(database)
    used = broadcast_subjects.Noon().now()
    fixed = {"platform": "telegram", "name": "", "last_used_at": used, "wrong_codes": 0}
    with database.engine.begin() as connection:
        for first in range(1, people + 1, 10_000):
            numbers = range(first, min(first + 10_000, people + 1))
            rows = [{"id": n, "native_id": str(n), "chat_id": str(n), **fixed} for n in numbers]
            connection.execute(insert(AddressRow), rows)
    if posted:
        post(database, posted)
    return database


def post(database: Database, people: int) -> None:
    for first in range(1, people + 1, letters.AT_ONCE):
        owners = [f"a{n}" for n in range(first, min(first + letters.AT_ONCE, people + 1))]
        with database.begin() as session:
            outbox.post(
                session, broadcast_subjects.letter(), owners, at=broadcast_subjects.Noon().now()
            )


def unfinished(database: Database) -> int:
    with database.read() as session:
        query = select(func.count()).where(DeliveryRow.state.in_(("queued", "sending")))
        return session.scalars(query).one()


async def finished(database: Database, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while await asyncio.to_thread(unfinished, database):
            await asyncio.sleep(0.5)


def rate(emulator: LimitedEmulator) -> tuple[float, float]:
    """The share of the allowed rate that was used, and of the time without bans."""
    times = emulator.order
    took = times[-1] - times[0]
    banned = len(emulator.ban_starts) * emulator.net.ban
    used = (len(times) - 1) / emulator.net.per_second
    return used / took, used / max(0.1, took - banned)


async def pace(url: str, per_second: int, seconds: float, *, is_faulty: bool) -> None:
    name = f"{'faults' if is_faulty else 'clean'} at {per_second}/s"
    count = int(per_second * seconds)
    net = Net(per_second, **(FAULTY if is_faulty else {}))
    with tempfile.TemporaryDirectory() as folder:
        database = made(url or f"sqlite:///{folder}/b.db", count, posted=count)
        async with emulated(net) as emulator:
            sender = await Sender(
                "muduo", emulator.url, folder, database.url.render_as_string(False), per_second
            ).start()
            (ready,) = await sender.until("ready")
            before = sender.cpu()
            await finished(database, seconds * 4 + 60)
            cpu = (sender.cpu() - before) * 1000 / count
            await sender.stop()
            share, unbanned = rate(emulator)
            show(f"{name}: share of the allowed rate", share, f">= {0.85 if is_faulty else 0.95}")
            show(f"{name}: of the time not banned", unbanned, ">= 0.92")
            show(f"{name}: bans", emulator.bans)
            show(f"{name}: CPU ms a message", cpu, "<= 3")
            show(f"{name}: first send after ready, s", emulator.order[0] - ready, "<= 0.5")
            check(database, emulator, name, held=0)
        database.close()


def check(database: Database, emulator: LimitedEmulator, name: str, *, held: int) -> None:
    """Nothing lost, and what went twice is marked; `held` were in flight at kills."""
    with database.read() as session:
        states = dict(
            session.execute(
                select(DeliveryRow.state, func.count()).group_by(DeliveryRow.state)
            ).all()
        )
        letter = session.scalars(select(LetterRow)).one()
        reached = set(session.scalars(select(DeliveryRow.owner).where(DeliveryRow.state == "sent")))
        doubtful = set(
            session.scalars(select(DeliveryRow.owner).where(DeliveryRow.state == "doubt"))
        )
        blocked = set(
            session.scalars(select(DeliveryRow.owner).where(DeliveryRow.state == "failed"))
        )
        total = letter.total
    seen = {f"a{chat}" for chat in emulator.sent}
    lost = total - len(seen | blocked | doubtful)
    unreported = len(reached - seen)
    doubled = [times for times in emulator.sent.values() if len(times) > 1]
    unmarked = sum(not all(again for _, again in times[1:]) for times in doubled)
    print(f"  {name}: {states}")
    show(f"{name}: lost", lost + unreported, "0")
    if held or doubled:
        show(f"{name}: doubled", len(doubled), f"<= {held} in flight" if held else "answers lost")
    show(f"{name}: doubled without 〔补发〕", unmarked, "0")
    show(f"{name}: faster than 1/s in a chat", emulator.too_fast, "0")


def in_flight(database: Database) -> int:
    with database.read() as session:
        query = select(func.count()).where(DeliveryRow.state == "sending")
        return session.scalars(query).one()


async def kills(url: str, per_second: int, seconds: float, processes: int) -> None:
    """Processes are killed every ten seconds (`processes` 1: every four) and started again."""
    name = f"{processes} process{'es' if processes > 1 else ''} killed at {per_second}/s"
    every = 10.0 if processes > 1 else 4.0
    count, chance, held, firsts = int(per_second * seconds), random.Random(7), 0, list[float]()
    with tempfile.TemporaryDirectory() as folder:
        database = made(url or f"sqlite:///{folder}/b.db", count, posted=count)
        address = database.url.render_as_string(False)
        async with emulated(Net(per_second)) as emulator:
            senders = [
                await Sender("muduo", emulator.url, folder, address, per_second).start()
                for _ in range(processes)
            ]
            await senders[0].until("ready")
            until = time.perf_counter() + seconds
            while time.perf_counter() < until and unfinished(database):
                await asyncio.sleep(every * (0.7 + chance.random() * 0.6))
                number = chance.randrange(processes)
                await senders[number].kill()
                held += await asyncio.to_thread(in_flight, database) if processes == 1 else 0
                senders[number] = await Sender(
                    "muduo", emulator.url, folder, address, per_second
                ).start()
                (ready,) = await senders[number].until("ready")
                if processes == 1 and unfinished(database):
                    sends = len(emulator.order)
                    while len(emulator.order) == sends and unfinished(database):
                        await asyncio.sleep(0.005)
                    firsts += [at - ready for at in emulator.order[sends : sends + 1]]
            await finished(database, seconds * 4 + 60)
            for sender in senders:
                await sender.stop()
            if firsts:
                show(f"{name}: first send after ready, worst, s", max(firsts), "<= 0.5")
            with database.read() as session:
                doubts = session.scalars(
                    select(func.count()).where(DeliveryRow.state == "doubt")
                ).one()
            check(database, emulator, name, held=held or doubts)
        database.close()


async def million(url: str, people: int, seconds: float) -> None:
    """Queue a notice to so many while people write; then send for a while beside them."""
    kind = "PostgreSQL" if url else "SQLite"
    memory: list[float] = []
    for count in (1000, people):
        with tempfile.TemporaryDirectory() as folder:
            database = made(_another(url) or f"sqlite:///{folder}/b.db", count)
            address = database.url.render_as_string(False)
            async with emulated(Net(30)) as emulator:
                sender = await Sender("muduo", emulator.url, folder, address, 30, count).start()
                await sender.until("ready")
                people_write = asyncio.create_task(writing(emulator, sender, seconds))
                took, longest = await sender.until("queued", 600)
                queueing, sending = await people_write
                memory.append(sender.megabytes())
                await sender.stop()
            if count == people:
                name = f"{kind}, {count:,} people"
                show(f"{name}: queued in s", took, f"<= {40 if url else 20}")
                show(f"{name}: longest transaction, ms", longest * 1000, "<= 50")
                show(f"{name}: reply while queueing p99, ms", percentile(queueing, 0.99), "< 300")
                show(f"{name}: reply while sending p99, ms", percentile(sending, 0.99), "< 300")
                show(f"{name}: progress read in ms", progress(database), "<= 20")
                show(f"{name}: bans", emulator.bans, "0")
            database.close()
    show(f"{kind}: memory at 1,000, MB", memory[0])
    show(f"{kind}: memory at {people:,}, MB", memory[1], "flat")


def progress(database: Database) -> float:
    took: list[float] = []
    for _ in range(20):
        started = time.perf_counter()
        with database.read() as session:
            outbox.progress(session, 1)
        took.append((time.perf_counter() - started) * 1000)
    return sorted(took)[10]


async def writing(
    emulator: LimitedEmulator, sender: Sender, seconds: float
) -> tuple[list[float], list[float]]:
    """People write /help twice a second, while it queues and then so long while it sends."""
    queueing, sending = list[float](), list[float]()
    user, until = 9_000_000, None
    while until is None or time.perf_counter() < until:
        user += 1
        emulator.chats.know(user)
        started = time.perf_counter()
        emulator.say(user, "/help")
        while user not in emulator.sent and time.perf_counter() < started + 10:
            await asyncio.sleep(0.002)
        delay = (
            emulator.sent[user][0][0] if user in emulator.sent else time.perf_counter()
        ) - started
        if "queued" not in sender.said:
            queueing.append(delay * 1000)
        else:
            sending.append(delay * 1000)
            until = until or time.perf_counter() + seconds
        await asyncio.sleep(0.3 + random.random() * 0.4)
    return queueing or [0.0], sending


async def peers(seconds: float) -> None:
    for name in ("ptb", "aiogram"):
        for faulty in (False, True):
            net = Net(30, **(FAULTY if faulty else {}))
            async with emulated(net) as emulator:
                sender = await Sender(name, emulator.url, "-", 100_000, 30).start()
                await sender.until("ready")
                await asyncio.sleep(seconds)
                await sender.kill()
                what = "faults" if faulty else "clean"
                show(f"{name} loop with sleep, {what}: share of the rate", rate(emulator)[0])


def _another(server: str) -> str:
    """A new database on the server; "" stays "" (SQLite)."""
    if not server:
        return ""
    name = f"b{uuid.uuid4().hex[:8]}"
    admin = Database(server)
    with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    address = admin.url.set(database=name).render_as_string(False)
    admin.close()
    return address


async def measure(chosen: argparse.Namespace) -> None:
    parts, seconds, server = chosen.only.split(","), chosen.seconds, chosen.postgres
    for per_second in (30, 300):
        if "clean" in parts:
            await pace(_another(server), per_second, seconds, is_faulty=False)
        if "faults" in parts:
            await pace(_another(server), per_second, seconds, is_faulty=True)
    if "kill" in parts:
        await kills(_another(server), 30, seconds, 1)
        await kills(_another(server), 300, seconds / 2, 1)
    if "replicas" in parts and server:
        await kills(_another(server), 30, seconds, 3)
    if "million" in parts:
        await million(server, chosen.people, min(seconds, 30))
    if "peers" in parts:
        await peers(min(seconds, 30))
    results.write(f"broadcast {'postgresql' if server else 'sqlite'}", figures)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--only", default="clean,faults,kill,replicas,million,peers")
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--postgres", default="", help="a server's URL; each run gets a database")
    try:
        asyncio.run(measure(parser.parse_args()))
    finally:
        for left in Sender.running:
            with suppress(ProcessLookupError):
                os.kill(left.pid, signal.SIGKILL)
