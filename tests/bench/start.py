"""From the command to the first reply, and the memory that it takes.

python tests/bench/start.py [--turns 10000]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench import results
from tests.bench.running import Running


async def measure(turns: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        async with Running(data) as first:
            cold = first.seconds
        warm = []
        for _ in range(3):
            async with Running(data) as again:
                warm.append(again.seconds)
        async with Running(data, flood_per_minute="100000") as running:
            await asyncio.sleep(3)
            idle = running.megabytes()
            await take(running, turns)
            after = running.megabytes()
    figures = {
        "first start s": cold,
        "warm start s": statistics.median(warm),
        "idle MB": idle,
        f"MB after {turns} turns": after,
    }
    for name, value in figures.items():
        print(f"{name:<24}{value:>8.2f}")
    results.write("start", dict(figures))


async def take(running: Running, turns: int) -> None:
    """Turns of many people at once: practice, questions, help."""
    people = [person["id"] for person in await running.people()]
    texts = ["/quiz", "家长送购物卡能收吗", "/help", "罚站能站多久", "处理办法第四条"]

    async def one(person: str, count: int) -> None:
        for number in range(count):
            await running.do(person, text=texts[number % len(texts)])

    share = turns // len(people) + 1
    await asyncio.gather(*(one(person, share) for person in people))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=10_000)
    asyncio.run(measure(parser.parse_args().turns))
