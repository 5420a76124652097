"""How much of a long work one transaction does: as much as takes a moment, found out on the way."""

from __future__ import annotations

from sqlalchemy.orm import Session

AIM = 0.025  # seconds: everybody else waits for so long on SQLite
BESIDE = 0.04  # where others write beside it
FIRST, LEAST, MOST = 500, 400, 4000
_MORE, _LESS = 1.15, 0.7  # one slow transaction (a checkpoint, a busy machine) says little
_PIECES, _LIMIT, _WROTE = "muduo_pieces", "muduo_limit", "muduo_wrote"


class Pieces:
    """The size of a piece on one database, kept by every transaction that writes one."""

    def __init__(self, aim: float = AIM) -> None:
        self.rows = FIRST
        self._aim = aim

    def took(self, session: Session, seconds: float) -> None:
        """A transaction has ended; teaches nothing unless it wrote a whole piece."""
        limit = session.info.get(_LIMIT)
        if limit is None or session.info.get(_WROTE, 0) < limit:
            return
        change = min(_MORE, max(_LESS, self._aim / max(seconds, 0.001)))
        self.rows = min(MOST, max(LEAST, int(limit * change)))


def known(pieces: Pieces) -> dict[str, object]:
    """What a session is to know, so that at_once can tell."""
    return {_PIECES: pieces}


def at_once(session: Session) -> int:
    """How many rows to write in this transaction; the same whenever it is asked."""
    pieces: Pieces | None = session.info.get(_PIECES)
    return session.info.setdefault(_LIMIT, pieces.rows if pieces else FIRST)


def wrote(session: Session, rows: int) -> None:
    """Say that so many were written."""
    session.info[_WROTE] = session.info.get(_WROTE, 0) + rows
