"""Where benchmarks write their figures: one row a figure, with versions and commit."""

from __future__ import annotations

import csv
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

FILE = Path(__file__).parent / "results.csv"
COLUMNS = ("date", "commit", "versions", "bench", "figure", "value")


def write(bench: str, figures: dict[str, float | str]) -> None:
    """Append the figures of one run of a benchmark."""
    is_new = not FILE.exists()
    today = datetime.now(UTC).date().isoformat()
    with FILE.open("a", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        if is_new:
            rows.writerow(COLUMNS)
        for figure, value in figures.items():
            shown = f"{value:.4g}" if isinstance(value, float) else value
            rows.writerow((today, _commit(), _versions(), bench, figure, shown))


def _commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _versions() -> str:
    names = ("SQLAlchemy", "python-telegram-bot", "aiohttp")
    python = ".".join(map(str, sys.version_info[:3]))
    return " ".join([f"python {python}", *(f"{name} {version(name)}" for name in names)])
