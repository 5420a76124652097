"""The last day of a span as people write it: 到月底, 到下周五, 一周, 到学期末.

Built on the exact grammar of dates.py: understood wholly or not at all.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta

from bot.core import dates
from bot.core.clock import local_day
from bot.core.errors import Refused

_LONGEST = 40
_N = r"(\d{1,3}|[二三四五]?十[一二三四五六七八九]?|[一二两三四五六七八九]|半)"
_AROUND = re.compile(
    r"^(?:一直|暂时|先)?(?:到|至|休到|休|放)?\s*(.+?)\s*(?:(?:结束|截止|为止|以前|之前|止|前)了?)?[。.！!]?$"
)
_SPAN = re.compile(rf"^{_N}\s*个?\s*(天|日|周|星期|礼拜|月|年)(?:的?时间|内|以?后)?$")
_MONTH_END = re.compile(
    r"^(?:(本|这个?|下个?)?月|(\d{1,2}|十[一二]?|[一二三四五六七八九])月)(?:底|末)$"
)
_YEAR_END = re.compile(r"^(今|本|明)?年(?:底|末)$")
_WEEK_END = re.compile(r"^(本|这个?|下个?)?(?:周|星期|礼拜)末?$")
_TERM_END = re.compile(r"^(?:本|这个?)?学?期(?:末|底)?$|^放(?:寒|暑)?假$")
_UNITS = {"天": 1, "日": 1, "周": 7, "星期": 7, "礼拜": 7, "月": 30, "年": 365}


def last_day(text: str, *, now: datetime, term_ends: date | None = None) -> date:
    """The last day of the span that begins today. `term_ends` is the last day of the term.

    Raises Refused: date_unread, date_impossible, date_past, date_wrong_weekday.
    """
    cleaned = unicodedata.normalize("NFKC", text[: _LONGEST + 1]).strip()
    found = _AROUND.fullmatch(cleaned)
    if not found or len(cleaned) > _LONGEST:
        raise Refused("date_unread", text=text[:_LONGEST])
    said, today = found[1], local_day(now)
    for end in (_after_a_span, _month_end, _year_end, _week_end):
        day = end(said, today)
        if day is not None:
            return day
    if _TERM_END.fullmatch(said) and term_ends is not None:
        return term_ends
    moment = dates.read(said, now=now)
    if moment.day is None:
        raise Refused("date_unread", text=text[:_LONGEST])
    return moment.day


def reads(text: str, *, now: datetime, term_ends: date | None = None) -> bool:
    """Whether the text is about a day or a span at all, be it a past or an impossible one."""
    try:
        last_day(text, now=now, term_ends=term_ends)
    except Refused as refused:
        return refused.code != "date_unread"
    return True


def _after_a_span(said: str, today: date) -> date | None:
    """一周 from a Monday ends on Sunday."""
    found = _SPAN.fullmatch(said)
    if not found or (found[1] == "半" and found[2] in ("天", "日", "周", "星期", "礼拜")):
        return None
    if found[1] == "半":
        days = {"月": 15, "年": 182}[found[2]]
    else:
        days = dates.number(found[1]) * _UNITS[found[2]]
    return today + timedelta(days=days - 1) if days else None


def _month_end(said: str, today: date) -> date | None:
    found = _MONTH_END.fullmatch(said)
    if not found:
        return None
    if found[2] is None:
        return _end_of_month(today.year, today.month + (found[1] or "").startswith("下"))
    month = dates.number(found[2])
    if not 1 <= month <= 12:
        return None
    return _end_of_month(today.year + (month < today.month), month)


def _end_of_month(year: int, month: int) -> date:
    """Month 13 is January of the next year."""
    months = 12 * year + month  # counted from 0, the month after this one
    return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)


def _year_end(said: str, today: date) -> date | None:
    found = _YEAR_END.fullmatch(said)
    return date(today.year + (found[1] == "明"), 12, 31) if found else None


def _week_end(said: str, today: date) -> date | None:
    found = _WEEK_END.fullmatch(said)
    if not found or not (found[1] or said.endswith("末")):
        return None
    sunday = today + timedelta(days=6 - today.weekday())
    return sunday + timedelta(weeks=(found[1] or "").startswith("下"))
