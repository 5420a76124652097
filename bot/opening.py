"""What a start and every command open: data folder and database, at this version's schema."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.core.errors import SettingsFault
from bot.db import migrate
from bot.db.engine import Database
from bot.settings import Settings, load


@contextmanager
def opened(settings: Settings | None = None) -> Generator[Database]:
    """The database of the settings, migrated. Raises SettingsFault when it can't be used."""
    settings = settings or load()
    prepare_folder(settings.data)
    database = Database(settings.url)
    try:
        migrate.upgrade(database)
        yield database
    except SQLAlchemyError as error:
        raise SettingsFault(unusable(settings, error)) from error
    finally:
        database.close()


def prepare_folder(folder: Path) -> None:
    """Make the data folder, for its owner alone.

    Raises SettingsFault when nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SettingsFault(
            f"文件夹 {folder} 写不进去（{error.strerror}）。请改它的权限，或用 MUDUO_DATA 换一个。"
        ) from error


def unusable(settings: Settings, error: SQLAlchemyError) -> str:
    """One sentence for a database that can't be used; its address may hold a password."""
    name = "MUDUO_DATABASE_URL 指定的数据库" if settings.database_url else "数据库"
    kind = type(getattr(error, "orig", None) or error).__name__
    return f"{name}用不了（{kind}）。请检查它是否在运行、地址和口令是否正确。"
