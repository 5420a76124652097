"""Which processes of 木铎 live: a crashed one's work is taken over, a living one's never.

On PostgreSQL each process holds an advisory lock of its own for as long as its connection lives.
On SQLite there is one process, which holds a lock on a file beside the database.
"""

from __future__ import annotations

import secrets
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from bot.core.clock import Clock, SystemClock
from bot.core.errors import SettingsFault
from bot.db.engine import Database

_SPACE = 0x6D64  # "md": keeps our advisory locks apart from anybody else's
_GRACE_SECONDS = 10.0


class Presence:
    """This process among others. `name` marks what it has claimed."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()
        self._number = secrets.randbelow(2**31 - 2) + 1
        self._connection: Connection | None = None
        self._file: IO[Any] | None = None
        self._leads_on: Connection | None = None
        self._guard = threading.Lock()  # both below are asked from threads
        self._seen: dict[str, float] = {}
        self.name: str = f"p{self._number}"

    def enter(self) -> None:
        """Announce this process. Raises SettingsFault when SQLite is in use by another one."""
        if self._database.is_sqlite:
            self._lock_file()
        else:
            self._connection = self._hold()

    def renew(self) -> None:
        """Announce this process again if the connection that did so is lost. May raise DBAPIError.

        Until then others may take it for dead: what they take over is settled only once.
        """
        with self._guard:
            if self._connection is None:
                if not self._database.is_sqlite:
                    self._connection = self._hold()
                return
            try:
                self._connection.execute(text("SELECT 1"))
            except DBAPIError:
                self._let_go()
                self._connection = self._hold()

    def leave(self) -> None:
        if self._connection is not None:
            self._let_go()
        if self._file is not None:
            self._file.close()
            self._file = None

    def leads(self) -> bool:
        """Whether this process is the one that sends; another one takes over when it is gone.

        May raise DBAPIError.
        """
        with self._guard:
            if self._connection is None:
                return self._database.is_sqlite
            if self._leads_on is not self._connection:
                query = text("SELECT pg_try_advisory_lock(:space, 0)")
                if self._connection.scalar(query, {"space": _SPACE}):
                    self._leads_on = self._connection
            return self._leads_on is self._connection

    def living(self) -> set[str] | None:
        """The processes that live, ours among them; None when there can be only ours.

        One that was here a moment ago still counts: it may be renewing a lost connection.
        """
        if self._database.is_sqlite:
            return None
        query = text(
            "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND classid = :space"
            " AND objsubid = 2 AND granted AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        with self._database.read() as session:
            here = {f"p{objid}" for (objid,) in session.execute(query, {"space": _SPACE})}
        now = self._clock.monotonic()
        self._seen.update(dict.fromkeys(here, now))
        self._seen = {name: at for name, at in self._seen.items() if now - at < _GRACE_SECONDS}
        return {*self._seen, self.name}

    def _hold(self) -> Connection | None:
        engine = self._database.engine.execution_options(isolation_level="AUTOCOMMIT")
        connection = engine.connect()
        connection.detach()  # so that closing it ends the lock instead of pooling it
        query = text("SELECT pg_try_advisory_lock(:space, :number)")
        if connection.scalar(query, {"space": _SPACE, "number": self._number}):
            return connection
        # A lost connection of ours still holds it on the server: the next renewal tries again.
        connection.close()
        return None

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(DBAPIError):
                connection.close()

    def _lock_file(self) -> None:
        path = self._database.url.database
        if not path or path == ":memory:":
            return
        import fcntl  # not on Windows, which the product does not support

        file = Path(path).with_suffix(".lock").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.close()
            raise SettingsFault(
                f"数据文件 {path} 正被另一个木铎使用。请先停止它，或用 MUDUO_DATA 换一个文件夹。"
            ) from error
        self._file = file
