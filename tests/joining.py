"""Inviting people and asking to be let in, for tests of who joins."""

from __future__ import annotations

from bot.db.models import AddressRow
from bot.services import invitations
from bot.services.members import Member
from tests.district import District
from tests.fakes import MONDAY_NOON, Person, Standing


def invite(district: District, name: str) -> str:
    with district.begin() as session:
        (made,) = invitations.invite(session, None, [district.id_of(name)], at=MONDAY_NOON)
    return made.code


def guest(district: District, native_id: str = "g1") -> Member:
    with district.begin() as session:
        row = AddressRow(platform="fake", native_id=native_id, name="微信昵称", wrong_codes=0)
        session.add(row)
        session.flush()
        return Member(None, row.id, row.name)


async def request_as(person: Person, name: str, school: str) -> Standing:
    await person.say("/start")
    await person.tap("申请加入")
    await person.say(name)
    return await person.say(school)
