"""A hall checks in while the process is killed: one record each, answered once (promise 5)."""

from __future__ import annotations

import json
import random
import signal
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.core.clock import SystemClock
from bot.core.text import RESENT
from bot.db.engine import Database
from bot.db.models import AddressRow, AttendanceRow
from tests.called import call
from tests.district import District
from tests.patience import PATIENCE
from tests.test_kill import Houses, stored, unfinished

TAPS = 8


@pytest.fixture
def hall(database: Database) -> list[int]:
    """The people of a branch, each in front of a chat, and a meeting that began a minute ago."""
    now = SystemClock().now()
    district = District(database, now)
    call(district, starts_at=now - timedelta(minutes=1))
    with database.begin() as session:
        people = list(session.scalars(select(AttendanceRow.member_id)))
        for member_id in people:
            where = f"p{member_id}"
            session.add(
                AddressRow(platform="file", native_id=where, chat_id=where, member_id=member_id)
            )
    return people


@pytest.fixture
def houses(database_url: str, tmp_path: Path) -> Iterator[Houses]:
    started = Houses(database_url, tmp_path)
    yield started
    started.stop()


def write_taps(houses: Houses, people: list[int]) -> int:
    order = [(person, number) for number in range(TAPS) for person in people]
    lines = [
        json.dumps({"event": f"{person}-{number}", "person": f"p{person}", "text": "签到"})
        for person, number in order
    ]
    (houses.folder / "a.events").write_text("\n".join(lines) + "\n")
    return len(lines)


def test_killed_while_a_hall_checks_in_it_keeps_one_record_each(
    houses: Houses, database: Database, hall: list[int]
) -> None:
    total = write_taps(houses, hall)
    chance = random.Random(11)
    for number in range(3):
        process = houses.start("a")
        enough = chance.randrange(3, total // 4) + number * total // 4
        houses.wait_until(lambda enough=enough: len(houses.seen("a")) >= enough, "some progress")
        process.kill()
        assert process.wait() == -signal.SIGKILL
    last = houses.start("a")
    houses.wait_until(
        lambda: stored(database) == total and unfinished(database) == 0, "everybody answered"
    )
    last.terminate()
    assert last.wait(timeout=PATIENCE) == 0, houses.logs()
    with database.read() as session:
        rows = session.scalars(select(AttendanceRow)).all()
    assert Counter(row.member_id for row in rows) == Counter(hall)
    assert {row.status for row in rows} <= {"present", "late"}
    said: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for line in houses.seen("a"):
        said[line["chat"]][line["text"].removeprefix(RESENT)[:4]].add(line["event"])
    for person in hall:
        told = said[f"p{person}"]
        assert {word: len(events) for word, events in told.items()} == {
            "签到成功": 1,
            "您已签到": TAPS - 1,
        }
