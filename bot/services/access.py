"""Whom a member answers for: the one place that scopes queries to it (DESIGN.md, promise 6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.core.errors import Refused
from bot.core.roles import Role
from bot.db.models import CoverRow, MemberRow, MembershipRow, RoleRow, UnitRow
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
    for unit, administers in _held(session, member, role):
        if administers and unit.parent_id is None:
            return EVERYTHING
        below = units.subtree(session, [unit.id])
        found |= below | _branches_within(session, below) if administers else below
    return Scope(frozenset(found))


def nearest(session: Session, member: Member | None, role: Role | None = None) -> Scope:
    """Of the scope, the units for which no administrator nearer to their people answers.

    What concerns single people (who was absent and why, who is spared) reaches no further: from
    a school to its own administrator, and to the bureau only where the school has none.
    """
    if member is None:
        return EVERYTHING
    found: set[int] = set()
    for unit, administers in _held(session, member, role):
        below = units.subtree(session, [unit.id])
        if administers:
            below -= units.subtree(session, _administered(session, below - {unit.id}))
            found |= _branches_within(session, below)
        found |= below
    return Scope(frozenset(found))


def people(
    session: Session,
    member: Member | None,
    member_id: InstrumentedAttribute[int] | ColumnElement[int],
    role: Role | None = None,
    *,
    is_near: bool = False,
) -> ColumnElement[bool]:
    """A condition on a column of member ids: only people that `member` answers for today;
    `is_near`: for whom nobody nearer does.
    """
    mine = (nearest if is_near else scope)(session, member, role)
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


def _held(session: Session, member: Member, role: Role | None) -> Iterator[tuple[units.Unit, bool]]:
    """The units in which the member holds the role, or any, and whether they administer it."""
    for held in member.roles:
        unit = units.get(session, held.unit_id) if role in (None, held.role) else None
        if unit is not None:
            yield unit, unit.tree == units.ADMIN and held.role is Role.ADMINISTRATOR


def _administered(session: Session, unit_ids: frozenset[int]) -> Sequence[int]:
    """Those of the units that have an administrator of their own."""
    return session.scalars(
        select(RoleRow.unit_id)
        .join(MemberRow, MemberRow.id == RoleRow.member_id)
        .where(
            RoleRow.role == Role.ADMINISTRATOR.value,
            RoleRow.unit_id.in_(unit_ids),
            RoleRow.to_on.is_(None),
            MemberRow.left_on.is_(None),
        )
    ).all()


def _branches_within(session: Session, schools: frozenset[int]) -> frozenset[int]:
    """The Party units that cover only these schools, with what lies below them."""
    mine = select(CoverRow.branch_id).where(CoverRow.school_id.in_(schools))
    others = select(CoverRow.branch_id).where(CoverRow.school_id.not_in(schools))
    wholly = session.scalars(
        select(UnitRow.id).where(UnitRow.id.in_(mine), or_(UnitRow.id.not_in(others)))
    )
    return units.subtree(session, wholly.all())
