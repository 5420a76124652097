"""What is done counts once, whichever way it came, and can be taken back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from bot.db.engine import Database
from bot.services import completions
from tests.district import District
from tests.fakes import MONDAY_NOON

KEY = "plan:warning-films/first/2026"


def test_the_first_way_counts(database: Database) -> None:
    district = District(database)
    one, other = district.id_of("陆见微"), district.id_of("简疏桐")
    with database.begin() as session:
        first = completions.record(
            session, key=KEY, member_ids=[one], how="receipt", ref="tap", at=MONDAY_NOON
        )
        later = MONDAY_NOON + timedelta(days=1)
        second = completions.record(
            session, key=KEY, member_ids=[one, other], how="meeting", ref="meeting:1", at=later
        )
        assert (first, second) == (1, 1)
        assert completions.done_by(session, KEY, [one, other, 999]) == {one, other}
        found = completions.of_member(session, one, [KEY, "plan:else"])
        assert {key: each.how for key, each in found.items()} == {KEY: "receipt"}


def test_what_rested_on_a_meeting_is_taken_back_with_it(database: Database) -> None:
    district = District(database)
    one, other = district.id_of("陆见微"), district.id_of("简疏桐")
    with database.begin() as session:
        completions.record(
            session,
            key=KEY,
            member_ids=[one, other],
            how="meeting",
            ref="meeting:1",
            at=MONDAY_NOON,
        )
        assert completions.take_back(session, ref="meeting:1", member_ids=[one]) == 1
        assert completions.done_by(session, KEY, [one, other]) == {other}
        assert completions.take_back(session, ref="meeting:1") == 1
        assert completions.done_by(session, KEY, [one, other]) == set()


def test_a_unit_does_its_own_things_once(database: Database) -> None:
    branch = District(database).unit("青澜一中第一党支部")
    with database.begin() as session:
        for is_new in (True, False):
            assert is_new is completions.record_unit(
                session, key=KEY, unit_id=branch, how="meeting", ref="meeting:1", at=MONDAY_NOON
            )
        assert completions.done_by_units(session, KEY, [branch]) == {branch}
        assert set(completions.of_unit(session, branch, [KEY])) == {KEY}


def test_eight_records_at_once_make_one(database: Database) -> None:
    member = District(database).id_of("陆见微")

    def tap(_: int) -> int:
        with database.begin() as session:
            return completions.record(
                session, key=KEY, member_ids=[member], how="receipt", ref="tap", at=MONDAY_NOON
            )

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(tap, range(8))) == [0] * 7 + [1]
