"""Additions as rows: once only, seen by every process, kept over a restart, second to the files."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from bot.additions import AddedInChat
from bot.app import App, Surroundings
from bot.core.errors import Refused
from bot.db.engine import Database
from bot.db.models import AdditionRow, MissGroupRow
from bot.services import additions, learning
from bot.settings import Settings
from knowledge.live import LiveKnowledge
from tests.additions_made import add, says
from tests.fakes import MONDAY_NOON, FakeClock, FakePlatform
from tests.learnt import COUPON, DATA, LIKE_PARKING, PARKING, asked, process
from tests.staff import member


@pytest.fixture
def live(database: Database) -> LiveKnowledge:
    return process(database)


def test_two_processes_see_an_addition_and_a_restart_keeps_it(
    database: Database, live: LiveKnowledge
) -> None:
    other = process(database)
    add(database, live)
    assert says(other, COUPON) is None
    for each in (live, other):
        each.refresh()
        assert says(each, COUPON) == "gifts-card"
    reopened = Database(database.url.render_as_string(hide_password=False))
    again = process(reopened)
    reopened.close()
    assert says(again, COUPON) == "gifts-card"
    assert again.current.library.version == live.current.library.version


async def test_the_application_takes_in_what_was_added(
    database: Database, settings: Settings, clock: FakeClock, platform: FakePlatform
) -> None:
    house = settings.model_copy(update={"knowledge": DATA})
    running = App(house, Surroundings(clock, (platform,)), database=database)
    await running.start()
    add(database, running.knowledge)
    await running.chores.refresh_knowledge()
    assert says(running.knowledge, COUPON) == "gifts-card"
    await running.close()


def test_nothing_is_read_again_while_nothing_changes(
    database: Database, live: LiveKnowledge
) -> None:
    add(database, live)
    live.refresh()
    before = live.current
    live.refresh()
    assert live.current is before


def test_a_withdrawn_addition_and_a_new_one_at_once_are_noticed(
    database: Database, live: LiveKnowledge
) -> None:
    first = add(database, live)
    live.refresh()
    with database.begin() as session:
        learning.undo(session, None, first, at=MONDAY_NOON)
    add(database, live, PARKING)
    live.refresh()
    assert says(live, COUPON) is None
    assert says(live, PARKING) == "gifts-card"


def test_the_last_additions_stay_while_the_database_is_away(
    database: Database, live: LiveKnowledge
) -> None:
    add(database, live)
    source = AddedInChat(database)
    known = source()
    assert len(known.phrasings) == 1
    with database.begin() as session:
        session.execute(AdditionRow.__table__.delete())  # type: ignore[attr-defined]
        session.connection().exec_driver_sql("ALTER TABLE additions RENAME TO away")
    assert source() == known


def test_eight_administrators_at_once_make_one_addition(
    database: Database, live: LiveKnowledge
) -> None:
    asked(database, [PARKING, *LIKE_PARKING])
    actor = member(database, "a1", "administrator")
    with database.read() as session:
        (proposal,) = learning.waiting(session)

    def tap(number: int) -> str:
        entry = ("gifts-card", "gifts-dinner")[number % 2]
        try:
            with database.begin() as session:
                learning.add_phrasing(
                    session,
                    actor,
                    live.current.library,
                    proposal.id,
                    (entry, PARKING),
                    at=MONDAY_NOON,
                )
        except Refused as refusal:
            return refusal.code
        return "added"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(tap, range(8))) == ["added", *["proposal_settled"] * 7]
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(AdditionRow)) == 1


def test_one_phrasing_from_two_proposals_at_once_is_added_once(
    database: Database, live: LiveKnowledge
) -> None:
    actor = member(database, "a1", "administrator")

    def tap(entry: str) -> str:
        try:
            with database.begin() as session:
                additions.add_phrasing(
                    session, actor, live.current.library, entry, COUPON, at=MONDAY_NOON
                )
        except Refused as refusal:
            return refusal.code
        return "added"

    with ThreadPoolExecutor(4) as pool:
        found = sorted(pool.map(tap, ["gifts-card", "gifts-dinner"] * 2))
    assert found.count("added") == 1
    assert set(found) <= {"added", "phrasing_known", "phrasing_taken"}


def test_eight_people_who_ask_the_same_at_once_are_one_group(database: Database) -> None:
    def ask(number: int) -> bool:
        with database.begin() as session:
            return learning.note(session, f"a{number}", PARKING, str(number), at=MONDAY_NOON)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(8)))
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(MissGroupRow)) == 1
        assert [each.people for each in learning.waiting(session)] == [8]
