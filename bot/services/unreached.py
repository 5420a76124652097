"""Who can't be written to any more, for those responsible: one line a week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from bot.core.clock import local, local_day
from bot.db.models import AddressRow, DeliveryRow, MemberRow
from bot.services import units

_A_WEEK = timedelta(days=7)
_REASONS = ("blocked", "left", "unreachable")


@dataclass(frozen=True)
class Unreached:
    """What one responsible person is told of the people whom nothing reached this week."""

    member_id: int
    key: str
    names: tuple[str, ...]


def of_the_week(session: Session, *, at: datetime) -> list[Unreached]:
    """For each responsible person those of their people to whom a message failed in seven days.

    Only people without any address that works: whoever blocked one platform and is reached on
    another misses nothing. The key is the same all week.
    """
    week = "{}-w{:02}".format(*local(at).isocalendar()[:2])
    by_responsible: dict[int, list[str]] = {}
    for member_id, name in _failed(session, at):
        for responsible in _responsible(session, member_id, at):
            by_responsible.setdefault(responsible, []).append(name)
    return [
        Unreached(member_id, f"unreached:{week}:m{member_id}", tuple(names))
        for member_id, names in sorted(by_responsible.items())
    ]


def _failed(session: Session, at: datetime) -> Sequence[tuple[int, str]]:
    other = aliased(AddressRow)
    is_reached = (
        select(other.id)
        .where(
            other.member_id == MemberRow.id,
            other.chat_id.is_not(None),
            other.unreachable_reason.is_(None),
        )
        .exists()
    )
    lately = (
        select(DeliveryRow.id)
        .where(
            DeliveryRow.owner == "m" + MemberRow.id.cast(DeliveryRow.owner.type),
            DeliveryRow.state == "failed",
            DeliveryRow.reason.in_(_REASONS),
            DeliveryRow.due_at > at - _A_WEEK,
        )
        .exists()
    )
    query = (
        select(MemberRow.id, MemberRow.name)
        .distinct()
        .join(AddressRow, AddressRow.member_id == MemberRow.id)
        .where(
            AddressRow.unreachable_reason.is_not(None),
            MemberRow.left_on.is_(None) | (MemberRow.left_on > local_day(at)),
            ~is_reached,
            lately,
        )
        .order_by(MemberRow.id)
    )
    return [(row.id, row.name) for row in session.execute(query)]


def _responsible(session: Session, member_id: int, at: datetime) -> list[int]:
    """The secretary of the person's branch; for somebody in none the school's administrator."""
    unit = units.unit_of(session, member_id, units.PARTY)
    unit = unit or units.unit_of(session, member_id, units.ADMIN)
    day = local_day(at)
    if unit is None:
        return units.top_administrators(session, on=day)
    return units.responsible(session, unit, on=day, besides=member_id)
