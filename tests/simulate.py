"""The simulator as a command: `python tests/simulate.py --seeds 20 --people 1000 --days 365`.

Each seed is one life of a town in virtual time; the same seed is the same life. A failure prints
the seed, what was violated, and the shortest story found that still violates it. Interrupted, it
ends the life where it is and says what it has seen until then.
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import shutil
import signal
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import typer

from bot import logs
from bot.core.clock import SHANGHAI, Clock, SystemClock
from knowledge.live import LiveKnowledge
from tests.simulation.living import Life, Plan, live
from tests.simulation.shrinking import Budget, shrink

ROOT = Path(__file__).parent.parent
# School years with a leap month in them: the 6th of 2025, the 5th of 2028.
YEARS = (2025, 2026, 2024)
_A_MONTH = 30 * 86400.0


class StillKnowledge(LiveKnowledge):
    """The shipped knowledge, read once: a new process finds the same files."""

    def refresh(self) -> bool:
        return not self.is_ready and super().refresh()


@dataclass
class Runner:
    """Lives through plans, one after another, each in a fresh folder in memory."""

    knowledge: LiveKnowledge
    clock: Clock
    is_over: bool = False
    _months: int = 0
    _start: datetime | None = field(default=None)

    def run(self, plan: Plan) -> Life:
        memory = Path("/dev/shm")
        folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
        self._months, self._start = 0, plan.start
        try:
            return live(plan, folder, self.knowledge, self._goes_on)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def end(self, *_signal: object) -> None:
        """The life that goes on ends here; no other begins."""
        self.is_over = True

    def _goes_on(self, after: float) -> bool:
        while after > (self._months + 1) * _A_MONTH:
            self._months += 1
            day = (self._start or self.clock.now()) + timedelta(seconds=after)
            typer.echo(f"  {day:%Y-%m-%d}: {_cpu_seconds():.0f} s of the processor", err=True)
        return not self.is_over


def main() -> int:
    told = _arguments()
    logs.configure("ERROR" if told.verbose else "CRITICAL", for_people=True)
    knowledge = StillKnowledge(ROOT / "knowledge")
    knowledge.refresh()
    # The knowledge is for ever: looking for what is gone need not go through it each time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    runner = Runner(knowledge, SystemClock())
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, runner.end)
    lived, failed = 0, 0
    for seed in range(told.seed, told.seed + told.seeds):
        if runner.is_over:
            break
        lived += 1
        failed += _live(seed, told, runner)
    typer.echo(f"{lived} seeds, {failed} with violations")
    return 1 if failed else 0


def _live(seed: int, told: argparse.Namespace, runner: Runner) -> bool:
    """One life and what is said of it. True when it broke a promise."""
    start = datetime(YEARS[seed % len(YEARS)], 9, 1, tzinfo=SHANGHAI)
    plan = Plan(seed, told.people, told.days, start)
    began, used = runner.clock.monotonic(), _cpu_seconds()
    life = runner.run(plan)
    _report(life, runner.clock.monotonic() - began, _cpu_seconds() - used)
    if life.violations and told.shrink and not runner.is_over:
        budget = Budget(told.shrink, told.shrink_minutes * 60, runner.clock.monotonic)
        _tell(shrink(life, runner.run, budget))
    return bool(life.violations)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="how many lives")
    parser.add_argument("--seed", type=int, default=1, help="the first one")
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--shrink", type=int, default=60, help="tries to shorten a failing story")
    parser.add_argument("--shrink-minutes", type=float, default=15, help="and how long at most")
    parser.add_argument("--verbose", action="store_true", help="show the house's own errors")
    return parser.parse_args()


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _report(life: Life, seconds: float, used: float) -> None:
    told = ", ".join(f"{name} {number}" for name, number in life.counts.items())
    took = f"{seconds:.0f} s, {used:.0f} s of the processor"
    typer.echo(f"seed {life.plan.seed}: {took}, digest {life.digest}; {told}")
    for each in life.violations[:10]:
        typer.echo(f"  VIOLATED {each.promise}: {each.detail} {each.at or ''}")
    if len(life.violations) > 10:
        typer.echo(f"  and {len(life.violations) - 10} more")


def _tell(life: Life) -> None:
    for line in life.story():
        typer.echo(f"  {line}")


if __name__ == "__main__":
    if sys.flags.hash_randomization:  # the order of sets is part of the life
        again = ["env", "PYTHONHASHSEED=0", sys.executable, *sys.argv]
        os.execvp("env", again)
    sys.exit(main())
