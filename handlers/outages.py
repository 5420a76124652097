"""The administrators hear that a platform could not be reached for long, when it is over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.services import outages, troubles
from handlers.texts import platforms as texts

_LONG = timedelta(minutes=10)


def note(
    session: Any, away: Mapping[str, datetime], answering: Collection[str], at: datetime
) -> None:
    """Remember what is away and what is back. Said afterwards: before, it may reach nobody."""
    for each in outages.note(session, away, answering, at=at):
        if at - each.since >= _LONG:
            occasion = f"platform_away:{each.platform}:{each.since.isoformat()}"
            text = texts.was_away(each, until=at)
            troubles.tell(session, text, occasion=occasion, at=at, only_top=True)
