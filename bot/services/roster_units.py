"""The units of a roster file: those known, those it adds or changes, what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from rapidfuzz import process
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import CoverRow, UnitRow
from bot.files.roster_sheet import UNITS, Fault, Table
from bot.services.units import ADMIN, PARTY

KIND_WORDS = {
    "局": "bureau",
    "教育局": "bureau",
    "学校": "school",
    "党委": "committee",
    "总支": "general_branch",
    "党总支": "general_branch",
    "支部": "branch",
    "党支部": "branch",
    "党小组": "group",
    "小组": "group",
}
NATURE_WORDS = {"公办": "public", "民办": "private", "": None}
_ABOVE = {
    "bureau": (None,),
    "school": ("bureau",),
    "committee": (None, "committee"),
    "general_branch": (None, "committee"),
    "branch": (None, "committee", "general_branch"),
    "group": ("branch",),
}
_BETWEEN = re.compile("[、，,;；/]")


@dataclass
class Node:
    """A unit as it will stand after the import. `id` is None while it does not exist yet."""

    name: str
    tree: str
    kind: str
    parent: str | None = None
    nature: str | None = None
    covers: frozenset[str] = frozenset()
    id: int | None = None


@dataclass
class Forest:
    """Both trees by (tree, name), with suggestions for names that are not there."""

    nodes: dict[tuple[str, str], Node]
    _near: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def get(self, tree: str, name: str) -> Node | None:
        return self.nodes.get((tree, name))

    def nearest(self, tree: str, name: str) -> str:
        """The unit whose name is most like it, or an empty text. Remembered: faults repeat."""
        if (tree, name) not in self._near:
            names = [each for side, each in self.nodes if side == tree]
            found = process.extractOne(name, names, score_cutoff=50)
            self._near[tree, name] = found[0] if found else ""
        return self._near[tree, name]

    def group(self, branch: str, name: str) -> Node | None:
        """A group by its whole name, or by what follows the name of its branch."""
        for full in (f"{branch}{name}", name):
            node = self.get(PARTY, full)
            if node is not None and node.kind == "group" and node.parent == branch:
                return node
        return None


def load(session: Session) -> Forest:
    """The open units."""
    rows = session.scalars(select(UnitRow).where(UnitRow.closed_on.is_(None))).all()
    names = {row.id: row.name for row in rows}
    covers: dict[int, set[str]] = {}
    for branch_id, school_id in session.execute(select(CoverRow.branch_id, CoverRow.school_id)):
        covers.setdefault(branch_id, set()).add(names.get(school_id, ""))
    nodes = [
        Node(
            row.name,
            row.tree,
            row.kind,
            names.get(row.parent_id) if row.parent_id else None,
            row.nature,
            frozenset(covers.get(row.id, ())),
            row.id,
        )
        for row in rows
    ]
    return Forest({(node.tree, node.name): node for node in nodes})


def change(forest: Forest, table: Table) -> tuple[list[Node], list[Node], list[Fault]]:
    """Put the units of the sheet into the forest; gives (added, changed, faults), parents first."""
    faults: list[Fault] = []
    rows: dict[tuple[str, str], int] = {}
    before: dict[tuple[str, str], Node | None] = {}
    for number, line in table.lines:
        node = _node(forest, table, number, table.values(line), faults)
        if node is None:
            continue
        key = (node.tree, node.name)
        if key in rows:
            faults.append(_fault(number, "名称", "unit_twice", row=str(rows[key])))
            continue
        rows[key], before[key] = number, forest.get(*key)
        forest.nodes[key] = node
    for key, number in rows.items():
        faults.extend(_misplaced(forest, forest.nodes[key], number))
        faults.extend(_unfitting(forest.nodes[key], number))
    ordered = _parents_first(forest, before)
    added = [node for node in ordered if before[node.tree, node.name] is None]
    changed = [node for node in ordered if before[node.tree, node.name] not in (None, node)]
    return added, changed, [*table.faults, *faults]


def _node(
    forest: Forest, table: Table, number: int, values: dict[str, str], faults: list[Fault]
) -> Node | None:
    kind = KIND_WORDS.get(values["kind"])
    nature = NATURE_WORDS.get(values.get("nature", ""), "?")
    if not values["name"]:
        faults.append(_fault(number, "名称", "required"))
    if kind is None:
        faults.append(_fault(number, "类别", "kind_unknown", value=values["kind"]))
    if nature == "?":
        faults.append(_fault(number, "性质", "nature_unknown", value=values["nature"]))
    if not values["name"] or kind is None or nature == "?":
        return None
    parent = values.get("parent") or None
    name = values["name"]
    if kind == "group" and parent and not name.startswith(parent):
        # Every branch has a first group; their names must tell them apart.
        name = f"{parent}{name}"
    tree = ADMIN if kind in ("bureau", "school") else PARTY
    there = forest.get(tree, name)
    covers = frozenset(filter(None, _BETWEEN.split(values.get("covers", "").replace(" ", ""))))
    return Node(
        name,
        tree,
        kind,
        parent if "parent" in table.fields or there is None else there.parent,
        nature if "nature" in table.fields or there is None else there.nature,
        covers if "covers" in table.fields or there is None else there.covers,
        there.id if there else None,
    )


def _misplaced(forest: Forest, node: Node, number: int) -> Iterable[Fault]:
    parent = forest.get(node.tree, node.parent) if node.parent else None
    if node.parent and parent is None:
        near = forest.nearest(node.tree, node.parent)
        yield _fault(number, "上级", "unit_unknown", value=node.parent, near=near)
    elif (parent.kind if parent else None) not in _ABOVE[node.kind]:
        yield _fault(number, "上级", "parent_wrong", value=node.parent or "")
    elif node.kind == "bureau" and _bureaus(forest) > 1:
        yield _fault(number, "类别", "bureau_twice")
    elif _is_circle(forest, node):
        yield _fault(number, "上级", "parent_circle", value=node.parent or "")
    for school in sorted(node.covers):
        if forest.get(ADMIN, school) is None:
            near = forest.nearest(ADMIN, school)
            yield _fault(number, "覆盖学校", "unit_unknown", value=school, near=near)


def _unfitting(node: Node, number: int) -> Iterable[Fault]:
    if node.covers and node.tree == ADMIN:
        yield _fault(number, "覆盖学校", "covers_wrong")
    if node.nature and node.kind != "school":
        yield _fault(number, "性质", "nature_wrong")


def _bureaus(forest: Forest) -> int:
    return sum(node.kind == "bureau" for node in forest.nodes.values())


def _is_circle(forest: Forest, node: Node) -> bool:
    seen = {node.name}
    above = node.parent
    while above is not None:
        if above in seen:
            return True
        seen.add(above)
        next_up = forest.get(node.tree, above)
        above = next_up.parent if next_up else None
    return False


def _parents_first(forest: Forest, keys: Iterable[tuple[str, str]]) -> list[Node]:
    """Administrative before Party, parents before children, so that each finds what it names."""
    return sorted(
        (forest.nodes[key] for key in keys), key=lambda node: (node.tree, _depth(forest, node))
    )


def _depth(forest: Forest, node: Node) -> int:
    depth, above = 0, node.parent
    while above is not None and depth < 20:
        next_up = forest.get(node.tree, above)
        depth, above = depth + 1, next_up.parent if next_up else None
    return depth


def _fault(line: int, column: str, code: str, **details: str) -> Fault:
    return Fault(UNITS, line, column, code, details)


def as_step(node: Node) -> list[object]:
    """A unit as a step of the plan, plain JSON."""
    return [node.tree, node.name, node.kind, node.parent, node.nature, sorted(node.covers)]
