"""Bring a database to the schema of this version, with Alembic, and only when it is behind."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from bot.core.errors import SettingsFault
from bot.db.engine import Database, advisory_lock

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).parent / "migrations"


def head() -> str:
    """The newest revision: files are named 0001_….py, 0002_….py and so on."""
    return max(path.stem.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*.py"))


def revision_of(database: Database) -> str | None:
    """The revision that the database is at, or None when it is empty."""
    with database.read() as session:
        if not inspect(session.connection()).has_table("alembic_version"):
            return None
        return session.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(database: Database) -> bool:
    """Apply what is missing. True when something was applied.

    Raises SettingsFault when the database is newer than this version of the program.
    """
    there = revision_of(database)
    if there == head():
        return False
    if there is not None and there > head():
        raise SettingsFault(
            f"数据库的结构（{there}）比这个版本的木铎（{head()}）新。请升级程序后再启动。"
        )
    with in_one_transaction(database) as connection:
        upgrade_to(connection, "head")
    return True


@contextmanager
def in_one_transaction(database: Database) -> Generator[Connection]:
    """A connection to change schema and rows with, all or nothing, while nobody else migrates."""
    with database.engine.connect() as connection, advisory_lock(connection, "migrate"):
        if database.is_sqlite:
            # A batch rebuild with foreign keys on would delete all child rows (shared/stack.md).
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.commit()
        with connection.begin():
            yield connection
            if database.is_sqlite:
                _check_references(connection)


def upgrade_to(connection: Connection, revision: str) -> None:
    """Apply what is missing up to a revision, within the open transaction."""
    from alembic import command

    command.upgrade(configuration(connection), revision)


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for a connection; imported late, since it costs a second."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        raise SettingsFault(f"升级数据库后有 {len(broken)} 处引用不完整，请用备份恢复。")
