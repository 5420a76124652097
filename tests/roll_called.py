"""The end of a meeting as the sweep brings it, for tests of the roll."""

from __future__ import annotations

from datetime import date, timedelta

from bot.core.chat import Button, Reply
from bot.db.models import (
    MemberRow,
    MembershipRow,
)
from bot.services import keyboards
from tests.called import FIRST
from tests.district import District
from tests.fakes import MONDAY_NOON, Person, Shown, Standing

END = MONDAY_NOON + timedelta(minutes=60)


def crowd(district: District, count: int) -> None:
    """More people in the first branch, none of whom has a phone."""
    unit = district.unit(FIRST)
    with district.begin() as session:
        for number in range(count):
            row = MemberRow(
                number=f"9{number:03}", name=f"党员{number:02}", party_status="full", has_vote=True
            )
            session.add(row)
            session.flush()
            since = date(2020, 1, 1)
            session.add(MembershipRow(member_id=row.id, tree="party", unit_id=unit, from_on=since))


async def say_roll(person: Person, district: District, meeting: int) -> Standing:
    """Open the roll as the meeting's message does."""
    owner = f"m{person.sender.removeprefix('p')}"
    reply = Reply("", [Button("点名", "rolls.show", meeting)])
    with district.begin() as session:
        message = keyboards.mint(session, owner, "private", reply, at=MONDAY_NOON)
    token = message.keys[0][0].token
    return await person.do(tap=token, tapped=Shown(person.chat, "n0"), ack="a")
