"""A stranger's request to be let in, by name and school: who decides it, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.core.roles import Role
from bot.db.models import AddressRow, JoinRequestRow, MemberRow, MembershipRow, UnitRow
from bot.services import access, audit, invitations, people, units
from bot.services.members import Member
from bot.services.people import Somebody
from bot.services.units import Unit

A_DAY_AT_MOST = 3
SCHOOL_KINDS = (units.BUREAU, units.SCHOOL)


@dataclass(frozen=True)
class Request:
    """A request as those who decide see it. `candidates` are roster members of that name there."""

    id: int
    name: str
    school: str
    called: str
    candidates: tuple[Somebody, ...]


@dataclass(frozen=True)
class Decision:
    """What became of a request. `is_repeat`: somebody had decided before, `status` says how."""

    request_id: int
    status: str
    name: str
    school: str
    address_id: int
    is_repeat: bool = False


def schools_like(session: Session, text: str) -> list[Unit]:
    """The school of that name alone, or those that come near, best first."""
    known = units.every(session, tree=units.ADMIN, kinds=SCHOOL_KINDS)
    exact = [unit for unit in known if unit.name == text.strip()]
    return exact or units.nearest(text.strip(), known)


def request(
    session: Session, guest: Member, name: str, school_id: int, *, at: datetime
) -> tuple[Request, list[int]]:
    """Write a request down; gives it with the members (ids) who may decide it.

    An earlier open one of this address is withdrawn. Raises Refused: join_bound_already,
    join_asked_enough, unit_gone, join_nobody_decides.
    """
    if not guest.is_guest:
        raise Refused("join_bound_already")
    # Two requests of one address at once must see each other.
    address = session.get_one(AddressRow, guest.address_id, with_for_update=True)
    school = units.get(session, school_id)
    if school is None or school.kind not in SCHOOL_KINDS:
        raise Refused("unit_gone")
    _require_patience(session, address.id, at)
    session.execute(
        update(JoinRequestRow)
        .where(JoinRequestRow.address_id == address.id, JoinRequestRow.status == "open")
        .values(status="withdrawn", decided_at=at)
    )
    row = JoinRequestRow(address_id=address.id, name=name, school=school.name, made_at=at)
    session.add(row)
    session.flush()
    deciders = _deciders(session, row, local_day(at))
    if not deciders:
        raise Refused("join_nobody_decides")
    return _shown(session, row, address.name), deciders


def decide(
    session: Session, decider: Member, request_id: int, member_id: int | None, *, at: datetime
) -> Decision:
    """Let the stranger in as that member, or decline (None). The first decision counts.

    Raises Refused: join_not_yours, join_not_candidate.
    """
    row = session.get(JoinRequestRow, request_id, populate_existing=True)
    if row is None or not _may_decide(session, decider, row, local_day(at)):
        raise Refused("join_not_yours")
    if row.status != "open":
        return _decision(row, is_repeat=True)
    candidates = _candidates(session, row)
    if member_id is not None and member_id not in {each.id for each in candidates}:
        raise Refused("join_not_candidate")
    status = "declined" if member_id is None else "approved"
    done: Any = session.execute(
        update(JoinRequestRow)
        .where(JoinRequestRow.id == request_id, JoinRequestRow.status == "open")
        .values(status=status, member_id=member_id, decided_by=decider.id, decided_at=at)
    )
    session.refresh(row)
    if done.rowcount != 1:
        return _decision(row, is_repeat=True)
    if member_id is not None:
        invitations.bind(session, row.address_id, member_id, at=at)
    school = units.find(session, row.school, units.ADMIN)
    detail = {"unit": school.id if school else None, "request": row.id}
    audit.add(session, decider, f"join.{status}", f"{row.name} {row.school}", detail, at=at)
    return _decision(row)


def waiting(session: Session, decider: Member, *, at: datetime) -> list[Request]:
    """Open requests that this member may decide, oldest first."""
    rows = session.execute(
        select(JoinRequestRow, AddressRow.name)
        .join(AddressRow, AddressRow.id == JoinRequestRow.address_id)
        .where(JoinRequestRow.status == "open")
        .order_by(JoinRequestRow.id)
        .limit(50)
    ).all()
    day = local_day(at)
    return [
        _shown(session, row, called)
        for row, called in rows
        if _may_decide(session, decider, row, day)
    ]


def _require_patience(session: Session, address_id: int, at: datetime) -> None:
    recent = select(func.count()).where(
        JoinRequestRow.address_id == address_id,
        JoinRequestRow.made_at > at - timedelta(days=1),
    )
    if session.scalars(recent).one() >= A_DAY_AT_MOST:
        raise Refused("join_asked_enough")


def _candidates(session: Session, row: JoinRequestRow) -> list[Somebody]:
    found = session.execute(
        select(MemberRow.id, MemberRow.name, MemberRow.number)
        .join(MembershipRow, MembershipRow.member_id == MemberRow.id)
        .join(UnitRow, UnitRow.id == MembershipRow.unit_id)
        .where(
            MemberRow.name == row.name,
            MemberRow.left_on.is_(None),
            MembershipRow.to_on.is_(None),
            UnitRow.tree == units.ADMIN,
            UnitRow.name == row.school,
        )
        .order_by(MemberRow.number)
    ).all()
    places = people.places(session, [each.id for each in found])
    return [Somebody(each.id, each.name, each.number, places[each.id]) for each in found]


def _deciders(session: Session, row: JoinRequestRow, day: date) -> list[int]:
    """The secretary of the person's branch; else who answers for the school; else those above."""
    candidates = _candidates(session, row)
    concerned = candidates[0].id if len(candidates) == 1 else None
    branches = {units.unit_of(session, each.id, units.PARTY) for each in candidates}
    if len(branches) == 1 and (branch := branches.pop()) is not None:
        return units.responsible(session, branch, on=day, besides=concerned)
    school = units.find(session, row.school, units.ADMIN)
    if school is None:
        return units.top_administrators(session, on=day)
    return _answering_for_school(session, school.id, concerned, day)


def _answering_for_school(
    session: Session, school_id: int, concerned: int | None, day: date
) -> list[int]:
    own = units.holders(session, school_id, Role.ADMINISTRATOR, on=day)
    covering = [
        holder
        for branch in units.covering(session, school_id)
        for holder in units.holders(session, branch, Role.SECRETARY, on=day)
    ]
    for found in (own, covering):
        others = [each for each in dict.fromkeys(found) if each != concerned]
        if others:
            return others
    return units.responsible(session, school_id, on=day, besides=concerned)


def _may_decide(session: Session, member: Member, row: JoinRequestRow, day: date) -> bool:
    if member.id in _deciders(session, row, day):
        return True
    school = units.find(session, row.school, units.ADMIN)
    return school is not None and school.id in access.scope(session, member, Role.ADMINISTRATOR)


def _shown(session: Session, row: JoinRequestRow, called: str) -> Request:
    return Request(row.id, row.name, row.school, called, tuple(_candidates(session, row)))


def _decision(row: JoinRequestRow, *, is_repeat: bool = False) -> Decision:
    return Decision(row.id, row.status, row.name, row.school, row.address_id, is_repeat)
