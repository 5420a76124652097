"""What befalls people and the house: posts, kills, platforms that are away, people who leave."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.core.chat import Reply
from bot.core.clock import local, local_day
from bot.db.models import MemberRow, MembershipRow
from bot.services import outbox
from bot.services.gate import Purpose
from bot.services.outbox import Letter
from tests.simulation.town import Citizen
from tests.simulation.world import World

_PURPOSES = (
    Purpose.NOTICE,
    Purpose.RECEIPT_NOTICE,
    Purpose.REMINDER,
    Purpose.REMINDER,
    Purpose.EVE,
    Purpose.NUDGE,
    Purpose.DIGEST,
    Purpose.URGENT,
    Purpose.CANCELLATION,
    Purpose.CHANGE,
    Purpose.CONFIDENTIAL,
)


async def block(world: World, who: Citizen, chance: random.Random) -> None:
    del chance
    world.streets[who.platform].blocked.add(who.sender)


async def leave(world: World, who: Citizen, chance: random.Random) -> None:
    if who.is_secretary or who.is_administrator:
        return
    day = local_day(world.clock.now())
    gone = update(MemberRow).where(MemberRow.id == who.id, MemberRow.left_on.is_(None))
    await world.work(lambda session: session.execute(gone.values(left_on=day)) and None)


async def move(world: World, who: Citizen, chance: random.Random) -> None:
    """To another school, as of today; the history stays."""
    if who.is_secretary or who.is_administrator:
        return
    day, school = local_day(world.clock.now()), chance.choice(world.town.schools)

    def move(session: Session) -> None:
        here = update(MembershipRow).where(
            MembershipRow.member_id == who.id,
            MembershipRow.tree == "admin",
            MembershipRow.to_on.is_(None),
            MembershipRow.unit_id != school,
        )
        moved: Any = session.execute(here.values(to_on=day))
        if moved.rowcount:
            session.add(MembershipRow(member_id=who.id, tree="admin", unit_id=school, from_on=day))

    await world.work(move)


async def post(world: World, who: Citizen, chance: random.Random) -> None:
    """The house speaks to some or to all, in pieces, as notices and reminders do."""
    del who
    number = len(world.posts) + 1
    key, topic = f"sim:{number}:{chance.randrange(10**6)}", f"sim:{number}"
    share = chance.choice([0.02, 0.1, 1.0])
    owners = [f"m{each.id}" for each in world.town.people if chance.random() < share]
    purpose = chance.choice(_PURPOSES)
    at = world.clock.now()
    due = at + timedelta(hours=chance.choice([0, 0, 0, 30, 100]))
    expires = due + timedelta(hours=chance.choice([3, 11, 40, 200]))
    is_cancelled = purpose is Purpose.CANCELLATION
    letter = Letter(
        key,
        Reply(f"第 {number} 号（{purpose.value}）：请看一下。"),
        purpose,
        topic,
        due_at=due,
        expires_at=expires if is_cancelled or chance.random() < 0.5 else None,
    )
    world.posts.append((topic, key, owners))
    world.note(
        f"the house posts {key} ({purpose.value}) to {len(owners)}, due {local(due):%m-%d %H:%M}"
    )
    for first in range(0, len(owners), 200):
        piece = owners[first : first + 200]
        await world.work(lambda session, some=piece: outbox.post(session, letter, some, at=at))
    world.whole.add(key)


async def done(world: World, who: Citizen, chance: random.Random) -> None:
    """What an earlier message asked for was done, by some or for all."""
    del who
    if not world.posts:
        return
    topic, _, owners = chance.choice(world.posts[-6:])
    some = None if chance.random() < 0.2 else [o for o in owners if chance.random() < 0.4]
    if some == []:
        return
    at = world.clock.now()
    await world.work(lambda session: outbox.withdraw_topic(session, topic, some, at=at))
    world.note(f"{topic} is done by {'all' if some is None else len(some)}")
    world.closed |= {(topic, owner): at for owner in some or [""]}


async def kill(world: World, who: Citizen, chance: random.Random) -> None:
    del who
    if world.house is not None and not world.house.is_dead:
        world.house.countdown = chance.randint(1, 60)
        world.note(f"the process will die at its commit or send number {world.house.countdown}")


async def restart(world: World, who: Citizen, chance: random.Random) -> None:
    del who, chance
    if world.house is not None:
        world.house.died.set()


async def outage(world: World, who: Citizen, chance: random.Random) -> None:
    street = world.streets[who.platform]
    seconds = chance.uniform(10, 3000)
    street.away_until = world.clock.monotonic() + seconds
    world.note(f"{street.name} is away for {seconds:.0f} s")


EVERY = (block, leave, move, post, done, kill, restart, outage)
