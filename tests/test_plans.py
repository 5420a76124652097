"""Plans: done by a receipt, a quiz or a meeting, whichever comes first, and not asked again."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.core.errors import Refused
from bot.db.engine import Database
from bot.db.models import MemberRow
from bot.services import completions, erasure, plans, progress
from bot.services.calendar import Term
from bot.services.plans import Batch
from knowledge.loader import read
from tests.plans_written import FILMS, KEY, LIST, STUDY
from tests.remindable import Remindable, at


def house_with(database: Database, folder: Path, text: str) -> Remindable:
    house = Remindable(database, folder, text)
    house.run(at("2026-10-30"))
    return house


def batch_of(house: Remindable, day: str = "2026-11-23") -> Batch:
    on = date.fromisoformat(day)
    (found,) = plans.batches(house.library.rulebook, (), on, on)
    return found


def test_an_item_is_told_as_its_window_opens_and_again_to_those_who_have_not_done_it(
    database: Database, tmp_path: Path
) -> None:
    house = house_with(database, tmp_path, STUDY)
    house.run(at("2026-11-02"))
    done = house.district.member("苗若谷")
    with database.begin() as session:
        book = house.library.rulebook
        plans.confirm(session, done, book, KEY, at=at("2026-11-05"))
    house.run(at("2026-11-23"))
    assert house.letters() == [("学一条", 60), ("学一条", 59)]
    assert f"m{done.id}" not in house.newest()


def test_what_is_done_is_taken_out_of_the_queue(database: Database, tmp_path: Path) -> None:
    house = house_with(database, tmp_path, STUDY)
    house.run(at("2026-11-02"))
    done = house.district.member("苗若谷")
    assert f"m{done.id}" in house.queued()
    with database.begin() as session:
        plans.confirm(session, done, house.library.rulebook, KEY, at=at("2026-11-02", "12:05"))
    assert f"m{done.id}" not in house.queued()
    assert len(house.queued()) == 59


@pytest.mark.parametrize("how", ["receipt", "meeting"])
def test_whichever_way_comes_first_counts(database: Database, tmp_path: Path, how: str) -> None:
    house = house_with(database, tmp_path, STUDY)
    member = house.district.member("苗若谷")
    assert member.id is not None

    def by_meeting() -> None:
        with database.begin() as session:
            (shown,) = plans.showable(session, house.library.rulebook, at=at("2026-11-10"))
            ids = [member.id or 0]
            completions.record(
                session,
                key=shown.key,
                member_ids=ids,
                how="meeting",
                ref="meeting:1",
                at=at("2026-11-10"),
            )

    def by_receipt() -> None:
        with database.begin() as session:
            plans.confirm(session, member, house.library.rulebook, KEY, at=at("2026-11-10"))

    ways = [by_receipt, by_meeting]
    for way in ways if how == "receipt" else reversed(ways):
        way()
    with database.read() as session:
        found = completions.of_member(session, member.id, [KEY])
    assert found[KEY].how == how


def test_a_receipt_can_be_undone_for_five_minutes(database: Database, tmp_path: Path) -> None:
    house = house_with(database, tmp_path, STUDY)
    member = house.district.member("苗若谷")
    with database.begin() as session:
        plans.confirm(session, member, house.library.rulebook, KEY, at=at("2026-11-10", "12:00"))
        with pytest.raises(Refused) as refused:
            plans.take_back(session, member, KEY, at=at("2026-11-10", "12:06"))
        assert refused.value.code == "plan_undo_late"
        plans.take_back(session, member, KEY, at=at("2026-11-10", "12:05"))
        assert completions.of_member(session, member.id or 0, [KEY]) == {}


def test_what_is_done_by_a_quiz_is_not_done_by_a_tap(database: Database, tmp_path: Path) -> None:
    house = house_with(database, tmp_path, FILMS)
    member, book = house.district.member("苗若谷"), house.library.rulebook
    key = "plan:films/autumn/2026"
    with database.begin() as session:
        with pytest.raises(Refused) as refused:
            plans.confirm(session, member, book, key, at=at("2026-11-10"))
        assert refused.value.code == "plan_by_quiz"
        assert not plans.pass_quiz(session, member, book, key, 0, at=at("2026-11-10"))
        assert plans.pass_quiz(session, member, book, key, 1, at=at("2026-11-10"))
        assert set(completions.of_member(session, member.id or 0, [key])) == {key}


def test_before_and_after_its_window_an_item_is_not_to_be_done(
    database: Database, tmp_path: Path
) -> None:
    house = house_with(database, tmp_path, STUDY)
    member = house.district.member("苗若谷")
    for day in ("2026-11-01", "2026-12-01"):
        with database.begin() as session, pytest.raises(Refused) as refused:
            plans.confirm(session, member, house.library.rulebook, KEY, at=at(day))
        assert refused.value.code == "plan_over"


def test_a_checklist_is_the_branchs_and_its_secretary_is_asked_while_anything_is_left(
    database: Database, tmp_path: Path
) -> None:
    house = house_with(database, tmp_path, LIST)
    house.run(at("2026-11-02"))
    assert house.letters() == [("两个一", 8)]  # the secretaries of branches, nobody else
    secretary, book = house.district.member("陆见微"), house.library.rulebook
    film, talk = batch_of(house).keys
    with database.begin() as session:
        plans.confirm(session, secretary, book, film, at=at("2026-11-02", "12:10"))
    assert f"m{secretary.id}" in house.queued()
    with database.begin() as session:
        plans.confirm(session, secretary, book, talk, at=at("2026-11-02", "12:11"))
    assert f"m{secretary.id}" not in house.queued()
    house.run(at("2026-11-23"))
    assert house.letters()[-1] == ("两个一", 7)


def test_the_bureau_sees_counts_and_the_secretary_the_names_of_the_own_branch(
    database: Database, tmp_path: Path
) -> None:
    house = house_with(database, tmp_path, STUDY)
    batch, on = batch_of(house), date(2026, 11, 10)
    with database.begin() as session:
        for name in ("苗若谷", "林见禾"):
            member = house.district.member(name)
            plans.confirm(session, member, house.library.rulebook, KEY, at=at("2026-11-10"))
        chief, secretary = house.district.member("岑知微"), house.district.member("陆见微")
        everywhere = progress.count(session, chief, batch, on=on)
        assert (everywhere.done, everywhere.of) == (2, 60)
        assert progress.remaining(session, chief, batch, on=on) == []
        mine = progress.count(session, secretary, batch, on=on)
        assert (mine.done, mine.of) == (1, 5)
        names = [each.name for each in progress.remaining(session, secretary, batch, on=on)]
        assert names == ["陆见微", "简疏桐", "覃云岫", "戚南乔"]


def test_a_secretary_above_sees_no_names_of_other_branches(
    database: Database, tmp_path: Path
) -> None:
    house = house_with(database, tmp_path, STUDY)
    batch, on = batch_of(house), date(2026, 11, 10)
    with database.read() as session:
        above = house.district.member("沈屹川")
        names = [each.name for each in progress.remaining(session, above, batch, on=on)]
        assert names == ["沈屹川"]
        assert progress.count(session, above, batch, on=on).of == 10


def test_a_branch_counts_as_done_when_nothing_is_left(database: Database, tmp_path: Path) -> None:
    house = house_with(database, tmp_path, LIST)
    batch, on = batch_of(house), date(2026, 11, 10)
    secretary, book = house.district.member("陆见微"), house.library.rulebook
    chief = house.district.member("岑知微")
    with database.begin() as session:
        plans.confirm(session, secretary, book, batch.keys[0], at=at("2026-11-10"))
        found = progress.count(session, chief, batch, on=on)
        assert (found.done, found.of) == (0, 8)
        plans.confirm(session, secretary, book, batch.keys[1], at=at("2026-11-10"))
        assert progress.count(session, chief, batch, on=on).done == 1


@pytest.mark.parametrize(
    ("window", "day", "expected"),
    [
        ("{every: month, from: 1, until: 31}", "2027-02-10", "2027-02 02-01 02-28"),
        ("{every: month, from: 5, until: 20}", "2026-11-10", "2026-11 11-05 11-20"),
        ("{every: term, from: 0, until: 6}", "2027-02-25", "2027-02-22 02-22 02-28"),
        ("{from: 2026-11-01, until: 2027-01-10}", "2027-01-05", "once 11-01 01-10"),
        ("{every: year, from: 02-29, until: 03-05}", "2027-03-01", "2027 02-28 03-05"),
    ],
)  # fmt: skip
def test_windows_open_each_year_month_or_term(
    database: Database, tmp_path: Path, window: str, day: str, expected: str
) -> None:
    text = STUDY.replace("{every: year, from: 11-02, until: 11-30}", window)
    book = Remindable(database, tmp_path, text).library.rulebook
    terms = (Term(date(2027, 2, 22), date(2027, 7, 2)),)
    on = date.fromisoformat(day)
    (batch,) = plans.batches(book, terms, on, on)
    assert f"{batch.period} {batch.first:%m-%d} {batch.last:%m-%d}" == expected
    found = plans.find(book, terms, batch.keys[0])
    assert found is not None
    assert found[0] == batch


def test_a_monthly_item_is_asked_anew_each_month(database: Database, tmp_path: Path) -> None:
    text = STUDY.replace(
        "{every: year, from: 11-02, until: 11-30}", "{every: month, from: 1, until: 31}"
    )
    house = house_with(database, tmp_path, text.replace("remind: [-7]", "remind: []"))
    house.run(at("2026-11-02"))
    member = house.district.member("苗若谷")
    with database.begin() as session:
        key = batch_of(house).keys[0]
        plans.confirm(session, member, house.library.rulebook, key, at=at("2026-11-05"))
    house.run(at("2026-12-01"))
    assert house.letters() == [("学一条", 60), ("学一条", 60)]


def test_an_erased_person_leaves_no_completion(database: Database, tmp_path: Path) -> None:
    house = house_with(database, tmp_path, STUDY)
    member = house.district.member("苗若谷")
    with database.begin() as session:
        plans.confirm(session, member, house.library.rulebook, KEY, at=at("2026-11-10"))
        erasure.erase(session, session.get_one(MemberRow, member.id), at=at("2026-11-11"))
        assert completions.of_member(session, member.id or 0, [KEY]) == {}


def test_the_films_promise_no_branch_to_a_teacher_who_is_in_none() -> None:
    library, _, _ = read(Path(__file__).parent.parent / "knowledge")
    assert library is not None
    (films,) = (plan for plan in library.rulebook.plans if plan.id == "warning-films")
    for item in films.items:
        assert "支部会" not in item.text
        assert "不在支部或没赶上的，自己看完答三道小题就好" in item.text
