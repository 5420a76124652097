"""Hears what other processes ring for on PostgreSQL (engine.ring); SQLite has one process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import structlog

from bot.db.engine import CHANNEL, Database

log = structlog.get_logger("muduo.database")
_LOOK_UP_EVERY = 0.5
_AGAIN_AFTER = 2.0


class Listener:
    """A thread with a connection of its own. What is missed while it is lost, sweeps find."""

    def __init__(self, database: Database, heard: Callable[[set[str]], object]) -> None:
        self._database = database
        self._heard = heard
        self._ends = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if not self._database.is_sqlite:
            self._thread = threading.Thread(target=self._listen, name="db-bells", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._ends.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _listen(self) -> None:
        while not self._ends.is_set():
            try:
                self._hear()
            except Exception as error:  # whatever ails the connection, the next one may do
                log.warning("bells not heard", error=type(error).__name__)
                self._ends.wait(_AGAIN_AFTER)

    def _hear(self) -> None:
        engine = self._database.engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            connection.detach()  # so that it never goes back to the pool still listening
            connection.exec_driver_sql(f"LISTEN {CHANNEL}")
            while not self._ends.is_set():
                for notice in driver.notifies(timeout=_LOOK_UP_EVERY):
                    self._heard({notice.payload})
                if driver.closed:
                    raise ConnectionError
