"""Reminders, plans and wishes under bad timing: done by another, skipped half way, clock astray."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.core.chat import Reply
from bot.db.engine import Database
from bot.db.models import DeliveryRow, RoleRow, WishRow
from bot.services import completions, firings, minutes, outbox, plans, progress, terms, wishes
from bot.services.gate import Purpose, Wish
from bot.services.records import Tick
from handlers import terms as term_handler
from tests.district import District
from tests.fakes import MONDAY_NOON, House
from tests.held import FIRST, SECRETARY, hold
from tests.remindable import Remindable, at
from tests.test_nothing_lost_meetings import ended, once
from tests.test_plans import LIST, STUDY, house_with

TWO = (
    STUDY.replace("    remind", "    text: 学两条。\n    remind")
    + """\
      - id: second
        title: 再学一条
        window: {every: year, from: 11-02, until: 11-30}
        text: 再学一条。
        entry: gifts-card
"""
)
MONTHLY = """\
plans:
  - id: monthly
    title: 每月一学
    to: {roles: [teacher]}
    remind: [1]
    items:
      - id: one
        title: 每月一学
        window: {every: month, from: 1, until: 31}
        text: 学一条。
        entry: gifts-card
"""


def withdrawn(database: Database) -> set[str]:
    with database.read() as session:
        rows = select(DeliveryRow.owner).where(DeliveryRow.state == "withdrawn")
        return set(session.scalars(rows))


def test_what_one_secretary_has_done_for_the_branch_the_other_is_not_asked_for(
    database: Database, tmp_path: Path
) -> None:
    house = house_with(database, tmp_path, LIST)
    district = house.district
    second = district.id_of("简疏桐")
    with district.begin() as session:
        session.add(
            RoleRow(
                member_id=second,
                unit_id=district.unit(FIRST),
                role="secretary",
                from_on=date(2026, 1, 1),
            )
        )
    house.run(at("2026-11-02"))
    assert f"m{second}" in house.queued()
    who, unit = district.member(SECRETARY), district.unit(FIRST)
    with district.begin() as session:
        book = house.library.rulebook
        for item in ("film", "talk"):
            plans.confirm(
                session, who, book, f"plan:ones/{item}/2026", unit, at=at("2026-11-02", "12:05")
            )
    with district.begin() as session:
        keys = ["plan:ones/film/2026", "plan:ones/talk/2026"]
        progress.take_back_done(session, book, keys, at=at("2026-11-02", "12:05"))
    assert f"m{second}" not in house.queued()
    assert f"m{who.id}" not in house.queued()


def test_what_a_meeting_has_done_of_several_items_is_not_asked_for(
    database: Database, tmp_path: Path
) -> None:
    house = house_with(database, tmp_path, TWO)
    house.run(at("2026-11-02"))
    district = house.district
    record = hold(district, "party_day", at("2026-11-02", "09:00"))
    who, person = district.member(SECRETARY), f"m{district.id_of('简疏桐')}"
    assert person in house.queued()
    now = at("2026-11-02", "12:10")
    with district.begin() as session:
        for item in ("november", "second"):
            wanted = Tick(f"plan:study/{item}/2026", "学习")
            minutes.tick(session, who, record, wanted, at=now)
        names = {"host": "陆见微", "recorder": "简疏桐"}
        minutes.fill(session, who, record, names, at=now)
        minutes.confirm(session, who, record, at=now)
        keys = [f"plan:study/{item}/2026" for item in ("november", "second")]
        progress.take_back_done(session, house.library.rulebook, keys, at=now)
    assert person not in house.queued()


def test_undoing_what_was_done_for_one_branch_leaves_the_other(
    database: Database, tmp_path: Path
) -> None:
    house = house_with(database, tmp_path, LIST)
    district, key = house.district, "plan:ones/film/2026"
    first, other = district.unit(FIRST), district.unit("青澜一中第二党支部")
    with district.begin() as session:
        session.add(
            RoleRow(
                member_id=district.id_of(SECRETARY),
                unit_id=other,
                role="secretary",
                from_on=date(2026, 1, 1),
            )
        )
    who = district.member(SECRETARY)
    with district.begin() as session:
        for unit, minute in ((first, "12:00"), (other, "12:03")):
            plans.confirm(
                session, who, house.library.rulebook, key, unit, at=at("2026-11-23", minute)
            )
    with district.begin() as session:
        plans.take_back(session, who, key, other, at=at("2026-11-23", "12:04"))
        assert completions.done_by_units(session, key, [first, other]) == {first}


def test_the_last_word_about_one_month_does_not_swallow_the_first_about_the_next(
    database: Database, tmp_path: Path
) -> None:
    house = Remindable(database, tmp_path, MONTHLY)
    house.run(at("2026-11-30"))
    house.run(at("2026-12-01"))
    assert len(house.letters()) == 2


def test_what_is_skipped_while_it_is_being_queued_does_not_go_out(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = house_with(database, tmp_path, STUDY)
    boss = house.district.member("闻书澜")
    now = at("2026-11-02")

    def skip() -> None:
        with database.begin() as session:
            found = firings.get(
                session, house.library.rulebook, (), "plan:study/november/2026", "2026-11-02"
            )
            firings.skip(session, boss, found, at=now)

    skipping = once(skip)
    post = outbox.post

    def slow(*of: Any, **more: Any) -> int:
        skipping()
        return post(*of, **more)

    monkeypatch.setattr(outbox, "post", slow)
    house.run(now)
    ended(skipping)
    house.run(now)
    assert house.firings() == [("plan:study/november/2026", "2026-11-02", "skipped")]
    with database.begin() as session:
        claimed = outbox.claim(session, process="p", at=now, limit=100).claimed
    assert claimed == []


def test_a_clock_that_was_ahead_for_a_moment_costs_no_reminder(
    database: Database, tmp_path: Path
) -> None:
    house = house_with(database, tmp_path, STUDY)
    house.run(at("2027-10-01"))
    house.run(at("2026-10-31"))
    house.run(at("2026-11-02"))
    assert house.letters() == [("学一条", 60)]
    house.run(at("2026-11-02", "12:05"))
    assert house.letters() == [("学一条", 60)], "and none comes twice"


def test_a_term_that_turns_out_longer_is_spoken_of_at_its_own_end(district: District) -> None:
    unit, who = district.unit(FIRST), district.member(SECRETARY)
    with district.begin() as session:
        terms.enter(session, who, unit, date(2024, 1, 10), at=MONDAY_NOON)
        assert term_handler.advance(session, at=MONDAY_NOON)
        terms.enter(session, who, unit, date(2024, 1, 10), 5, at=MONDAY_NOON)
        assert not term_handler.advance(session, at=MONDAY_NOON)
        later = MONDAY_NOON + timedelta(days=700)
        assert term_handler.advance(session, at=later)
        assert not term_handler.advance(session, at=later)
        keys = session.scalars(select(DeliveryRow.key).where(DeliveryRow.key.startswith("term:")))
        assert len(list(keys)) == 2


def test_a_person_who_chooses_an_hour_as_they_are_spared_stays_spared(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    secretary, person = district.member(SECRETARY), district.member("简疏桐")
    until = date(2026, 12, 7)

    def spare() -> None:
        with district.begin() as session:
            wishes.spare(session, secretary, person.id or 0, until, at=MONDAY_NOON)

    sparing = once(spare)
    put = wishes.run

    def slow(*of: Any) -> Any:
        sparing()
        return put(*of)

    monkeypatch.setattr(wishes, "run", slow)
    with district.begin() as session:
        wishes.choose(session, person, Wish(only_musts=True), at=MONDAY_NOON)
    ended(sparing)
    with district.database.read() as session:
        row = session.get_one(WishRow, person.owner)
    assert (row.exempt_until, row.only_musts) == (until, True)


def test_what_was_done_while_it_was_in_doubt_is_not_sent_once_more(
    district: District, house: House
) -> None:
    district.seat(house, SECRETARY)
    owner = district.member(SECRETARY).owner
    with district.begin() as session:
        about = {"key": "roll", "purpose": Purpose.APPROVAL, "topic": "roll:1:1"}
        outbox.add(session, owner, Reply("点名"), at=MONDAY_NOON, **about)  # type: ignore[arg-type]
        assert outbox.claim(session, process="gone", at=MONDAY_NOON).claimed
    with district.begin() as session:
        done = MONDAY_NOON + timedelta(minutes=1)
        outbox.withdraw_topic(session, "roll:1:1", [owner], at=done)
    with district.begin() as session:
        later = MONDAY_NOON + timedelta(minutes=2)
        outbox.release(session, mine="us", living={"us"}, at=later)
        assert outbox.claim(session, process="us", at=later).claimed == []
