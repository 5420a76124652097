"""Whose names somebody may read: their own, those they answer for, and those in office."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.roles import Role
from bot.db.models import MembershipRow, RoleRow
from bot.services import access
from bot.services.members import Member, RoleHeld
from tests.simulation.town import NAMES
from tests.simulation.world import World


def strangers(world: World, session: Session) -> Iterator[tuple[str, datetime]]:
    """Names of people that stood in chats of those who do not answer for them."""
    ids = {each.name: each.id for each in world.town.people}
    homes = {(each.platform, each.sender): each for each in world.town.people}
    held: dict[int, list[RoleHeld]] = defaultdict(list)
    for role in session.scalars(select(RoleRow)):
        held[role.member_id].append(RoleHeld(Role(role.role), role.unit_id))
    officials = set(held)
    scopes = {
        member_id: _people(session, Member(member_id, 0, "", "", tuple(roles)))
        for member_id, roles in held.items()
    }
    for street in world.streets.values():
        for said in street.said:
            reader = homes[street.name, said.chat]
            for name in NAMES.findall(said.text):
                member_id = ids.get(name, 0)
                mine = {reader.id} | officials
                if member_id not in mine and member_id not in scopes.get(reader.id, set()):
                    words = said.text.replace("\n", " ")
                    yield f"{reader.name} read of {name}: {words[:80]}", said.at


def _people(session: Session, member: Member) -> set[int]:
    """Everybody whom the member has ever answered for."""
    mine = access.scope(session, member)
    rows = session.execute(select(MembershipRow.member_id, MembershipRow.unit_id))
    return {row.member_id for row in rows if row.unit_id in mine}
