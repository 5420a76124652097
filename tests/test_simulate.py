"""A short life of a small town in virtual time (tests/simulate.py lives through whole years)."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.core.clock import SHANGHAI
from bot.services import deliveries, gate, outbox, sifting
from bot.services.deliveries import End, Outcome
from bot.services.gate import Opening, Purpose
from knowledge.live import LiveKnowledge
from tests.simulation import virtual
from tests.simulation.living import Life, Plan, live
from tests.simulation.matching import Violation
from tests.simulation.shrinking import Budget, shrink
from tests.simulation.story import Step
from tests.simulation.virtual import Dangers, VirtualClock, VirtualLoop

START = datetime(2025, 9, 24, tzinfo=SHANGHAI)
EVENING = datetime(2025, 9, 24, 20, tzinfo=SHANGHAI)
QUIET = Dangers.none()
Live = Callable[[Plan], Life]


@pytest.fixture
def run(tmp_path: Path, knowledge: LiveKnowledge) -> Live:
    """Lives through a plan in a fresh folder."""
    number = iter(range(1000))

    def once(plan: Plan) -> Life:
        folder = tmp_path / str(next(number))
        folder.mkdir()
        return live(plan, folder, knowledge)

    return once


def posts(count: int, hour: float, seed: int = 0) -> tuple[Step, ...]:
    """Moments at which the house speaks to people, from so many hours on."""
    numbers = range(count)
    return tuple(Step(hour * 3600 + 60.0 * each, "post", 0, seed + each) for each in numbers)


KINDS = ("ask", "post", "kill", "practise", "notice", "meeting", "post", "kill", "wish", "react")


def dense(days: int) -> tuple[Step, ...]:
    """A busy story: every half hour of the day something, by this one and that one."""
    return tuple(
        Step(86400.0 * day + 28_000.0 + 1800 * turn, kind, turn % 8, 100 * day + turn)
        for day in range(days)
        for turn, kind in enumerate(KINDS)
    )


def test_busy_days_with_kills_and_cut_connections_break_no_promise(run: Live) -> None:
    life = run(Plan(3, people=8, days=3, start=START, steps=dense(3), calm_days=1))
    assert [str(each) for each in life.violations] == []
    assert life.counts["processes"] > 2
    assert life.counts["unasked"] > 5
    assert life.counts["inbox"] > 15


def test_a_timer_comes_due_also_at_the_end_of_a_leap_year(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = VirtualClock(START)
    clock.elapsed = 366 * 86400.0
    looks = iter(range(20))
    look = virtual.Jump.select

    def counted(jump: virtual.Jump, timeout: float | None = None) -> list[object]:
        assert next(looks, None) is not None, "the clock stands still"
        return look(jump, timeout)

    monkeypatch.setattr(virtual.Jump, "select", counted)
    loop = VirtualLoop(clock)
    loop.run_until_complete(asyncio.sleep(30))
    loop.close()
    assert clock.elapsed == pytest.approx(366 * 86400.0 + 30)


def test_a_seed_is_the_same_life_again(run: Live) -> None:
    plan = Plan(5, people=5, days=1, start=START, steps=dense(1), calm_days=0)
    first, again = run(plan), run(plan)
    assert (first.digest, first.counts) == (again.digest, again.counts)


def first_promise(run: Live, steps: Sequence[Step]) -> str:
    """The promise that a house, spoilt on purpose, breaks first within a day from 20:00 on."""
    plan = Plan(1, 8, 1, EVENING, steps=tuple(steps), dangers=QUIET, calm_days=0)
    life = run(plan)
    return life.violations[0].promise if life.violations else "none"


def test_a_gate_that_is_always_open_is_found_out(
    run: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    def always(purpose: Purpose, *, at: datetime, **of: object) -> Opening:
        return Opening(at)

    monkeypatch.setattr(gate, "opening", always)

    def at_once(purpose: Purpose, *, at: datetime, **of: object) -> datetime:
        return at

    monkeypatch.setattr(gate, "opens_at", at_once)
    assert first_promise(run, posts(8, hour=3.0)) == "nothing in quiet hours"


def test_shrinking_ends_with_its_budget(run: Live) -> None:
    life = run(Plan(1, 8, 1, START, steps=posts(4, hour=12.0), dangers=QUIET, calm_days=0))
    life.violations.append(Violation("no promise", "made up", START))
    lived: list[Plan] = []

    def count(plan: Plan) -> Life:
        lived.append(plan)
        return replace(life, plan=plan, steps=plan.steps or ())

    assert shrink(life, count, Budget(tries=2)).steps == ()
    assert len(lived) == 2
    time = itertools.count(step=40)
    shrink(life, count, Budget(tries=50, seconds=100, monotonic=lambda: next(time)))
    assert len(lived) == 3


def test_a_cap_that_does_not_hold_is_found_out(run: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "A_DAY", 99)
    monkeypatch.setattr(gate, "A_WEEK", 99)

    def never(messages: object) -> bool:
        return False

    monkeypatch.setattr(sifting, "fits", never)
    assert first_promise(run, posts(30, hour=16.0)) == "one a day"


def test_what_is_sent_after_it_was_done_is_found_out_and_told_as_a_short_story(
    run: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgets(*of: object, **said: object) -> None:
        """Nobody is told that it was done."""

    monkeypatch.setattr(outbox, "withdraw_topic", forgets)
    asked, done = posts(1, hour=2.0, seed=72)[0], Step(3 * 3600.0, "done", 0, 1)
    noise = Step(3600.0, "kill", 2, 2), *posts(1, hour=2.1, seed=1)
    steps = (noise[0], asked, noise[1], done)
    life = run(Plan(1, 12, 1, EVENING, steps=steps, calm_days=0))
    assert "nothing after completion" in [each.promise for each in life.violations]
    short = shrink(life, run, Budget(tries=20))
    assert short.steps == (asked, done)
    assert (short.plan.people, short.plan.dangers) == (8, QUIET)
    told = short.story()
    assert told[0] == "story: 2 steps, 1 days, 8 people, seed 1, faults: none"
    assert "22:00:00 the house posts sim:1" in told[2]
    assert "23:00:00 sim:1 is done by" in told[4]
    assert told[-1].startswith("then nothing after completion: sim:1")


def test_a_delivery_that_is_sent_twice_is_found_out(
    run: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = deliveries.write
    seen: set[int] = set()

    def forgetful(session: Session, outcomes: Sequence[Outcome], *, at: datetime) -> None:
        """Once for each row the word that it was sent gets lost."""
        lost = [each for each in outcomes if each.claimed.id not in seen]
        seen.update(each.claimed.id for each in lost)
        queued = [replace(each, end=End.QUEUED, due_at=at, native_id=None) for each in lost]
        settle(session, [*queued, *(each for each in outcomes if each not in lost)], at=at)

    monkeypatch.setattr(deliveries, "write", forgetful)
    assert first_promise(run, posts(6, hour=16.0)) == "nothing happens twice"
