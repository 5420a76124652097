"""The beginning of a real house: a bureau and its first administrator."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.core.roles import Role
from bot.db.models import MemberRow, MembershipRow, RoleRow, UnitRow
from bot.services import audit, facts, invitations
from bot.services.invitations import Invitation
from bot.services.roster_rows import NUMBER


def found(session: Session, bureau: str, name: str, number: str, *, at: datetime) -> Invitation:
    """Make the bureau and its administrator, and mark the database as a real one.

    Raises Refused: house_is_demo, house_not_empty, founder_unreadable.
    """
    bureau, name = bureau.strip(), name.strip()
    number = unicodedata.normalize("NFKC", number).strip()
    if facts.is_demo(session):
        raise Refused("house_is_demo")
    if session.execute(select(MemberRow.id).limit(1)).first() is not None:
        raise Refused("house_not_empty")
    if not bureau or not name or not NUMBER.fullmatch(number):
        raise Refused("founder_unreadable")
    day = local_day(at)
    unit = UnitRow(tree="admin", kind="bureau", name=bureau)
    member = MemberRow(number=number, name=name, party_status="none", duties="", has_vote=False)
    session.add_all([unit, member])
    session.flush()
    here = {"member_id": member.id, "unit_id": unit.id, "from_on": day}
    session.add(MembershipRow(tree="admin", **here))
    session.add(RoleRow(role=Role.ADMINISTRATOR.value, **here))
    facts.put(session, facts.DEMO, "0")
    audit.add(session, None, "init", f"{bureau} {name}（{number}）", {"unit": unit.id}, at=at)
    (made,) = invitations.invite(session, None, [member.id], at=at)
    return made
