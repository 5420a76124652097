"""Thousands of rows in one statement."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, Table, TableValuedAlias, Text, func, literal
from sqlalchemy.orm import Session

from bot.db.engine import inserting, run


def each_of(session: Session, values: Sequence[str]) -> TableValuedAlias:
    """The values as rows with one column `value`, to insert or join thousands in one statement."""
    if session.get_bind().dialect.name == "sqlite":
        return func.json_each(json.dumps(values)).table_valued("value")
    from sqlalchemy.dialects.postgresql import ARRAY

    listed = literal(list(values), ARRAY(Text()))
    return func.unnest(listed).table_valued("value").render_derived()


def insert_from(
    session: Session, table: Table, columns: Sequence[str], rows: Select[Any], unique: str
) -> int:
    """Insert what a query gives, passing over what is there already. Says how many were new."""
    statement = inserting(session.get_bind().dialect.name, table).from_select(columns, rows)
    once = statement.on_conflict_do_nothing(index_elements=(unique,)).inline()
    return run(session, once.execution_options(preserve_rowcount=True)).rowcount
