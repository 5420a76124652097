"""The two trees of units: finding one by name, what lies above and below, who is responsible."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz, process
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from bot.core.roles import Role
from bot.db.models import CoverRow, MemberRow, MembershipRow, RoleRow, UnitRow

ADMIN, PARTY = "admin", "party"
SCHOOL, BUREAU = "school", "bureau"
_LIKE_ENOUGH = 50


@dataclass(frozen=True)
class Unit:
    """A node of the administrative (`admin`) or the Party (`party`) tree."""

    id: int
    tree: str
    kind: str
    name: str
    parent_id: int | None = None
    nature: str | None = None


def get(session: Session, unit_id: int) -> Unit | None:
    row = session.get(UnitRow, unit_id)
    return _unit(row) if row else None


def find(session: Session, name: str, tree: str | None = None) -> Unit | None:
    """The open unit of exactly that name (administrative before Party), or None."""
    query = select(UnitRow).where(UnitRow.name == name, UnitRow.closed_on.is_(None))
    if tree:
        query = query.where(UnitRow.tree == tree)
    row = session.scalars(query.order_by(UnitRow.tree)).first()
    return _unit(row) if row else None


def every(session: Session, *, tree: str | None = None, kinds: Collection[str] = ()) -> list[Unit]:
    """All open units, in order of their making."""
    query = select(UnitRow).where(UnitRow.closed_on.is_(None)).order_by(UnitRow.id)
    if tree:
        query = query.where(UnitRow.tree == tree)
    if kinds:
        query = query.where(UnitRow.kind.in_(kinds))
    return [_unit(row) for row in session.scalars(query)]


def nearest(text: str, among: Iterable[Unit], *, limit: int = 3) -> list[Unit]:
    """The units whose names are most like what was written, best first; far ones not at all."""
    known = {unit.name: unit for unit in among}
    found = process.extract(
        text, list(known), scorer=fuzz.WRatio, limit=limit, score_cutoff=_LIKE_ENOUGH
    )
    return [known[name] for name, _, _ in found]


def below(session: Session, unit_id: int) -> list[Unit]:
    """The open units directly below one."""
    rows = session.scalars(
        select(UnitRow)
        .where(UnitRow.parent_id == unit_id, UnitRow.closed_on.is_(None))
        .order_by(UnitRow.id)
    )
    return [_unit(row) for row in rows]


def ancestors(session: Session, unit_id: int) -> list[Unit]:
    """The unit itself and those above it, from below."""
    path: list[Unit] = []
    row = session.get(UnitRow, unit_id)
    while row is not None and row.id not in {each.id for each in path}:
        path.append(_unit(row))
        row = session.get(UnitRow, row.parent_id) if row.parent_id else None
    return path


def subtree(session: Session, unit_ids: Iterable[int]) -> frozenset[int]:
    """The ids of the units and of all below them."""
    below = select(UnitRow.id).where(UnitRow.id.in_(list(unit_ids))).cte("below", recursive=True)
    below = below.union(select(UnitRow.id).where(UnitRow.parent_id == below.c.id))
    return frozenset(session.scalars(select(below.c.id)))


def covering(session: Session, school_id: int) -> list[int]:
    """The Party units that cover a school, without those below another that covers it too."""
    found = list(
        session.scalars(
            select(CoverRow.branch_id)
            .where(CoverRow.school_id == school_id)
            .order_by(CoverRow.branch_id)
        )
    )
    lower = {
        each for each in found if any(above.id in found for above in ancestors(session, each)[1:])
    }
    return [each for each in found if each not in lower]


def unit_of(session: Session, member_id: int, tree: str) -> int | None:
    """The unit in which a member is now, in that tree."""
    return session.scalar(
        select(MembershipRow.unit_id).where(
            MembershipRow.member_id == member_id,
            MembershipRow.tree == tree,
            MembershipRow.to_on.is_(None),
        )
    )


def holders(session: Session, unit_id: int, role: Role, *, on: date) -> list[int]:
    """Who holds the role in exactly that unit on that day, deputies too; ids of members."""
    query = (
        _held(role, on).where(RoleRow.unit_id == unit_id).order_by(RoleRow.is_deputy, RoleRow.id)
    )
    return list(dict.fromkeys(session.scalars(query)))


def responsible(
    session: Session, unit_id: int, *, on: date, besides: int | None = None
) -> list[int]:
    """Who answers for a unit: its secretary (Party) or administrator; a deputy counts.

    A vacancy routes to the unit above, and from the top to the administrators of the bureau.
    `besides` is a member who can't decide it, being the one whom it concerns.
    """
    path = ancestors(session, unit_id)
    role = Role.SECRETARY if path and path[0].tree == PARTY else Role.ADMINISTRATOR
    for unit in path:
        found = [each for each in holders(session, unit.id, role, on=on) if each != besides]
        if found:
            return found
    return [each for each in top_administrators(session, on=on) if each != besides]


def top_administrators(session: Session, *, on: date) -> list[int]:
    """The administrators of the bureau; when there are none, all administrators there are."""
    top = (
        _held(Role.ADMINISTRATOR, on)
        .join(UnitRow, UnitRow.id == RoleRow.unit_id)
        .where(UnitRow.tree == ADMIN, UnitRow.parent_id.is_(None))
    )
    found = session.scalars(top.order_by(RoleRow.id)).all()
    found = found or session.scalars(_held(Role.ADMINISTRATOR, on).order_by(RoleRow.id)).all()
    return list(dict.fromkeys(found))


def _held(role: Role, on: date) -> Select[int]:
    return (
        select(RoleRow.member_id)
        .join(MemberRow, MemberRow.id == RoleRow.member_id)
        .where(
            RoleRow.role == role.value,
            RoleRow.from_on <= on,
            or_(RoleRow.to_on.is_(None), RoleRow.to_on > on),
            or_(MemberRow.left_on.is_(None), MemberRow.left_on > on),
        )
    )


def _unit(row: UnitRow) -> Unit:
    return Unit(row.id, row.tree, row.kind, row.name, row.parent_id, row.nature)
