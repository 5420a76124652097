"""From a failing story to a short one that fails in the same way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import ceil

from tests.simulation.living import Life, Plan
from tests.simulation.story import Step


def shrink(life: Life, run: Callable[[Plan], Life], *, tries: int) -> Life:
    """The smallest life found in so many tries that violates the same promise first."""
    promise = life.violations[0].promise
    best = life
    left = tries

    def attempt(steps: Sequence[Step], days: int) -> bool:
        nonlocal best, left
        left -= 1
        made = run(replace(best.plan, steps=tuple(steps), days=days))
        same = [each for each in made.violations if each.promise == promise]
        if same:
            best = made
            best.violations[:] = same
        return bool(same)

    _cut_the_end(best, attempt)
    size = max(1, len(best.steps) // 2)
    while left > 0 and size >= 1:
        at = 0
        while at < len(best.steps) and left > 0:
            steps = [*best.steps[:at], *best.steps[at + size :]]
            if not attempt(steps, best.plan.days):
                at += size
        if size == 1:
            break
        size //= 2
    return best


def _cut_the_end(life: Life, attempt: Callable[[Sequence[Step], int], bool]) -> None:
    """What came after the violation had no part in it."""
    at = life.violations[0].at
    if at is None:
        return
    seconds = (at - life.plan.start).total_seconds()
    steps = [step for step in life.steps if step.after <= seconds]
    attempt(steps, min(life.plan.days, ceil(seconds / 86400) + 1))
