"""Tells the administrators that something of the house failed, once for each occasion."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select, true
from sqlalchemy.orm import Session

from bot.core.chat import Reply
from bot.core.clock import local_day
from bot.core.roles import Role
from bot.db.models import MemberRow, RoleRow, UnitRow
from bot.services import gate, outbox


def tell(
    session: Session, text: str, *, occasion: str, at: datetime, only_top: bool = False
) -> int:
    """Queue the text to every administrator; the same occasion again adds nothing.

    `only_top`: only to those of the unit above all others, who can do something about it.

    Says how many administrators are told.
    """
    return sum(
        outbox.add(
            session,
            f"m{member_id}",
            Reply(text),
            key=f"{occasion}:m{member_id}",
            purpose=gate.Purpose.TROUBLE,
            at=at,
        )
        for member_id in _administrators(session, at, only_top=only_top)
    )


def _administrators(session: Session, at: datetime, *, only_top: bool) -> list[int]:
    day = local_day(at)
    query = (
        select(RoleRow.member_id)
        .distinct()
        .join(MemberRow, MemberRow.id == RoleRow.member_id)
        .join(UnitRow, UnitRow.id == RoleRow.unit_id)
        .where(
            UnitRow.parent_id.is_(None) if only_top else true(),
            RoleRow.role == Role.ADMINISTRATOR.value,
            RoleRow.from_on <= day,
            or_(RoleRow.to_on.is_(None), RoleRow.to_on > day),
            or_(MemberRow.left_on.is_(None), MemberRow.left_on > day),
        )
    )
    return sorted(session.scalars(query))
