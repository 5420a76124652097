"""How many messages a crash has left in doubt and nobody has been told of, one line a day."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.core.clock import local_day
from bot.db.engine import hold
from bot.services import facts

_UNTOLD, _TOLD_ON = "doubts_untold", "doubts_told_on"


def note(session: Session, count: int) -> None:
    """So many more; in the transaction that puts them in doubt."""
    if count:
        hold(session, _UNTOLD)
        facts.put(session, _UNTOLD, str(_untold(session) + count))


def to_tell(session: Session, *, at: datetime) -> tuple[int, bool]:
    """How many to tell of now, which are told with this, and whether some wait for tomorrow."""
    hold(session, _UNTOLD)
    count, today = _untold(session), local_day(at).isoformat()
    if not count or facts.get(session, _TOLD_ON) == today:
        return 0, count > 0
    facts.put(session, _TOLD_ON, today)
    facts.put(session, _UNTOLD, "0")
    return count, False


def _untold(session: Session) -> int:
    return int(facts.get(session, _UNTOLD) or 0)
