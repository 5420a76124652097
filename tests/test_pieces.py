"""A notice to a million is queued in short pieces, and nothing that runs often reads all rows."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from bot.core.chat import Reply
from bot.db import pieces
from bot.db.engine import Database
from bot.db.models import DeliveryRow
from bot.db.pieces import AIM, FIRST, LEAST, MOST, Pieces, at_once, known, wrote
from bot.db.prefix import begins_with
from bot.services import (
    audience,
    cadence,
    notice_progress,
    notice_queue,
    notice_sending,
    outbox,
    recalls,
    superseding,
    unreached,
)
from bot.services.gate import Purpose
from bot.services.notice_queue import What
from bot.services.notice_sending import Wish
from bot.services.notices import Notice
from handlers import cadence as cadence_words
from tests.district import District
from tests.fakes import MONDAY_NOON

GREAT = re.compile(r"SCAN (deliveries|letters|members|addresses)\b(?! USING)")


def say(notice: Notice, what: What) -> Reply:
    return Reply(f"{what} {notice.text}")


def piece_of(size: Pieces, *, seconds: float, share: float = 1.0) -> int:
    """How much is written next, after a transaction that wrote so much of a piece."""
    session = Session(info=known(size))
    wrote(session, int(at_once(session) * share))
    size.took(session, seconds)
    return size.rows


def queued(database: Database) -> int:
    with database.read() as session:
        return session.scalars(select(func.count()).select_from(DeliveryRow)).one()


def test_a_slow_database_gets_smaller_pieces_and_a_quick_one_greater_ones() -> None:
    assert piece_of(Pieces(), seconds=10 * AIM) < FIRST < piece_of(Pieces(), seconds=AIM / 10)
    slow, quick = Pieces(), Pieces()
    for _ in range(50):
        piece_of(slow, seconds=10 * AIM)
        piece_of(quick, seconds=AIM / 10)
    assert (slow.rows, quick.rows) == (LEAST, MOST)


def test_a_piece_that_was_not_full_says_nothing_about_the_next() -> None:
    assert piece_of(Pieces(), seconds=AIM / 10, share=0.5) == FIRST


def test_a_transaction_keeps_its_size_while_others_learn() -> None:
    size = Pieces()
    session = Session(info=known(size))
    before = at_once(session)
    size.rows = MOST
    assert at_once(session) == before


def test_a_notice_is_queued_in_pieces_of_that_size_and_one_that_is_cut_off_is_made_again(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "LEAST", 7)
    monkeypatch.setattr(pieces, "MOST", 7)
    district.database.pieces.rows = 7
    with district.begin() as session:
        wish = Wish("plain", "请查收。", audience.EVERYBODY)
        sent = notice_sending.send(session, None, wish, key="one", at=MONDAY_NOON).notice
        assert notice_queue.advance(session, say, at=MONDAY_NOON)
    before, going = queued(district.database), True
    assert before == 7
    with district.begin() as session:
        notice_queue.advance(session, say, at=MONDAY_NOON)
        session.rollback()
    while going:
        with district.begin() as session:
            going = notice_queue.advance(session, say, at=MONDAY_NOON)
        now = queued(district.database)
        assert now - before <= 7
        before = now
    with district.database.read() as session:
        letter = outbox.kept(session, sent.letter_key)
        assert letter is not None
        assert letter.id is not None
        total = outbox.progress(session, letter.id).total
        owners = set(session.scalars(select(DeliveryRow.owner)))
        day = MONDAY_NOON.date()
        assert len(owners) == before == total == audience.count(session, wish.audience, on=day)


def test_what_begins_with_something_is_found_as_like_finds_it(district: District) -> None:
    keys = ["say:1", "say:1:m1", "say:1:m2", "say:10:m1", "say:2:m1"]
    with district.begin() as session:
        for key in keys:
            reply, owner = Reply("您好。"), key.rpartition(":")[2]
            outbox.add(session, owner, reply, key=key, purpose=Purpose.ANSWER, at=MONDAY_NOON)
        found = select(DeliveryRow.key).where(begins_with(session, DeliveryRow.key, "say:1:"))
        assert set(session.scalars(found)) == {"say:1:m1", "say:1:m2"}


# PostgreSQL chooses by what the tables hold.
@pytest.mark.parametrize("database_maker", ["sqlite"], indirect=True)
def test_nothing_that_runs_every_few_seconds_reads_through_all_rows(district: District) -> None:
    """On SQLite everybody waits for it; a million deliveries took a fifth of a second each time."""
    database = district.database
    said: list[tuple[str, Any]] = []

    def hear(*of: Any) -> None:
        said.append((of[2], of[3]))

    event.listen(database.engine, "before_cursor_execute", hear)
    at, process = MONDAY_NOON, "p1"
    with database.begin() as session:
        outbox.release(session, mine=process, living=None, at=at)
        outbox.release(session, mine=process, living={process}, at=at)
        batch = outbox.claim(session, process=process, at=at)
        outbox.settle(session, [], process=process, at=at)
        outbox.withdraw_topic(session, "plan:1", at=at)
        outbox.withdraw_topic(session, "plan:1", ["m1"], at=at)
        outbox.waiting(session, "plan:1")
        notice_queue.advance(session, say, at=at)
        notice_progress.live_ones(session, at=at)
        recalls.next_ones(session)
        superseding.next_ones(session)
        cadence.overtaken(session, at=at)
        cadence.key(session, "cadence:1", "m1")
        cadence_words.advance(session, at=at)
        unreached.of_the_week(session, at=at)
    event.remove(database.engine, "before_cursor_execute", hear)
    assert not batch.claimed
    about = [each for each in said if re.match(r"SELECT|UPDATE|DELETE|WITH", each[0])]
    assert len(about) > 15
    with database.engine.connect() as connection:
        for statement, values in about:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            plan = [str(row[3]) for row in rows]
            assert not [step for step in plan if GREAT.match(step)], (statement, plan)
