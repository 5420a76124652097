"""The meeting screen with 200 watchers while five people a second check in.

    python tests/bench/screen.py [--watchers 200] [--seconds 30]

`python -m bot run` in a process of its own; people tap through the playground's API. Printed are
its CPU in % of a core with the watchers and without any, its memory, and how long after a tap was
sent the new count had reached a watcher (p50, p95, longest, in ms, over all taps and watchers).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import aiohttp

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from bot.db.engine import Database  # noqa: E402
from bot.services import facts, screen  # noqa: E402
from tests.bench import results  # noqa: E402
from tests.bench.check_in_house import seed  # noqa: E402
from tests.bench.running import Running, percentile  # noqa: E402

PER_SECOND = 5
WANTED_CPU, WANTED_MS = 25, 500
TICKS = os.sysconf("SC_CLK_TCK")


class Watchers:
    """Browsers that hold the screen open, and when each of them saw which count."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.seen: list[list[tuple[int, float]]] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self, count: int) -> None:
        connector = aiohttp.TCPConnector(limit=0)
        timeout = aiohttp.ClientTimeout(total=None)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout)
        for _ in range(count):
            seen: list[tuple[int, float]] = []
            self.seen.append(seen)
            self._tasks.append(asyncio.create_task(self._watch(seen)))
        while any(not each for each in self.seen):
            await asyncio.sleep(0.05)

    async def _watch(self, seen: list[tuple[int, float]]) -> None:
        async with self._session.get(self.url) as response:
            async for line in response.content:
                if line.startswith(b'data: {"present"'):
                    state = json.loads(line.removeprefix(b"data: "))
                    seen.append((state["present"], time.perf_counter()))

    def reached(self, count: int) -> list[float]:
        """When each watcher first saw at least that many."""
        return [
            next((at for present, at in seen if present >= count), float("inf"))
            for seen in self.seen
        ]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()


def cpu_seconds(running: Running) -> float:
    assert running.process
    fields = Path(f"/proc/{running.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


async def tap_evenly(running: Running, token: str, people: range) -> tuple[list[float], float]:
    """People tap at an even pace; when each tap was sent, and the CPU in % of a core meanwhile."""
    sent: list[float] = []
    under_way: list[asyncio.Task[object]] = []
    cpu, begin = cpu_seconds(running), time.perf_counter()
    for number, person in enumerate(people):
        await asyncio.sleep(max(0.0, begin + number / PER_SECOND - time.perf_counter()))
        sent.append(time.perf_counter())
        under_way.append(asyncio.create_task(running.do(f"m{person}", tap=token)))
    await asyncio.gather(*under_way)
    elapsed = time.perf_counter() - begin
    return sent, (cpu_seconds(running) - cpu) * 100 / elapsed


async def measure(watchers: int, seconds: int) -> None:
    some = PER_SECOND * seconds
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/muduo.db")
        token = seed(database, 2 * some)
        with database.begin() as session:
            facts.put(session, facts.DEMO, "1")
            path = screen.link(session, 1)
        database.close()
        async with Running(Path(folder)) as running:
            await asyncio.sleep(8)  # the search index is still being made
            await running.do("m1", text="/help")
            _, alone = await tap_evenly(running, token, range(1, some + 1))
            small = running.megabytes()
            watching = Watchers(f"http://127.0.0.1:{running.port}{path}/live")
            await watching.open(watchers)
            sent, cpu = await tap_evenly(running, token, range(some + 1, 2 * some + 1))
            await asyncio.sleep(2)
            delays = [
                (at - then) * 1000
                for number, then in enumerate(sent)
                for at in watching.reached(some + number + 1)
            ]
            figures = {
                "CPU %, nobody watching": alone,
                "CPU %": cpu,
                "MB, nobody watching": small,
                "MB": running.megabytes(),
                "count seen p50 ms": percentile(delays, 0.5),
                "count seen p95 ms": percentile(delays, 0.95),
                "count seen max ms": max(delays),
            }
            await watching.close()
    print(", ".join(f"{name} {value:.1f}" for name, value in figures.items()))
    print(f"to reach: CPU <= {WANTED_CPU} %, count seen p95 <= {WANTED_MS} ms")
    results.write(f"screen, {watchers} watchers", dict(figures))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--watchers", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=30)
    given = parser.parse_args()
    asyncio.run(measure(given.watchers, given.seconds))
