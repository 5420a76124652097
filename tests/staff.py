"""A teacher, an administrator and others in front of their chats, made for one test."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from bot.core.roles import Role
from bot.core.text import plain
from bot.db.engine import Database
from bot.db.models import AddressRow, DeliveryRow, MemberRow, RoleRow, UnitRow
from bot.services.members import Member, RoleHeld
from tests.fakes import House, Person


def seat(database: Database, house: House, sender: str, role: str | None = None) -> Person:
    """A member with that sender's address; a role is held in the bureau."""
    member(database, sender, role)
    return house.person(sender)


def member(database: Database, sender: str, role: str | None = None) -> Member:
    """The same without a chat, for tests of services."""
    with database.begin() as session:
        row = MemberRow(number=f"n-{sender}", name=f"某{sender}", party_status="none")
        session.add(row)
        session.flush()
        session.add(AddressRow(platform="fake", native_id=sender, chat_id=sender, member_id=row.id))
        held: tuple[RoleHeld, ...] = ()
        if role:
            bureau = session.scalars(select(UnitRow).where(UnitRow.kind == "bureau")).first()
            if bureau is None:
                bureau = UnitRow(tree="admin", kind="bureau", name="试用区教育局")
                session.add(bureau)
                session.flush()
            session.add(
                RoleRow(member_id=row.id, role=role, unit_id=bureau.id, from_on=date(2020, 1, 1))
            )
            held = (RoleHeld(Role(role), bureau.id),)
        return Member(row.id, 0, row.name, row.number, held)


def delivered(database: Database, prefix: str) -> list[tuple[str, str]]:
    """Owner and plain text of the deliveries whose key begins with `prefix`, oldest first."""
    with database.read() as session:
        rows = session.scalars(
            select(DeliveryRow).where(DeliveryRow.key.startswith(prefix)).order_by(DeliveryRow.id)
        )
        return [(row.owner, plain(str((row.message or {})["text"]))) for row in rows]
