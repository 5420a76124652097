"""Reminders go out once each, in time or not at all, and follow their rules."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.chat import Reply
from bot.core.clock import local
from bot.core.errors import Refused
from bot.db.engine import Database
from bot.db.models import UnitRow
from bot.services import facts, firings, reminders, semesters
from bot.services.calendar import Term
from bot.services.firings import Firing, Saying
from knowledge.library import Library
from tests.remindable import Remindable, at, times
from tests.reminder_files import RULE

WEEKLY = """\
rules:
  - id: weekly
    title: 每周一句
    to: {roles: [secretary]}
    when: {cron: "0 12 * * 1"}
    text: 这周也辛苦了。
"""


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Remindable:
    made = Remindable(database, tmp_path, WEEKLY)
    made.run(at("2026-11-23", "11:00"))  # the house was running before noon
    return made


def test_each_occasion_goes_out_once_to_those_it_is_for(house: Remindable) -> None:
    house.run(at("2026-11-23", "11:59"))
    assert house.letters() == []
    for later in ("12:00", "12:01", "13:00"):
        house.run(at("2026-11-23", later))
    assert house.letters() == [("每周一句", 10)]
    house.run(at("2026-11-30"))
    assert house.letters() == [("每周一句", 10)] * 2


def test_three_replicas_at_once_send_once(house: Remindable) -> None:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(house.run, [at("2026-11-23")] * 3))
    assert house.letters() == [("每周一句", 10)]
    assert len(set(house.queued())) == len(house.queued()) == 10


def test_what_a_crash_interrupts_is_carried_on(
    house: Remindable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "AT_ONCE", 3)

    def crash(library: Library, firing: int, saying: Saying) -> Reply:
        raise EOFError

    for _ in range(2):  # the sweep, then the first three
        with house.database.begin() as session:
            reminders.step(session, house.library, _plain, at=at("2026-11-23"))
    with pytest.raises(EOFError), house.database.begin() as session:
        reminders.step(session, house.library, crash, at=at("2026-11-23"))
    assert len(house.queued()) == 3
    house.run(at("2026-11-23", "12:30"))
    assert len(set(house.queued())) == len(house.queued()) == 10


def _plain(library: Library, firing: int, saying: Saying) -> Reply:
    return Reply(saying.title)


def test_a_reload_of_the_same_files_sends_nothing_again(house: Remindable) -> None:
    house.run(at("2026-11-23"))
    house.change(WEEKLY)
    house.run(at("2026-11-23", "12:30"))
    assert house.letters() == [("每周一句", 10)]


def test_after_downtime_what_is_less_than_a_day_late_goes_out_the_rest_is_missed(
    house: Remindable,
) -> None:
    house.run(at("2026-12-08", "11:00"))
    assert house.firings() == [
        ("weekly", "2026-11-23", "missed"),
        ("weekly", "2026-11-30", "missed"),
        ("weekly", "2026-12-07", "posted"),
    ]
    assert house.letters() == [("每周一句", 10)]


def test_what_would_be_of_no_use_any_more_is_missed_though_less_than_a_day_late(
    database: Database, tmp_path: Path
) -> None:
    house = Remindable(database, tmp_path, RULE.replace("[中秋, 国庆]", "[教师节], workdays: [-1]"))
    house.run(at("2026-09-09", "11:00"))
    house.run(at("2026-09-10", "08:00"))
    assert house.firings() == [("greeting", "2026-09-09", "missed")]


def test_a_new_house_sends_nothing_of_the_past(database: Database, tmp_path: Path) -> None:
    house = Remindable(database, tmp_path, WEEKLY)
    house.run(at("2026-11-23", "13:00"))
    assert house.firings() == []


def test_a_rule_moved_to_a_later_hour_is_not_sent_twice_on_that_day(house: Remindable) -> None:
    house.run(at("2026-11-23"))
    house.change(WEEKLY.replace("0 12", "0 15"))
    house.run(at("2026-11-23", "15:01"))
    assert house.letters() == [("每周一句", 10)]


def test_a_rule_that_is_changed_before_it_is_due_goes_out_as_it_is_then(house: Remindable) -> None:
    house.change(WEEKLY.replace("0 12", "0 15").replace("每周一句", "周一好"))
    house.run(at("2026-11-23", "14:00"))
    assert house.letters() == []
    house.run(at("2026-11-23", "15:01"))
    assert house.letters() == [("周一好", 10)]


def test_what_is_not_sent_yet_follows_a_changed_rule(house: Remindable) -> None:
    house.run(at("2026-11-23"))
    told = house.send_one(at("2026-11-23"))
    house.change(WEEKLY.replace("辛苦了", "顺利"))
    house.run(at("2026-11-23", "12:10"))
    said = house.texts()
    assert [text.split("\n")[1] for text in said] == ["这周也辛苦了。", "这周也顺利。"]
    assert house.letters() == [("每周一句", 10), ("每周一句", 9)]
    assert told not in house.newest()  # who has had it is left alone


def test_what_is_not_sent_yet_is_taken_back_with_its_rule(house: Remindable) -> None:
    house.run(at("2026-11-23"))
    house.change(WEEKLY.replace("weekly", "other"))
    house.run(at("2026-11-23", "12:10"))
    with house.database.read() as session:
        held = reminders.held(session, house.library.rulebook, at=at("2026-11-23", "12:10"))
    assert held == []


def coming(house: Remindable, now: datetime, days: int = 30) -> list[Firing]:
    with house.database.read() as session:
        until = now + timedelta(days=days)
        return firings.between(session, house.library.rulebook, (), now, until)


def test_one_can_be_skipped_and_restored(house: Remindable) -> None:
    now = at("2026-11-23", "13:00")
    chief = house.district.member("闻书澜")
    first = coming(house, now)[0]
    with house.database.begin() as session:
        firings.skip(session, chief, first, at=now)
    assert [each.state for each in coming(house, now)[:2]] == ["skipped", None]
    with house.database.begin() as session:
        firings.restore(session, chief, coming(house, now)[0], at=now)
    house.run(now)
    house.run(at("2026-11-30"))
    assert ("weekly", "2026-11-30", "posted") in house.firings()


def test_a_skipped_one_does_not_go_out(house: Remindable) -> None:
    now = at("2026-11-23", "13:00")
    house.run(now)
    with house.database.begin() as session:
        firings.skip(session, house.district.member("闻书澜"), coming(house, now)[0], at=now)
    before = len(house.letters())
    house.run(at("2026-11-30"))
    assert len(house.letters()) == before


@pytest.mark.parametrize(("by", "day"), [(1, "2026-12-01"), (7, "2026-12-07"), (-1, "2026-11-29")])
def test_a_moved_one_goes_out_on_its_new_day_only(house: Remindable, by: int, day: str) -> None:
    now = at("2026-11-23", "13:00")
    house.run(now)
    with house.database.begin() as session:
        firings.move(session, house.district.member("闻书澜"), coming(house, now)[0], by, at=now)
    assert times(coming(house, now))[0 if by != 7 else 1].startswith(day[5:])
    before = len(house.letters())
    for passed in range(1, 16):
        house.run(at("2026-11-23") + timedelta(days=passed))
    sent = {occasion: state for _, occasion, state in house.firings()}
    assert sent["2026-11-30"] == "posted"
    assert len(house.letters()) == before + 2


def test_nothing_is_moved_into_the_past_or_beyond_its_use(
    database: Database, tmp_path: Path
) -> None:
    house = Remindable(database, tmp_path, RULE)
    now = at("2026-09-17")
    chief = house.district.member("闻书澜")
    with house.database.begin() as session:
        book = house.library.rulebook
        week, _ = firings.between(session, book, (), now, now + timedelta(days=14))
        assert local(week.due_at).date() == date(2026, 9, 18)
        for by, code in ((-2, "reminder_past"), (7, "reminder_too_far")):
            with pytest.raises(Refused) as refused:
                firings.move(session, chief, week, by, at=now)
            assert refused.value.code == code


def test_only_who_answers_for_the_whole_district_changes_what_goes_to_it(
    house: Remindable,
) -> None:
    now = at("2026-11-23", "13:00")
    with house.database.begin() as session:
        with pytest.raises(Refused) as refused:
            firings.skip(session, house.district.member("管予安"), coming(house, now)[0], at=now)
        assert refused.value.code == "reminder_not_yours"


def test_mid_autumn_beside_the_national_day_is_one_message(
    database: Database, tmp_path: Path
) -> None:
    house = Remindable(
        database, tmp_path, RULE.replace("中秋, 国庆]", "中秋, 国庆], workdays: [-2]")
    )
    house.run(at("2026-09-01"))
    day = at("2026-09-01")
    while day < at("2026-10-02"):
        day += timedelta(days=1)
        house.run(day)
    assert [text.split("\n")[1] for text in house.texts()] == ["中秋、国庆快到了。"]


def test_units_and_people_that_nobody_knows_are_named_with_their_place(
    database: Database, tmp_path: Path
) -> None:
    to = "{units: [青澜一中, 没有的学校], people: ['9999'], except: {units: [也没有]}}"
    house = Remindable(database, tmp_path, RULE.replace("{roles: [teacher]}", to))
    with database.read() as session:
        found = reminders.faults(session, house.library.rulebook, at=at("2026-11-23"))
    said = [str(fault) for fault in found]
    assert said == [
        "reminders/rules.yaml:4:24: 没有这个单位：“没有的学校”",
        "reminders/rules.yaml:4:41: 没有这个工号：“9999”",
        "reminders/rules.yaml:4:67: 没有这个单位：“也没有”",
    ]


def test_a_rule_whose_units_are_all_unknown_goes_to_nobody(
    database: Database, tmp_path: Path
) -> None:
    house = Remindable(
        database, tmp_path, WEEKLY.replace("{roles: [secretary]}", "{units: [没有的学校]}")
    )
    house.run(at("2026-11-23", "11:00"))
    house.run(at("2026-11-23"))
    assert house.queued() == []


def test_a_rule_to_nobody_of_the_roster_is_named(database: Database, tmp_path: Path) -> None:
    house = Remindable(database, tmp_path, WEEKLY.replace("roles: [secretary]", "duties: [校医]"))
    with database.read() as session:
        (fault,) = reminders.faults(session, house.library.rulebook, at=at("2026-11-23"))
    assert str(fault) == "reminders/rules.yaml:4:9: 照现在的花名册，一个人也发不到"


def test_a_unit_that_is_closed_since_is_told(database: Database, tmp_path: Path) -> None:
    to = "{units: [青澜一中, 青澜二中]}"
    house = Remindable(database, tmp_path, WEEKLY.replace("{roles: [secretary]}", to))
    with database.begin() as session:
        session.get_one(UnitRow, house.district.unit("青澜二中")).closed_on = date(2026, 11, 1)
    with database.read() as session:
        (fault,) = reminders.faults(session, house.library.rulebook, at=at("2026-11-23"))
    assert "青澜二中" in str(fault)


def test_terms_come_from_the_settings_and_a_demo_has_usual_ones(database: Database) -> None:
    with database.begin() as session:
        assert semesters.known(session, at=at("2026-11-23")) == ()
        facts.put(session, facts.DEMO, "1")
        assert date(2026, 9, 1) in [t.first for t in semesters.known(session, at=at("2026-11-23"))]
        facts.put(session, semesters.TERMS, "2027-02-22/2027-07-02，2026-09-01/2027-01-22")
        assert semesters.known(session, at=at("2026-11-23")) == (
            Term(date(2026, 9, 1), date(2027, 1, 22)),
            Term(date(2027, 2, 22), date(2027, 7, 2)),
        )


def test_a_rule_by_terms_without_terms_is_known_to_lack_them(
    database: Database, tmp_path: Path
) -> None:
    text = WEEKLY.replace('{cron: "0 12 * * 1"}', "{term: start}")
    book = Remindable(database, tmp_path, text).library.rulebook
    past = Term(date(2025, 9, 1), date(2026, 1, 20))
    assert reminders.needs_terms(book, (past,), at=at("2026-11-23"))
    now = Term(date(2026, 9, 1), date(2027, 1, 20))
    assert not reminders.needs_terms(book, (past, now), at=at("2026-11-23"))
