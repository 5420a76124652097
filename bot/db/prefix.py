"""Texts that begin with something, found by their index."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import InstrumentedAttribute, Session


def begins_with(
    session: Session, column: InstrumentedAttribute[str], prefix: str
) -> ColumnElement[bool]:
    """That the column begins with the prefix.

    SQLite's LIKE knows no case and so no index, and would read a million rows; PostgreSQL's has
    one where the database compares by code points, where alone the range would mean the same.
    """
    if session.get_bind().dialect.name != "sqlite":
        return column.startswith(prefix, autoescape=True)
    return and_(column >= prefix, column < prefix[:-1] + chr(ord(prefix[-1]) + 1))
