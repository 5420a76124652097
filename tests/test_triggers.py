"""Rules of the calendar, and what APScheduler makes of them: misfires and coalescing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import pytest
from apscheduler.events import EVENT_JOB_MISSED
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.core.clock import SHANGHAI, SystemClock, local
from bot.scheduling.scheduler import Chore, Scheduler
from bot.scheduling.triggers import RuleTrigger
from bot.services import calendar, festivals
from bot.services.calendar import (
    Around,
    Cadence,
    Cron,
    Due,
    Festive,
    Limited,
    Monthly,
    Occasion,
    Rule,
    Term,
)
from tests.fakes import MONDAY_NOON, FakeClock
from tests.patience import until

NINE = time(9, 0)
DEFAULT = Around(NINE, (-7,), (-2,))


def days(rule: Rule, first: str, last: str) -> list[str]:
    found = rule.between(date.fromisoformat(first), date.fromisoformat(last))
    return [f"{local(each.due_at):%m-%d}" for each in found]


def test_workdays_know_the_working_weekends() -> None:
    # 2026-02-14 is a Saturday on which people work, before the days off from the 15th on.
    assert calendar.workdays_from(date(2026, 2, 17), -1) == date(2026, 2, 14)
    assert calendar.workdays_from(date(2026, 2, 17), -2) == date(2026, 2, 13)
    assert calendar.workdays_from(date(2026, 2, 17), 1) == date(2026, 2, 24)
    assert calendar.workday_near(date(2026, 10, 3), 1) == date(2026, 10, 8)


@pytest.mark.parametrize(
    ("nth", "expected"),
    [(1, "2026-10-08"), (2, "2026-10-09"), (3, "2026-10-10"), (-1, "2026-10-30"), (23, None)],
)
def test_the_nth_workday_of_a_month(nth: int, expected: str | None) -> None:
    # 2026-10-10 is a working Saturday.
    found = calendar.nth_workday(2026, 10, nth)
    assert (found.isoformat() if found else None) == expected


def test_the_nth_weekday_of_a_month() -> None:
    assert calendar.nth_weekday(2026, 11, 2, 2) == date(2026, 11, 11)
    assert calendar.nth_weekday(2026, 11, -1, 0) == date(2026, 11, 30)
    assert calendar.nth_weekday(2026, 11, 5, 2) is None
    rule = Monthly(5, NINE, weekday=0)
    assert days(rule, "2026-01-01", "2026-12-31") == ["03-30", "06-29", "08-31", "11-30"]


def test_months_can_be_chosen() -> None:
    assert days(Monthly(1, NINE, months=(3, 9)), "2026-01-01", "2026-12-31") == ["03-02", "09-01"]


def test_before_a_festival_by_default_a_week_and_two_workdays() -> None:
    rule = Festive(("春节", "国庆", "中秋"), DEFAULT)
    assert days(rule, "2026-01-01", "2026-12-31") == ["02-10", "02-13", "09-18", "09-23"]
    names = [each.name for each in rule.between(date(2026, 9, 1), date(2026, 9, 30))]
    assert names == ["中秋、国庆", "中秋、国庆"]


@pytest.mark.parametrize("year", range(2024, 2031))
def test_a_word_before_a_festival_comes_on_a_workday_and_in_time(year: int) -> None:
    rule = Festive(festivals.NAMES, DEFAULT)
    found = list(rule.between(date(year, 1, 1), date(year, 12, 31)))
    assert 12 <= len(found) <= 16
    for each in found:
        assert calendar.is_workday(local(each.due_at).date())
        assert each.until is not None
        assert local(each.due_at).date() <= each.until < (each.about or date.max)


def test_a_festival_of_next_january_is_announced_in_this_december() -> None:
    rule = Festive(("元旦",), DEFAULT)
    assert days(rule, "2026-12-01", "2026-12-31") == ["12-25", "12-30"]


def test_around_a_due_date() -> None:
    # The due day is a Sunday; the day after gives way to the Monday, the day before to Friday.
    rule = Due((date(2026, 11, 29),), Around(NINE, (-7, -1, 1)))
    assert days(rule, "2026-11-01", "2026-12-31") == ["11-20", "11-27", "11-30"]


def test_around_terms() -> None:
    terms = (Term(date(2026, 9, 1), date(2027, 1, 22)),)
    start = calendar.Termly("start", Around(NINE, (0,)), terms)
    end = calendar.Termly("end", Around(NINE, (-14,)), terms)
    assert days(start, "2026-01-01", "2027-12-31") == ["09-01"]
    assert days(end, "2026-01-01", "2027-12-31") == ["01-08"]


def test_before_the_end_of_each_quarter() -> None:
    rule = Cadence("quarter", Around(NINE, (-14,)))
    assert days(rule, "2026-01-01", "2026-12-31") == ["03-17", "06-16", "09-16", "12-17"]


def test_a_crontab_line_is_read_in_chinese_time_with_sunday_as_zero() -> None:
    rule = Cron("30 8 * * 1")
    assert days(rule, "2026-11-23", "2026-12-07") == ["11-23", "11-30", "12-07"]
    first = next(rule.between(date(2026, 11, 23), date(2026, 11, 23)))
    assert first.due_at == datetime(2026, 11, 23, 0, 30, tzinfo=UTC)


def test_a_rule_holds_only_within_its_days() -> None:
    rule = Limited(Cron("0 9 * * 1"), starts=date(2026, 11, 25), ends=date(2026, 12, 6))
    assert days(rule, "2026-11-01", "2026-12-31") == ["11-30"]
    assert calendar.next_one(rule, datetime(2026, 12, 1, tzinfo=UTC)) is None


RULES: Sequence[Rule] = (
    Cron("0 9 * * 1"),
    Monthly(1, NINE),
    Monthly(2, NINE, weekday=2),
    Festive(festivals.NAMES, DEFAULT),
    Cadence("month", Around(NINE, (-3,))),
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
def test_a_trigger_gives_each_time_once_and_in_order(rule: Rule) -> None:
    trigger = RuleTrigger(rule, FakeClock())
    given: list[datetime] = []
    for _ in range(30):
        found = trigger.get_next_fire_time(given[-1] if given else None, MONDAY_NOON)
        assert found is not None
        given.append(found)
    assert given == sorted(set(given))
    assert given[0] > MONDAY_NOON
    last = local(given[-1]).date()
    due = [each.due_at for each in rule.between(local(MONDAY_NOON).date(), last)]
    assert given == [each for each in due if each > MONDAY_NOON]


def test_a_trigger_that_never_fires_again_says_so() -> None:
    rule = Limited(Cron("0 9 * * 1"), ends=date(2026, 11, 1))
    assert RuleTrigger(rule, FakeClock()).get_next_fire_time(None, MONDAY_NOON) is None


@dataclass
class Ahead(FakeClock):
    """Business time that runs ahead of the machine's, as in a demo."""

    def __init__(self) -> None:
        super().__init__()
        self.offset = timedelta(days=30)

    def wall(self) -> datetime:
        return self.at - self.offset


