"""待办: what waits for whom, in one message."""

from __future__ import annotations

from bot.db.engine import Database
from bot.services import feedback, questions
from tests.district import District
from tests.fakes import MONDAY_NOON, House
from tests.staff import seat


def fill(district: District) -> None:
    """A question and a report that wait."""
    teacher = district.id_of("覃云岫")
    with district.begin() as session:
        questions.pass_on(session, f"m{teacher}", "公积金怎么提取", at=MONDAY_NOON)
        feedback.report(session, teacher, "gifts-card-1", "a.yaml:1", at=MONDAY_NOON)


async def test_an_administrator_sees_each_queue_with_its_count(
    house: House, database: Database
) -> None:
    administrator = seat(database, house, "a1", "administrator")
    with database.begin() as session:
        questions.pass_on(session, "a99", "公积金怎么提取", at=MONDAY_NOON)
        questions.pass_on(session, "a98", "公积金咋提取啊", at=MONDAY_NOON)
    shown = await administrator.say("待办")
    assert shown.labels == ["转来的问题（1）"]
    listed = await administrator.tap("转来的问题")
    assert listed.id == shown.id
    assert "1. 公积金怎么提取　2 人问" in listed.text
    assert (await administrator.tap("返回")).text.startswith("等着处理的")


async def test_a_secretary_sees_only_who_wants_to_join(house: House, district: District) -> None:
    fill(district)
    secretary = district.seat(house, "陆见微")
    assert (await secretary.say("待办")).text == "现在没有等着处理的事。"
    stranger = house.person("g1")
    await stranger.say("/start")
    await stranger.tap("申请加入")
    await stranger.say("覃云岫")
    await stranger.say("青澜一中")
    assert (await secretary.say("待办")).labels == ["加入申请（1）"]
    await secretary.tap("加入申请")
    assert secretary.screen[-1].labels == ["确认是本人", "不是，拒绝"]


async def test_nothing_waiting_is_one_calm_sentence(house: House, database: Database) -> None:
    administrator = seat(database, house, "a1", "administrator")
    shown = await administrator.say("/todo")
    assert shown.text == "现在没有等着处理的事。"
    assert shown.labels == []
