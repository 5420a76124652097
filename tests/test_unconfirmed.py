"""未确认: a secretary looks up the own people at will, and nobody sees another's."""

from __future__ import annotations

import pytest

from bot.app import App
from bot.db.engine import Database
from tests.district import District
from tests.fakes import FakeClock, House
from tests.notice_house import NoticeHouse

TEXT = "请于周五前交回安全责任书。"
NOBODY = "您负责的人里，现在没有要确认而没确认的。"


@pytest.fixture
def here(app: App, house: House, database: Database, clock: FakeClock) -> NoticeHouse:
    return NoticeHouse(app, house, District(database), clock)


async def test_a_secretary_sees_at_will_who_of_the_own_has_not_confirmed(here: NoticeHouse) -> None:
    lu, qi, _ = here.seat("陆见微", "戚南乔", "蔺望舒")
    assert (await lu.say("未确认")).text == NOBODY
    await here.send(TEXT, "戚南乔、蔺望舒", "要对方确认")
    await here.send("明天停电。", "戚南乔", "要对方确认")
    shown = await lu.say("未确认")
    assert "1. “明天停电。”\n戚南乔\n2. “请于周五前交回安全责任书。”\n戚南乔" in shown.text
    assert "蔺望舒" not in shown.text
    await qi.say("收到")
    await qi.say("1")
    assert "请于周五前" not in (await lu.say("/unconfirmed")).text
    await qi.say("收到")
    assert (await lu.say("未确认")).text == NOBODY


async def test_who_answers_for_others_sees_only_those(here: NoticeHouse) -> None:
    luo, qi, guan, cen = here.seat("骆知夏", "戚南乔", "管予安", "岑知微")
    await here.send(TEXT, "戚南乔、骆知夏", "要对方确认")
    for person in (luo, guan, cen):  # another branch's, the school's, the bureau's
        assert "戚南乔" not in (await person.say("未确认")).text
    assert "由书记或管理员使用" in (await qi.say("未确认")).text


async def test_whom_it_could_not_be_sent_to_is_said_apart(here: NoticeHouse) -> None:
    lu, _ = here.seat("陆见微", "戚南乔")
    await here.send(TEXT, "戚南乔、简疏桐", "要对方确认")
    shown = await lu.say("未确认")
    assert "戚南乔\n没送到、要另外告诉的：简疏桐" in shown.text


async def test_plain_confidential_withdrawn_and_waiting_ones_are_no_part_of_it(
    here: NoticeHouse,
) -> None:
    lu, _ = here.seat("陆见微", "戚南乔")
    await here.send(TEXT, "戚南乔")
    await here.boss.say("通知")
    await here.boss.tap("专送一人")
    for said in ("戚南乔", "周四下午3点", "行政楼302", "闻书澜"):
        await here.boss.say(said)
    await here.boss.tap("发给这")
    progress = await here.send("撤回的。", "戚南乔", "要对方确认")
    await here.boss.tap("撤回", on=progress)
    await here.boss.tap("确定撤回")
    here.clock.forward(hours=10)
    await here.send("夜里的。", "戚南乔", "要对方确认")
    assert (await lu.say("未确认")).text == NOBODY


async def test_the_list_that_is_sent_leads_to_how_it_stands_now(here: NoticeHouse) -> None:
    lu, qi = here.seat("陆见微", "戚南乔")
    progress = await here.send(TEXT, "戚南乔", "要对方确认")
    await here.boss.tap("名单发给书记", on=progress)
    await here.boss.tap("发给他们")
    await here.work()
    await qi.say("收到")
    assert (await lu.tap("看未确认")).text == NOBODY


async def test_a_list_sent_twice_on_one_day_is_sent_once_and_the_sender_is_told_so(
    here: NoticeHouse,
) -> None:
    _, lu = here.seat("戚南乔", "陆见微")
    await here.send("周五前交回安全责任书。", "戚南乔", "要对方确认")
    said: list[str] = []
    for days in (0, 0, 1):
        here.clock.forward(days=days)
        await here.boss.say("通知")
        await here.boss.tap("发过的")
        await here.boss.tap("1")
        await here.boss.tap("名单发给书记")
        said.append((await here.boss.tap("发给他们")).text)
        await here.work()
    assert said == [
        "已把各自的名单发给 1 位负责人。",
        "今天已经发过名单，没有再发。他们给木铎发“未确认”，随时能看最新的。",
        "已把各自的名单发给 1 位负责人。",
    ]
    assert len([each.text for each in lu.screen if "还没有确认" in each.text]) == 2
