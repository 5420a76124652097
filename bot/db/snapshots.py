"""A whole database at one instant, and the ids that a copy must not give again.

Beside engine.py and presence.py the only place that knows one dialect from the other.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Table, func, select, text

from bot.db.engine import Database


@contextmanager
def snapshot(database: Database) -> Generator[Connection]:
    """A connection that sees the database as it is at one instant, while others write."""
    options: dict[str, Any] = {"muduo_reads": True}
    if not database.is_sqlite:
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with database.engine.execution_options(**options).connect() as connection, connection.begin():
        yield connection


def last_ids(connection: Connection, tables: Sequence[Table]) -> dict[str, int]:
    """The last id ever given in each table that remembers it, even if its row is gone."""
    if connection.dialect.name == "sqlite":
        has_any = connection.scalar(
            text("SELECT 1 FROM sqlite_master WHERE name='sqlite_sequence'")
        )
        rows = connection.execute(text("SELECT name, seq FROM sqlite_sequence")) if has_any else ()
        return {row[0]: row[1] for row in rows}
    found: dict[str, int] = {}
    for table, sequence in _sequences(connection, tables):
        query = text(f"SELECT last_value FROM {sequence} WHERE is_called")  # noqa: S608 - its name
        if (last := connection.scalar(query)) is not None:
            found[table.name] = last
    return found


def put_last_ids(connection: Connection, tables: Sequence[Table], last: Mapping[str, int]) -> None:
    """Go on with ids behind those that are there, and behind those given before."""
    if connection.dialect.name == "sqlite":
        change = text("UPDATE sqlite_sequence SET seq = max(seq, :last) WHERE name = :name")
        add = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)")
        for name in last_ids(connection, tables).keys() | _remembering(connection):
            values = {"name": name, "last": last.get(name, 0)}
            if not connection.execute(change, values).rowcount:
                connection.execute(add, values)
        return
    for table, sequence in _sequences(connection, tables):
        highest = connection.scalar(select(func.max(table.c.id))) or 0
        if start := max(highest, last.get(table.name, 0)):
            connection.execute(select(func.setval(sequence, start)))


def _remembering(connection: Connection) -> set[str]:
    query = text("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'")
    return set(connection.scalars(query))


def _sequences(connection: Connection, tables: Sequence[Table]) -> list[tuple[Table, str]]:
    found: list[tuple[Table, str]] = []
    for table in tables:
        if "id" in table.c:
            name = connection.scalar(select(func.pg_get_serial_sequence(table.name, "id")))
            found += [(table, name)] if name else []
    return found
