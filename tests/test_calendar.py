"""Days on and off in China, and what serves when they are not published."""

from __future__ import annotations

from datetime import date

import pytest

from bot.services import calendar


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 9, 30), True),  # the Wednesday before 国庆
        (date(2026, 10, 1), False),
        (date(2026, 10, 7), False),  # a Wednesday, still off
        (date(2026, 10, 8), True),
        (date(2026, 9, 20), True),  # 调休: a Sunday on which people work
        (date(2026, 10, 10), True),  # 调休: a Saturday on which people work
        (date(2026, 9, 19), False),  # the Saturday before it is an ordinary one
        (date(2026, 2, 17), False),  # 春节, a Tuesday
        (date(2026, 11, 21), False),
        (date(2026, 11, 23), True),
    ],
)
def test_days_off_are_those_announced(day: date, works: bool) -> None:
    assert calendar.is_workday(day) is works


def test_when_a_year_is_not_published_weekdays_serve() -> None:
    assert calendar.is_published(2026)
    assert not calendar.is_published(2099)
    assert not calendar.is_published(1999)
    assert calendar.is_workday(date(2099, 10, 1))  # a Thursday
    assert not calendar.is_workday(date(2099, 10, 3))  # a Saturday
