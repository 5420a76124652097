"""The simulator as a command: `python tests/simulate.py --seeds 20 --people 1000 --days 365`.

Each seed is one life of a town in virtual time; the same seed is the same life. A failure prints
the seed, what was violated, and the shortest story found that still violates it.
"""

from __future__ import annotations

import argparse
import gc
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import typer

from bot import logs
from bot.core.clock import SHANGHAI, SystemClock
from knowledge.live import LiveKnowledge
from tests.simulation.living import Life, Plan, live
from tests.simulation.shrinking import shrink

ROOT = Path(__file__).parent.parent
# School years with a leap month in them: the 6th of 2025, the 5th of 2028.
YEARS = (2025, 2026, 2024)


class StillKnowledge(LiveKnowledge):
    """The shipped knowledge, read once: a new process finds the same files."""

    def refresh(self) -> bool:
        return not self.is_ready and super().refresh()


def main() -> int:
    told = _arguments()
    logs.configure("ERROR" if told.verbose else "CRITICAL", for_people=True)
    knowledge = StillKnowledge(ROOT / "knowledge")
    knowledge.refresh()
    # The knowledge is for ever: looking for what is gone need not go through it each time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    failed = 0
    for seed in range(told.seed, told.seed + told.seeds):
        start = datetime(YEARS[seed % len(YEARS)], 9, 1, tzinfo=SHANGHAI)
        plan = Plan(seed, told.people, told.days, start)
        run = _runner(knowledge)
        clock = SystemClock()
        began = clock.monotonic()
        life = run(plan)
        _report(life, clock.monotonic() - began)
        if life.violations:
            failed += 1
            if told.shrink:
                _tell(shrink(life, run, tries=told.shrink), plan)
    typer.echo(f"{told.seeds} seeds, {failed} with violations")
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="how many lives")
    parser.add_argument("--seed", type=int, default=1, help="the first one")
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--shrink", type=int, default=40, help="tries to shorten a failing story")
    parser.add_argument("--verbose", action="store_true", help="show the house's own errors")
    return parser.parse_args()


def _runner(knowledge: LiveKnowledge) -> Callable[[Plan], Life]:
    def run(plan: Plan) -> Life:
        memory = Path("/dev/shm")
        folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
        try:
            return live(plan, folder, knowledge)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    return run


def _report(life: Life, seconds: float) -> None:
    told = ", ".join(f"{name} {number}" for name, number in life.counts.items())
    typer.echo(f"seed {life.plan.seed}: {seconds:.0f} s, digest {life.digest}; {told}")
    for each in life.violations[:10]:
        typer.echo(f"  VIOLATED {each.promise}: {each.detail} {each.at or ''}")
    if len(life.violations) > 10:
        typer.echo(f"  and {len(life.violations) - 10} more")


def _tell(life: Life, plan: Plan) -> None:
    typer.echo(f"  shortest story found: {len(life.steps)} steps, {life.plan.days} days")
    for step in life.steps[-30:]:
        typer.echo(f"    {step.told(plan.start)}")
    for each in life.violations[:3]:
        typer.echo(f"    then {each.promise}: {each.detail} {each.at or ''}")
    small = replace(life.plan, steps=())
    typer.echo(f"  again: --seed {small.seed} --people {small.people} --days {small.days}")


if __name__ == "__main__":
    if sys.flags.hash_randomization:  # the order of sets is part of the life
        again = ["env", "PYTHONHASHSEED=0", sys.executable, *sys.argv]
        sys.exit(subprocess.run(again, check=False).returncode)
    sys.exit(main())
