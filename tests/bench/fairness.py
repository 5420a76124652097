"""What others feel of one person's flood, and of an import of 10,000 rows.

    python tests/bench/fairness.py

A second person taps through a quiz ten times a second meanwhile; printed are p50 and p99 of the
delay in ms, undisturbed, beside a flood of 1,000 events, beside an import in chat, and beside an
import from the command line.
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
from tests.bench.roster import write_roster
from tests.bench.running import ROOT, Running, percentile, token

WANTED_MS = 100


async def measure() -> None:
    figures: dict[str, float | str] = {}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        roster = data / "roster.xlsx"
        async with Running(data) as running:
            people = await running.people()
            tapper, flooder = [p["id"] for p in people if "管理员" not in str(p["roles"])][:2]
            chief = next(p["id"] for p in people if "管理员" in str(p["roles"]))
            write_roster(roster, 10_000, database=f"sqlite:///{data / 'muduo.db'}")
            for name, beside in (
                ("undisturbed", asyncio.sleep(5)),
                ("flood of 1,000", flood(running, flooder)),
                ("import in chat", import_in_chat(running, chief, roster)),
                ("import from the command line", import_from_shell(data, roster)),
            ):
                delays = await tapping(running, tapper, beside)
                p50, p99 = percentile(delays, 0.5), percentile(delays, 0.99)
                verdict = "" if p99 < WANTED_MS else f"  wanted < {WANTED_MS}"
                print(f"{name:<30} p50 {p50:6.1f} ms  p99 {p99:6.1f} ms  n={len(delays)}{verdict}")
                figures |= {f"{name} p50 ms": p50, f"{name} p99 ms": p99}
    results.write("fairness", figures)


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


async def flood(running: Running, person: str) -> None:
    sent = [asyncio.ensure_future(running.do(person, text="/help")) for _ in range(1000)]
    await asyncio.sleep(5)
    for each in sent:
        each.cancel()


async def import_in_chat(running: Running, person: str, roster: Path) -> None:
    answer = await running.send_file(person, roster)
    await running.do(person, tap=token(answer, "确认导入"))
    await asyncio.sleep(5)


async def import_from_shell(data: Path, roster: Path) -> None:
    changed = data / "changed.xlsx"
    write_roster(changed, 10_000, database=f"sqlite:///{data / 'muduo.db'}", duties="班主任")
    command = [sys.executable, "-m", "bot", "roster", "import", str(changed)]
    environment = {**os.environ, "MUDUO_DATA": str(data)}
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()


if __name__ == "__main__":
    os.environ.setdefault("MUDUO_FLOOD_PER_MINUTE", "100000")
    asyncio.run(measure())
