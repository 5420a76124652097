"""The threads that touch the database: interactive work first, bulk work between."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import Future
from enum import IntEnum
from queue import PriorityQueue
from typing import TypeVar

from sqlalchemy.orm import Session

from bot.db.engine import BELLS, Database
from bot.db.listening import Listener

T = TypeVar("T")


class Lane(IntEnum):
    """What goes first when several wait."""

    INTERACTIVE = 0
    BACKGROUND = 1
    BULK = 2
    STOP = 9


class Lanes:
    """Runs functions of a Session in threads: one writer on SQLite, a small pool on PostgreSQL.

    One writer because SQLite has one write lock anyway, and waiting in our queue is fair and
    ordered while waiting for SQLite's lock is neither.
    """

    def __init__(self, database: Database, *, threads: int | None = None) -> None:
        self.database = database
        self.on_ring: Callable[[set[str]], object] | None = None
        self._listener: Listener | None = None
        self._queue: PriorityQueue[tuple[int, int, Callable[[], None]]] = PriorityQueue()
        self._order = itertools.count()
        self._threads = [
            threading.Thread(target=self._work, name=f"db-{number}", daemon=True)
            for number in range(threads or (1 if database.is_sqlite else 4))
        ]
        for thread in self._threads:
            thread.start()

    def listen(self, on_ring: Callable[[set[str]], object]) -> None:
        """Call `on_ring` for what transactions rang for, those of other processes included."""
        self.on_ring = on_ring
        self._listener = Listener(self.database, on_ring)
        self._listener.start()

    def submit(self, work: Callable[[Session], T], lane: Lane = Lane.INTERACTIVE) -> Future[T]:
        """Run `work` in a writing transaction of its own; the Future has its result or error."""

        def run() -> T:
            with self.database.begin() as session:
                result = work(session)
            self._ring(session)
            return result

        return self.call(run, lane)

    def look(self, work: Callable[[Session], T], lane: Lane = Lane.INTERACTIVE) -> Future[T]:
        """Run `work` in a session that only reads; works when nothing can be written."""

        def run() -> T:
            with self.database.read() as session:
                return work(session)

        return self.call(run, lane)

    def call(self, work: Callable[[], T], lane: Lane = Lane.INTERACTIVE) -> Future[T]:
        """Run `work` in a database thread; it opens its own transactions."""
        future: Future[T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(work())
            except BaseException as error:  # handed to whoever waits
                future.set_exception(error)

        self._queue.put((lane, next(self._order), run))
        return future

    def close(self) -> None:
        """Finish what waits, then end the threads."""
        if self._listener is not None:
            self._listener.stop()
        for _ in self._threads:
            self._queue.put((Lane.STOP, next(self._order), _raise_stop))
        for thread in self._threads:
            thread.join(timeout=30)

    def _ring(self, session: Session) -> None:
        """Tell what the committed transaction rang for (engine.ring); in this thread."""
        if self.on_ring is not None and (bells := session.info.get(BELLS)):
            self.on_ring(bells)

    def _work(self) -> None:
        while True:
            _, _, run = self._queue.get()
            if run is _raise_stop:
                return
            run()


def _raise_stop() -> None:
    """Marks the end of the queue."""
