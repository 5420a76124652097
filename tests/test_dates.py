"""Days and hours as people write them, understood wholly or not at all."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.core import dates
from bot.core.clock import SHANGHAI, local
from bot.core.dates import Moment
from bot.core.errors import Refused
from tests.fakes import MONDAY_NOON

NOW = MONDAY_NOON  # Monday 2026-11-23, 12:00 in China


def read(text: str, now: datetime = NOW) -> Moment:
    return dates.read(text, now=now)


def refusal(text: str, now: datetime = NOW) -> Refused:
    with pytest.raises(Refused) as caught:
        read(text, now)
    return caught.value


@pytest.mark.parametrize(
    ("text", "day", "hour"),
    [
        ("下周三下午3点", "2026-12-02", "15:00"),
        ("12-5 15:00", "2026-12-05", "15:00"),
        ("明天晚上七点半", "2026-11-24", "19:30"),
        ("11月28日 14:30", "2026-11-28", "14:30"),
        ("周五 3点", "2026-11-27", "15:00"),
        ("明晚七点半", "2026-11-24", "19:30"),
        ("今天 14点", "2026-11-23", "14:00"),
        ("后天上午九点一刻", "2026-11-25", "09:15"),
        ("大后天早上8点", "2026-11-26", "08:00"),
        ("下下周一 10点", "2026-12-07", "10:00"),
        ("本周日 9点", "2026-11-29", "09:00"),
        ("星期天上午10点", "2026-11-29", "10:00"),
        ("礼拜五 3点三刻", "2026-11-27", "15:45"),
        ("周5 15：30", "2026-11-27", "15:30"),
        ("2026年12月5日（周六）下午3：30", "2026-12-05", "15:30"),
        ("2027-01-05 10:00", "2027-01-05", "10:00"),
        ("明年1月5日上午10点", "2027-01-05", "10:00"),
        ("今年12月5日 15:00", "2026-12-05", "15:00"),
        ("2027/1/5 10:00", "2027-01-05", "10:00"),
        ("12.5 15:00", "2026-12-05", "15:00"),
        ("十二月五日三点零五分", "2026-12-05", "15:05"),
        ("二十五号两点半", "2026-11-25", "14:30"),
        ("12月5日15点", "2026-12-05", "15:00"),
        ("周六12月5日 8点", "2026-12-05", "08:00"),
        ("下周三（12月2日）15:00", "2026-12-02", "15:00"),
        ("１２月５日　１５：００", "2026-12-05", "15:00"),
        ("5号 8:00", "2026-12-05", "08:00"),
        ("下个月20号 16:00", "2026-12-20", "16:00"),
        ("1-5 9点", "2027-01-05", "09:00"),
        ("中午12点半 明天", "2026-11-24", "12:30"),
        ("明天中午1点", "2026-11-24", "13:00"),
        ("明天傍晚6点", "2026-11-24", "18:00"),
    ],
)
def test_a_day_and_an_hour_are_read(text: str, day: str, hour: str) -> None:
    assert read(text) == Moment(date.fromisoformat(day), time.fromisoformat(hour))


@pytest.mark.parametrize(
    ("text", "hour", "until"),
    [
        ("15:00-16:30", "15:00", "16:30"),
        ("15:00—16:30", "15:00", "16:30"),
        ("下午3点到5点", "15:00", "17:00"),
        ("下午3-5点", "15:00", "17:00"),
        ("3点到4点半", "15:00", "16:30"),
        ("上午9点到下午2点", "09:00", "14:00"),
        ("10点至12点", "10:00", "12:00"),
    ],
)
def test_a_span_gives_the_end_as_well(text: str, hour: str, until: str) -> None:
    found = read(text)
    assert (found.hour, found.until) == (time.fromisoformat(hour), time.fromisoformat(until))


@pytest.mark.parametrize(("text", "hour"), [("1点", 13), ("5点", 17), ("8点", 8), ("12点", 12)])
def test_a_bare_hour_is_taken_for_a_working_hour(text: str, hour: int) -> None:
    assert read(text) == Moment(hour=time(hour))


@pytest.mark.parametrize("text", ["6点半", "7点半"])
def test_an_hour_that_may_be_morning_or_evening_is_asked_about(text: str) -> None:
    hour = int(text[0])
    assert read(text) == Moment(choices=(time(hour, 30), time(hour + 12, 30)))
    assert read(f"早上{text}").hour == time(hour, 30)
    assert read(f"晚上{text}").hour == time(hour + 12, 30)


def test_a_day_alone_and_an_hour_alone_leave_the_other_open() -> None:
    assert read("下周三") == Moment(date(2026, 12, 2))
    assert read("周三下午") == Moment(date(2026, 11, 25))
    assert read("15:00") == Moment(hour=time(15))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "开会",
        "下周三下午3点开会",
        "下周",
        "晚上",
        "5月",
        "7点到9点",
        "11月24日至25日",
        "十十月三日",
        "١٢月٥日",
        "3月" * 30,
    ],
)
def test_what_is_not_wholly_understood_is_not_guessed(text: str) -> None:
    assert refusal(text).code == "date_unread"
    assert not dates.reads(text, now=NOW)


@pytest.mark.parametrize(
    "text",
    [
        "11月31日",
        "2月29日",
        "13月1日",
        "25:00",
        "12:60",
        "晚上12点",
        "上午15点",
        "3点到2点",
        "3点3点",
    ],
)
def test_days_and_hours_that_do_not_exist_are_refused(text: str) -> None:
    assert refusal(text).code == "date_impossible"
    assert dates.reads(text, now=NOW)


@pytest.mark.parametrize("text", ["昨天", "前天", "上周五", "11-20", "11月22日 9点", "2026-01-05"])
def test_a_day_that_has_passed_is_refused(text: str) -> None:
    assert refusal(text).code == "date_past"


def test_a_weekday_that_does_not_fit_its_date_is_refused_with_the_right_one() -> None:
    found = refusal("12月5日周五")
    assert (found.code, found.details["said"], found.details["real"]) == (
        "date_wrong_weekday",
        "五",
        "六",
    )
    assert refusal("周日 12月5日").code == "date_wrong_weekday"
    assert refusal("下周三 12月3日").code == "date_impossible"


def test_an_hour_of_today_that_has_passed_is_refused() -> None:
    today = local(NOW).date()
    with pytest.raises(Refused) as caught:
        dates.at(today, time(11, 59), now=NOW)
    assert caught.value.code == "date_past"
    with pytest.raises(Refused):
        dates.at(today, time(12, 0), now=NOW)
    assert dates.at(today, time(12, 1), now=NOW) == NOW + timedelta(minutes=1)


def test_the_day_is_that_of_china_not_of_greenwich() -> None:
    evening = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # 01:00 on the 24th in China
    assert read("今天 9点", evening).day == date(2026, 11, 24)


def test_new_year_is_crossed_when_the_day_lies_long_back() -> None:
    december = datetime(2026, 12, 30, 12, 0, tzinfo=SHANGHAI)
    assert read("1月4日", december).day == date(2027, 1, 4)
    assert read("周五", december).day == date(2027, 1, 1)
    assert read("2日", december).day == date(2027, 1, 2)
    assert refusal("12月28日", december).code == "date_past"
    leap = datetime(2027, 12, 1, 12, 0, tzinfo=SHANGHAI)
    assert read("2月29日", leap).day == date(2028, 2, 29)


def test_every_day_that_we_write_ourselves_is_read_back() -> None:
    today = local(NOW).date()
    for ahead in range(180):
        day = today + timedelta(days=ahead)
        said = f"{day.month}月{day.day}日（周{dates.WEEKDAYS[day.weekday()]}）15:30"
        assert read(said) == Moment(day, time(15, 30)), said
        assert read(f"{day:%m-%d} 09:05") == Moment(day, time(9, 5))


def test_numbers_in_characters_are_read() -> None:
    written = {"十": 10, "十二": 12, "二十": 20, "三十一": 31, "两": 2, "零五": 5, "五十九": 59}
    assert {text: dates.number(text) for text in written} == written


def test_whatever_is_typed_is_read_or_refused() -> None:
    chance = random.Random(7)
    signs = "下本这周星期一二三十月日号点时半刻到-:./ 0123456789上午晚明后今年（）天"
    outcomes = {"read": 0, "refused": 0}
    for _ in range(20_000):
        text = "".join(chance.choice(signs) for _ in range(chance.randint(1, 12)))
        try:
            found = read(text)
        except Refused:
            outcomes["refused"] += 1
        else:
            outcomes["read"] += 1
            assert found.day is None or found.day >= local(NOW).date()
    assert outcomes["read"] > 50
    assert outcomes["refused"] > 100
