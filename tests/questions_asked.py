"""Questions passed on to administrators, for tests of their queue."""

from __future__ import annotations

from tests.fakes import Person, Standing

PARKING = "老师的车能不能停在校门口"


async def pass_on(person: Person, text: str) -> Standing:
    await person.say(text)
    return await person.tap("转给管理员")


async def open_first(administrator: Person) -> Standing:
    await administrator.say("待办")
    await administrator.tap("转来的问题")
    return await administrator.tap("1")
