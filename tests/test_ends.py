"""The last day of a span, as it is typed: understood wholly or not at all."""

from __future__ import annotations

from datetime import date

import pytest

from bot.core import ends
from bot.core.errors import Refused
from tests.fakes import MONDAY_NOON

TERM_ENDS = date(2027, 1, 22)


@pytest.mark.parametrize(
    ("said", "last"),
    [
        ("到月底", date(2026, 11, 30)),
        ("本月底", date(2026, 11, 30)),
        ("下个月底", date(2026, 12, 31)),
        ("到2月底为止", date(2027, 2, 28)),
        ("12月末", date(2026, 12, 31)),
        ("年底前", date(2026, 12, 31)),
        ("到明年底", date(2027, 12, 31)),
        ("到下周五", date(2026, 12, 4)),
        ("到周五", date(2026, 11, 27)),
        ("这周末", date(2026, 11, 29)),
        ("到下周", date(2026, 12, 6)),
        ("一周", date(2026, 11, 29)),
        ("两个星期", date(2026, 12, 6)),
        ("10天", date(2026, 12, 2)),
        ("三天时间", date(2026, 11, 25)),
        ("一个月", date(2026, 12, 22)),
        ("半个月", date(2026, 12, 7)),
        ("半年", date(2027, 5, 23)),
        ("到学期末", TERM_ENDS),
        ("学期结束", TERM_ENDS),
        ("到放寒假", TERM_ENDS),
        ("休到12月15日", date(2026, 12, 15)),
        ("一直到１２月１５号。", date(2026, 12, 15)),
        ("今天", date(2026, 11, 23)),
    ],
)
def test_usual_ends_are_understood(said: str, last: date) -> None:
    assert ends.last_day(said, now=MONDAY_NOON, term_ends=TERM_ENDS) == last


@pytest.mark.parametrize(
    "said", ["等她好了", "到时候再说", "18:30", "0天", "13月底", "半天", "到", "周"]
)
def test_what_is_no_end_is_not_guessed(said: str) -> None:
    with pytest.raises(Refused):
        ends.last_day(said, now=MONDAY_NOON, term_ends=TERM_ENDS)


def test_without_terms_the_end_of_term_is_not_guessed() -> None:
    with pytest.raises(Refused, match="date_unread"):
        ends.last_day("到学期末", now=MONDAY_NOON)
