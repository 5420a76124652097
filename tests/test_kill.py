"""Real processes, really killed: nothing is lost, nothing happens twice (promise 5)."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.core.clock import SystemClock
from bot.core.text import RESENT
from bot.db.engine import Database
from bot.db.models import DeliveryRow, FactRow, InboxRow
from tests.patience import PATIENCE

ROOT = Path(__file__).parent.parent
PEOPLE = 4
EACH = 15


class Houses:
    """Processes of tests/crash_house.py over one database."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, name: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.crash_house", self.url, str(self.folder), name]
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, stderr=log)
        self.running.append(process)
        return process

    def write_events(self, name: str, people: range) -> None:
        order = [(person, number) for number in range(EACH) for person in people]
        lines = [
            json.dumps({"event": f"{name}-{p}-{n}", "person": f"p{p}", "text": "/count"})
            for p, n in order
        ]
        (self.folder / f"{name}.events").write_text("\n".join(lines) + "\n")

    def seen(self, *names: str) -> list[dict[str, Any]]:
        """What has been shown and sent so far, in order."""
        found: list[dict[str, Any]] = []
        for name in names:
            path = self.folder / f"{name}.seen"
            # The last line may be half written at this moment.
            lines = path.read_text().split("\n")[:-1] if path.exists() else []
            found += [json.loads(line) for line in lines]
        return found

    def wait_until(
        self, is_so: Callable[[], bool], what: str, seconds: float = 4 * PATIENCE
    ) -> None:
        clock, pause = SystemClock(), Event()
        end = clock.monotonic() + seconds
        while not is_so():
            assert clock.monotonic() < end, f"not in time: {what}\n{self.logs()}"
            pause.wait(0.02)

    def logs(self) -> str:
        return "\n".join(path.read_text()[-3000:] for path in self.folder.glob("*.log"))

    def stop(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()


@pytest.fixture
def houses(database_url: str, tmp_path: Path) -> Iterator[Houses]:
    started = Houses(database_url, tmp_path)
    yield started
    started.stop()


def unfinished(database: Database) -> int:
    with database.read() as session:
        events = select(func.count()).select_from(InboxRow).where(InboxRow.shown_at.is_(None))
        open_ones = DeliveryRow.state.in_(["queued", "sending"])
        deliveries = select(func.count()).select_from(DeliveryRow).where(open_ones)
        return (session.scalar(events) or 0) + (session.scalar(deliveries) or 0)


def stored(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(InboxRow)) or 0


def in_doubt_of(person: str, keys: set[str]) -> set[str]:
    """The keys of that person's Deliveries as `count unasked 5`."""
    begin = f"count {person.removeprefix('file:')} "
    return {f"count unasked {key.removeprefix(begin)}" for key in keys if key.startswith(begin)}


def check(database: Database, seen: list[dict[str, Any]]) -> None:
    """Each event had its effect once, and was answered; what came twice says that it did."""
    with database.read() as session:
        events = Counter(session.scalars(select(InboxRow.person)))
        facts = {
            row.name: int(row.value)
            for row in session.scalars(select(FactRow))
            if row.name[:5] == "count"
        }
        gave_up = select(DeliveryRow.key).where(
            DeliveryRow.state == "doubt", DeliveryRow.key.endswith(":again")
        )
        in_doubt = {key.removesuffix(":again") for key in session.scalars(gave_up)}
    assert facts == {f"count {person.removeprefix('file:')}": n for person, n in events.items()}
    for way, word in (("shown", "answer"), ("sent", "unasked")):
        texts: dict[str, list[str]] = defaultdict(list)
        for line in seen:
            if line["way"] == way:
                texts[line["chat"]].append(line["text"])
        for person, count in events.items():
            mine = texts[person.removeprefix("file:")]
            wanted = [f"{word} {number}" for number in range(1, count + 1)]
            plain = [text for text in mine if not text.startswith(RESENT)]
            assert max(Counter(plain).values()) == 1, "only what is marked may come again"
            missing = set(wanted) - {text.removeprefix(RESENT) for text in mine}
            # Twice in flight when the process was killed: reported as in doubt, not sent for ever.
            keys = {f"count {text}" for text in missing}
            assert keys <= in_doubt_of(person, in_doubt) if way == "sent" else not missing
            if way == "shown":
                first = list(dict.fromkeys(text.removeprefix(RESENT) for text in mine))
                assert first == wanted, "in order, whatever happened"


def test_killed_at_random_moments_it_loses_nothing_and_does_nothing_twice(
    houses: Houses, database: Database
) -> None:
    houses.write_events("a", range(PEOPLE))
    chance = random.Random(5)
    total = PEOPLE * EACH
    for number in range(3):
        process = houses.start("a")
        enough = chance.randrange(5, total // 2) + number * total // 2
        houses.wait_until(lambda enough=enough: len(houses.seen("a")) >= enough, "some progress")
        process.kill()
        assert process.wait() == -signal.SIGKILL
    last = houses.start("a")
    houses.wait_until(
        lambda: stored(database) == total and unfinished(database) == 0, "everything handled"
    )
    last.terminate()
    assert last.wait(timeout=PATIENCE) == 0, houses.logs()
    check(database, houses.seen("a"))


def test_stopped_politely_it_finishes_what_is_under_way(houses: Houses, database: Database) -> None:
    houses.write_events("a", range(PEOPLE))
    process = houses.start("a")
    houses.wait_until(lambda: len(houses.seen("a")) >= 20, "some progress")
    process.terminate()
    assert process.wait(timeout=PATIENCE) == 0, houses.logs()
    with database.read() as session:
        sending = (
            select(func.count()).select_from(DeliveryRow).where(DeliveryRow.state == "sending")
        )
        assert session.scalar(sending) == 0
        settled = InboxRow.settled_at.is_not(None), InboxRow.shown_at.is_(None)
        assert session.scalars(select(InboxRow.id).where(*settled)).all() == []
    assert not any(line["text"].startswith(RESENT) for line in houses.seen("a"))


@pytest.mark.parametrize("database_maker", ["postgresql"], indirect=True)
def test_of_two_processes_one_is_killed_and_the_other_takes_over(
    houses: Houses, database: Database
) -> None:
    houses.write_events("a", range(PEOPLE))
    houses.write_events("b", range(PEOPLE, 2 * PEOPLE))
    doomed, other = houses.start("a"), houses.start("b")
    houses.wait_until(lambda: len(houses.seen("a")) >= 20, "some progress")
    doomed.kill()
    doomed.wait()
    own = PEOPLE * EACH
    houses.wait_until(
        lambda: (
            stored(database) > own
            and len(houses.seen("b")) >= 2 * own
            and unfinished(database) == 0
        ),
        "the other one has finished both",
    )
    other.terminate()
    assert other.wait(timeout=PATIENCE) == 0, houses.logs()
    check(database, houses.seen("a", "b"))
