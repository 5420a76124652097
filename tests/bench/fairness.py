"""What others feel of one person's flood, and of an import of 10,000 rows.

    python tests/bench/fairness.py

Printed are p50 and p99 of the delay in ms of other people's taps, ten a second: undisturbed and
beside a flood of 1,000 events in five seconds (over the Bot API, as shipped), beside an import in
chat and beside one from the command line (through the playground's API).
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench import results
from tests.bench.quiz_tap import Subject
from tests.bench.roster import write_roster
from tests.bench.running import ROOT, Running, percentile, token

WANTED_MS = 100
USERS, FLOODER = 100, 7_000


async def measure() -> None:
    figures: dict[str, float | str] = {}
    with tempfile.TemporaryDirectory() as folder:
        figures |= await over_telegram(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        figures |= await beside_imports(Path(folder))
    results.write("fairness", figures)


async def over_telegram(folder: Path) -> dict[str, float]:
    subject = Subject("muduo", folder, None)
    await subject.start(USERS)
    figures = report("undisturbed", await subject.tap_evenly(USERS, "A", 10))
    await subject.tap_all(USERS, "下一题")
    flooding = asyncio.create_task(flood(subject))
    figures |= report("flood of 1,000 in 5 s", await subject.tap_evenly(USERS, "A", 10))
    await flooding
    await subject.stop()
    return figures


async def flood(subject: Subject) -> None:
    for number in range(1000):
        subject.emulator.say(FLOODER, f"/help {number}")
        if number % 10 == 9:
            await asyncio.sleep(0.05)


async def beside_imports(data: Path) -> dict[str, float]:
    roster = data / "roster.xlsx"
    figures: dict[str, float] = {}
    async with Running(data, flood_per_minute="100000") as running:
        people = await running.people()
        tapper = next(p["id"] for p in people if "管理员" not in str(p["roles"]))
        chief = next(p["id"] for p in people if "管理员" in str(p["roles"]))
        write_roster(roster, 10_000, database=f"sqlite:///{data / 'muduo.db'}")
        for name, beside in (
            ("import in chat", import_in_chat(running, chief, roster)),
            ("import from the command line", import_from_shell(data)),
        ):
            figures |= report(name, await tapping(running, tapper, beside))
    return figures


def report(name: str, delays: list[float]) -> dict[str, float]:
    p50, p99 = percentile(delays, 0.5), percentile(delays, 0.99)
    verdict = "" if p99 < WANTED_MS else f"  wanted < {WANTED_MS}"
    print(f"{name:<30} p50 {p50:6.1f} ms  p99 {p99:6.1f} ms  n={len(delays)}{verdict}", flush=True)
    return {f"{name} p50 ms": p50, f"{name} p99 ms": p99}


async def tapping(running: Running, person: str, beside: Awaitable[None]) -> list[float]:
    """Taps as long as `beside` runs, at least for five seconds; each delay in ms."""
    other = asyncio.ensure_future(beside)
    delays: list[float] = []
    until = time.perf_counter() + 5
    while not other.done() or time.perf_counter() < until:
        started = time.perf_counter()
        await running.do(person, text="/quiz")
        delays.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(0.1)
    await other
    return delays


async def import_in_chat(running: Running, person: str, roster: Path) -> None:
    answer = await running.send_file(person, roster)
    await running.do(person, tap=token(answer, "确认导入"))
    await asyncio.sleep(5)


async def import_from_shell(data: Path) -> None:
    changed = data / "changed.xlsx"
    write_roster(changed, 10_000, database=f"sqlite:///{data / 'muduo.db'}", duties="班主任")
    command = [sys.executable, "-m", "bot", "roster", "import", str(changed), "--yes"]
    environment = {**os.environ, "MUDUO_DATA": str(data)}
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()


if __name__ == "__main__":
    asyncio.run(measure())
