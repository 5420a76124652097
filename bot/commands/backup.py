"""backup and restore: one portable archive of everything, taken while 木铎 runs."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy.exc import SQLAlchemyError

from bot.core.clock import SystemClock, local
from bot.core.errors import Refused, SettingsFault
from bot.db.engine import Database
from bot.opening import opened, prepare_folder, unusable
from bot.services import backups
from bot.settings import load
from handlers.texts import words_for

console = Console()
errors = Console(stderr=True)


def backup(file: Path) -> None:
    """Write everything into one file; an existing file stays as it is."""
    if file.exists():
        _end(f"{file} 已经存在，没有覆盖。请换一个文件名。")
    with opened() as database, _bar("备份") as progress:
        try:
            backups.make(database, file, at=SystemClock().wall(), progress=progress)
        except OSError as error:
            _end(f"写不了 {file}（{error.strerror}）。请检查文件夹、权限和磁盘空间。")
    console.print(f"已备份到 {file}（{decimal(file.stat().st_size)}）。", highlight=False)


def restore(file: Path) -> None:
    """Put a backup in the place of the database that the settings name."""
    settings = load()
    prepare_folder(settings.data)
    database = Database(settings.url)
    at = SystemClock().wall()
    try:
        with _bar("恢复") as progress:
            done = backups.restore(
                database, file, folder=settings.data / "backups", at=at, progress=progress
            )
    except Refused as refused:
        _end(words_for(refused))
    except SQLAlchemyError as error:
        raise SettingsFault(unusable(settings, error)) from error
    finally:
        database.close()
    made = local(datetime.fromisoformat(done.manifest.made_at))
    console.print(
        f"已恢复 {made:%Y-%m-%d %H:%M} 的备份，共 {done.manifest.rows} 行。", highlight=False
    )
    if done.kept is not None:
        console.print(f"原来的数据保存在 {done.kept}。", highlight=False, soft_wrap=True)


@contextmanager
def _bar(name: str) -> Generator[Callable[[int, int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _end(sentence: str) -> NoReturn:
    errors.print(sentence, highlight=False, soft_wrap=True)
    raise typer.Exit(1)
