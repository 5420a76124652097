"""Whom a member answers for: the one place that scopes queries to it (DESIGN.md, promise 6)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.core.errors import Refused
from bot.core.roles import Role
from bot.db.models import CoverRow, MembershipRow, UnitRow
from bot.services import units
from bot.services.members import Member


@dataclass(frozen=True)
class Scope:
    """The units that somebody answers for; `is_everything` for the whole house."""

    unit_ids: frozenset[int] = frozenset()
    is_everything: bool = False

    def __contains__(self, unit_id: object) -> bool:
        return self.is_everything or unit_id in self.unit_ids


EVERYTHING = Scope(is_everything=True)


def scope(session: Session, member: Member | None, role: Role | None = None) -> Scope:
    """The units that a member answers for, by all roles or by one. None is the command line.

    A secretary answers for the Party unit and those below. An administrator of a school answers
    for the school and for the branches that cover no other school; one of the bureau for all.
    """
    if member is None:
        return EVERYTHING
    found: set[int] = set()
    for held in member.roles:
        if role not in (None, held.role):
            continue
        unit = units.get(session, held.unit_id)
        if unit is None:
            continue
        below = units.subtree(session, [unit.id])
        if unit.tree == units.ADMIN and held.role is Role.ADMINISTRATOR:
            if unit.parent_id is None:
                return EVERYTHING
            below |= _branches_within(session, below)
        found |= below
    return Scope(frozenset(found))


def people(
    session: Session,
    member: Member | None,
    member_id: InstrumentedAttribute[int] | ColumnElement[int],
    role: Role | None = None,
) -> ColumnElement[bool]:
    """A condition on a column of member ids: only people that `member` answers for today."""
    mine = scope(session, member, role)
    if mine.is_everything:
        return true()
    if not mine.unit_ids:
        return false()
    there = select(MembershipRow.member_id).where(
        MembershipRow.unit_id.in_(mine.unit_ids), MembershipRow.to_on.is_(None)
    )
    return member_id.in_(there)


def require(
    session: Session, member: Member | None, unit_id: int, role: Role = Role.ADMINISTRATOR
) -> None:
    """Raises Refused not_your_unit unless the member answers for the unit in that role."""
    if unit_id not in scope(session, member, role):
        raise Refused("not_your_unit")


def _branches_within(session: Session, schools: frozenset[int]) -> frozenset[int]:
    """The Party units that cover only these schools, with what lies below them."""
    mine = select(CoverRow.branch_id).where(CoverRow.school_id.in_(schools))
    others = select(CoverRow.branch_id).where(CoverRow.school_id.not_in(schools))
    wholly = session.scalars(
        select(UnitRow.id).where(UnitRow.id.in_(mine), or_(UnitRow.id.not_in(others)))
    )
    return units.subtree(session, wholly.all())
