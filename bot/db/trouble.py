"""What ails the database when a statement fails, told from what the drivers raise."""

from __future__ import annotations

from enum import Enum

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as WaitedTooLong


class Trouble(Enum):
    """What ails the database when a statement fails for no fault of the statement."""

    FULL = "full"
    LOCKED = "locked"
    GONE = "gone"


def trouble_of(error: BaseException) -> Trouble | None:
    """What ails the database, or None when the error lies in what was asked of it."""
    if isinstance(error, WaitedTooLong):
        return Trouble.LOCKED  # all connections of the pool are in use
    if not isinstance(error, DBAPIError):
        return None
    if error.connection_invalidated or isinstance(error, InterfaceError):
        return Trouble.GONE
    if not isinstance(error, OperationalError | InternalError):
        return None
    said = str(error.orig).lower()
    for trouble, signs in _SIGNS.items():
        if any(sign in said for sign in signs):
            return trouble
    # SQLite calls a wrong statement operational, too; psycopg means the server by it.
    is_sqlite = type(error.orig).__module__ == "sqlite3"
    return None if is_sqlite or isinstance(error, InternalError) else Trouble.GONE


_SIGNS = {
    Trouble.FULL: ("is full", "no space left", "readonly", "read-only", "disk i/o"),
    Trouble.LOCKED: ("locked", "deadlock", "could not serialize"),
    Trouble.GONE: ("unable to open database",),
}
