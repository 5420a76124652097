"""Once a week, those responsible hear whom nothing reaches any more."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.core.chat import Button, Reply
from bot.services import gate, outbox, unreached
from handlers.texts import unconfirmed as lists
from handlers.texts import unreached as texts


def advance(session: Any, *, at: datetime) -> bool:
    """Tell those responsible, once a week each. For the sweep."""
    for each in unreached.of_the_week(session, at=at):
        outbox.add(
            session,
            f"m{each.member_id}",
            Reply(texts.told(each.names), [Button(lists.SEE, "unconfirmed.show")]),
            key=each.key,
            purpose=gate.Purpose.DIGEST,
            at=at,
        )
    return False
