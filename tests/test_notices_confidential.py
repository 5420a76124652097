"""专送: when, where and whom to see, for one person's eyes; the matter stands in no chat."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.app import App
from bot.core.text import plain
from bot.db.engine import Database
from bot.db.models import AuditRow, LetterRow
from tests.district import District
from tests.fakes import FakeClock, House, Standing
from tests.notice_house import NoticeHouse


@pytest.fixture
def here(app: App, house: House, database: Database, clock: FakeClock) -> NoticeHouse:
    return NoticeHouse(app, house, District(database), clock)


async def appoint(here: NoticeHouse, name: str = "戚南乔", at: str = "周四下午3点") -> Standing:
    """The boss asks somebody to come; gives the message with the progress."""
    await here.boss.say("通知")
    await here.boss.tap("专送一人")
    asked = await here.boss.say(name)
    assert asked.text == f"请{name}（青澜一中）什么时候来？例如“周四下午3点”。"
    await here.boss.say(at)
    await here.boss.say("行政楼302")
    look = await here.boss.tap("找我")
    assert "一共 1 人" in look.text
    assert "类型：专送，11月2" in look.text
    sent = await here.boss.tap("发给这")
    await here.work()
    return sent


async def test_it_says_when_where_and_whom_and_is_protected(here: NoticeHouse) -> None:
    (qi,) = here.seat("戚南乔")
    progress = await appoint(here)
    letter = qi.screen[-1]
    assert "请您在11月26日（周四）15:00到行政楼302，找闻书澜。" in letter.text
    assert letter.message.is_protected
    await qi.tap("收到")
    await here.work()
    assert progress.text.startswith("专送：戚南乔，11月26日（周四）15:00")
    assert "已确认 1，未确认 0" in progress.text


async def test_it_is_seen_by_the_sender_and_who_answers_for_the_person_only(
    here: NoticeHouse,
) -> None:
    _, lu, guan, luo, cen = here.seat("戚南乔", "陆见微", "管予安", "骆知夏", "岑知微")
    await appoint(here)
    token = here.boss.screen[-1]
    for person in (lu, guan):
        await person.say("通知")
        listed = await person.tap("发过的")
        assert "专送 戚南乔，11月26日（周四）15:00" in listed.text
        shown = await person.tap("1")
        assert "已确认 0，未确认 1" in shown.text
        assert shown.labels == []
    for person in (luo, cen):
        await person.say("通知")
        assert (await person.tap("发过的")).text == "您还没有发过通知。"
        assert "不是发给您的" in (await person.do(tap=token.key("撤回").token)).text
    assert "行政楼" not in "".join(s.text for p in (lu, guan, luo, cen) for s in p.screen)
    assert "戚南乔" not in "".join(s.text for p in (luo, cen) for s in p.screen)


async def test_several_of_them_are_told_apart_without_the_matter(here: NoticeHouse) -> None:
    qi, _ = here.seat("戚南乔", "陆见微")
    await appoint(here)
    await appoint(here, "陆见微", "周五上午9点")
    await appoint(here, "戚南乔", "周五上午10点")
    await here.boss.say("通知")
    listed = await here.boss.tap("发过的")
    assert [line.partition("专送 ")[2] for line in listed.text.splitlines()] == [
        "戚南乔，11月27日（周五）10:00",
        "陆见微，11月27日（周五）09:00",
        "戚南乔，11月26日（周四）15:00",
    ]
    assert (await qi.say("收到")).labels == [
        "1. 专送给您本人，11月26日（周四）15:00",
        "2. 专送给您本人，11月27日（周五）10:00",
    ]


async def test_the_matter_can_t_be_written(here: NoticeHouse) -> None:
    here.seat("戚南乔")
    await here.boss.say("通知")
    await here.boss.tap("专送一人")
    await here.boss.say("戚南乔")
    await here.boss.say("周四下午3点")
    assert "具体事项当面说" in (await here.boss.say("302，领预警通知书")).text
    await here.boss.say("行政楼302")
    assert "具体事项当面说" in (await here.boss.say("纪检组问话处分的事")).text
    with here.database.read() as session:
        said = [plain(str(m)) for m in session.scalars(select(LetterRow.message))]
        assert said == []


async def test_at_the_due_time_only_the_sender_hears(here: NoticeHouse) -> None:
    qi, lu, guan = here.seat("戚南乔", "陆见微", "管予安")
    await appoint(here)
    here.clock.forward(days=2, hours=5)
    await here.work()
    await here.work()
    told = [s for s in here.boss.screen if "到期还没有确认" in s.text]
    assert [s.text for s in told] == [
        "您专送给戚南乔的通知，到期还没有确认。请用别的办法联系本人。"
    ]
    assert lu.screen == guan.screen == []
    assert len(qi.screen) == 1


async def test_it_can_be_withdrawn_but_not_corrected(here: NoticeHouse) -> None:
    (qi,) = here.seat("戚南乔")
    progress = await appoint(here)
    assert "更正" not in progress.labels
    assert "名单发给书记" not in progress.labels
    await here.boss.tap("撤回", on=progress)
    await here.boss.tap("确定撤回")
    await here.work()
    await here.work()
    assert qi.screen == []


async def test_the_audit_list_does_not_tell_to_whom(here: NoticeHouse) -> None:
    here.seat("戚南乔")
    await appoint(here)
    with here.database.read() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.act.startswith("notice."))).all()
        assert [(row.act, row.subject) for row in rows] == [("notice.sent", "notice:1")]
        assert "戚南乔" not in str([row.detail for row in rows])


async def test_a_secretary_sends_only_to_the_own_people(here: NoticeHouse) -> None:
    (lu,) = here.seat("陆见微")
    await lu.say("通知")
    await lu.tap("专送一人")
    assert "没有找到“蔺望舒”" in (await lu.say("蔺望舒")).text
