"""What importing a roster would change: every row compared with what is there, nothing written."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.roles import Role
from bot.db.models import MemberRow, MembershipRow, UnitRow
from bot.files.roster_sheet import PEOPLE, Fault, Sheets, Table
from bot.files.roster_xlsx import STATUSES
from bot.services import access, facts, roster_leaving, roster_rows, roster_units
from bot.services.access import Scope
from bot.services.members import Member
from bot.services.roster_rows import DUTIES_AT_MOST, NAME_AT_MOST, Known, Work
from bot.services.roster_units import Forest
from bot.services.units import ADMIN, PARTY

# Changes with every import, so that a plan made before another one is not carried out.
VERSION = "roster_version"


@dataclass
class Plan:
    """What would be done, in steps of plain JSON, with the counts that a preview shows.

    Steps: ["unit", …], ["add", …], ["set", id, …], ["move", id, tree, unit or None].
    `missing` are (id, number, name) of people whom the file does not name.
    """

    steps: list[list[Any]] = field(default_factory=list[list[Any]])
    counts: dict[str, int] = field(default_factory=dict[str, int])
    missing: list[tuple[int, str, str]] = field(default_factory=list[tuple[int, str, str]])
    changes: list[tuple[str, str, str, str]] = field(
        default_factory=list[tuple[str, str, str, str]]
    )
    faults: list[Fault] = field(default_factory=list[Fault])
    unknown: list[str] = field(default_factory=list[str])
    dropped: list[str] = field(default_factory=list[str])
    # (number, name, role, unit): what the missing hold; what those who return held when they left.
    lost: list[tuple[str, str, str, str]] = field(default_factory=list[tuple[str, str, str, str]])
    held_before: list[tuple[str, str, str, str]] = field(
        default_factory=list[tuple[str, str, str, str]]
    )
    # Why the missing may not be marked as left: nobody (administers then), you (are one), many.
    refusal: str | None = None
    present: int = 0
    version: str = ""

    @property
    def is_empty(self) -> bool:
        """Nothing to write: the same file once more."""
        return not self.steps and not self.missing

    def count(self, what: str, by: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + by

    def note(self, what: str, number: str, name: str, detail: str = "") -> None:
        """Count a change of a person and keep it for the list."""
        self.count(what)
        self.changes.append((what, number, name, detail))


def make(session: Session, actor: Member | None, sheets: Sheets, *, on: date) -> Plan:
    """Compare a file with the rows. Only reads; `faults` must be empty before anything is done."""
    plan = Plan(unknown=sheets.people.unknown, dropped=sheets.people.dropped)
    plan.version = facts.get(session, VERSION) or ""
    plan.faults.extend(sheets.people.faults)
    plan.count("phones", sheets.people.phones)
    scope = access.scope(session, actor, Role.ADMINISTRATOR)
    forest = roster_units.load(session)
    if sheets.units and sheets.units.lines:
        _plan_units(plan, forest, scope, sheets.units)
    work = Work(forest, _known(session, scope), scope, sheets.people)
    for number, line in sheets.people.lines:
        _plan_row(plan, work, number, sheets.people.values(line))
    plan.faults.extend(work.faults)
    if sheets.people.lines:
        _find_missing(plan, work)
        roster_leaving.weigh(session, plan, actor, on=on)
    plan.faults.sort(key=lambda fault: (fault.sheet == PEOPLE, fault.row))
    return plan


def _plan_units(plan: Plan, forest: Forest, scope: Scope, table: Table) -> None:
    added, changed, faults = roster_units.change(forest, table)
    plan.faults.extend(faults)
    if (added or changed) and not scope.is_everything:
        plan.faults.append(Fault(table.sheet, table.lines[0][0], "名称", "units_not_yours"))
    plan.count("units_added", len(added))
    plan.count("units_changed", len(changed))
    plan.steps.extend(["unit", *roster_units.as_step(node)] for node in [*added, *changed])


def _plan_row(plan: Plan, work: Work, row: int, values: dict[str, str]) -> None:
    before = len(work.faults)
    number = unicodedata.normalize("NFKC", values["number"]).replace(" ", "")
    roster_rows.check_number(work, row, number)
    person = work.known.get(number)
    if not values["name"] or len(values["name"]) > NAME_AT_MOST:
        work.fault(row, "name", "required" if not values["name"] else "too_long")
    if len(values.get("duties", "")) > DUTIES_AT_MOST:
        work.fault(row, "duties", "too_long")
    status, vote = roster_rows.standing(work, row, values, person)
    school, party = (
        roster_rows.school(work, row, values),
        roster_rows.party(work, row, values, person),
    )
    if person is not None and not person.is_mine:
        work.fault(row, "number", "number_elsewhere")
    if len(work.faults) > before:
        return
    duties = values.get("duties", person.duties if person else "")
    if person is None:
        plan.note("added", number, values["name"])
        step = ["add", number, values["name"], status, duties, vote, school, party]
        plan.steps.append(step)
        return
    wanted = Known(person.id, number, values["name"], status, duties, vote, None, school, party)
    _compare(plan, person, wanted)


def _compare(plan: Plan, old: Known, new: Known) -> None:
    fields = (
        ("姓名", old.name, new.name),
        ("政治面貌", old.status, new.status),
        ("职务", old.duties, new.duties),
        ("表决权", old.vote, new.vote),
    )
    changed = [
        f"{heading}：{_shown(before)} → {_shown(after)}"
        for heading, before, after in fields
        if before != after
    ]
    moved = [
        (tree, before, after)
        for tree, before, after in (
            (ADMIN, old.school, new.school),
            (PARTY, old.party, new.party),
        )
        if before != after
    ]
    if old.left_on is not None:
        plan.note("returned", new.number, new.name)
    elif moved:
        detail = "；".join(f"{before or '无'} → {after or '无'}" for _, before, after in moved)
        plan.note("moved", new.number, new.name, detail)
    if changed or old.left_on is not None:
        plan.steps.append(["set", old.id, new.name, new.status, new.duties, new.vote])
    if changed and old.left_on is None:
        plan.note("changed", new.number, new.name, "；".join(changed))
    if not changed and not moved and old.left_on is None:
        plan.count("unchanged")
    plan.steps.extend(["move", old.id, tree, after] for tree, _, after in moved)


def _shown(value: str | bool) -> str:
    """A value as the file has it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return STATUSES.get(value, value) or "无"


