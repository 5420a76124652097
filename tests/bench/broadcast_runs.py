"""Runs that send what is queued already: at full pace, through kills, and the peers beside it."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from dataclasses import dataclass

from sqlalchemy import func, select

from bot.db.engine import Database
from bot.db.models import DeliveryRow, LetterRow
from tests.bench.broadcast_house import (
    UNFINISHED,
    Sender,
    counted,
    emulated,
    finished,
    made,
    next_send,
    sending,
)
from tests.bench.emulator_limits import FAULTY, LimitedEmulator, Net

figures: dict[str, float | str] = {}


def show(name: str, value: float, wanted: str = "") -> None:
    figures[name] = value
    print(f"{name:<64}{value:>10.4g}  {wanted}", flush=True)


@dataclass
class Rates:
    """Shares of the allowed rate: of messages that arrived, the same outside bans, of requests.

    `free` is the share of the time in which no ban held.
    """

    arrived: float
    outside: float
    requests: float
    free: float


def rates(emulator: LimitedEmulator) -> Rates:
    times, allowed = emulator.order, emulator.net.per_second
    took = times[-1] - times[0]
    banned = min(took, len(emulator.ban_starts) * emulator.net.ban)
    used = (len(times) - 1) / allowed
    outside = used / max(0.1, took - banned)
    return Rates(used / took, outside, emulator.passed / allowed / took, 1 - banned / took)


async def pace(url: str, per_second: int, seconds: float, *, is_faulty: bool) -> None:
    name = f"{'faults' if is_faulty else 'clean'} at {per_second}/s"
    count = int(per_second * seconds)
    net = Net(per_second, **(FAULTY if is_faulty else {}))
    with tempfile.TemporaryDirectory() as folder:
        database = made(url or f"sqlite:///{folder}/b.db", count, posted=count)
        async with emulated(net) as emulator:
            sender, ready = await sending(emulator, folder, database, per_second)
            before = sender.cpu()
            await finished(database, seconds * 4 + 60)
            cpu = (sender.cpu() - before) * 1000 / count
            await sender.stop()
            used = rates(emulator)
            least = 0.85 if is_faulty else 0.95
            show(f"{name}: messages, share of the allowed rate", used.arrived, f">= {least}")
            show(f"{name}: the same outside bans", used.outside, ">= 0.92")
            show(f"{name}: requests, share of the allowed rate", used.requests)
            show(f"{name}: share of the time without a ban", used.free, ">= 0.92")
            show(f"{name}: bans", emulator.bans)
            show(f"{name}: CPU ms a message", cpu, "<= 3")
            show(f"{name}: first send after ready, s", emulator.order[0] - ready, "<= 0.5")
            check(database, emulator, name, held=0)
        database.close()


def check(database: Database, emulator: LimitedEmulator, name: str, *, held: int) -> None:
    """Nothing lost, and what went twice is marked; `held` were in flight at kills."""
    with database.read() as session:
        rows = session.execute(select(DeliveryRow.owner, DeliveryRow.state)).all()
        total = session.scalars(select(LetterRow.total)).one()
    states = {state: {owner for owner, is_in in rows if is_in == state} for _, state in rows}
    seen = {f"m{chat}" for chat in emulator.sent}
    ended = seen | states.get("failed", set()) | states.get("doubt", set())
    unreported = len(states.get("sent", set()) - seen)
    doubled = [times for times in emulator.sent.values() if len(times) > 1]
    unmarked = sum(not all(again for _, again in times[1:]) for times in doubled)
    print(f"  {name}: { {state: len(owners) for state, owners in states.items()} }")
    show(f"{name}: lost", total - len(ended) + unreported, "0")
    if held or doubled:
        show(f"{name}: doubled", len(doubled), f"<= {held} in flight" if held else "answers lost")
    show(f"{name}: doubled without 〔补发〕", unmarked, "0")
    show(f"{name}: faster than 1/s in a chat", emulator.too_fast, "0")


async def kills(url: str, per_second: int, seconds: float) -> None:
    """One process is killed about every four seconds and started again at once."""
    name = f"1 process killed at {per_second}/s"
    count, chance, held = int(per_second * seconds), random.Random(7), 0
    with tempfile.TemporaryDirectory() as folder:
        database = made(url or f"sqlite:///{folder}/b.db", count, posted=count)
        async with emulated(Net(per_second)) as emulator:
            sender, _ = await sending(emulator, folder, database, per_second)
            until = time.perf_counter() + seconds
            while time.perf_counter() < until and counted(database, *UNFINISHED):
                await asyncio.sleep(4 * (0.7 + chance.random() * 0.6))
                await sender.kill()
                held += await asyncio.to_thread(counted, database, "sending")
                sender, _ = await sending(emulator, folder, database, per_second)
            await finished(database, seconds * 4 + 60)
            await sender.stop()
            check(database, emulator, name, held=held)
        database.close()


async def restarts(url: str, per_second: int = 30, times: int = 5) -> None:
    """Killed in the middle of it: how soon the next process sends."""
    kind = "PostgreSQL" if url else "SQLite"
    firsts: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        count = per_second * 100
        database = made(url or f"sqlite:///{folder}/b.db", count, posted=count)
        async with emulated(Net(per_second)) as emulator:
            sender, _ = await sending(emulator, folder, database, per_second)
            for _ in range(times):
                await next_send(emulator)
                await asyncio.sleep(0.5)
                await sender.kill()
                sender, ready = await sending(emulator, folder, database, per_second)
                firsts.append((await next_send(emulator) or float("inf")) - ready)
            await sender.kill()
        database.close()
    show(f"{kind}: first send after a kill, from ready, median s", sorted(firsts)[times // 2])
    show(f"{kind}: first send after a kill, from ready, worst s", max(firsts), "<= 0.5")


async def replicas(url: str, per_second: int, seconds: float, processes: int = 3) -> None:
    """Several processes on one PostgreSQL, one of them killed about every ten seconds."""
    name = f"{processes} processes killed at {per_second}/s"
    count, chance = int(per_second * seconds), random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        database = made(url, count, posted=count)
        async with emulated(Net(per_second)) as emulator:
            senders = [
                (await sending(emulator, folder, database, per_second))[0] for _ in range(processes)
            ]
            until = time.perf_counter() + seconds
            while time.perf_counter() < until and counted(database, *UNFINISHED):
                await asyncio.sleep(10 * (0.7 + chance.random() * 0.6))
                number = chance.randrange(processes)
                await senders[number].kill()
                senders[number], _ = await sending(emulator, folder, database, per_second)
            await finished(database, seconds * 4 + 60)
            for sender in senders:
                await sender.stop()
            with database.read() as session:
                doubts = select(func.count()).where(DeliveryRow.state == "doubt")
                in_doubt = session.scalars(doubts).one()
            check(database, emulator, name, held=in_doubt)
        database.close()


async def peers(seconds: float) -> None:
    for name in ("ptb", "ptb_limiter", "aiogram"):
        for faulty in (False, True):
            net = Net(30, **(FAULTY if faulty else {}))
            async with emulated(net) as emulator:
                sender = await Sender(name, emulator.url, "-", 100_000, 30).start()
                await sender.until("ready")
                await asyncio.sleep(seconds)
                await sender.kill()
                what = f"{name}, {'faults' if faulty else 'clean'}"
                show(f"{what}: messages, share of the allowed rate", rates(emulator).arrived)
                show(f"{what}: sends refused with 429", emulator.refused)
