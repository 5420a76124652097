"""To whom something goes: a frozen description of people, and who they are on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from bot.core.roles import Role
from bot.db.engine import run
from bot.db.models import (
    AddressRow,
    MemberRow,
    MembershipRow,
    MemberTagRow,
    RoleRow,
    UnitRow,
)
from bot.services import units

SAMPLE = 10
RETIRED, OFFICE = "离退休", "局机关"


@dataclass(frozen=True)
class Audience:
    """Everybody whom each of the given kinds admits; a kind that is empty admits all.

    `units` are ids, with all below them; `roles` values of Role (teacher is everybody);
    `party_status` as in the roster; `duties` words that stand in a person's duties; `tags` as set
    by administrators (离退休 also means the Party units of the retired, 局机关 who belongs to the
    bureau and to none of its schools); `people` ids of members, who belong to it whatever else is
    said; `also` others who belong to it; `but` who does not.
    """

    units: tuple[int, ...] = ()
    roles: tuple[str, ...] = ()
    party_status: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    people: tuple[int, ...] = ()
    but: Audience | None = None
    also: tuple[Audience, ...] = ()

    @property
    def kinds(self) -> set[str]:
        """Which of units, roles, party_status, duties and tags say something."""
        named = ("units", "roles", "party_status", "duties", "tags")
        return {name for name in named if getattr(self, name)}


EVERYBODY = Audience(roles=(Role.TEACHER.value,))
Among = ColumnElement[bool] | None


@dataclass(frozen=True)
class Names:
    """What units and people that an audience names are called today."""

    units: Mapping[int, str]
    people: Mapping[int, str]


def members(
    session: Session,
    audience: Audience,
    *,
    on: date,
    among: Among = None,
    after: int = 0,
    limit: int | None = None,
) -> list[int]:
    """The ids of all who belong to it on that day, in order.

    `among` leaves out others (see access.people, on MemberRow.id). With `after` and `limit` a piece
    of them: those behind that id.
    """
    query = _query(session, audience, on, among).where(MemberRow.id > after)
    session.flush()  # the statement goes past the ORM, which would take as long again
    return list(run(session, query.order_by(MemberRow.id).limit(limit)).scalars().all())


def count(session: Session, audience: Audience, *, on: date, among: Among = None) -> int:
    """How many belong to it on that day."""
    found = _query(session, audience, on, among).subquery()
    return session.scalars(select(func.count()).select_from(found)).one()


def unbound(session: Session, audience: Audience, *, on: date, among: Among = None) -> int:
    """How many of them have no chat in which they could be written to."""
    usable = exists().where(
        AddressRow.member_id == MemberRow.id,
        AddressRow.chat_id.is_not(None),
        AddressRow.unreachable_reason.is_(None),
    )
    found = _query(session, audience, on, among).where(~usable).subquery()
    return session.scalars(select(func.count()).select_from(found)).one()


def sample(
    session: Session, audience: Audience, *, on: date, among: Among = None, size: int = SAMPLE
) -> list[str]:
    """Names of some who belong to it, from all over, the same ones each time."""
    found = _query(session, audience, on, among).subquery()
    scattered = (MemberRow.id * 7919) % 10_007
    query = select(MemberRow.name).where(MemberRow.id.in_(select(found.c.id)))
    return list(session.scalars(query.order_by(scattered, MemberRow.id).limit(size)))


def includes(session: Session, audience: Audience, member_id: int, *, on: date) -> bool:
    """Whether the member belongs to it on that day."""
    query = _query(session, audience, on, MemberRow.id == member_id)
    return session.scalars(query).first() is not None


def names(session: Session, audience: Audience) -> Names:
    """What to call the units and people that it names."""
    parts = _parts(audience)
    unit_ids = {each for part in parts for each in part.units}
    people = {each for part in parts for each in part.people}
    found = select(UnitRow.id, UnitRow.name).where(UnitRow.id.in_(unit_ids))
    persons = select(MemberRow.id, MemberRow.name).where(MemberRow.id.in_(people))
    return Names(
        {row.id: row.name for row in session.execute(found)},
        {row.id: row.name for row in session.execute(persons)},
    )


def as_json(audience: Audience) -> dict[str, Any]:
    """The stored form, without what says nothing."""
    said: dict[str, Any] = {}
    for field in fields(audience):
        value = getattr(audience, field.name)
        if isinstance(value, Audience):
            said[field.name] = as_json(value)
        elif field.name == "also":
            said |= {"also": [as_json(each) for each in value]} if value else {}
        elif value:
            said[field.name] = list(value)
    return said


def from_json(said: Mapping[str, Any]) -> Audience:
    """The audience that `as_json` stored."""
    parts: dict[str, Any] = {}
    for name, value in said.items():
        if name == "but":
            parts[name] = from_json(value)
        elif name == "also":
            parts[name] = tuple(from_json(each) for each in value)
        else:
            parts[name] = tuple(value)
    return Audience(**parts)


def _parts(audience: Audience) -> list[Audience]:
    """The audience and all that it is made of."""
    within = [*audience.also, *([audience.but] if audience.but else [])]
    return [audience, *(part for each in within for part in _parts(each))]


def _query(session: Session, audience: Audience, on: date, among: Among) -> Select[int]:
    query = select(MemberRow.id).where(_there(on), _belongs(session, audience, on))
    return query if among is None else query.where(among)


def _there(on: date) -> ColumnElement[bool]:
    return or_(MemberRow.left_on.is_(None), MemberRow.left_on > on)


def _belongs(session: Session, audience: Audience, on: date) -> ColumnElement[bool]:
    whole = or_(
        _admitted(session, audience, on), *(_belongs(session, each, on) for each in audience.also)
    )
    if audience.but is None:
        return whole
    return and_(whole, ~_belongs(session, audience.but, on))


def _admitted(session: Session, audience: Audience, on: date) -> ColumnElement[bool]:
    named = MemberRow.id.in_(audience.people) if audience.people else false()
    kinds = [
        _in_units(session, audience, on) if audience.units else None,
        _in_roles(audience, on) if audience.roles else None,
        MemberRow.party_status.in_(audience.party_status) if audience.party_status else None,
        or_(*(MemberRow.duties.contains(each, autoescape=True) for each in audience.duties))
        if audience.duties
        else None,
        _tagged(audience, on) if audience.tags else None,
    ]
    said = [each for each in kinds if each is not None]
    if not said:
        return named if audience.people else true()
    return or_(named, and_(*said))


def _in_units(session: Session, audience: Audience, on: date) -> ColumnElement[bool]:
    there = select(MembershipRow.member_id).where(
        MembershipRow.unit_id.in_(units.subtree(session, audience.units)),
        *_current(on),
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


def _tagged(audience: Audience, on: date) -> ColumnElement[bool]:
    tagged = MemberRow.id.in_(
        select(MemberTagRow.member_id).where(MemberTagRow.tag.in_(audience.tags))
    )
    known = [_of_the_retired(on)] if RETIRED in audience.tags else []
    known += [_of_the_office(on)] if OFFICE in audience.tags else []
    return or_(tagged, *known)


def _of_the_retired(on: date) -> ColumnElement[bool]:
    """Retired Party members have a branch of their own, so nobody has to tag them."""
    there = (
        select(MembershipRow.member_id)
        .join(UnitRow, UnitRow.id == MembershipRow.unit_id)
        .where(
            UnitRow.tree == units.PARTY,
            UnitRow.name.contains("退休"),
            *_current(on),
        )
    )
    return MemberRow.id.in_(there)


def _of_the_office(on: date) -> ColumnElement[bool]:
    """Who works at the bureau teaches no class. A school that is alone is no bureau."""
    school = aliased(UnitRow)
    there = (
        select(MembershipRow.member_id)
        .join(UnitRow, UnitRow.id == MembershipRow.unit_id)
        .where(
            UnitRow.tree == units.ADMIN,
            UnitRow.kind == units.BUREAU,
            exists().where(school.parent_id == UnitRow.id, school.kind == units.SCHOOL),
            *_current(on),
        )
    )
    return MemberRow.id.in_(there)


def _current(on: date) -> tuple[ColumnElement[bool], ...]:
    ends = or_(MembershipRow.to_on.is_(None), MembershipRow.to_on > on)
    return MembershipRow.from_on <= on, ends
