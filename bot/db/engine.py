"""Sessions on SQLite or PostgreSQL, and statements that are written differently for each."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import Any, cast

from sqlalchemy import (
    Column,
    Connection,
    CursorResult,
    Engine,
    Executable,
    Row,
    Table,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.db.pieces import AIM, BESIDE, Pieces, known
from bot.db.trouble import Trouble, trouble_of

BUSY_SECONDS = 10
BELLS = "muduo_bells"
CHANNEL = "muduo"


class Database:
    """One database. `begin` gives a writing Session in a transaction, `read` one that only reads.

    SQLite: WAL, foreign keys on, every writing transaction BEGIN IMMEDIATE, since deferred ones
    lose updates silently (shared/stack.md). Text of the URL never appears in errors.
    """

    def __init__(self, url: str, *, pool: int = 8) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite(url, pool) if self.is_sqlite else _postgresql(url, pool)
        self.pieces = Pieces(AIM if self.is_sqlite else BESIDE)
        self._reading = self.engine.execution_options(muduo_reads=True)

    @contextmanager
    def begin(self) -> Generator[Session]:
        """A transaction that commits at the end and rolls back on an exception."""
        began, info = monotonic(), known(self.pieces)
        with Session(self.engine, expire_on_commit=False, info=info) as session:
            with session.begin():
                yield session
            self.pieces.took(session, monotonic() - began)

    @contextmanager
    def read(self) -> Generator[Session]:
        """A session for reading only: takes no write lock, keeps nothing."""
        with Session(self._reading, expire_on_commit=False, autoflush=False) as session:
            yield session

    def close(self) -> None:
        self.engine.dispose()

    def fold(self) -> None:
        """SQLite: write everything back into the one file, so that it can be moved; then close."""
        with self.engine.connect() as connection:
            connection.rollback()
            connection.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.close()
        for suffix in ("-wal", "-shm"):
            Path(f"{self.url.database}{suffix}").unlink(missing_ok=True)


def run(session: Session, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
    """Execute a statement on tables past the ORM, which costs half.

    For hot paths, where nothing that was added to the session waits to be written.
    """
    return session.connection().execute(statement, parameters)


def insert_once(
    session: Session,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    unique: Sequence[str] = (),
) -> int:
    """Insert rows, passing over those that are there already. Says how many were new.

    `unique` names the columns of the constraint; none means any constraint.
    """
    # Counted by what comes back: rowcount is unreliable where the driver adds a RETURNING.
    key = next(iter(table.primary_key.columns))
    return len(insert_returning(session, table, rows, (key,), unique=unique))


def insert_returning(
    session: Session,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[Column[Any]],
    *,
    unique: Sequence[str] = (),
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Like insert_once, but gives back `columns` of the rows that were new."""
    if not rows:
        return []
    dialect = session.get_bind().dialect.name
    statement = _insert_once(dialect, table, tuple(unique)).returning(*columns)
    return run(session, statement, list(rows) if len(rows) > 1 else rows[0]).all()


def upsert(
    session: Session, table: Table, row: Mapping[str, Any], *, unique: Sequence[str]
) -> None:
    """Insert the row, or update the one with the same `unique` columns."""
    upsert_all(session, table, [row], unique=unique)


def upsert_all(
    session: Session, table: Table, rows: Sequence[Mapping[str, Any]], *, unique: Sequence[str]
) -> None:
    """Like upsert, for rows that all have the same columns and differ in `unique`."""
    if not rows:
        return
    dialect = session.get_bind().dialect.name
    statement = _upsert(dialect, table, tuple(rows[0]), tuple(unique))
    run(session, statement, list(rows) if len(rows) > 1 else rows[0])


def hold(session: Session, name: str) -> None:
    """Let nobody else hold `name` until this transaction ends; SQLite has one writer anyway."""
    if session.get_bind().dialect.name != "sqlite":
        session.connection().execute(_HOLD, {"name": name})


_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


def may_be_repeated(session: Session) -> None:
    """What this transaction does is done again if it is lost, so it need not wait for the disk.

    PostgreSQL may lose it if the server dies within a second, never if only we do, and never when
    anything was committed after it that did wait; on SQLite it is always so.
    """
    if session.get_bind().dialect.name != "sqlite":
        session.connection().execute(_NO_WAITING)


