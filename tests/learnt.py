"""People who ask what nobody answers, and a house that sees at once what was added."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bot.additions import AddedInChat
from bot.db.engine import Database
from bot.services import learning
from knowledge.live import LiveKnowledge
from tests.fakes import MONDAY_NOON, House, Person, Standing

DATA = Path(__file__).parent / "data" / "knowledge"
PARKING = "老师的车能不能停在校门口"
LIKE_PARKING = ["教师的车可以停校门口吗", "老师的车能停在校门口吗"]
COUPON = "亲戚家的小卖部充值卡给了我怎么说"


def process(database: Database, folder: Path = DATA) -> LiveKnowledge:
    """The knowledge of one process, as the application makes it."""
    live = LiveKnowledge(folder, additions=AddedInChat(database))
    live.refresh()
    assert not live.faults, live.faults
    return live


def asked(database: Database, texts: Iterable[str], *, owner: str | None = None) -> None:
    """Each text by another guest, or all by one."""
    with database.begin() as session:
        for number, text in enumerate(texts):
            who = owner or f"a{number + 900}"
            assert learning.note(session, who, text, f"{who}:{number}:{text}", at=MONDAY_NOON)


async def three_ask(house: House, texts: Iterable[str]) -> None:
    """Three strangers ask, each in other words."""
    for number, text in enumerate(texts):
        await house.person(f"g{number}").say(text)


async def open_first(administrator: Person) -> Standing:
    await administrator.say("待办")
    await administrator.tap("没答上的问题")
    return await administrator.tap("1")
