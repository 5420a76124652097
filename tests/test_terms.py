"""Terms of office: said half a year ahead, once; the day of an election as it is typed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.core.errors import Refused
from bot.db.models import TermRow
from bot.services import terms
from handlers import terms as terms_handler
from tests.district import District
from tests.fakes import MONDAY_NOON
from tests.held import FIRST, SECRETARY
from tests.staff import delivered
from tests.year_kept import TODAY, at


def test_half_a_year_before_a_term_ends_it_is_said_once(district: District) -> None:
    secretary, branch = district.member(SECRETARY), district.unit(FIRST)
    with district.begin() as session:
        term = terms.enter(session, secretary, branch, date(2024, 6, 10), at=MONDAY_NOON)
    assert (term.ends_on, term.said_on) == (date(2027, 6, 10), date(2026, 12, 10))
    for now in (at(12, 9), at(12, 10), at(12, 11)):
        with district.begin() as session:
            while terms_handler.advance(session, at=now):
                pass
    ((owner, text),) = delivered(district.database, "term:")
    assert owner == f"m{secretary.id}"
    assert "2027年6月10日 届满" in text
    with district.begin() as session:
        terms.enter(session, secretary, branch, date(2024, 6, 10), at=MONDAY_NOON)
        assert session.get_one(TermRow, branch).said
        assert terms.next_due(session, at=at(12, 12)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-06-15", (date(2024, 6, 15), 3)),
        ("2024年6月15日 5年", (date(2024, 6, 15), 5)),
        ("2024.6.15，任期 2 年", (date(2024, 6, 15), 2)),
    ],
)
def test_an_election_day_is_read(text: str, expected: tuple[date, int]) -> None:
    assert terms.read(text) == expected


@pytest.mark.parametrize("text", ["2024-02-30", "去年六月", "24-6-15", "2024-13-01"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="term_unread"):
        terms.read(text)


def test_a_term_can_only_have_begun(district: District) -> None:
    secretary, branch = district.member(SECRETARY), district.unit(FIRST)
    for day, years in ((TODAY + timedelta(days=1), 3), (TODAY, 6), (date(2010, 1, 1), 3)):
        with pytest.raises(Refused, match="term_wrong"), district.begin() as session:
            terms.enter(session, secretary, branch, day, years, at=MONDAY_NOON)
