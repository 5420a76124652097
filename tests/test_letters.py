"""One message to many: stored once, a row a person, counted, taken back, unforgeable."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.core.chat import Button, Reply
from bot.core.errors import Refused
from bot.db.engine import Database
from bot.db.models import AddressRow, ClosedTopicRow, DeliveryRow, KeyboardRow, LetterRow
from bot.services import keyboards, letters, outbox
from bot.services.gate import Purpose
from bot.services.outbox import End, Letter, Outcome, Progress
from tests.fakes import FakeClock

NOON = FakeClock().at
CONFIRM = Button("收到", "notices.confirm", 17, is_shared=True)
LETTER = Letter("notice:17", Reply("停课通知", buttons=[CONFIRM]), Purpose.RECEIPT_NOTICE)


@pytest.fixture
def owners(database: Database) -> list[str]:
    with database.begin() as session:
        rows = [AddressRow(platform="fake", native_id=f"g{n}", chat_id=f"g{n}") for n in range(9)]
        session.add_all(rows)
        session.flush()
        return [f"a{row.id}" for row in rows]


def post(database: Database, owners: list[str], letter: Letter = LETTER, later: int = 0) -> int:
    with database.begin() as session:
        return outbox.post(session, letter, owners, at=NOON + timedelta(minutes=later))


def progress(database: Database, letter_id: int) -> Progress:
    with database.read() as session:
        return outbox.progress(session, letter_id)


def claim(database: Database, *, minutes: float = 0, limit: int = 20) -> list[outbox.Claimed]:
    at = NOON + timedelta(minutes=minutes)
    with database.begin() as session:
        return outbox.claim(session, process="p1", at=at, limit=limit).claimed


def settle(database: Database, *outcomes: Outcome) -> None:
    with database.begin() as session:
        outbox.settle(session, outcomes, process="p1", at=NOON)


def test_a_letter_is_stored_once_whatever_the_number_of_people(
    database: Database, owners: list[str]
) -> None:
    letter_id = post(database, owners)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(LetterRow)) == 1
        assert session.scalar(select(func.count()).select_from(KeyboardRow)) == 0
        rows = session.scalars(select(DeliveryRow)).all()
        assert {row.key for row in rows} == {f"notice:17:{owner}" for owner in owners}
        assert {row.message is None for row in rows} == {True}
    assert progress(database, letter_id) == Progress(9, 9, 0, 0, 0, 0)
    assert {each.message.text for each in claim(database)} == {"停课通知"}


def test_a_letter_posted_in_pieces_and_again_adds_nobody_twice(
    database: Database, owners: list[str]
) -> None:
    first = post(database, owners[:5])
    assert post(database, owners[3:], later=1) == first
    assert post(database, owners, later=2) == first
    assert progress(database, first).total == 9


def test_a_letter_posted_from_many_threads_at_once_adds_nobody_twice(
    database: Database, owners: list[str]
) -> None:
    def once(_: int) -> int:
        return post(database, owners)

    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(once, range(8)))
    assert len(ids) == 1
    assert progress(database, ids.pop()).total == 9


def test_progress_counts_people_and_one_sent_again_once(
    database: Database, owners: list[str]
) -> None:
    letter_id = post(database, owners)
    sent, failed, doubted, *_ = claimed = claim(database)
    settle(
        database,
        Outcome(sent, End.SENT, native_id="n1"),
        Outcome(failed, End.FAILED, "blocked"),
        Outcome(doubted, End.DOUBT, "cut"),
        *(Outcome(each, End.QUEUED, due_at=NOON, counts=False) for each in claimed[3:]),
    )
    assert progress(database, letter_id) == Progress(9, 6, 1, 1, 1, 0)
    again = [each for each in claim(database) if each.key.endswith(":again")]
    assert [each.message.text for each in again] == ["〔补发〕停课通知"]
    settle(database, Outcome(again[0], End.SENT, native_id="n2"))
    assert progress(database, letter_id) == Progress(9, 6, 2, 1, 0, 0)
    with database.read() as session:
        assert (failed.owner, "failed", "blocked") in outbox.unreached(session, letter_id)


def test_a_topic_that_is_over_takes_back_what_is_queued(
    database: Database, owners: list[str]
) -> None:
    letter = replace(LETTER, topic="meeting:17")
    letter_id = post(database, owners, letter)
    with database.begin() as session:
        one, two = owners[:2]
        outbox.withdraw_topic(session, "meeting:17", [one, two], at=NOON + timedelta(minutes=1))
        outbox.withdraw_topic(session, "meeting:18", at=NOON)
        outbox.withdraw_topic(session, "meeting:17", [], at=NOON)
    assert progress(database, letter_id) == Progress(9, 7, 0, 0, 0, 2)
    assert {each.owner for each in claim(database, minutes=2, limit=3)} <= set(owners[2:])


def test_a_shared_button_is_the_same_for_all_and_can_t_be_forged(database: Database) -> None:
    with database.begin() as session:
        reply = Reply(
            "t", buttons=[CONFIRM, Button("好", "a.own"), Button("看", url="http://x.cn")]
        )
        ((shared,), (own,), (link,)) = keyboards.mint(session, "m1", "p", reply, at=NOON).keys
        ((again,), *_) = keyboards.mint(session, "m2", "p", reply, at=NOON).keys
        assert (shared, link.url) == (again, "http://x.cn")
        for owner in ("m1", "m2", "a9"):
            tap = keyboards.resolve(session, owner, shared.token, at=NOON + timedelta(days=400))
            assert tap == keyboards.Tap("notices.confirm", (17,))
        assert keyboards.resolve(session, "m1", own.token, at=NOON).action == "a.own"
        forged = shared.token.replace("17", "18")
        for token in (forged, shared.token[:-1], "!", "!notices.confirm[17]", "!é]x"):
            with pytest.raises(Refused, match="button_unknown"):
                keyboards.resolve(session, "m1", token, at=NOON)


def test_a_shared_button_that_no_platform_would_take_is_a_fault(database: Database) -> None:
    with database.begin() as session:
        long = Button("好", "notices.confirm", "a" * 30, is_shared=True)
        with pytest.raises(ValueError, match="too much"):
            keyboards.mint(session, "m1", "p", Reply("t", buttons=[long]), at=NOON)
        bound = Letter("k", Reply("t", buttons=[Button("好", "a.b")]), Purpose.NOTICE)
        with pytest.raises(ValueError, match="shared"):
            outbox.post(session, bound, ["m1"], at=NOON)


def test_a_forged_token_before_any_was_made_is_refused(database: Database) -> None:
    with database.read() as session, pytest.raises(Refused, match="button_unknown"):
        keyboards.resolve(session, "m1", "!a.b[1]AAAAAAAA", at=NOON)


def test_who_is_forgotten_waits_for_nothing_any_more(database: Database, owners: list[str]) -> None:
    letter_id = post(database, owners, replace(LETTER, topic="meeting:17"))
    with database.begin() as session:
        outbox.withdraw_topic(session, "meeting:17", [owners[1]], at=NOON)
        letters.forget(session, owners[0])
        letters.forget(session, owners[1])
        assert session.scalars(select(ClosedTopicRow)).all() == []
    assert progress(database, letter_id) == Progress(9, 7, 0, 0, 0, 2)
    assert {each.owner for each in claim(database)} == set(owners[2:])
