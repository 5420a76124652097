"""From a failing story to a short one that fails in the same way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from math import ceil, inf
from typing import Any

from tests.simulation.living import Life, Plan
from tests.simulation.story import Step
from tests.simulation.virtual import Dangers

Run = Callable[[Plan], Life]
_FEWEST = 8  # people without whom a town has nobody in some office


@dataclass
class Budget:
    """How many more lives may be lived, and until when."""

    tries: int
    seconds: float = inf
    monotonic: Callable[[], float] = lambda: 0.0

    def __post_init__(self) -> None:
        self._ends = self.monotonic() + self.seconds

    @property
    def is_spent(self) -> bool:
        return self.tries <= 0 or self.monotonic() > self._ends


def shrink(life: Life, run: Run, budget: Budget) -> Life:
    """The smallest life found within the budget that violates the same promise first."""
    return _Shrinking(life, run, budget).shrink()


class _Shrinking:
    def __init__(self, life: Life, run: Run, budget: Budget) -> None:
        self.best = life
        self._promise = life.violations[0].promise
        self._run = run
        self._budget = budget
        self._lived = {life.plan}

    def shrink(self) -> Life:
        """What makes a life quicker to live comes first: its end, its people, then its steps."""
        self._cut_the_end()
        self._thin_the_town()
        self._drop_steps()
        self._take_away_dangers()
        self._thin_the_town()
        self._cut_the_end()
        return self.best

    def _attempt(self, steps: Sequence[Step], **changes: Any) -> bool:
        """Live once more so; a life that still fails is the best so far."""
        plan = replace(self.best.plan, steps=tuple(steps), **changes)
        if self._budget.is_spent or plan in self._lived:
            return False
        self._lived.add(plan)
        self._budget.tries -= 1
        life = self._run(plan)
        same = [each for each in life.violations if each.promise == self._promise]
        if same:
            self.best = life
            self.best.violations[:] = same
        return bool(same)

    def _cut_the_end(self) -> None:
        """What came after the violation had no part in it."""
        at, plan = self.best.violations[0].at, self.best.plan
        if at is None:
            return
        seconds = (at - plan.start).total_seconds()
        steps = [step for step in self.best.steps if step.after <= seconds]
        days = min(plan.days, max(1, ceil(seconds / 86400)))
        for calm_days in sorted({0, 2, plan.calm_days}):
            if calm_days > plan.calm_days or (days, calm_days) == (plan.days, plan.calm_days):
                continue
            if self._attempt(steps, days=days, calm_days=calm_days):
                return

    def _thin_the_town(self) -> None:
        """The same steps by fewer people: who is not there is played by somebody else."""
        people = self.best.plan.people
        for fewer in sorted({_FEWEST, 20, people // 8, people // 2}):
            if _FEWEST <= fewer < people and self._attempt(self.best.steps, people=fewer):
                return

    def _drop_steps(self) -> None:
        """Delta debugging: leave out halves, quarters, … and then each step that is left."""
        size = max(1, len(self.best.steps) // 2)
        while size and not self._budget.is_spent:
            at, before = 0, len(self.best.steps)
            while at < len(self.best.steps):
                if not self._attempt([*self.best.steps[:at], *self.best.steps[at + size :]]):
                    at += size
            if size == 1 and len(self.best.steps) < before:
                continue  # what could not go before may go now
            size //= 2

    def _take_away_dangers(self) -> None:
        """All faults at once, or else one kind of them after another."""
        if self._attempt(self.best.steps, dangers=Dangers.none()):
            return
        for kind in fields(Dangers):
            dangers = self.best.plan.dangers
            if getattr(dangers, kind.name):
                self._attempt(self.best.steps, dangers=replace(dangers, **{kind.name: 0.0}))
