"""Finding members by number or name, among those whom the seeker answers for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.core.errors import Refused
from bot.db.models import MemberRow, MembershipRow, UnitRow
from bot.services import access
from bot.services.members import Member

FOUND_AT_MOST = 8


@dataclass(frozen=True)
class Somebody:
    """A member as a search shows one: enough to tell two of one name apart."""

    id: int
    name: str
    number: str
    units: tuple[str, ...] = ()


def search(
    session: Session, reader: Member | None, text: str, *, limit: int = FOUND_AT_MOST
) -> list[Somebody]:
    """Members whose number is, or whose name contains, the text; only the reader's own people."""
    text = text.strip()
    if not text:
        return []
    rows = session.execute(
        select(MemberRow.id, MemberRow.name, MemberRow.number)
        .where(
            or_(MemberRow.number == text, MemberRow.name.contains(text, autoescape=True)),
            MemberRow.left_on.is_(None),
            access.people(session, reader, MemberRow.id),
        )
        .order_by(MemberRow.name != text, MemberRow.number)
        .limit(limit)
    ).all()
    there = places(session, [row.id for row in rows])
    return [Somebody(row.id, row.name, row.number, there.get(row.id, ())) for row in rows]


def one(session: Session, reader: Member | None, text: str) -> Somebody:
    """The member of that number or name. Raises Refused member_unknown, member_ambiguous."""
    found = search(session, reader, text)
    exact = [each for each in found if text.strip() in (each.number, each.name)]
    if not exact:
        raise Refused("member_unknown", text=text)
    if len(exact) > 1:
        numbers = "、".join(each.number for each in exact)
        raise Refused("member_ambiguous", text=text, numbers=numbers)
    return exact[0]


def exactly(session: Session, name: str, *, limit: int = FOUND_AT_MOST) -> list[Somebody]:
    """Members of that whole name, whoever asks: to invite somebody one has to know them."""
    rows = session.execute(
        select(MemberRow.id, MemberRow.name, MemberRow.number)
        .where(MemberRow.name == name.strip(), MemberRow.left_on.is_(None))
        .order_by(MemberRow.number)
        .limit(limit)
    ).all()
    there = places(session, [row.id for row in rows])
    return [Somebody(row.id, row.name, row.number, there.get(row.id, ())) for row in rows]


def places(session: Session, member_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    rows = session.execute(
        select(MembershipRow.member_id, UnitRow.name)
        .join(UnitRow, UnitRow.id == MembershipRow.unit_id)
        .where(MembershipRow.member_id.in_(member_ids), MembershipRow.to_on.is_(None))
        .order_by(MembershipRow.tree)
    )
    for member_id, name in rows:
        found[member_id] = (*found.get(member_id, ()), name)
    return found
