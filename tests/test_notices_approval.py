"""An urgent notice to many waits for a second administrator's yes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.app import App
from bot.core.chat import Reply
from bot.core.clock import local_day
from bot.db.engine import Database
from bot.db.models import RoleRow
from bot.services import outbox
from bot.services.gate import Purpose
from tests.district import District
from tests.fakes import FakeClock, House
from tests.notice_house import NoticeHouse


@pytest.fixture
def here(app: App, house: House, database: Database, clock: FakeClock) -> NoticeHouse:
    return NoticeHouse(app, house, District(database), clock)


async def test_an_urgent_notice_to_many_needs_a_second_administrator(
    here: NoticeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.notice_sending.APPROVAL_ABOVE", 4)
    lu, second = here.seat("陆见微", "岑知微")
    look = await here.write("台风停课。", "青澜一中第一党支部", "改成紧急")
    assert "另一位管理员同意后才发出" in look.text
    sent = await here.boss.tap("发给这")
    assert "等另一位管理员同意" in sent.text
    await here.work()
    assert lu.screen == []
    asked = second.screen[-1]
    assert "台风停课。" in asked.text
    assert "共 5 人" in asked.text
    declining = asked.key("不同意").token
    await second.tap("同意发出", on=asked)
    assert (await second.do(tap=declining)).text == "这条通知已经有人处理过了。"
    await here.work()
    assert "台风停课。" in lu.screen[-1].text
    assert any("同意了，已经发出" in s.text for s in here.boss.screen)


async def test_what_waits_for_the_second_administrator_stands_on_the_list_to_do(
    here: NoticeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.notice_sending.APPROVAL_ABOVE", 4)
    lu, second, school = here.seat("陆见微", "岑知微", "管予安")
    await here.write("台风停课。", "青澜一中第一党支部", "改成紧急")
    await here.boss.tap("发给这")
    for person in (here.boss, lu, school):  # who asked, a secretary, an administrator of a school
        assert "等您同意" not in (await person.say("待办")).text
    assert "· 等您同意的紧急通知：1" in (await second.say("待办")).text
    asked = await second.tap("等您同意的紧急通知")
    assert "台风停课。" in asked.text
    assert "共 5 人" in asked.text
    await second.tap("同意发出")
    assert "等您同意" not in (await second.say("待办")).text
    await here.work()
    assert "台风停课。" in lu.screen[-1].text


async def test_what_is_approved_after_its_due_time_is_due_as_much_later(
    here: NoticeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else nobody would hear of those who have not confirmed: at once none has even got it."""
    monkeypatch.setattr("bot.services.notice_sending.APPROVAL_ABOVE", 4)
    lu, second = here.seat("陆见微", "岑知微")
    await here.write("台风停课。", "青澜一中第一党支部", "改成紧急")
    await here.boss.tap("截止")
    await here.boss.say("今天13点")
    await here.boss.tap("发给这")
    await here.work()
    here.clock.forward(hours=3)
    await second.tap("同意发出")
    for _ in range(3):
        await here.work()
    letter = next(each for each in lu.screen if "台风停课。" in each.text)
    assert "请在11月23日（周一）16:00前点“收到”" in letter.text
    told = next(each.text for each in here.boss.screen if "同意了" in each.text)
    assert "原来的截止时间已过，改为11月23日（周一）16:00" in told
    assert not [each.text for each in lu.screen if "还没有确认" in each.text]
    here.clock.forward(hours=1)
    for _ in range(3):
        await here.work()
    (listed,) = [each.text for each in lu.screen if "还没有确认" in each.text]
    assert "戚南乔" in listed


async def test_a_due_time_at_which_nobody_can_have_got_it_is_refused(here: NoticeHouse) -> None:
    here.clock.forward(hours=10)
    await here.write("请交回安全责任书。", "戚南乔", "要对方确认")
    await here.boss.tap("截止")
    await here.boss.say("明天早上7点")
    refused = await here.boss.tap("发给这")
    assert refused.text == (
        "休息时间不发，对方11月24日（周二）07:30才会收到，所以没有发出。请把时间定在那以后。"
    )
    await here.boss.tap("截止")
    await here.boss.say("明天9点")
    assert "发于" in (await here.boss.tap("发给这")).text


async def test_who_is_asked_for_a_yes_keeps_the_question_when_another_role_of_theirs_ends(
    here: NoticeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.notice_sending.APPROVAL_ABOVE", 4)
    second = here.seat("岑知微")[0]
    member_id = here.district.id_of("岑知微")
    with here.district.begin() as session:
        role = RoleRow(
            member_id=member_id,
            role="secretary",
            unit_id=here.district.unit("青澜一中第一党支部"),
            from_on=local_day(here.clock.now()) - timedelta(days=9),
        )
        session.add(role)
        session.flush()
        outbox.add(
            session,
            f"m{member_id}",
            Reply("有人申请加入"),
            key="join:1:m0",
            purpose=Purpose.APPROVAL,
            at=here.clock.now() + timedelta(hours=10),
        )
    here.clock.forward(hours=11)
    await here.write("台风停课。", "青澜一中第一党支部", "改成紧急")
    await here.boss.tap("发给这")
    with here.district.begin() as session:
        ended = update(RoleRow).where(RoleRow.role == "secretary", RoleRow.member_id == member_id)
        session.execute(ended.values(to_on=local_day(here.clock.now())))
    await here.work()
    assert "台风停课。" in second.screen[-1].text
    here.clock.forward(hours=10)
    await here.work()
    assert any("有人申请加入" in each.text for each in second.screen)
