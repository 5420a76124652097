"""Who an import would mark as left: what they hold, and whether that may be done at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.core.errors import Refused
from bot.db.models import MemberRow, RoleRow, UnitRow
from bot.services import units
from bot.services.members import Member

if TYPE_CHECKING:
    from bot.services.roster_plan import Plan

# More than so many, and more than so large a part, is a file that is not whole.
AT_MOST = 5
PART = 5
_RECORDED = 1000


def weigh(session: Session, plan: Plan, actor: Member | None, *, on: date) -> None:
    """Note what those who are missing hold, what those who return held, and what forbids it."""
    held = (
        select(RoleRow, MemberRow.number, MemberRow.name, UnitRow.name)
        .join(MemberRow, MemberRow.id == RoleRow.member_id)
        .join(UnitRow, UnitRow.id == RoleRow.unit_id)
        .order_by(RoleRow.role, RoleRow.unit_id, RoleRow.id)
    )
    gone = {member_id for member_id, _, _ in plan.missing}
    still = or_(RoleRow.to_on.is_(None), RoleRow.to_on > on)
    for row, number, name, unit in session.execute(held.where(still)):
        if row.member_id in gone:
            plan.lost.append((number, name, row.role, unit))
    back = {number for what, number, _, _ in plan.changes if what == "returned"}
    if back:
        ended = held.where(RoleRow.to_on == MemberRow.left_on)
        for row, number, name, unit in session.execute(ended):
            if number in back:
                plan.held_before.append((number, name, row.role, unit))
    plan.refusal = _refusal(session, plan, gone, actor, on)


def check(summary: Mapping[str, Any], actor: Member | None) -> None:
    """Raises Refused roster_leaves_nobody, roster_takes_you, roster_takes_too_many.

    The command line, where `--leavers --yes` was typed, may mark many.
    """
    refusal = summary["refusal"]
    if refusal == "nobody":
        raise Refused("roster_leaves_nobody")
    if refusal == "you":
        raise Refused("roster_takes_you")
    if refusal == "many" and actor is not None:
        count, present = summary["counts"]["missing"], summary["present"]
        raise Refused("roster_takes_too_many", count=count, present=present)


def record(plan: Plan) -> dict[str, list[str]]:
    """What the audit list keeps of a plan beside its counts: who, with numbers, and units."""
    moved = [f"{name}（{number}）" for what, number, name, _ in plan.changes if what == "moved"]
    left = [f"{name}（{number}）" for _, number, name in plan.missing]
    made = [str(step[2]) for step in plan.steps if step[0] == "unit"]
    kept = {"moved_who": moved, "left_who": left, "units": made}
    return {name: said[:_RECORDED] for name, said in kept.items() if said}


def recorded(summary: Mapping[str, Any], *, with_leavers: bool) -> dict[str, Any]:
    """The detail of an import in the audit list."""
    detail = {**summary["counts"], **summary["record"], "leavers": with_leavers}
    left = detail.pop("missing", 0)
    if not with_leavers:
        detail.pop("left_who", None)
        return detail
    ended = [[f"{name}（{number}）", role, unit] for number, name, role, unit in summary["lost"]]
    return {**detail, "left": left, "roles_ended": len(ended), "ended": ended[:_RECORDED]}


def _refusal(
    session: Session, plan: Plan, gone: set[int], actor: Member | None, on: date
) -> str | None:
    top = set(units.top_administrators(session, on=on))
    if top and top <= gone:
        return "nobody"
    if actor is not None and actor.id in gone:
        return "you"
    if len(gone) > AT_MOST and len(gone) * PART > plan.present:
        return "many"
    return None
