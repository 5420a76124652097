"""One row of a roster read with sense: number, standing, school, branch, and what is wrong."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date

from bot.files.roster_sheet import PEOPLE, PEOPLE_COLUMNS, Fault, Table
from bot.services.access import Scope
from bot.services.roster_units import Forest
from bot.services.units import ADMIN, PARTY

STATUS_WORDS = {
    "正式党员": "full",
    "中共党员": "full",
    "党员": "full",
    "中共正式党员": "full",
    "中共党员(正式)": "full",
    "预备党员": "probationary",
    "中共预备党员": "probationary",
    "中共党员(预备)": "probationary",
    "积极分子": "activist",
    "入党积极分子": "activist",
    "发展对象": "activist",
    "非党员": "none",
    "群众": "none",
    "普通群众": "none",
    "团员": "none",
    "共青团员": "none",
    "无党派": "none",
    "无党派人士": "none",
    "民主党派": "none",
}
VOTE_WORDS = {"是": True, "有": True, "√": True, "否": False, "无": False, "×": False}
NUMBER = re.compile(r"[A-Za-z0-9_\-]{1,32}")
NAME_AT_MOST, DUTIES_AT_MOST = 40, 120


@dataclass(slots=True)
class Known:
    """A member as the rows have it: units by name."""

    id: int
    number: str
    name: str
    status: str
    duties: str
    vote: bool
    left_on: date | None
    school: str | None = None
    party: str | None = None
    is_mine: bool = True


@dataclass
class Work:
    """What comparing needs at hand."""

    forest: Forest
    known: dict[str, Known]
    scope: Scope
    table: Table
    rows: dict[str, int] = field(default_factory=dict[str, int])
    faults: list[Fault] = field(default_factory=list[Fault])

    def fault(self, line: int, name: str, code: str, **details: str) -> None:
        column = PEOPLE_COLUMNS[name][0]
        self.faults.append(Fault(PEOPLE, line, column, code, details))


def check_number(work: Work, row: int, number: str) -> None:
    if not number:
        if not any(
            fault.row == row and fault.sheet == PEOPLE and fault.column == "工号"
            for fault in work.table.faults
        ):
            work.fault(row, "number", "required")
    elif not NUMBER.fullmatch(number):
        work.fault(row, "number", "number_wrong", value=number[:40])
    elif number in work.rows:
        work.fault(row, "number", "number_twice", row=str(work.rows[number]))
    work.rows.setdefault(number, row)


def standing(
    work: Work, row: int, values: dict[str, str], person: Known | None
) -> tuple[str, bool]:
    """Party status and voting right; an empty cell keeps what is there, or takes the default."""
    said = unicodedata.normalize("NFKC", values.get("status", ""))
    status = STATUS_WORDS.get(said) if said else (person.status if person else "none")
    if status is None:
        work.fault(row, "status", "status_unknown", value=said[:40])
        return "none", False
    said = values.get("vote", "")
    if not said:
        keeps = person is not None and person.status == status and "vote" not in values
        return status, person.vote if keeps and person else status == "full"
    vote = VOTE_WORDS.get(said)
    if vote is None:
        work.fault(row, "vote", "vote_unknown", value=said[:40])
    elif vote and status != "full":
        work.fault(row, "vote", "vote_wrong")
    return status, bool(vote)


def school(work: Work, row: int, values: dict[str, str]) -> str:
    name = values["school"]
    node = work.forest.get(ADMIN, name)
    if not name:
        work.fault(row, "school", "required")
    elif node is None:
        near = work.forest.nearest(ADMIN, name)
        work.fault(row, "school", "unit_unknown", value=name, near=near)
    elif not work.scope.is_everything and node.id not in work.scope:
        work.fault(row, "school", "unit_not_yours", value=name)
    return name


def party(work: Work, row: int, values: dict[str, str], person: Known | None) -> str | None:
    """The branch or group by its name; a missing column keeps what is there."""
    if "branch" not in values:
        return person.party if person else None
    branch, group = values["branch"], values.get("group", "")
    if not branch:
        if group:
            work.fault(row, "branch", "group_without_branch")
        return None
    node = work.forest.get(PARTY, branch)
    if node is None:
        near = work.forest.nearest(PARTY, branch)
        work.fault(row, "branch", "unit_unknown", value=branch, near=near)
        return None
    if group:
        return _group(work, row, branch, group)
    if "group" not in values and person and _is_group_of(work, person.party, branch):
        return person.party
    if not _may_place(work, node.id, person, branch):
        work.fault(row, "branch", "unit_not_yours", value=branch)
    return branch


def _is_group_of(work: Work, name: str | None, branch: str) -> bool:
    there = work.forest.get(PARTY, name) if name else None
    return there is not None and there.kind == "group" and there.parent == branch


def _group(work: Work, row: int, branch: str, group: str) -> str | None:
    node = work.forest.group(branch, group)
    if node is None:
        near = work.forest.nearest(PARTY, f"{branch}{group}")
        work.fault(row, "group", "unit_unknown", value=group, near=near)
        return None
    if not work.scope.is_everything and node.id not in work.scope:
        work.fault(row, "group", "unit_not_yours", value=group)
    return node.name


def _may_place(work: Work, unit_id: int | None, person: Known | None, branch: str) -> bool:
    """Into one's own branches; whoever is in another may stay there."""
    if work.scope.is_everything or unit_id in work.scope:
        return True
    return person is not None and person.party == branch
