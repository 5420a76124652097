"""When a unit would meet next, by habit and by the calendar; only ever proposed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from bot.services import meetings, proposals
from bot.services.meetings import Call
from tests.district import District
from tests.fakes import MONDAY_NOON

BRANCH = "青澜二中初中部党支部"


def hold(district: District, kind: str, starts_at: datetime, place: str = "三楼") -> None:
    """A meeting that was called a day ahead."""
    wish = Call(kind, (district.unit(BRANCH),), starts_at, "议题", place, 90)
    before = starts_at.replace(day=1, hour=0)
    with district.begin() as session:
        meetings.call(session, None, wish, key=f"{kind}{starts_at}", at=before)


def usual(district: District, kind: str, at: datetime = MONDAY_NOON) -> proposals.Proposal:
    with district.database.read() as session:
        return proposals.usual(session, district.unit(BRANCH), kind, at=at)


@pytest.mark.parametrize(
    ("month", "day"),
    [
        ("2026-12", "2026-12-04"),
        ("2026-10", "2026-10-09"),  # the 2nd lies in the holidays
        ("2026-05", "2026-05-08"),  # the 1st is Labour Day
        ("2026-02", "2026-02-06"),
        ("2027-01", "2027-01-08"),  # not announced yet: the days off by law hold
        ("2027-02", "2027-02-12"),
        ("2027-10", "2027-10-08"),
    ],
)
def test_the_first_friday_is_moved_off_days_on_which_nobody_works(month: str, day: str) -> None:
    year, number = (int(part) for part in month.split("-"))
    assert proposals.first_friday(year, number) == date.fromisoformat(day)


def test_a_party_day_never_held_is_proposed_and_other_kinds_are_not(district: District) -> None:
    found = usual(district, "party_day")
    assert (found.day, found.hour, found.place) == (date(2026, 12, 4), time(15, 0), None)
    assert usual(district, "committee").day is None


def test_the_next_one_is_on_the_same_weekday_of_the_month(district: District) -> None:
    hold(district, "committee", datetime(2026, 11, 18, 8, 0, tzinfo=UTC))  # the third Wednesday
    found = usual(district, "committee")
    assert (found.day, found.hour, found.lasts) == (date(2026, 12, 16), time(16, 0), 90)
    assert found.place == "三楼"
    assert found.topic is None, "last month's business is not this month's"


def test_a_quarterly_meeting_is_due_three_months_later(district: District) -> None:
    hold(district, "congress", datetime(2026, 11, 11, 7, 0, tzinfo=UTC))
    assert usual(district, "congress").day == date(2027, 2, 10)


def test_after_a_long_pause_the_next_day_ahead_is_proposed(district: District) -> None:
    hold(district, "committee", datetime(2026, 6, 17, 8, 0, tzinfo=UTC))
    assert usual(district, "committee").day == date(2026, 12, 16)


def test_a_party_day_held_this_month_is_due_next_month(district: District) -> None:
    hold(district, "party_day", datetime(2026, 12, 4, 7, 0, tzinfo=UTC))
    early = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)
    assert usual(district, "party_day", early).day == date(2027, 1, 8)


def test_a_party_day_held_on_another_day_stays_on_it(district: District) -> None:
    hold(district, "party_day", datetime(2026, 11, 10, 7, 0, tzinfo=UTC))  # the second Tuesday
    assert usual(district, "party_day").day == date(2026, 12, 8)


def test_what_is_like_last_comes_soonest_first_and_each_kind_once(district: District) -> None:
    hold(district, "committee", datetime(2026, 10, 21, 8, 0, tzinfo=UTC))
    hold(district, "committee", datetime(2026, 11, 18, 8, 0, tzinfo=UTC))
    hold(district, "party_day", datetime(2026, 11, 6, 7, 0, tzinfo=UTC))
    hold(district, "training", datetime(2026, 11, 19, 7, 0, tzinfo=UTC))
    with district.database.read() as session:
        found = proposals.like_last(session, district.unit(BRANCH), at=MONDAY_NOON)
    assert [(each.kind, each.day) for each in found] == [
        ("party_day", date(2026, 12, 4)),
        ("committee", date(2026, 12, 16)),
    ]


def test_places_are_the_last_used_ones_each_once(district: District) -> None:
    for day, place in ((3, "三楼"), (10, "一楼"), (17, "三楼"), (18, "")):
        hold(district, "committee", datetime(2026, 11, day, 8, 0, tzinfo=UTC), place)
    with district.database.read() as session:
        assert set(proposals.places(session, district.unit(BRANCH))) == {"三楼", "一楼"}
