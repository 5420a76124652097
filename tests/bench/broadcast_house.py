"""What the broadcast is measured with: senders, databases full of people, and the emulator."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

from sqlalchemy import func, insert, select, text

from bot.db import migrate
from bot.db.engine import Database
from bot.db.models import AddressRow, DeliveryRow, MemberRow
from bot.services import letters, outbox
from bot.settings import Settings
from knowledge.live import NOTHING, LiveKnowledge
from knowledge.thresholds import Kept
from tests.bench import broadcast_subjects
from tests.bench.emulator_limits import LimitedEmulator, Net

ROOT = Path(__file__).parents[2]
SUBJECTS = str(Path(__file__).with_name("broadcast_subjects.py"))
TICKS = os.sysconf("SC_CLK_TCK")
UNFINISHED = ("queued", "sending")


class Sender:
    """One sending process. `running` are all that have not been ended."""

    running: ClassVar[set[asyncio.subprocess.Process]] = set()

    def __init__(self, *command: object) -> None:
        self.command = [sys.executable, SUBJECTS, *map(str, command)]
        self.said: dict[str, list[float]] = {}
        self.heard = asyncio.Event()

    async def start(self) -> Sender:
        self.process = await asyncio.create_subprocess_exec(
            *self.command, cwd=ROOT, env=_environment(), stdout=asyncio.subprocess.PIPE
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


async def sending(
    emulator: LimitedEmulator, folder: str, database: Database, per_second: int, *more: object
) -> tuple[Sender, float]:
    """A 木铎 on that database, and when it was ready."""
    address = database.url.render_as_string(False)
    (Path(folder) / "thresholds.json").write_bytes(_thresholds())
    sender = await Sender("muduo", emulator.url, folder, address, per_second, *more).start()
    (ready,) = await sender.until("ready")
    return sender, ready


async def warm_up() -> None:
    """Start once and send a little, so that everything is compiled as in an installation."""
    with tempfile.TemporaryDirectory() as folder:
        database = made(f"sqlite:///{folder}/b.db", 30, posted=30)
        async with emulated(Net(30)) as emulator:
            sender, _ = await sending(emulator, folder, database, 30)
            await finished(database, 60)
            await sender.stop()
        database.close()


@asynccontextmanager
async def emulated(net: Net, seed: int = 1) -> AsyncIterator[LimitedEmulator]:
    emulator = LimitedEmulator(net, seed)
    await emulator.start()
    yield emulator
    await emulator.stop()


def made(url: str, people: int, *, posted: int = 0) -> Database:
    """A database with so many members who can be reached, a letter to the first of them queued."""
    database = Database(url)
    migrate.upgrade(database)
    used = broadcast_subjects.Noon().now()
    place = {"platform": "telegram", "name": "", "last_used_at": used, "wrong_codes": 0}
    person = {"party_status": "none", "duties": "", "has_vote": False}
    with database.engine.begin() as connection:
        for first in range(1, people + 1, 10_000):
            numbers = range(first, min(first + 10_000, people + 1))
            who = [{"id": n, "number": str(n), "name": str(n), **person} for n in numbers]
            where = [
                {"id": n, "native_id": str(n), "chat_id": str(n), "member_id": n, **place}
                for n in numbers
            ]
            connection.execute(insert(MemberRow), who)
            connection.execute(insert(AddressRow), where)
        if not database.is_sqlite:  # which counts on from the ids that were given
            for table in ("members", "addresses"):
                counter = f"pg_get_serial_sequence('{table}', 'id')"
                connection.execute(text(f"SELECT setval({counter}, {people})"))
    letter = broadcast_subjects.letter()
    for first in range(1, posted + 1, letters.AT_ONCE):
        owners = [f"m{n}" for n in range(first, min(first + letters.AT_ONCE, posted + 1))]
        with database.begin() as session:
            outbox.post(session, letter, owners, at=used)
    return database


def counted(database: Database, *states: str) -> int:
    with database.read() as session:
        query = select(func.count()).where(DeliveryRow.state.in_(states))
        return session.scalars(query).one()


async def finished(database: Database, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while await asyncio.to_thread(counted, database, *UNFINISHED):
            await asyncio.sleep(0.5)


async def next_send(emulator: LimitedEmulator, seconds: float = 10) -> float | None:
    """When the next message arrives; None when none does for so long."""
    before, until = len(emulator.order), time.perf_counter() + seconds
    while len(emulator.order) == before:
        if time.perf_counter() > until:
            return None
        await asyncio.sleep(0.002)
    return emulator.order[before]


def another(server: str) -> str:
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


@lru_cache(maxsize=1)
def _thresholds() -> bytes:
    """What an installation found out at its first start, for half a minute in the background."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        live = LiveKnowledge(Settings(data=data).knowledge, None, lambda: NOTHING)
        live.refresh()
        Kept(data).find(live.current.library)
        return (data / "thresholds.json").read_bytes()


def _environment() -> dict[str, str]:
    compiled = str(Path(tempfile.gettempdir()) / f"muduo-bench-{os.getuid()}")
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": compiled}
