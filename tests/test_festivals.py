"""Festivals fall on the days of shared/facts/festivals.csv, leap months included."""

from __future__ import annotations

from datetime import date

import pytest

from bot.services import festivals
from bot.services.festivals import Festival

# year: 元旦, 春节, 清明, 劳动节, 端午, 教师节, 中秋, 国庆, as in shared/facts/festivals.csv
TABLE = """
2024 2024-01-01 2024-02-10 2024-04-04 2024-05-01 2024-06-10 2024-09-10 2024-09-17 2024-10-01
2025 2025-01-01 2025-01-29 2025-04-04 2025-05-01 2025-05-31 2025-09-10 2025-10-06 2025-10-01
2026 2026-01-01 2026-02-17 2026-04-05 2026-05-01 2026-06-19 2026-09-10 2026-09-25 2026-10-01
2027 2027-01-01 2027-02-06 2027-04-05 2027-05-01 2027-06-09 2027-09-10 2027-09-15 2027-10-01
2028 2028-01-01 2028-01-26 2028-04-04 2028-05-01 2028-05-28 2028-09-10 2028-10-03 2028-10-01
2029 2029-01-01 2029-02-13 2029-04-04 2029-05-01 2029-06-16 2029-09-10 2029-09-22 2029-10-01
2030 2030-01-01 2030-02-03 2030-04-05 2030-05-01 2030-06-05 2030-09-10 2030-09-12 2030-10-01
"""
YEARS = {int(line.split()[0]): line.split()[1:] for line in TABLE.strip().splitlines()}


@pytest.mark.parametrize("year", sorted(YEARS))
def test_every_festival_falls_on_its_day(year: int) -> None:
    found = [festivals.day_of(name, year).isoformat() for name in festivals.NAMES]
    assert found == YEARS[year]


def test_leap_months_do_not_have_their_own_festivals() -> None:
    # 2025 has a second sixth month, before 中秋; 2028 a second fifth, after 端午.
    assert festivals.day_of("中秋", 2025) == date(2025, 10, 6)
    assert festivals.day_of("端午", 2028) == date(2028, 5, 28)
    assert festivals.day_of("中秋", 2028) == date(2028, 10, 3)


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2024, [("2024-09-10", "教师节、中秋"), ("2024-10-01", "国庆")]),
        (2025, [("2025-09-10", "教师节"), ("2025-10-01", "国庆、中秋")]),
        (2026, [("2026-09-10", "教师节"), ("2026-09-25", "中秋、国庆")]),
        (2027, [("2027-09-10", "教师节、中秋"), ("2027-10-01", "国庆")]),
        (2028, [("2028-09-10", "教师节"), ("2028-10-01", "国庆、中秋")]),
        (2029, [("2029-09-10", "教师节"), ("2029-09-22", "中秋"), ("2029-10-01", "国庆")]),
        (2030, [("2030-09-10", "教师节、中秋"), ("2030-10-01", "国庆")]),
    ],
)
def test_mid_autumn_beside_another_festival_is_one_with_it(
    year: int, expected: list[tuple[str, str]]
) -> None:
    found = festivals.of_year(("国庆", "中秋", "教师节"), year)
    assert [(each.day.isoformat(), each.name) for each in found] == expected


def test_alone_in_a_rule_mid_autumn_stays_alone() -> None:
    assert festivals.of_year(["中秋"], 2026) == [Festival(date(2026, 9, 25), "中秋")]
