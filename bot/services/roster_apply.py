"""Carrying out the steps of an import: a few hundred at a time in bulk, history kept by day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, select, tuple_, update
from sqlalchemy.orm import Session

from bot.db.engine import insert_once
from bot.db.models import CoverRow, MemberRow, MembershipRow, RoleRow, UnitRow
from bot.services.units import ADMIN, PARTY

_MEMBERS: Table = MemberRow.__table__  # type: ignore[assignment]
_MEMBERSHIPS: Table = MembershipRow.__table__  # type: ignore[assignment]
_UNITS: Table = UnitRow.__table__  # type: ignore[assignment]
_COVERS: Table = CoverRow.__table__  # type: ignore[assignment]
_ADD = insert(_MEMBERS).returning(_MEMBERS.c.id, _MEMBERS.c.number)
_SET = (
    update(_MEMBERS)
    .where(_MEMBERS.c.id == bindparam("member"))
    .values(
        name=bindparam("called"),
        party_status=bindparam("status"),
        duties=bindparam("does"),
        has_vote=bindparam("votes"),
        left_on=None,
    )
)
Step = Sequence[Any]


def apply(session: Session, steps: Sequence[Step], *, on: date) -> None:
    """Do these steps, on that day."""
    kinds: dict[str, list[Step]] = {}
    for step in steps:
        kinds.setdefault(step[0], []).append(step[1:])
    for unit in kinds.get("unit", ()):
        _put_unit(session, unit)
    places: list[tuple[int, str, str | None]] = []
    places += _add(session, kinds.get("add", []))
    if changed := kinds.get("set"):
        names = ("member", "called", "status", "does", "votes")
        session.execute(_SET, [dict(zip(names, each, strict=True)) for each in changed])
    places += _leave_units(session, kinds.get("move", []), on)
    _place(session, places, on)
    if gone := kinds.get("leave"):
        _leave(session, [each[0] for each in gone], on)


def _put_unit(session: Session, unit: Step) -> None:
    tree, name, kind, parent, nature, covers = unit
    ids = _ids(session, [(tree, parent), *((ADMIN, school) for school in covers)])
    row = {"kind": kind, "parent_id": ids.get((tree, parent)), "nature": nature}
    known = (_UNITS.c.tree == tree, _UNITS.c.name == name)
    insert_once(session, _UNITS, [{"tree": tree, "name": name, **row}], unique=("tree", "name"))
    session.execute(update(_UNITS).where(*known).values(**row, closed_on=None))
    unit_id = session.execute(select(_UNITS.c.id).where(*known)).scalar_one()
    session.execute(delete(_COVERS).where(_COVERS.c.branch_id == unit_id))
    rows = [{"branch_id": unit_id, "school_id": ids[ADMIN, school]} for school in covers]
    insert_once(session, _COVERS, rows, unique=("branch_id", "school_id"))


def _add(session: Session, added: Sequence[Step]) -> list[tuple[int, str, str | None]]:
    if not added:
        return []
    rows = [
        {
            "number": number,
            "name": name,
            "party_status": status,
            "duties": duties,
            "has_vote": vote,
        }
        for number, name, status, duties, vote, _, _ in added
    ]
    ids = {number: member_id for member_id, number in session.execute(_ADD, rows)}
    return [
        (ids[step[0]], tree, unit)
        for step in added
        for tree, unit in ((ADMIN, step[5]), (PARTY, step[6]))
    ]


def _leave_units(
    session: Session, moved: Sequence[Step], on: date
) -> list[tuple[int, str, str | None]]:
    for tree in (ADMIN, PARTY):
        who = [step[0] for step in moved if step[1] == tree]
        if who:
            session.execute(
                update(_MEMBERSHIPS)
                .where(
                    _MEMBERSHIPS.c.member_id.in_(who),
                    _MEMBERSHIPS.c.tree == tree,
                    _MEMBERSHIPS.c.to_on.is_(None),
                )
                .values(to_on=on)
            )
    return [(member_id, tree, unit) for member_id, tree, unit in moved]


def _place(session: Session, places: Iterable[tuple[int, str, str | None]], on: date) -> None:
    there = [(member_id, tree, unit) for member_id, tree, unit in places if unit is not None]
    if not there:
        return
    ids = _ids(session, [(tree, unit) for _, tree, unit in there])
    session.execute(
        insert(_MEMBERSHIPS),
        [
            {"member_id": member_id, "tree": tree, "unit_id": ids[tree, unit], "from_on": on}
            for member_id, tree, unit in there
        ],
    )


def _leave(session: Session, member_ids: Sequence[int], on: date) -> None:
    """Mark as left; memberships and roles end that day, and stay readable."""
    session.execute(update(_MEMBERS).where(_MEMBERS.c.id.in_(member_ids)).values(left_on=on))
    session.execute(
        update(_MEMBERSHIPS)
        .where(_MEMBERSHIPS.c.member_id.in_(member_ids), _MEMBERSHIPS.c.to_on.is_(None))
        .values(to_on=on)
    )
    session.execute(
        update(RoleRow)
        .where(RoleRow.member_id.in_(member_ids), RoleRow.to_on.is_(None) | (RoleRow.to_on > on))
        .values(to_on=on)
    )


def _ids(
    session: Session, keys: Iterable[tuple[str, str | None]]
) -> dict[tuple[str, str | None], int]:
    wanted = {key for key in keys if key[1] is not None}
    if not wanted:
        return {}
    rows = session.execute(
        select(_UNITS.c.tree, _UNITS.c.name, _UNITS.c.id).where(
            tuple_(_UNITS.c.tree, _UNITS.c.name).in_(sorted(wanted))
        )
    )
    return {(tree, name): unit_id for tree, name, unit_id in rows}