def _known(session: Session, scope: Scope) -> dict[str, Known]:
    rows = session.execute(
        select(
            MemberRow.id,
            MemberRow.number,
            MemberRow.name,
            MemberRow.party_status,
            MemberRow.duties,
            MemberRow.has_vote,
            MemberRow.left_on,
        )
    )
    people = {row[0]: Known(*row) for row in rows}
    places = session.execute(
        select(MembershipRow.member_id, MembershipRow.tree, UnitRow.name, UnitRow.id)
        .join(UnitRow, UnitRow.id == MembershipRow.unit_id)
        .where(MembershipRow.to_on.is_(None))
    )
    for member_id, tree, name, unit_id in places:
        person = people[member_id]
        if tree == ADMIN:
            person.school = name
            person.is_mine = scope.is_everything or unit_id in scope
        else:
            person.party = name
    return {person.number: person for person in people.values()}


def _find_missing(plan: Plan, work: Work) -> None:
    mine = [each for each in work.known.values() if each.left_on is None and _is_in(work, each)]
    plan.present = len(mine)
    plan.missing = [
        (each.id, each.number, each.name) for each in mine if each.number not in work.rows
    ]
    plan.count("missing", len(plan.missing))


def _is_in(work: Work, person: Known) -> bool:
    return person.is_mine and (work.scope.is_everything or person.school is not None)
