"""What was added in chat, for the knowledge: read again only when its rows have changed."""

from __future__ import annotations

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.db.engine import Database
from bot.services import additions
from knowledge.additions import NOTHING, Additions

log = structlog.get_logger("muduo.knowledge")


class AddedInChat:
    """The additions in use, out of one database. Called about once a second, in any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._mark: tuple[int, ...] = ()
        self._known = NOTHING

    def __call__(self) -> Additions:
        """What is in use; while the database is away, what was in use before."""
        try:
            with self._database.read() as session:
                mark = additions.mark(session)
                if mark != self._mark:
                    self._known, self._mark = additions.load(session), mark
        except SQLAlchemyError as error:
            log.warning("additions not read", error=type(error).__name__)
        return self._known
