"""Days and hours as people write them: 下周三下午3点, 12-5 15:00, 明晚七点半, 周五 3点.

An exact grammar: a text is understood wholly or not at all, so that no meeting is called for a
guessed day. No kept library does it: dateparser 1.5 takes 12-5 15:00 for a day of 2012 and knows
none of the other three, jionlp is huge, the ports of Time-NLP and recognizers-text are abandoned.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from bot.core.clock import SHANGHAI, local, local_day
from bot.core.errors import Refused

WEEKDAYS = "一二三四五六日"
_LONGEST = 40
# A day of the year that passed less than this ago is a mistake, not next year's.
_JUST_PASSED = timedelta(days=180)
_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}


@dataclass(frozen=True)
class Moment:
    """What a text says: a day, an hour, an end, or some of them.

    `choices` are the two hours that a bare 6点 or 7点 may mean; then `hour` is None.
    """

    day: date | None = None
    hour: time | None = None
    until: time | None = None
    choices: tuple[time, ...] = ()


@dataclass(frozen=True)
class _Reading:
    """A text half read: what is left of it, and what the rest has said."""

    rest: str
    today: date
    moment: Moment = Moment()
    weekday: int | None = None
    period: str = ""


_Step = Callable[[re.Match[str], _Reading], _Reading]


def read(text: str, *, now: datetime) -> Moment:
    """What the text says. Raises Refused date_past, and as understood does."""
    moment = understood(text, now=now)
    if moment.day is not None and moment.day < local_day(now):
        raise Refused("date_past", text=text)
    return moment


def understood(text: str, *, now: datetime) -> Moment:
    """The same of any day. Raises Refused: date_unread, date_impossible, date_wrong_weekday."""
    cleaned = unicodedata.normalize("NFKC", text[: _LONGEST + 1]).strip()
    if not cleaned or len(cleaned) > _LONGEST:
        raise Refused("date_unread", text=text[:_LONGEST])
    reading = _Reading(cleaned, local_day(now))
    while reading.rest:
        reading = _next(reading, text)
    _check_weekday(reading)
    if reading.moment == Moment():
        raise Refused("date_unread", text=text)
    return reading.moment


def reads(text: str, *, now: datetime) -> bool:
    """Whether the text is about a day or an hour at all, be it a past or an impossible one."""
    try:
        read(text, now=now)
    except Refused as refused:
        return refused.code != "date_unread"
    return True


def at(day: date, hour: time, *, now: datetime) -> datetime:
    """That hour of that day in China. Raises Refused date_past unless it is still to come."""
    instant = datetime.combine(day, hour, tzinfo=SHANGHAI)
    if instant <= now:
        here = local(instant)
        raise Refused("date_past", text=f"{here.month}月{here.day}日 {here:%H:%M}")
    return instant.astimezone(now.tzinfo)


def number(text: str) -> int:
    """12, 十二, 二十, 三十一, 两; for numbers below a hundred."""
    if text.isascii():
        return int(text)
    tens, ten, units = text.rpartition("十")
    if not ten:
        return int("".join(str(_DIGITS[sign]) for sign in units))
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[units] if units else 0)


def _next(reading: _Reading, text: str) -> _Reading:
    """Read one part of what is left."""
    for form, step in _FORMS:
        found = form.match(reading.rest)
        if found:
            return step(found, replace(reading, rest=reading.rest[found.end() :]))
    raise Refused("date_unread", text=text)


def _gap(found: re.Match[str], reading: _Reading) -> _Reading:
    del found
    return reading


def _full_date(found: re.Match[str], reading: _Reading) -> _Reading:
    year, month, day = (int(part) for part in found.group(1, 2, 3))
    return _on(reading, _made(found, year, month, day))


def _said_year(found: re.Match[str], reading: _Reading) -> _Reading:
    year = reading.today.year + (found[1] == "明")
    return _on(reading, _made(found, year, number(found[2]), number(found[3])))


def _month_and_day(found: re.Match[str], reading: _Reading) -> _Reading:
    month, day = number(found[1]), number(found[2])
    today = reading.today
    try:
        this_year = date(today.year, month, day)
        if this_year >= today or today - this_year < _JUST_PASSED:
            return _on(reading, this_year)
    except ValueError:
        pass  # 2月29日 may be a day of next year
    return _on(reading, _made(found, today.year + 1, month, day))


def _day_of_month(found: re.Match[str], reading: _Reading) -> _Reading:
    today, day = reading.today, number(found[2])
    month = date(today.year, today.month, 1)
    if found[1] in ("下月", "下个月") or (not found[1] and day < today.day):
        month = (month + timedelta(days=31)).replace(day=1)
    return _on(reading, _made(found, month.year, month.month, day))


_NEAR = {"前": -2, "昨": -1, "今": 0, "明": 1, "后": 2, "大后": 3}


def _near_day(found: re.Match[str], reading: _Reading) -> _Reading:
    return _on(reading, reading.today + timedelta(days=_NEAR[found[1]]))


_WEEKS = {
    "上": -1,
    "上个": -1,
    "本": 0,
    "这": 0,
    "这个": 0,
    "下": 1,
    "下个": 1,
    "下下": 2,
    "下下个": 2,
}


def _day_of_week(found: re.Match[str], reading: _Reading) -> _Reading:
    sign = found[2]
    weekday = int(sign) - 1 if sign.isdigit() else WEEKDAYS.index("日" if sign == "天" else sign)
    today = reading.today
    if found[1]:
        monday = today - timedelta(days=today.weekday())
        return _on(reading, monday + timedelta(weeks=_WEEKS[found[1]], days=weekday))
    if reading.moment.day is None:
        reading = _on(reading, today + timedelta(days=(weekday - today.weekday()) % 7))
    return replace(reading, weekday=weekday)


def _on(reading: _Reading, day: date) -> _Reading:
    """A day said twice must be the same; a weekday before a date has only guessed its week."""
    known = reading.moment.day
    if known is not None and reading.weekday is None and known != day:
        raise Refused("date_impossible", text=f"{known:%m-%d} {day:%m-%d}")
    return replace(reading, moment=replace(reading.moment, day=day))


def _check_weekday(reading: _Reading) -> None:
    day = reading.moment.day
    if day is None or reading.weekday is None or day.weekday() == reading.weekday:
        return
    said, real = WEEKDAYS[reading.weekday], WEEKDAYS[day.weekday()]
    raise Refused("date_wrong_weekday", month=day.month, day=day.day, said=said, real=real)


def _made(found: re.Match[str], year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Refused("date_impossible", text=found[0].strip()) from None


def _hour(found: re.Match[str], reading: _Reading) -> _Reading:
    """An hour, or the end of a span that begins with the hour read before."""
    period = found["period"] or ""
    moment = reading.moment
    is_end = moment.hour is not None
    hours = _hours(found, period or (reading.period if is_end else ""))
    if is_end:
        return replace(reading, moment=replace(moment, until=_end(found, moment, hours)))
    if moment.choices or found["to"]:
        raise Refused("date_unread", text=found[0].strip())
    chosen = Moment(moment.day, hours[0]) if len(hours) == 1 else Moment(moment.day, choices=hours)
    return replace(reading, moment=chosen, period=period)


def _end(found: re.Match[str], moment: Moment, hours: tuple[time, ...]) -> time:
    later = [each for each in hours if moment.hour and each > moment.hour]
    if not found["to"] or moment.until is not None or not later:
        raise Refused("date_impossible", text=found[0].strip())
    return later[0]


_MORNING = ("凌晨", "清晨", "早晨", "早上", "早", "上午")
_NOON = ("中午", "正午")
_AFTERNOON = ("午后", "下午")
_EVENING = ("傍晚", "晚上", "晚间", "晚")
_MINUTES = {"半": 30, "一刻": 15, "三刻": 45, "整": 0, "钟": 0, "": 0}


def _hours(found: re.Match[str], period: str) -> tuple[time, ...]:
    """The hour of the day that is meant; two when nobody can tell."""
    said = found["colon_hour"] or found["hour"]
    hour = number(said)
    rest = found["colon_minute"] or (found["minute"] or "").removesuffix("分")
    minute = _MINUTES[rest] if rest in _MINUTES else number(rest)
    if not _is_possible(hour, minute, period):
        raise Refused("date_impossible", text=found[0].strip())
    if period in _MORNING or hour > 12 or hour == 0 or said.startswith("0"):
        return (time(hour, minute),)
    if period:
        return (
            time(hour + 12 if hour < 12 and not _is_before_noon(period, hour) else hour, minute),
        )
    if hour in (6, 7):
        return time(hour, minute), time(hour + 12, minute)
    # Nobody calls a meeting for three at night.
    return (time(hour + 12 if hour < 6 else hour, minute),)


def _is_before_noon(period: str, hour: int) -> bool:
    return period in _NOON and hour in (10, 11)


def _is_possible(hour: int, minute: int, period: str) -> bool:
    if hour > 23 or minute > 59:
        return False
    if period in _MORNING:
        return hour <= 12
    if period in _NOON:
        return 10 <= hour <= 14 or hour in (1, 2)
    if period in _AFTERNOON:
        return 1 <= hour <= 18
    if period in _EVENING:
        return 5 <= hour <= 11 or 17 <= hour <= 23
    return True


_CHINESE = "[二三四五]?十[一二三四五六七八九]?|[零〇]?[一二三四五六七八九]|两"
_N = rf"(\d{{1,2}}|{_CHINESE})"
_BARE = rf"(?:\d{{1,2}}|{_CHINESE})"
_TO = r"\s*(?:到|至|-|—+|–|~)\s*"
_PERIODS = "|".join((*_MORNING, *_NOON, *_AFTERNOON, *_EVENING))
_HOUR = (
    rf"(?P<to>{_TO})?(?P<period>{_PERIODS})?\s*"
    r"(?:(?P<colon_hour>\d{1,2}):(?P<colon_minute>\d{2})(?!\d)"
    rf"|(?P<hour>{_BARE})(?:点|时|(?={_TO}{_BARE}(?:点|时)))"
    rf"(?P<minute>半|一刻|三刻|整|钟|{_BARE}分|{_BARE}(?![点时]))?)"
)
_NO_HOUR = r"(?![\d:点时日号])"


def _form(pattern: str, step: _Step) -> tuple[re.Pattern[str], _Step]:
    return re.compile(pattern, re.ASCII), step


# In order of trying: what is longer or more exact comes first.
_FORMS = (
    _form(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})(?:[日号]|(?!\d))", _full_date),
    _form(rf"(今|明)年{_N}月{_N}(?:[日号]|{_NO_HOUR})", _said_year),
    _form(rf"{_N}月{_N}(?:[日号]|{_NO_HOUR})", _month_and_day),
    _form(rf"(\d{{1,2}})[-/.](\d{{1,2}})(?:[日号]|{_NO_HOUR}(?!\.))", _month_and_day),
    _form(rf"(下个?月|本月|这个?月)?{_N}[日号]", _day_of_month),
    _form(r"(大后|前|昨|今|明|后)(?:[天日]|(?=[早晚]))", _near_day),
    _form(
        r"((?:下下|下|上|这)个?|本)?(?:周|星期|礼拜)([一二三四五六日天]|[1-7](?!\d))",
        _day_of_week,
    ),
    _form(_HOUR, _hour),
    _form(rf"[\s,，。、的()（）]+|(?:{_PERIODS})$", _gap),
)
