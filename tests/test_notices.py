"""Notices in chat: written, looked at, sent once, followed, stopped, withdrawn, corrected."""

from __future__ import annotations

import pytest

from bot.app import App
from bot.core.chat import Shown
from bot.core.errors import SendFailed
from bot.db.engine import Database
from tests.district import District
from tests.fakes import FakeClock, House
from tests.notice_house import NoticeHouse

TEXT = "本周五下午开展消防演练，请各位老师按时参加。"


@pytest.fixture
def here(app: App, house: House, database: Database, clock: FakeClock) -> NoticeHouse:
    return NoticeHouse(app, house, District(database), clock)


async def test_the_last_look_says_to_whom_exactly_how_many_and_ten_of_them(
    here: NoticeHouse,
) -> None:
    here.seat("陆见微")
    look = await here.write(TEXT, "青澜一中第一党支部")
    sample, review = here.boss.screen[-2:]
    assert TEXT in sample.text
    assert review is look
    assert "发给：青澜一中第一党支部" in review.text
    assert "一共 5 人（4 人还没有绑定，暂时收不到）" in review.text
    for name in ("陆见微", "简疏桐", "苗若谷", "覃云岫", "戚南乔"):
        assert name in review.text
    assert here.house.platform.chats.get(here.people["陆见微"].chat.id) in (None, [])


async def test_a_notice_goes_to_its_people_once_whatever_is_tapped(here: NoticeHouse) -> None:
    lu, qi, outside = here.seat("陆见微", "戚南乔", "骆知夏")
    look = await here.write(TEXT, "青澜一中第一党支部")
    token = look.key("发给这").token
    for _ in range(3):
        await here.boss.do(tap=token, tapped=Shown(look.chat, look.id))
    await here.work()
    await here.work()
    for person in (lu, qi):
        assert [TEXT in standing.text for standing in person.screen] == [True]
    assert outside.screen == []
    assert here.notice().total == 5


async def test_the_progress_is_one_message_kept_up_to_date(here: NoticeHouse) -> None:
    lu, qi = here.seat("陆见微", "戚南乔")
    before = len(here.boss.screen)
    progress = await here.send(TEXT, "青澜一中第一党支部", "要对方确认")
    assert "已送达 2，共 5 人" in progress.text
    assert "已确认 0，未确认 2" in progress.text
    assert "送不到 3：还没有绑定 3" in progress.text
    await lu.tap("收到")
    await here.work()
    assert "已确认 1，未确认 1" in progress.text
    assert here.boss.screen[-1] is progress
    assert len(here.boss.screen) - before < 9
    await qi.tap("收到")
    await here.app.bulletins.refresh()
    assert "已确认 1，未确认 1" in progress.text, "not twice within three seconds"
    await here.work()
    assert "已确认 2，未确认 0" in progress.text


async def test_a_notice_can_wait_for_its_time_and_a_restart_changes_nothing(
    here: NoticeHouse,
) -> None:
    (lu,) = here.seat("陆见微")
    await here.write(TEXT, "陆见微", "定时发")
    look = await here.boss.say("明天上午9点")
    assert "发出：11月24日（周二）09:00" in look.text
    sent = await here.boss.tap("发给这")
    assert "定在11月24日（周二）09:00发出" in sent.text
    here.clock.forward(hours=20.5)
    await here.work()
    assert lu.screen == []
    here.clock.forward(hours=1)
    await here.work()
    assert TEXT in lu.screen[-1].text


async def test_at_night_a_notice_waits_and_an_urgent_one_does_not(here: NoticeHouse) -> None:
    (lu,) = here.seat("陆见微")
    here.clock.forward(hours=10)
    look = await here.write(TEXT, "陆见微")
    assert "11月24日（周二）07:30（现在是休息时间，过后再送）" in look.text
    await here.boss.tap("发给这")
    await here.work()
    assert lu.screen == []
    await here.send("台风停课。", "陆见微", "改成紧急")
    assert "台风停课。" in lu.screen[-1].text


async def test_withdrawing_takes_it_out_and_says_what_it_could_not(here: NoticeHouse) -> None:
    lu, qi = here.seat("陆见微", "戚南乔")
    progress = await here.send(TEXT, "青澜一中第一党支部")
    await here.boss.tap("撤回", on=progress)
    await here.boss.tap("确定撤回")
    here.house.platform.failures.append(SendFailed("too old", permanent=True))
    await here.work()
    await here.work()
    screens = {person.name: [s.text for s in person.screen] for person in (lu, qi)}
    stayed = [name for name, texts in screens.items() if len(texts) == 2]
    assert [name for name, texts in screens.items() if texts == []]
    assert len(stayed) == 1
    assert "已经撤回，请不要再按它办" in screens[stayed[0]][-1]
    assert here.notice().state == "withdrawn"
    assert "已撤回" in progress.text
    assert "撤不掉 1：平台不让删了" in progress.text


async def test_who_had_confirmed_is_told_that_it_is_withdrawn(here: NoticeHouse) -> None:
    lu, qi = here.seat("陆见微", "戚南乔")
    progress = await here.send(TEXT, "陆见微、戚南乔", "要对方确认")
    await lu.tap("收到")
    await here.boss.tap("撤回", on=progress)
    await here.boss.tap("确定撤回")
    for _ in range(3):
        await here.work()
    gone = "前面的通知“本周五下午开展消防演练，请各位老师按时参…”已经撤回，请不要再按它办。"
    assert [s.text for s in lu.screen].count(gone) == 1
    assert qi.screen == []
    assert progress.text.splitlines()[1:] == [
        "已撤回",
        "共 2 人，已收回 2",
        "撤回以前 1 人确认过，另外告诉他们作废",
    ]


