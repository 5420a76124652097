"""When festivals are, the lunar ones too, and which of them fall so close that one word serves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

# A first word goes out seven days before: what is nearer than that would be said twice.
BESIDE = timedelta(days=7)
MID_AUTUMN = "中秋"


@dataclass(frozen=True)
class Festival:
    """One festival, or several that fall beside each other: the first one's day, all names."""

    day: date
    name: str


def _solar(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


def _lunar(month: int, day: int) -> Callable[[int], date]:
    """The day of a lunar month; a leap month after it has no festival of its own."""

    def find(year: int) -> date:
        # A quarter of a second and 8 MB, so only when a rule asks for it.
        from lunar_python import Lunar

        found = Lunar.fromYmd(year, month, day).getSolar()
        return date(found.getYear(), found.getMonth(), found.getDay())

    return find


def _clear_and_bright(year: int) -> date:
    """清明 is a solar term, not a day of the lunar calendar."""
    from lunar_python import Lunar

    found = Lunar.fromYmd(year, 3, 1).getJieQiTable()["清明"]
    return date(found.getYear(), found.getMonth(), found.getDay())


_DAYS: dict[str, Callable[[int], date]] = {
    "元旦": _solar(1, 1),
    "春节": _lunar(1, 1),
    "清明": _clear_and_bright,
    "劳动节": _solar(5, 1),
    "端午": _lunar(5, 5),
    "教师节": _solar(9, 10),
    MID_AUTUMN: _lunar(8, 15),
    "国庆": _solar(10, 1),
}
NAMES = tuple(_DAYS)


@lru_cache(maxsize=256)
def day_of(name: str, year: int) -> date:
    """The day of a festival of NAMES in a year of the Gregorian calendar."""
    return _DAYS[name](year)


def of_year(names: Iterable[str], year: int) -> list[Festival]:
    """These festivals of a year in their order; 中秋 beside 国庆 or 教师节 is one with it."""
    days = sorted((day_of(name, year), name) for name in set(names))
    found: list[Festival] = []
    for day, name in days:
        before = found[-1] if found else None
        if before and MID_AUTUMN in (name, before.name) and day - before.day <= BESIDE:
            found[-1] = Festival(before.day, f"{before.name}、{name}")
        else:
            found.append(Festival(day, name))
    return found
