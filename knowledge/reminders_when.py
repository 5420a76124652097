"""When a reminder falls due, as it is written in the files: one way of saying it, checked."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from typing import Annotated, Literal, Self

from cronsim import CronSim, CronSimError
from pydantic import BeforeValidator, Field, field_validator, model_validator

from knowledge.schema import Day, Line, Model

FESTIVALS = ("元旦", "春节", "清明", "劳动节", "端午", "教师节", "中秋", "国庆")
_ALSO_CALLED = {
    "五一": "劳动节",
    "十一": "国庆",
    "国庆节": "国庆",
    "中秋节": "中秋",
    "端午节": "端午",
    "清明节": "清明",
}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CRON_PARTS = {
    "minute": "分",
    "hour": "时",
    "day-of-month": "日",
    "month": "月",
    "day-of-week": "周",
}
_SOME_DAY = datetime(2024, 1, 1, tzinfo=UTC)
_FIRST, _LAST = time(7, 30), time(20, 59)


def _clock(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", value)
    if not found:
        raise ValueError(f"时刻应写成 09:00 这样的形式，现为“{value}”")
    at = time(int(found[1]), int(found[2]))
    if not _FIRST <= at <= _LAST:
        raise ValueError(f"{value} 在免打扰时段里，请写 07:30 到 20:59 之间的时刻")
    return at


def _festival(value: object) -> object:
    name = _ALSO_CALLED.get(str(value), value)
    if isinstance(name, str) and name not in FESTIVALS:
        raise ValueError(f"没有“{name}”这个节日，可用的有：{'、'.join(FESTIVALS)}")
    return name


TimeOfDay = Annotated[time, BeforeValidator(_clock)]
Festival = Annotated[str, BeforeValidator(_festival)]
Offset = Annotated[int, Field(ge=-90, le=90)]


class When(Model):
    """One way of saying when: cron, nth + day, festival, term, cadence or due.

    `days` and `workdays` are offsets from the festival, the edge of a term, the end of a period
    or the due dates: -7 is a week before. Each way has its own default.
    """

    cron: Line | None = Field(default=None, description="minute hour day month weekday")
    nth: Annotated[int, Field(ge=-23, le=23)] | None = None
    day: Literal["workday", "mon", "tue", "wed", "thu", "fri", "sat", "sun"] | None = None
    months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = ()
    festival: tuple[Festival, ...] = ()
    term: Literal["start", "end"] | None = None
    cadence: Literal["month", "quarter", "half", "year"] | None = None
    due: tuple[Day, ...] = ()
    days: tuple[Offset, ...] | None = None
    workdays: tuple[Offset, ...] | None = None

    @field_validator("cron")
    @classmethod
    def _can_be(cls, value: str | None) -> str | None:
        if value is not None:
            check_cron(value)
        return value

    @field_validator("nth")
    @classmethod
    def _counts(cls, value: int | None) -> int | None:
        if value == 0:
            raise ValueError("nth 从 1 数起；-1 是最后一个")
        return value

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = ("cron", "nth", "festival", "term", "cadence", "due")
        said = [name for name in ways if getattr(self, name)]
        if len(said) != 1:
            raise ValueError(f"when 里应正好写一种时间：{'、'.join(ways)}")
        if (self.nth is None) != (self.day is None):
            raise ValueError("nth 和 day 要一起写，例如 {nth: 1, day: workday}")
        if self.day and self.day != "workday" and self.nth and abs(self.nth) > 5:
            raise ValueError("一个月最多有五个同样的星期几，nth 应在 1 到 5 之间")
        if self.months and self.nth is None:
            raise ValueError("months 只和 nth、day 一起用")
        has_offsets = self.days is not None or self.workdays is not None
        if has_offsets and said[0] in ("cron", "nth"):
            raise ValueError(f"days 和 workdays 不和 {said[0]} 一起用")
        return self

    @property
    def offsets(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The days and the workdays, as given or by default."""
        if self.days is not None or self.workdays is not None:
            return self.days or (), self.workdays or ()
        if self.festival:
            return (-7,), (-2,)
        if self.term == "start":
            return (0,), ()
        return ((-7, -1, 1), ()) if self.due else ((-14,), ())


def check_cron(line: str) -> None:
    """Raises ValueError for a line that can't be read, never comes, or comes too often."""
    parts = line.split()
    if len(parts) != 5:
        raise ValueError(f"cron 应有五段“分 时 日 月 周”，例如 0 9 * * 1，现有 {len(parts)} 段")
    if not (parts[0].isdecimal() and parts[1].isdecimal()):
        raise ValueError("cron 的“分”和“时”应各是一个数：同一件事一天最多提醒一次")
    try:
        next(CronSim(line, _SOME_DAY))
    except CronSimError as error:
        wrong = next((zh for en, zh in _CRON_PARTS.items() if en in str(error)), "写法")
        raise ValueError(f"cron“{line}”的{wrong}写不通，或那一天永远不会到") from error
    except (StopIteration, RuntimeError) as error:
        raise ValueError(f"cron“{line}”永远不会到，请检查日和月") from error
    _clock(f"{int(parts[1]):02}:{int(parts[0]):02}")
