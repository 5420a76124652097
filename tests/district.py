"""The demo district in a test's database: finding its people and units, and seating them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.clock import local_day
from bot.db.engine import Database
from bot.db.models import AddressRow, MemberRow, RoleRow, UnitRow
from bot.services import demo, members
from bot.services.members import Member
from tests.fakes import MONDAY_NOON, House, Person


class District:
    """What tests ask of the demo district, by the names that it uses."""

    def __init__(self, database: Database, at: datetime = MONDAY_NOON) -> None:
        self.database = database
        self.at = at
        with database.begin() as session:
            demo.seed(session, at)

    @contextmanager
    def begin(self) -> Generator[Session]:
        with self.database.begin() as session:
            yield session

    def id_of(self, name: str) -> int:
        """The member of that name (the first of two) or number."""
        with self.database.read() as session:
            found = select(MemberRow.id).where(
                (MemberRow.name == name) | (MemberRow.number == name)
            )
            return session.scalars(found.order_by(MemberRow.id)).first() or 0

    def teacher(self) -> str:
        """Somebody who holds no role."""
        with self.database.read() as session:
            found = select(MemberRow.name).where(MemberRow.id.not_in(select(RoleRow.member_id)))
            return session.scalars(found.order_by(MemberRow.id)).first() or ""

    def member(self, name: str) -> Member:
        """The member with the roles of today."""
        with self.database.read() as session:
            found = members.look_up(session, self.id_of(name), on=local_day(self.at))
        assert found is not None, name
        return found

    def unit(self, name: str) -> int:
        with self.database.read() as session:
            return session.scalars(select(UnitRow.id).where(UnitRow.name == name)).one()

    def seat(self, house: House, name: str) -> Person:
        """The member in front of a private chat of their own."""
        member_id = self.id_of(name)
        with self.database.begin() as session:
            session.add(
                AddressRow(
                    platform=house.platform.name,
                    native_id=f"p{member_id}",
                    chat_id=f"p{member_id}",
                    name=name,
                    member_id=member_id,
                    bound_at=self.at,
                    wrong_codes=0,
                )
            )
        return house.person(f"p{member_id}", name)
