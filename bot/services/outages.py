"""Platforms that can't be reached just now: known to all processes, and told when it is over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.db.models import DeliveryRow, FactRow
from bot.services import facts

WORTH_SAYING = timedelta(seconds=30)
_AWAY = "away:"


@dataclass(frozen=True)
class Outage:
    """A platform that can't be reached since then."""

    platform: str
    since: datetime


def note(
    session: Session, away: Mapping[str, datetime], answering: Collection[str], *, at: datetime
) -> list[Outage]:
    """Remember what is away for longer than a moment; gives those that are over.

    One that a process before this one has noted lasts until the platform answers.
    """
    known = {each.platform: each for each in current(session)}
    for platform, since in away.items():
        if platform not in known and at - since >= WORTH_SAYING:
            facts.put(session, _AWAY + platform, since.isoformat())
    over = [each for each in known.values() if each.platform in answering]
    for each in over:
        facts.put(session, _AWAY + each.platform, "")
    return over


def current(session: Session) -> list[Outage]:
    """The platforms that can't be reached, in the order of their names."""
    query = select(FactRow.name, FactRow.value).where(
        FactRow.name.startswith(_AWAY), FactRow.value != ""
    )
    rows = session.execute(query.order_by(FactRow.name))
    return [Outage(row.name.removeprefix(_AWAY), datetime.fromisoformat(row.value)) for row in rows]


def waiting(session: Session) -> int:
    """How many messages have had their turn and wait until a platform is back."""
    query = select(func.count()).where(
        DeliveryRow.state == "queued", DeliveryRow.reason == "paused"
    )
    return session.scalars(query).one()
