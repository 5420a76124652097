"""A short life of a small town in virtual time (tests/simulate.py lives through whole years)."""

from __future__ import annotations

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
from tests.simulation.living import Life, Plan, live
from tests.simulation.shrinking import shrink
from tests.simulation.story import Step
from tests.simulation.virtual import Dangers

START = datetime(2025, 9, 24, tzinfo=SHANGHAI)
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


def posts(count: int, hour: float = 12.0) -> tuple[Step, ...]:
    """Moments of the first day at which the house speaks to people."""
    return tuple(Step(hour * 3600 + 60.0 * number, "post", 0, number) for number in range(count))


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


def test_a_seed_is_the_same_life_again(run: Live) -> None:
    plan = Plan(5, people=5, days=1, start=START, steps=dense(1), calm_days=0)
    first, again = run(plan), run(plan)
    assert (first.digest, first.counts) == (again.digest, again.counts)


def first_promise(run: Live, steps: Sequence[Step], days: int) -> str:
    """The promise that a house, spoilt on purpose, breaks first."""
    plan = Plan(1, 8, days, START, steps=tuple(steps), dangers=QUIET, calm_days=1)
    life = run(plan)
    return life.violations[0].promise if life.violations else "none"


def test_a_gate_that_is_always_open_is_found_out_and_the_story_shortened(
    run: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    def always(purpose: Purpose, *, at: datetime, **of: object) -> Opening:
        return Opening(at)

    monkeypatch.setattr(gate, "opening", always)

    def at_once(purpose: Purpose, *, at: datetime, **of: object) -> datetime:
        return at

    monkeypatch.setattr(gate, "opens_at", at_once)
    plan = Plan(1, 8, 1, START, steps=posts(4, hour=23.0), dangers=QUIET, calm_days=0)
    life = run(plan)
    assert "nothing in quiet hours" in {each.promise for each in life.violations}
    short = shrink(life, run, tries=4)
    assert len(short.steps) <= 2
    assert short.violations[0].promise == life.violations[0].promise


def test_a_cap_that_does_not_hold_is_found_out(run: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "A_DAY", 99)
    monkeypatch.setattr(gate, "A_WEEK", 99)

    def never(messages: object) -> bool:
        return False

    monkeypatch.setattr(sifting, "fits", never)
    assert first_promise(run, posts(30), 1) == "one a day"


def test_what_is_sent_after_it_was_done_is_found_out(
    run: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgets(*of: object, **said: object) -> None:
        """Nobody is told that it was done."""

    monkeypatch.setattr(outbox, "withdraw_topic", forgets)
    steps = [*posts(8, hour=22.0), *(Step(23.0 * 3600, "done", 0, n) for n in range(20))]
    assert first_promise(run, steps, 1) == "nothing after completion"


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
    assert first_promise(run, posts(6), 1) == "nothing happens twice"
