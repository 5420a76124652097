"""Deliveries as rows: one for a key, one owner of a lease, nothing that nobody knows the end of."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.core.chat import Button, Reply
from bot.core.clock import local
from bot.db.engine import Database
from bot.db.lanes import Lanes
from bot.db.models import AddressRow, DeliveryRow, KeyboardRow, ShownRow
from bot.services import outbox, troubles
from bot.services.gate import Purpose
from bot.services.outbox import Claimed, End, Outcome
from tests.fakes import FakeClock

NOON = FakeClock().at


@pytest.fixture
def owner(database: Database) -> str:
    with database.begin() as session:
        row = AddressRow(platform="fake", native_id="g", chat_id="g")
        session.add(row)
        session.flush()
        return f"a{row.id}"


def add(
    database: Database, owner: str, key: str, *, purpose: Purpose = Purpose.ANSWER, later: int = 0
) -> bool:
    at = NOON + timedelta(minutes=later)
    reply = Reply(f"内容{key}", buttons=[Button("好", "a.b")], about="notes:1")
    with database.begin() as session:
        return outbox.add(session, owner, reply, key=key, purpose=purpose, at=at)


def claim(
    database: Database, *, process: str = "p1", minutes: float = 0, limit: int = 20
) -> list[Claimed]:
    at = NOON + timedelta(minutes=minutes)
    with database.begin() as session:
        return outbox.claim(session, process=process, at=at, limit=limit).claimed


def settle(database: Database, *outcomes: Outcome, process: str = "p1") -> int:
    with database.begin() as session:
        return len(outbox.settle(session, outcomes, process=process, at=NOON))


def states(database: Database) -> dict[str, str]:
    with database.read() as session:
        rows = session.execute(select(DeliveryRow.key, DeliveryRow.state))
        return {row.key: row.state for row in rows}


def test_a_key_is_queued_once_and_leaves_no_second_keyboard(database: Database, owner: str) -> None:
    assert [add(database, owner, "k"), add(database, owner, "k")] == [True, False]
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(KeyboardRow)) == 1


def test_a_key_added_from_many_threads_at_once_is_queued_once(
    database: Database, owner: str
) -> None:
    def once(_: int) -> bool:
        return add(database, owner, "k")

    with ThreadPoolExecutor(6) as pool:
        added = list(pool.map(once, range(12)))
    assert added.count(True) == 1


def test_what_is_claimed_by_one_is_claimed_by_no_other(database: Database, owner: str) -> None:
    for number in range(60):
        add(database, owner, str(number))

    def take(process: str) -> list[str]:
        return [each.key for _ in range(10) for each in claim(database, process=process, limit=3)]

    with ThreadPoolExecutor(3) as pool:
        taken = [key for keys in pool.map(take, ["p1", "p2", "p3"]) for key in keys]
    assert sorted(taken, key=int) == [str(number) for number in range(60)]


def test_the_urgent_is_claimed_first_then_the_oldest(database: Database, owner: str) -> None:
    add(database, owner, "later", later=1)
    add(database, owner, "first")
    add(database, owner, "awaited", purpose=Purpose.AWAITED, later=2)
    assert [each.key for each in claim(database, minutes=3)] == ["awaited", "first", "later"]


def test_nothing_is_claimed_before_it_is_due(database: Database, owner: str) -> None:
    add(database, owner, "k", later=10)
    assert claim(database, minutes=9.9) == []
    assert [each.key for each in claim(database, minutes=10)] == ["k"]


def test_what_became_due_while_nothing_ran_waits_out_the_night(
    database: Database, owner: str
) -> None:
    add(database, owner, "answer")
    add(database, owner, "awaited", purpose=Purpose.AWAITED)
    evening = 10 * 60  # 22:00
    assert [each.key for each in claim(database, minutes=evening)] == ["awaited"]
    with database.read() as session:
        query = select(DeliveryRow.due_at).where(DeliveryRow.key == "answer")
        due = local(session.scalars(query).one())
    assert (due.day, due.hour, due.minute) == (24, 7, 30)
    assert [each.key for each in claim(database, minutes=19.5 * 60)] == ["answer"]


def test_what_is_sent_may_be_quoted(database: Database, owner: str) -> None:
    add(database, owner, "k")
    (claimed,) = claim(database)
    assert settle(database, Outcome(claimed, End.SENT, native_id="n7")) == 1
    assert states(database) == {"k": "sent"}
    with database.read() as session:
        assert session.get_one(ShownRow, ("fake", "g", "n7")).about == "notes:1"


def test_only_the_holder_of_the_lease_settles_and_only_once(database: Database, owner: str) -> None:
    add(database, owner, "k")
    (claimed,) = claim(database)
    sent = Outcome(claimed, End.SENT, native_id="n7")
    assert settle(database, sent, process="p2") == 0
    assert settle(database, sent) == 1
    assert settle(database, Outcome(claimed, End.FAILED)) == 0
    assert states(database) == {"k": "sent"}


def test_a_pause_does_not_count_as_a_try(database: Database, owner: str) -> None:
    add(database, owner, "k")
    for counts, attempts in ((False, 1), (True, 1), (True, 2)):
        (claimed,) = claim(database)
        assert claimed.attempts == attempts
        settle(database, Outcome(claimed, End.QUEUED, due_at=NOON, counts=counts))


def test_what_a_dead_process_was_sending_is_in_doubt_and_sent_once_more(
    database: Database, owner: str
) -> None:
    for key, purpose in (("a", Purpose.ANSWER), ("t", Purpose.TROUBLE), ("w", Purpose.AWAITED)):
        add(database, owner, key, purpose=purpose)
    claim(database, process="dead")
    with database.begin() as session:
        doubts = outbox.release(session, mine="p1", living={"p1"}, at=NOON)
    assert {each.claimed.key for each in doubts} == {"a", "t", "w"}
    assert {each.message.text for each in claim(database)} == {
        "〔补发〕内容a",
        "〔补发〕内容w",
    }
    with database.read() as session:
        assert outbox.counts(session) == {"doubt": 3, "sending": 2}
    with database.begin() as session:
        outbox.release(session, mine="p2", living={"p2"}, at=NOON)
    assert claim(database) == [], "once more, not for ever"


def test_what_a_living_process_is_sending_is_left_alone(database: Database, owner: str) -> None:
    add(database, owner, "k")
    claim(database, process="other")
    with database.begin() as session:
        assert outbox.release(session, mine="p1", living={"p1", "other"}, at=NOON) == []
    assert states(database) == {"k": "sending"}


def test_what_is_withdrawn_in_time_never_goes_out(database: Database, owner: str) -> None:
    add(database, owner, "in time")
    with database.begin() as session:
        assert outbox.withdraw(session, "in time")
    assert claim(database) == []
    add(database, owner, "late")
    claim(database)
    with database.begin() as session:
        assert not outbox.withdraw(session, "late")
        assert not outbox.withdraw(session, "never there")


def test_a_committed_delivery_rings_and_one_rolled_back_does_not(
    database: Database, owner: str
) -> None:
    lanes = Lanes(database)
    rung: list[set[str]] = []
    lanes.on_ring = rung.append

    def work(key: str, *, fails: bool) -> None:
        def run(session: object) -> None:
            outbox.add(session, owner, Reply(key), key=key, purpose=Purpose.ANSWER, at=NOON)  # type: ignore[arg-type]
            if fails:
                raise ValueError("rolled back")

        assert bool(lanes.submit(run).exception()) is fails

    work("a", fails=True)
    work("b", fails=False)
    lanes.close()
    assert rung == [{outbox.BELL}]
    assert states(database) == {"b": "queued"}


def test_without_an_administrator_nobody_is_told_and_nothing_breaks(database: Database) -> None:
    with database.begin() as session:
        assert troubles.tell(session, "坏了", occasion="x", at=NOON) == 0
