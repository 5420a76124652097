"""Quiz taps over the Bot API: 木铎 as shipped beside python-telegram-bot and aiogram.

    python tests/bench/quiz_tap.py [--users 300] [--rounds 5] [--postgres URL]

Each subject is a process of its own with a strict Bot API emulator before it. All store the event
before acknowledging, do the same database work, answer the callback and edit the message. Rounds
are interleaved; printed are medians of taps/s and CPU-ms a tap, the ratios, and 木铎's delay when
100 taps a second arrive evenly.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench import results  # noqa: E402
from tests.bench.emulator import Emulator  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
SUBJECTS = ("muduo", "ptb", "aiogram", "aiogram-bare")
BETTER = {"ptb": 4.0, "aiogram": 2.0, "aiogram-bare": 1.0}


class Subject:
    """One bot in a process of its own, its emulator, and its people."""

    def __init__(self, name: str, folder: Path, database: str | None) -> None:
        self.name = name
        self.folder = folder
        self.database = database
        self.emulator = Emulator()
        self.process: asyncio.subprocess.Process | None = None
        self.users = 0
        self.edited: asyncio.Queue[tuple[int, float]] = asyncio.Queue()

    async def start(self, users: int) -> None:
        await self.emulator.start()
        self.emulator.on_call = self._note
        self.users = users
        command = [sys.executable, str(Path(__file__).with_name("quiz_tap_subjects.py")), self.name]
        given = [self.emulator.url, str(self.folder), str(users), self.database or ""]
        self.process = await asyncio.create_subprocess_exec(*command, *given, cwd=ROOT)
        for user in range(1, users + 1):
            self.emulator.say(user, "/quiz")
        await self._settled(users, "sendmessage")
        if self.name == "muduo":
            await self.tap_all(users, "随机五题")

    async def tap_all(self, users: int, label: str) -> tuple[float, float]:
        """Everybody taps at once; taps a second and CPU-ms a tap."""
        cpu, started = self.cpu_seconds(), time.perf_counter()
        for user in range(1, users + 1):
            self.emulator.tap(user, label)
        await self._settled(users, "editmessagetext")
        elapsed = time.perf_counter() - started
        return users / elapsed, (self.cpu_seconds() - cpu) * 1000 / users

    async def tap_evenly(self, users: int, label: str, per_second: float) -> list[float]:
        """Taps at an even pace; the delay of each in ms, from the tap to the edit."""
        started: dict[int, float] = {}
        begin = time.perf_counter()
        for number in range(users):
            due = begin + number / per_second
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            started[number + 1] = time.perf_counter()
            self.emulator.tap(number + 1, label)
        ended = dict([await asyncio.wait_for(self.edited.get(), 30) for _ in range(users)])
        return [(ended[user] - started[user]) * 1000 for user in started]

    def cpu_seconds(self) -> float:
        assert self.process
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    async def stop(self) -> None:
        if self.process:
            self.process.terminate()
            await self.process.wait()
        await self.emulator.stop()

    def _note(self, method: str, given: dict[str, Any]) -> None:
        user = int(given.get("chat_id") or 0)
        if method in ("editmessagetext", "sendmessage") and user <= self.users:
            self.edited.put_nowait((int(given["chat_id"]), time.perf_counter()))

    async def _settled(self, count: int, _method: str) -> None:
        for _ in range(count):
            await asyncio.wait_for(self.edited.get(), 60)


async def measure(users: int, rounds: int, database: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        subjects = [Subject(name, Path(folder) / name, database) for name in SUBJECTS]
        for subject in subjects:
            subject.folder.mkdir()
            await subject.start(users)
        rates: dict[str, list[tuple[float, float]]] = {name: [] for name in SUBJECTS}
        for _ in range(rounds):
            for subject in subjects:
                rates[subject.name].append(await subject.tap_all(users, "A"))
            for subject in subjects:
                onward = "下一题" if subject.name == "muduo" else "next"
                await subject.tap_all(users, onward)
        delays = await subjects[0].tap_evenly(users, "A", 100)
        for subject in subjects:
            await subject.stop()
    report(rates, delays, "postgresql" if database else "sqlite")


def report(rates: dict[str, list[tuple[float, float]]], delays: list[float], kind: str) -> None:
    figures: dict[str, float | str] = {}
    median = {name: statistics.median(rate for rate, _ in found) for name, found in rates.items()}
    print(f"quiz taps on {kind}, medians of {len(rates['muduo'])} rounds")
    print(f"{'subject':<14}{'taps/s':>8}{'CPU-ms':>8}{'muduo is':>10}{'wanted':>8}")
    for name, found in rates.items():
        cpu = statistics.median(each for _, each in found)
        ratio = median["muduo"] / median[name]
        wanted = f"{BETTER[name]:.0f} x" if name in BETTER else ""
        print(f"{name:<14}{median[name]:>8.0f}{cpu:>8.2f}{ratio:>9.1f}x{wanted:>8}")
        figures |= {f"{name} taps/s": median[name], f"{name} CPU-ms": cpu}
    ranked = sorted(delays)
    p50, p99 = ranked[len(ranked) // 2], ranked[int(len(ranked) * 0.99)]
    print(f"muduo at 100 taps/s: p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    results.write(f"quiz_tap {kind}", figures | {"p50 ms at 100/s": p50, "p99 ms at 100/s": p99})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument(
        "--postgres", default=None, help="a server's URL; each subject gets a database"
    )
    chosen = parser.parse_args()
    asyncio.run(measure(chosen.users, chosen.rounds, chosen.postgres))