async def test_stopping_keeps_what_has_gone_out(here: NoticeHouse) -> None:
    (lu,) = here.seat("陆见微")
    await here.write(TEXT, "陆见微", "定时发")
    await here.boss.say("明天上午9点")
    progress = await here.boss.tap("发给这")
    await here.boss.tap("停止发送", on=progress)
    assert (await here.boss.tap("确定停止")).text == "好，没发的不再发了。"
    here.clock.forward(days=2)
    await here.work()
    assert lu.screen == []
    assert progress.text.endswith("已停止发送\n还没有发给任何人。")
    assert progress.labels == []


async def test_a_correction_says_what_changed_and_keeps_the_receipts(here: NoticeHouse) -> None:
    lu, qi = here.seat("陆见微", "戚南乔")
    progress = await here.send(TEXT, "青澜一中第一党支部", "要对方确认")
    await lu.tap("收到")
    await here.boss.tap("更正", on=progress)
    await here.boss.say("本周四下午开展消防演练。")
    await here.boss.say("时间改为周四")
    await here.boss.tap("发出更正")
    await here.work()
    for person in (lu, qi):
        assert "改了：时间改为周四。" in person.screen[-1].text
        assert "本周四下午开展消防演练。" in person.screen[-1].text
        assert "已经点过的，不用再点。" in person.screen[-1].text
    assert here.notice().confirmed == 1
    assert "已确认 1（其中 1 人确认的是更正以前的），未确认 1" in progress.text
    await qi.tap("收到")
    await lu.tap("收到", on=lu.screen[-1])
    assert here.notice().confirmed == 2


async def test_the_unconfirmed_are_nudged_once_and_nobody_else(here: NoticeHouse) -> None:
    lu, qi = here.seat("陆见微", "戚南乔")
    progress = await here.send(TEXT, "青澜一中第一党支部", "要对方确认")
    await lu.tap("收到")
    await here.boss.tap("提醒未确认的", on=progress)
    await here.boss.tap("提醒一次")
    here.clock.forward(days=1)
    await here.work()
    assert "请您点一下" not in lu.screen[-1].text
    assert len(lu.screen) == 2
    assert "您看过的话请点一下“收到”" in qi.screen[-1].text
    assert "提醒未确认的" not in progress.labels
    assert "11月23日（周一）12:00提醒过一次未确认的人" in progress.text


async def test_a_nudge_that_waits_is_not_sent_after_the_receipt(here: NoticeHouse) -> None:
    (qi,) = here.seat("戚南乔")
    progress = await here.send(TEXT, "戚南乔", "要对方确认")
    await here.boss.tap("提醒未确认的", on=progress)
    await here.boss.tap("提醒一次")
    await qi.tap("收到")
    standing = len(qi.screen)
    here.clock.forward(days=3)
    await here.work()
    assert len(qi.screen) == standing


async def test_the_names_go_to_each_secretary_for_their_own_people_only(
    here: NoticeHouse,
) -> None:
    lu, _, luo, _ = here.seat("陆见微", "戚南乔", "骆知夏", "蔺望舒")
    progress = await here.send(TEXT, "戚南乔、蔺望舒", "要对方确认")
    await here.boss.tap("名单发给书记", on=progress)
    await here.boss.tap("发给他们")
    await here.work()
    assert "您负责的人里有 1 位还没有确认：\n戚南乔" in lu.screen[-1].text
    assert "蔺望舒" not in lu.screen[-1].text
    assert "蔺望舒" in luo.screen[-1].text
    assert "戚南乔" not in "".join(s.text for s in luo.screen)


async def test_nobody_gets_a_list_of_oneself(here: NoticeHouse) -> None:
    lu, _ = here.seat("陆见微", "戚南乔")
    progress = await here.send(TEXT, "陆见微、戚南乔", "要对方确认")
    await here.boss.tap("名单发给书记", on=progress)
    await here.boss.tap("发给他们")
    await here.work()
    assert "还没有确认：\n戚南乔\n" in lu.screen[-1].text


async def test_when_it_is_due_each_secretary_hears_once(here: NoticeHouse) -> None:
    lu, _ = here.seat("陆见微", "戚南乔")
    await here.write(TEXT, "戚南乔", "要对方确认", "截止时间")
    await here.boss.say("明天下午5点")
    await here.boss.tap("发给这")
    await here.work()
    here.clock.forward(hours=30)
    await here.work()
    await here.work()
    assert [standing.text.count("戚南乔") for standing in lu.screen] == [1]


async def test_a_secretary_writes_to_the_own_people_only(here: NoticeHouse) -> None:
    lu, qi, outside = here.seat("陆见微", "戚南乔", "骆知夏")
    look = await here.write(TEXT, "全体", by=lu)
    assert "一共 5 人" in look.text
    assert "改成紧急" not in look.labels
    await lu.tap("发给这")
    await here.work()
    assert TEXT in qi.screen[-1].text
    assert outside.screen == []
    refused = await here.write(TEXT, "青澜二中", by=lu)
    assert "不在您负责的范围里" in refused.text


async def test_a_teacher_can_t_write_notices(here: NoticeHouse) -> None:
    (qi,) = here.seat("戚南乔")
    assert "由书记或管理员使用" in (await qi.say("通知")).text
