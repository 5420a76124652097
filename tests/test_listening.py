"""Several processes on PostgreSQL: one sends, all ring, another takes over."""

from __future__ import annotations

import threading

import pytest

from bot.core.chat import Reply
from bot.db.engine import Database
from bot.db.lanes import Lanes
from bot.db.presence import Presence
from bot.services import outbox
from bot.services.gate import Purpose
from tests.fakes import FakeClock
from tests.patience import PATIENCE


@pytest.fixture
def other(database: Database) -> Database:
    return Database(database.url.render_as_string(hide_password=False))


@pytest.mark.parametrize("database_maker", ["postgresql"], indirect=True)  # SQLite has one process
def test_a_delivery_queued_by_one_process_wakes_the_others(
    database: Database, other: Database
) -> None:
    here, there = Lanes(database), Lanes(other)
    heard = threading.Event()
    bells: set[str] = set()

    def hear(rung: set[str]) -> None:
        bells.update(rung)
        heard.set()

    there.listen(hear)
    for number in range(int(4 * PATIENCE)):  # until the listener is there
        here.submit(
            lambda session, n=number: outbox.add(
                session, "m1", Reply("t"), key=str(n), purpose=Purpose.NOTICE, at=FakeClock().at
            )
        ).result()
        if heard.wait(0.25):
            break
    here.close()
    there.close()
    other.close()
    assert bells == {outbox.BELL}


def test_one_process_sends_and_another_takes_over_when_it_is_gone(
    database: Database, other: Database
) -> None:
    first, second = Presence(database), Presence(other)
    first.enter()
    assert [first.leads(), first.leads()] == [True, True]
    if not database.is_sqlite:
        second.enter()
        assert not second.leads()
        first.leave()
        assert second.leads()
        second.leave()
    first.leave()
    other.close()
