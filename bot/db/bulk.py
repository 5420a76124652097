"""Thousands of rows in one statement, made once and run with the values as one parameter."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import JSON, Insert, Select, Table, TableValuedAlias, Text, bindparam, cast, func
from sqlalchemy.orm import Session

from bot.db.engine import inserting

VALUES = "each_value"


def each_value(dialect: str) -> TableValuedAlias:
    """The values given as the parameter VALUES, as rows with one column `value`."""
    if dialect == "sqlite":
        return func.json_each(bindparam(VALUES)).table_valued("value")
    # As one text, too: psycopg takes ten times as long to write an array of them.
    listed = cast(bindparam(VALUES, type_=Text()), JSON())
    return func.json_array_elements_text(listed).table_valued("value").render_derived()


def packed(values: Sequence[str]) -> str:
    """The values as both databases take them for the parameter VALUES."""
    return json.dumps(values)


def dialect_of(session: Session) -> str:
    """The name of the database's dialect, sqlite or postgresql."""
    return session.get_bind().dialect.name


def insert_from(
    dialect: str, table: Table, columns: Sequence[str], rows: Select[Any], *unique: str
) -> Insert:
    """Insert what a query gives, passing over what is there already; its rowcount is true."""
    statement = inserting(dialect, table).from_select(columns, rows)
    once = statement.on_conflict_do_nothing(index_elements=unique).inline()
    return once.execution_options(preserve_rowcount=True)