_NO_WAITING = text("SET LOCAL synchronous_commit TO off")


def ring(session: Session, bell: str) -> None:
    """Wake whoever listens to `bell` once this transaction has committed.

    In this process through Lanes, in others through PostgreSQL (see listening.py).
    """
    rung: set[str] = session.info.setdefault(BELLS, set())
    if bell not in rung and session.get_bind().dialect.name != "sqlite":
        session.connection().execute(_NOTIFY, {"channel": CHANNEL, "bell": bell})
    rung.add(bell)


_NOTIFY = text("SELECT pg_notify(:channel, :bell)")


def inserting(dialect: str, table: Table) -> sqlite.Insert:
    """An INSERT that knows ON CONFLICT."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    # Both dialects spell ON CONFLICT the same way.
    from sqlalchemy.dialects import postgresql

    return cast("sqlite.Insert", postgresql.insert(table))


# Making these statements costs more than running them, so each is made once.
@lru_cache(maxsize=256)
def _insert_once(dialect: str, table: Table, unique: tuple[str, ...]) -> sqlite.Insert:
    statement = inserting(dialect, table)
    return statement.on_conflict_do_nothing(index_elements=unique or None)


@lru_cache(maxsize=256)
def _upsert(
    dialect: str, table: Table, columns: tuple[str, ...], unique: tuple[str, ...]
) -> sqlite.Insert:
    statement = inserting(dialect, table)
    changed = {name: statement.excluded[name] for name in columns if name not in unique}
    return statement.on_conflict_do_update(index_elements=unique, set_=changed)


def _sqlite(url: str, pool: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool,
        hide_parameters=True,  # errors are logged, and these hold names and texts
        connect_args={
            "timeout": BUSY_SECONDS,
            "isolation_level": None,
            "check_same_thread": False,
            "cached_statements": 256,
        },
    )

    @event.listens_for(engine, "do_connect")
    def _make_private(*of: Any) -> None:
        # The file, and those that SQLite lays beside it, are for their owner alone.
        # Only one that is not there yet is touched: closing a file takes away every lock that this
        # process has on it, and the next process to leave would delete the log under our hands.
        path = of[2][0]
        if path != ":memory:":
            with suppress(OSError):  # it is there, or SQLite says itself what is wrong with it
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: object) -> None:
        # NORMAL survives kill -9; only a power cut can take the last commits (README, operations).
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-8000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get("muduo_reads")
        if reads:
            connection.exec_driver_sql("BEGIN")
        else:
            _begin_writing(connection)

    return engine


def _begin_writing(connection: Connection) -> None:
    """Take the write lock, asking again every few milliseconds for BUSY_SECONDS.

    SQLite's own waiting soon asks only ten times a second, and so hardly ever finds the gap
    between two short transactions of another process (an import on the command line).
    """
    driver: Any = connection.connection.driver_connection
    deadline = monotonic() + BUSY_SECONDS
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while not _has_begun(connection, is_last=monotonic() > deadline):
            threading.Event().wait(0.003)
    finally:
        driver.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")


def _has_begun(connection: Connection, *, is_last: bool) -> bool:
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except OperationalError as error:
        if trouble_of(error) is not Trouble.LOCKED or is_last:
            raise
        return False
    return True


def _postgresql(url: str, pool: int) -> Engine:
    address = make_url(url).set(drivername="postgresql+psycopg")
    return create_engine(
        address,
        pool_size=pool,
        hide_parameters=True,
        max_overflow=4,
        pool_pre_ping=False,
        connect_args={"connect_timeout": 5, "options": "-c timezone=utc"},
    )


@contextmanager
def advisory_lock(connection: Connection, name: str) -> Generator[None]:
    """Hold a lock that processes agree on by name; on SQLite the one process needs none."""
    if connection.dialect.name == "sqlite":
        yield
        return
    number = int.from_bytes(name.encode()[:7], "big")
    connection.exec_driver_sql(f"SELECT pg_advisory_lock({number})")
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.exec_driver_sql(f"SELECT pg_advisory_unlock({number})")
        connection.commit()
