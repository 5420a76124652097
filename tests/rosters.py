"""Rosters read, drafted and carried out, for tests of the import."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

from openpyxl import load_workbook
from sqlalchemy import func, select

from bot.core.clock import local_day
from bot.db.models import MemberRow
from bot.files import roster_csv, roster_xlsx
from bot.services import roster, roster_export, roster_plan, units
from bot.services.roster import Job
from bot.services.roster_plan import Plan
from handlers.texts import roster as texts
from tests.district import District
from tests.fakes import MONDAY_NOON
from tests.roster_files import csv, xlsx

DAY = local_day(MONDAY_NOON)
LATER = MONDAY_NOON + timedelta(days=10)


def plan_of(district: District, content: bytes, actor: str | None = None) -> Plan:
    sheets = roster_xlsx.read(content) if content[:2] == b"PK" else roster_csv.read(content)
    member = district.member(actor) if actor else None
    with district.database.read() as session:
        return roster_plan.make(session, member, sheets, on=DAY)


def drafted(district: District, plan: Plan) -> int:
    mine, leaving = roster.pieces(plan)
    with district.begin() as session:
        job_id = roster.draft(session, "console", "x.xlsx", plan, at=MONDAY_NOON)
        for number, piece in enumerate([*mine, *leaving]):
            roster.keep(session, job_id, number, piece, at=MONDAY_NOON)
        roster.make_ready(session, job_id, pieces=len(mine), leaving=len(leaving))
    return job_id


def carried_out(
    district: District, plan: Plan, *, with_leavers: bool = False, at: Any = LATER
) -> None:
    job_id = drafted(district, plan)
    with district.begin() as session:
        roster.start(session, None, job_id, with_leavers=with_leavers, at=at)
    while step(district, at):
        pass


def step(district: District, at: Any = LATER) -> Job | None:
    with district.begin() as session:
        return roster.resume(session, at=at)


def exported(district: District, actor: str | None = None) -> bytes:
    member = district.member(actor) if actor else None
    with district.database.read() as session:
        people = [texts.person_row(row) for row in roster_export.people_rows(session, member)]
        there = [texts.unit_row(row) for row in roster_export.unit_rows(session, member)]
    return roster_xlsx.export(people, there)


def place(district: District, number: str, tree: str) -> str | None:
    with district.database.read() as session:
        unit_id = units.unit_of(session, district.id_of(number), tree)
        unit = units.get(session, unit_id) if unit_id else None
    return unit.name if unit else None


def many(count: int) -> bytes:
    return csv([(f"5{n:05}", "宣以恒", "青澜二中", "", "", "群众", "", "") for n in range(count)])


def count_members(district: District) -> int:
    with district.database.read() as session:
        return session.scalars(select(func.count()).select_from(MemberRow)).one()


def without(district: District, *names: str) -> bytes:
    book = load_workbook(io.BytesIO(exported(district)))
    rows = [list(row) for row in book["人员"].values][1:]
    return xlsx([row for row in rows if row[1] not in names])
