"""To whom something goes: a frozen description of people, and who they are on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true
from sqlalchemy.orm import Session

from bot.core.roles import Role
from bot.db.models import MemberRow, MembershipRow, RoleRow
from bot.services import units


@dataclass(frozen=True)
class Audience:
    """Everybody whom each of the given kinds admits; a kind that is empty admits all.

    `units` are ids, with all below them; `roles` values of Role (teacher is everybody);
    `party_status` as in the roster; `duties` words that stand in a person's duties; `people` ids
    of members, who belong to it whatever else is said; `but` who does not.
    """

    units: tuple[int, ...] = ()
    roles: tuple[str, ...] = ()
    party_status: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    people: tuple[int, ...] = ()
    but: Audience | None = None


def members(
    session: Session, audience: Audience, *, on: date, after: int = 0, limit: int | None = None
) -> list[int]:
    """The ids of those who belong to it on that day, in order; a piece of them if wished."""
    query = select(MemberRow.id).where(admits(session, audience, on=on), MemberRow.id > after)
    return list(session.scalars(query.order_by(MemberRow.id).limit(limit)))


def admits(session: Session, audience: Audience, *, on: date) -> ColumnElement[bool]:
    """The condition on MemberRow that somebody belongs to it on that day."""
    found = and_(_there(on), _belongs(session, audience, on))
    return found if audience.but is None else and_(found, ~_belongs(session, audience.but, on))


def count(session: Session, audience: Audience, *, on: date) -> int:
    """How many belong to it on that day."""
    query = select(func.count()).select_from(MemberRow)
    return session.scalars(query.where(admits(session, audience, on=on))).one()


def _there(on: date) -> ColumnElement[bool]:
    return or_(MemberRow.left_on.is_(None), MemberRow.left_on > on)


def _belongs(session: Session, audience: Audience, on: date) -> ColumnElement[bool]:
    named = MemberRow.id.in_(audience.people) if audience.people else false()
    kinds = [
        _in_units(session, audience, on) if audience.units else None,
        _in_roles(audience, on) if audience.roles else None,
        MemberRow.party_status.in_(audience.party_status) if audience.party_status else None,
        or_(*(MemberRow.duties.contains(each, autoescape=True) for each in audience.duties))
        if audience.duties
        else None,
    ]
    said = [each for each in kinds if each is not None]
    if not said:
        return named if audience.people else true()
    return or_(named, and_(*said))


def _in_units(session: Session, audience: Audience, on: date) -> ColumnElement[bool]:
    there = select(MembershipRow.member_id).where(
        MembershipRow.unit_id.in_(units.subtree(session, audience.units)),
        MembershipRow.from_on <= on,
        or_(MembershipRow.to_on.is_(None), MembershipRow.to_on > on),
    )
    return MemberRow.id.in_(there)


def _in_roles(audience: Audience, on: date) -> ColumnElement[bool]:
    if Role.TEACHER.value in audience.roles:
        return true()
    held = select(RoleRow.member_id).where(
        RoleRow.role.in_(audience.roles),
        RoleRow.from_on <= on,
        or_(RoleRow.to_on.is_(None), RoleRow.to_on > on),
    )
    return MemberRow.id.in_(held)
