"""Roles in units from a day to a day: granting, revoking, showing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.core.roles import GRANTABLE, Role
from bot.db.models import MemberRow, RoleRow, UnitRow
from bot.services import access, audit, units
from bot.services.members import Member
from bot.services.units import Unit


@dataclass(frozen=True)
class Term:
    """From which day on a role holds, and the first day without it (None: open)."""

    from_on: date | None = None
    to_on: date | None = None
    is_deputy: bool = False


@dataclass(frozen=True)
class Held:
    """A role as it is shown: whose, where, from when to when."""

    id: int
    member_id: int
    name: str
    number: str
    role: Role
    unit_id: int
    unit: str
    from_on: date
    to_on: date | None
    is_deputy: bool


OPEN = Term()


def current(session: Session, reader: Member | None, *, at: datetime) -> list[Held]:
    """Roles in force or still to come in the units that the reader administers."""
    day = local_day(at)
    mine = access.scope(session, reader, Role.ADMINISTRATOR)
    rows = session.execute(
        select(RoleRow, MemberRow.name, MemberRow.number, UnitRow.name)
        .join(MemberRow, MemberRow.id == RoleRow.member_id)
        .join(UnitRow, UnitRow.id == RoleRow.unit_id)
        .where(or_(RoleRow.to_on.is_(None), RoleRow.to_on > day), MemberRow.left_on.is_(None))
        .order_by(RoleRow.role, RoleRow.unit_id, RoleRow.is_deputy, RoleRow.id)
    )
    return [_held(*row) for row in rows if row[0].unit_id in mine]


def fitting(session: Session, actor: Member | None, member_id: int, role: Role) -> list[Unit]:
    """Units in which the role is likely meant: above and at the member, where the actor decides."""
    tree = units.PARTY if role is Role.SECRETARY else units.ADMIN
    there = units.unit_of(session, member_id, tree)
    mine = access.scope(session, actor, Role.ADMINISTRATOR)
    path = units.ancestors(session, there) if there is not None else []
    return [unit for unit in path if unit.id in mine]


def like(session: Session, actor: Member | None, text: str, role: Role) -> list[Unit]:
    """Units of a name like the text in which the actor may grant the role."""
    tree = units.PARTY if role is Role.SECRETARY else units.ADMIN
    mine = access.scope(session, actor, Role.ADMINISTRATOR)
    return units.nearest(
        text.strip(), (unit for unit in units.every(session, tree=tree) if unit.id in mine), limit=5
    )


def last_day(text: str, *, at: datetime) -> date:
    """The day until which (included) a deputy acts: 2026-12-31, 12月31日 or 30天.

    Raises Refused day_unknown, role_days_wrong.
    """
    today = local_day(at)
    if found := re.fullmatch(r"(\d{1,3}) ?天", text.strip()):
        return today + timedelta(days=int(found[1]))
    found = re.fullmatch(r"(?:(\d{4})[-年/])?(\d{1,2})[-月/](\d{1,2})日?", text.strip())
    try:
        year, month, day = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
        wanted = date(year or today.year, month, day)
    except ValueError as error:
        raise Refused("day_unknown", text=text[:40]) from error
    if not year and wanted < today:
        wanted = wanted.replace(year=today.year + 1)
    if wanted < today:
        raise Refused("role_days_wrong")
    return wanted


def grant(
    session: Session,
    actor: Member | None,
    holder: tuple[int, Role, int],
    term: Term = OPEN,
    *,
    at: datetime,
) -> bool:
    """Give (member id, role, unit id) for a term. False when it was so already.

    `actor` None is the command line. Raises Refused: not_your_unit, not_your_person,
    role_not_grantable, role_wrong_tree, role_days_wrong, member_gone, unit_gone.
    """
    member_id, role, unit_id = holder
    unit = _checked_unit(session, actor, role, unit_id)
    # Two grants at one moment must see each other.
    member = session.get(MemberRow, member_id, with_for_update=True, populate_existing=True)
    if member is None or member.left_on is not None:
        raise Refused("member_gone")
    _require_own_person(session, actor, member_id)
    from_on = term.from_on or local_day(at)
    if term.to_on is not None and term.to_on <= from_on:
        raise Refused("role_days_wrong")
    if not _put(session, holder, from_on, term, at=at):
        return False
    detail = {
        "unit": unit_id,
        "role": role.value,
        "from": from_on.isoformat(),
        "to": term.to_on.isoformat() if term.to_on else None,
        "deputy": term.is_deputy,
    }
    audit.add(session, actor, "role.grant", _subject(member, unit), detail, at=at)
    return True


def revoke(
    session: Session, actor: Member | None, holder: tuple[int, Role, int], *, at: datetime
) -> None:
    """End a role from today on; the history stays.

    Raises Refused: role_not_held, last_administrator, not_your_unit, unit_gone.
    """
    member_id, role, unit_id = holder
    unit = _checked_unit(session, actor, role, unit_id)
    day = local_day(at)
    rows = session.scalars(_open_rows(holder, day)).all()
    if not rows:
        raise Refused("role_not_held")
    for row in rows:
        if role is Role.ADMINISTRATOR:
            _require_another_administrator(session, row.id, at=at)
        row.to_on = max(day, row.from_on)
        session.flush()
    member = session.get_one(MemberRow, member_id)
    detail = {"unit": unit_id, "role": role.value}
    audit.add(session, actor, "role.revoke", _subject(member, unit), detail, at=at)


def _put(
    session: Session, holder: tuple[int, Role, int], from_on: date, term: Term, *, at: datetime
) -> bool:
    """Write the role down, or change the one that stands. False when nothing changed."""
    member_id, role, unit_id = holder
    row = _standing(session, holder, from_on)
    if row is None:
        row = RoleRow(member_id=member_id, role=role.value, unit_id=unit_id, from_on=from_on)
        session.add(row)
    elif (row.to_on, row.is_deputy) == (term.to_on, term.is_deputy):
        return False
    elif role is Role.ADMINISTRATOR and term.to_on is not None:
        _require_another_administrator(session, row.id, at=at)
    row.to_on, row.is_deputy = term.to_on, term.is_deputy
    session.flush()
    return True


def _require_another_administrator(session: Session, role_id: int, *, at: datetime) -> None:
    """Raises Refused unless somebody else administers the bureau without end."""
    day = local_day(at)
    lasting = session.execute(
        select(RoleRow.id, UnitRow.parent_id)
        .join(UnitRow, UnitRow.id == RoleRow.unit_id)
        .join(MemberRow, MemberRow.id == RoleRow.member_id)
        .where(
            RoleRow.role == Role.ADMINISTRATOR.value,
            RoleRow.to_on.is_(None),
            RoleRow.from_on <= day,
            MemberRow.left_on.is_(None),
            UnitRow.tree == units.ADMIN,
        )
        .order_by(RoleRow.id)
    ).all()
    top = {row.id for row in lasting if row.parent_id is None}
    if role_id in top and not top - {role_id}:
        raise Refused("last_administrator")


def _checked_unit(session: Session, actor: Member | None, role: Role, unit_id: int) -> Unit:
    if role is Role.ADMINISTRATOR:
        # Two administrators who revoke each other at once must see each other.
        top = UnitRow.tree == units.ADMIN, UnitRow.parent_id.is_(None)
        session.execute(select(UnitRow.id).where(*top).with_for_update(key_share=True))
    unit = units.get(session, unit_id)
    if unit is None:
        raise Refused("unit_gone")
    access.require(session, actor, unit_id)
    if role not in GRANTABLE:
        raise Refused("role_not_grantable")
    if role is Role.SECRETARY and unit.tree != units.PARTY:
        raise Refused("role_wrong_tree", unit=unit.name)
    if role is Role.ADMINISTRATOR and unit.tree != units.ADMIN:
        raise Refused("role_wrong_tree", unit=unit.name)
    return unit


def _require_own_person(session: Session, actor: Member | None, member_id: int) -> None:
    mine = access.people(session, actor, MemberRow.id, Role.ADMINISTRATOR)
    if session.scalar(select(MemberRow.id).where(MemberRow.id == member_id, mine)) is None:
        raise Refused("not_your_person")


def _open_rows(holder: tuple[int, Role, int], day: date) -> Select[RoleRow]:
    member_id, role, unit_id = holder
    return (
        select(RoleRow)
        .where(
            RoleRow.member_id == member_id,
            RoleRow.role == role.value,
            RoleRow.unit_id == unit_id,
            or_(RoleRow.to_on.is_(None), RoleRow.to_on > day),
        )
        .with_for_update()
    )


def _standing(session: Session, holder: tuple[int, Role, int], from_on: date) -> RoleRow | None:
    """The row of this role that holds on that day, if there is one."""
    rows = session.scalars(_open_rows(holder, from_on).order_by(RoleRow.from_on))
    return next((row for row in rows if row.from_on <= from_on), None)


def _subject(member: MemberRow, unit: Unit) -> str:
    return f"{member.name}（{member.number}） {unit.name}"


def _held(row: RoleRow, name: str, number: str, unit: str) -> Held:
    return Held(
        row.id,
        row.member_id,
        name,
        number,
        Role(row.role),
        row.unit_id,
        unit,
        row.from_on,
        row.to_on,
        row.is_deputy,
    )
