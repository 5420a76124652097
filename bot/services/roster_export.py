"""The roster as rows for a file: those whom the reader answers for, and their units."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.roles import Role
from bot.db.models import CoverRow, MemberRow, MembershipRow, UnitRow
from bot.services import access
from bot.services.members import Member


def people_rows(session: Session, reader: Member | None) -> list[list[str]]:
    """Those whom the reader answers for, as rows: number, name, school, branch, group, status
    code, duties, vote (1 or empty), ordered by number."""
    rows = session.execute(
        select(MemberRow)
        .where(
            MemberRow.left_on.is_(None),
            access.people(session, reader, MemberRow.id, Role.ADMINISTRATOR),
        )
        .order_by(MemberRow.number)
    ).scalars()
    units = {row.id: row for row in session.scalars(select(UnitRow))}
    places: dict[tuple[int, str], UnitRow] = {
        (member_id, tree): units[unit_id]
        for member_id, tree, unit_id in session.execute(
            select(MembershipRow.member_id, MembershipRow.tree, MembershipRow.unit_id).where(
                MembershipRow.to_on.is_(None)
            )
        )
    }
    return [
        [
            row.number,
            row.name,
            school.name if (school := places.get((row.id, "admin"))) else "",
            *_branch_and_group(units, places.get((row.id, "party"))),
            row.party_status,
            row.duties,
            "1" if row.has_vote else "",
        ]
        for row in rows
    ]


def unit_rows(session: Session, reader: Member | None) -> list[list[str]]:
    """Units that the reader administers: name, kind code, parent, nature code, covered schools."""
    mine = access.scope(session, reader, Role.ADMINISTRATOR)
    units = {row.id: row for row in session.scalars(select(UnitRow).order_by(UnitRow.id))}
    covers: dict[int, list[str]] = {}
    for row in session.scalars(select(CoverRow).order_by(CoverRow.school_id)):
        covers.setdefault(row.branch_id, []).append(units[row.school_id].name)
    return [
        [
            unit.name,
            unit.kind,
            units[unit.parent_id].name if unit.parent_id else "",
            unit.nature or "",
            "、".join(covers.get(unit.id, ())),
        ]
        for unit in units.values()
        if unit.id in mine and unit.closed_on is None
    ]


def _branch_and_group(units: dict[int, UnitRow], place: UnitRow | None) -> tuple[str, str]:
    if place is None:
        return "", ""
    if place.kind == "group" and place.parent_id:
        return units[place.parent_id].name, place.name
    return place.name, ""