def test_a_trigger_fires_by_business_time() -> None:
    clock = Ahead()
    found = RuleTrigger(Cron("0 9 * * 1"), clock).get_next_fire_time(None, clock.wall())
    assert found == datetime(2026, 11, 30, 9, tzinfo=SHANGHAI) - clock.offset


async def test_apscheduler_makes_one_wake_of_several_that_it_missed() -> None:
    woken: list[str] = []
    scheduler = AsyncIOScheduler(timezone=SHANGHAI)
    long_ago = SystemClock().wall() - timedelta(days=10)
    for coalesce in (True, False):
        scheduler.add_job(
            woken.append,
            RuleTrigger(Cron("0 9 * * *"), FakeClock()),
            (str(coalesce),),
            coalesce=coalesce,
            misfire_grace_time=None,
            max_instances=20,
            next_run_time=long_ago,
        )
    scheduler.start()
    await until(lambda: "True" in woken and woken.count("False") >= 10)
    scheduler.shutdown(wait=False)
    assert woken.count("True") == 1


async def test_apscheduler_drops_what_is_later_than_its_grace() -> None:
    woken: list[int] = []
    dropped: list[object] = []
    scheduler = AsyncIOScheduler(timezone=SHANGHAI)
    scheduler.add_job(
        woken.append,
        RuleTrigger(Cron("0 9 * * *"), FakeClock()),
        (1,),
        misfire_grace_time=60,
        next_run_time=SystemClock().wall() - timedelta(hours=30),
    )
    scheduler.add_listener(dropped.append, EVENT_JOB_MISSED)
    scheduler.start()
    await until(lambda: bool(dropped))
    scheduler.shutdown(wait=False)
    assert woken == []


async def test_the_scheduler_wakes_by_a_trigger_and_again_by_the_one_in_its_place() -> None:
    done: list[str] = []

    @dataclass
    class Soon:
        """A rule that falls due in a moment, counted from when it is asked for the first time."""

        after: float
        due_at: datetime | None = None

        def between(self, first: date, last: date) -> Iterator[Occasion]:
            self.due_at = self.due_at or SystemClock().wall() + timedelta(seconds=self.after)
            if first <= local(self.due_at).date() <= last:
                yield Occasion(self.due_at, "soon")

    def work(name: str) -> Callable[[], Awaitable[None]]:
        async def note() -> None:
            done.append(name)

        return note

    scheduler = Scheduler([Chore("at once", 3600, work("at once"), is_at_once=True)])
    scheduler.wake_by("due", RuleTrigger(Soon(0.1), SystemClock()), work("first"))
    scheduler.start()
    scheduler.wake_by("due", RuleTrigger(Soon(0.4), SystemClock()), work("in its place"))
    await until(lambda: "in its place" in done)
    scheduler.stop()
    assert done == ["at once", "in its place"]
