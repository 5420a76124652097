"""What may be added to the knowledge, and what becomes of it later."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.core.errors import Refused
from bot.db.engine import Database
from bot.db.models import MissGroupRow, MissRow
from bot.services import additions, learning, retention
from bot.services.additions import Draft
from knowledge.live import LiveKnowledge
from knowledge.thresholds import Kept
from tests.additions_made import DRAFT, NUMBERS, add, says
from tests.fakes import MONDAY_NOON
from tests.learnt import COUPON, DATA, LIKE_PARKING, PARKING, asked, process
from tests.staff import member


@pytest.fixture
def live(database: Database) -> LiveKnowledge:
    return process(database)


def add_entry(database: Database, live: LiveKnowledge, draft: Draft = DRAFT) -> int:
    actor = member(database, f"a{next(NUMBERS)}", "administrator")
    with database.begin() as session:
        return additions.add_entry(session, actor, live.current.library, draft, at=MONDAY_NOON)


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(Refused) as found:
        work()
    return found.value.code


def test_a_phrasing_is_refused_where_the_files_would_be(
    database: Database, live: LiveKnowledge
) -> None:
    assert refused(lambda: add(database, live, "谢师宴 能参加吗？")) == "phrasing_taken"
    assert refused(lambda: add(database, live, "收家长超市卡行不行！")) == "phrasing_known"
    assert refused(lambda: add(database, live, COUPON, "no-such")) == "addition_no_entry"
    assert refused(lambda: add(database, live, "长" * 201)) == "addition_too_long"


def test_an_entry_needs_a_source_in_force_and_a_clause(
    database: Database, live: LiveKnowledge
) -> None:
    wrong = [
        replace(DRAFT, source="handling-2014"),
        replace(DRAFT, source="unknown"),
        replace(DRAFT, clause=" "),
    ]
    codes = [refused(lambda each=each: add_entry(database, live, each)) for each in wrong]
    assert codes == ["addition_no_source", "addition_no_source", "addition_empty"]


def test_an_entry_is_found_by_its_phrasings_its_title_and_its_clause(
    database: Database, live: LiveKnowledge
) -> None:
    add_entry(database, live)
    live.refresh()
    found = says(live, PARKING)
    assert found is not None
    assert says(live, DRAFT.title) == found
    assert says(live, "处理办法第九条") == found
    assert live.current.library.entries[found].review == "pending"
    assert live.current.library.where[found].startswith("chat:")


def test_what_the_files_hold_by_then_is_theirs_without_a_word(
    database: Database, live: LiveKnowledge, tmp_path: Path
) -> None:
    add(database, live)
    add(database, live, PARKING)
    folder = Path(shutil.copytree(DATA, tmp_path / "knowledge"))
    file = folder / "ethics.yaml"
    text = file.read_text(encoding="utf-8")
    text = text.replace("      - 谢师宴能参加吗\n", f"      - 谢师宴能参加吗\n      - {COUPON}\n")
    file.write_text(text, encoding="utf-8")
    other = process(database, folder)
    assert other.faults == []
    assert says(other, COUPON) == "gifts-dinner"
    assert says(other, PARKING) == "gifts-card"


def test_an_addition_whose_entry_is_gone_does_nothing(
    database: Database, live: LiveKnowledge, tmp_path: Path
) -> None:
    add(database, live)
    folder = Path(shutil.copytree(DATA, tmp_path / "knowledge"))
    file = folder / "ethics.yaml"
    text = file.read_text(encoding="utf-8").replace("id: gifts-card\n", "id: gifts-voucher\n")
    file.write_text(text, encoding="utf-8")
    other = process(database, folder)
    assert says(other, COUPON) is None


def test_thresholds_are_found_anew_for_what_was_added(
    database: Database, live: LiveKnowledge, tmp_path: Path
) -> None:
    kept = Kept(tmp_path)
    first = kept.find(live.current.library)
    add(database, live)
    live.refresh()
    assert kept.recall(live.current.library) is None
    kept.find(live.current.library)
    assert kept.recall(live.current.library) is not None
    assert first is not None


def test_questions_and_their_groups_expire_with_other_texts(database: Database) -> None:
    asked(database, [PARKING, *LIKE_PARKING])
    later = MONDAY_NOON + timedelta(days=31)
    with database.begin() as session:
        retention.expire(session, keep_days=30, at=MONDAY_NOON + timedelta(days=29))
        assert learning.count(session) == 1
    with database.begin() as session:
        retention.expire(session, keep_days=30, at=later)
        assert session.scalar(select(func.count()).select_from(MissRow)) == 0
        assert session.scalar(select(func.count()).select_from(MissGroupRow)) == 0


def test_forgetting_a_person_deletes_what_they_asked_and_no_more(database: Database) -> None:
    asked(database, [PARKING, *LIKE_PARKING])
    asked(database, ["公积金怎么提取"], owner="m5")
    with database.begin() as session:
        learning.forget(session, ["m5"])
        assert learning.count(session) == 1
        assert session.scalar(select(func.count()).select_from(MissGroupRow)) == 1


@pytest.mark.parametrize("text", ["长" * 201, "身份证110101199003077777丢了咋办", "   "])
def test_what_is_a_story_or_holds_a_personal_number_is_not_kept(
    database: Database, text: str
) -> None:
    with database.begin() as session:
        assert not learning.note(session, "a1", text, "k", at=MONDAY_NOON)
        assert session.scalar(select(func.count()).select_from(MissRow)) == 0


def test_one_person_cannot_fill_the_house(database: Database) -> None:
    with database.begin() as session:
        kept = [
            learning.note(session, "a1", f"{PARKING}{number}", str(number), at=MONDAY_NOON)
            for number in range(learning.OF_ONE + 5)
        ]
    assert sum(kept) == learning.OF_ONE


@pytest.mark.parametrize(
    ("questions", "people", "is_proposed"),
    [(4, 1, False), (4, 2, False), (5, 1, True), (3, 3, True), (2, 2, False)],
)
def test_five_alike_or_three_people_make_a_proposal(
    database: Database, questions: int, people: int, is_proposed: bool
) -> None:
    with database.begin() as session:
        for number in range(questions):
            learning.note(session, f"a{number % people}", PARKING, str(number), at=MONDAY_NOON)
        assert learning.count(session) == int(is_proposed)
