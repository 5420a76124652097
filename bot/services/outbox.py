"""Messages that nobody waits for, as rows under a unique key: added once, sent once."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum

from sqlalchemy import Table
from sqlalchemy.orm import Session

from bot.core.chat import Reply, as_json
from bot.db.engine import insert_once
from bot.db.models import DeliveryRow
from bot.services import gate, keyboards

_DELIVERIES: Table = DeliveryRow.__table__  # type: ignore[assignment]


class Urgency(IntEnum):
    """The lane of a Delivery."""

    INTERACTIVE = 0
    URGENT = 1
    NORMAL = 2
    BULK = 3


def add(
    session: Session,
    owner: str,
    reply: Reply,
    *,
    key: str,
    purpose: gate.Purpose,
    at: datetime,
) -> bool:
    """Queue a message to a person (owner m<id> or a<address id>). False if the key was there.

    The gate says when it may go; the buttons are minted for the owner's private chat.
    """
    message = keyboards.mint(session, owner, "private", reply, at=at)
    row = {
        "key": key,
        "owner": owner,
        "lane": int(Urgency.INTERACTIVE if purpose.is_awaited else Urgency.NORMAL),
        "purpose": purpose.value,
        "message": as_json(message),
        "state": "queued",
        "due_at": gate.opens_at(purpose, at=at),
        "made_at": at,
        "attempts": 0,
    }
    return insert_once(session, _DELIVERIES, [row], unique=("key",)) == 1
