"""Thousands of rows in one statement, made once and run with the values as one parameter."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Insert, Select, Table, TableValuedAlias, Text, bindparam, func
from sqlalchemy.orm import Session

from bot.db.engine import inserting

VALUES = "each_value"
# What takes 15 ms, and 30 where nobody waits for it.
_ON_SQLITE, _ON_POSTGRESQL = 1000, 2000


def each_value(dialect: str) -> TableValuedAlias:
    """The values given as the parameter VALUES, as rows with one column `value`."""
    if dialect == "sqlite":
        return func.json_each(bindparam(VALUES)).table_valued("value")
    from sqlalchemy.dialects.postgresql import ARRAY

    listed = bindparam(VALUES, type_=ARRAY(Text()))
    return func.unnest(listed).table_valued("value").render_derived()


def packed(session: Session, values: Sequence[str]) -> object:
    """The values as the database takes them for the parameter VALUES."""
    return json.dumps(values) if dialect_of(session) == "sqlite" else list(values)


def at_once(session: Session) -> int:
    """How many rows to write in a transaction, for which on SQLite everybody else waits."""
    return _ON_SQLITE if dialect_of(session) == "sqlite" else _ON_POSTGRESQL


def dialect_of(session: Session) -> str:
    """The name of the database's dialect, sqlite or postgresql."""
    return session.get_bind().dialect.name


def insert_from(
    dialect: str, table: Table, columns: Sequence[str], rows: Select[Any], unique: str
) -> Insert:
    """Insert what a query gives, passing over what is there already; its rowcount is true."""
    statement = inserting(dialect, table).from_select(columns, rows)
    once = statement.on_conflict_do_nothing(index_elements=(unique,)).inline()
    return once.execution_options(preserve_rowcount=True)
