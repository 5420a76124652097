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
    assert "已停止发送" in progress.text


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


async def test_a_time_chosen_on_a_day_off_is_named_with_the_one_it_becomes(
    here: NoticeHouse,
) -> None:
    await here.write(TEXT, "陆见微", "定时发")
    look = await here.boss.say("周六上午9点")
    expected = "发出：11月30日（周一）07:30（您选的11月28日（周六）09:00是休息时间，过后再送）"
    assert expected in look.text


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


async def test_a_draft_survives_everything_and_is_taken_up_again(here: NoticeHouse) -> None:
    here.seat("陆见微")
    await here.write(TEXT, "陆见微")
    await here.boss.say("取消")
    await here.boss.say("家长送礼怎么办")
    menu = await here.boss.say("通知")
    assert menu.labels[0] == "接着写"
    look = await here.boss.tap("接着写")
    assert "一共 1 人" in look.text
    token = look.key("发给这").token
    dropped = await here.boss.tap("不发了")
    assert dropped.text == "好，这份没有发出，也没有通知任何人。"
    gone = await here.boss.do(tap=token)
    assert "已经放下了" in gone.text


async def test_pictures_and_files_go_along(here: NoticeHouse) -> None:
    (lu,) = here.seat("陆见微")
    await here.boss.say("/notice")
    await here.boss.tap("写通知")
    got = await here.boss.send_file("名单.xlsx", b"not a roster")
    assert "附件共 1 份" in got.text
    await here.boss.say(TEXT)
    await here.boss.say("陆见微")
    await here.boss.tap("发给这")
    await here.work()
    file = lu.screen[-1].message.file
    assert file is not None
    assert (file.name, file.content) == ("名单.xlsx", b"not a roster")


async def test_several_files_are_behind_a_button(here: NoticeHouse) -> None:
    lu, outside = here.seat("陆见微", "骆知夏")
    await here.write(TEXT, "陆见微")
    for number in range(9):
        await here.boss.send_file(f"图{number}.png", b"png")
    assert (await here.boss.send_file("多了.png", b"png")).text == (
        "最多 9 份附件，这一份没有加上。"
    )
    look = await here.boss.tap("就这些")
    assert "附件：9 份" in look.text
    await here.boss.tap("发给这")
    await here.work()
    letter = lu.screen[-1]
    assert letter.message.file is None
    await lu.tap("看附件", on=letter)
    assert [s.message.file.name for s in lu.screen[-9:] if s.message.file] == [
        f"图{number}.png" for number in range(9)
    ]
    refused = await outside.do(tap=letter.key("看附件").token)
    assert "不是发给您的" in refused.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("字" * 20_000, "超过了 3000 字，没有存下"),
        ("身份证11010119900307451X请核对", "像是有身份证号或学籍号，没有存下"),
    ],
)
async def test_what_can_t_be_sent_is_said_and_not_kept(
    here: NoticeHouse, text: str, said: str
) -> None:
    await here.boss.say("通知")
    await here.boss.tap("写通知")
    assert said in (await here.boss.say(text)).text
    menu = await here.boss.say("通知")
    await here.boss.tap("接着写", on=menu)
    assert "把通知内容打给我" in here.boss.screen[-1].text


async def test_nobody_a_past_time_and_too_far_are_refused_with_a_sentence(
    here: NoticeHouse,
) -> None:
    look = await here.write(TEXT, "戚南乔，除了戚南乔")
    assert "一共 0 人" in look.text
    assert not [label for label in look.labels if label.startswith("发给这")]
    await here.boss.tap("定时发")
    assert "已经过去了" in (await here.boss.say("今天上午9点")).text
    assert "11月30日" in (await here.boss.say("11-30 9:00")).text
    await here.boss.tap("改发给谁")
    await here.boss.say("戚南乔")
    await here.boss.tap("定时发")
    await here.boss.say("2027-11-23 9:00")
    assert "最多提前 30 天定时" in (await here.boss.tap("发给这")).text


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
