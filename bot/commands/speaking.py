"""How the people commands speak: tables and sentences on standard output, refusals as exit 1."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from bot.core.clock import SystemClock
from bot.core.errors import Refused
from bot.core.text import plain
from bot.db.engine import Database
from bot.opening import opened
from bot.services import facts
from handlers.texts import words_for

# Wide, so that a row stays a row when the output goes into a file or another program.
_WIDE = 160


@contextmanager
def house() -> Generator[tuple[Database, datetime]]:
    """The database and the time there. A refusal is said in its words, with exit code 1."""
    try:
        with opened() as database:
            yield database, now(database)
    except Refused as refused:
        say(words_for(refused))
        raise typer.Exit(1) from refused


def now(database: Database) -> datetime:
    """Business time, which runs ahead in a demo database whose clock was moved."""
    clock = SystemClock()
    with database.read() as session:
        clock.offset = facts.clock_offset(session)
    return clock.now()


def say(text: str) -> None:
    """A sentence or several lines, as they are."""
    _console().print(plain(text), markup=False, highlight=False, soft_wrap=True)


def show(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table."""
    table = Table(highlight=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    console = _console()
    console.print(table, width=None if console.is_terminal else _WIDE, markup=False)


def write(file: Path, content: bytes) -> None:
    """Put bytes into a file, or say why not, with exit code 1."""
    try:
        file.write_bytes(content)
    except OSError as error:
        say(f"文件 {file} 写不进去（{error.strerror}）。")
        raise typer.Exit(1) from error


def _console() -> Console:
    return Console()
