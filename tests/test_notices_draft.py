"""A notice before it goes out: what is kept, what goes along, what is refused."""

from __future__ import annotations

import pytest

from bot.app import App
from bot.db.engine import Database
from tests.district import District
from tests.fakes import FakeClock, House
from tests.notice_house import NoticeHouse

TEXT = "本周五下午开展消防演练，请各位老师按时参加。"


@pytest.fixture
def here(app: App, house: House, database: Database, clock: FakeClock) -> NoticeHouse:
    return NoticeHouse(app, house, District(database), clock)


async def test_a_time_chosen_on_a_day_off_is_named_with_the_one_it_becomes(
    here: NoticeHouse,
) -> None:
    await here.write(TEXT, "陆见微", "定时发")
    look = await here.boss.say("周六上午9点")
    expected = "发出：11月30日（周一）07:30（您选的11月28日（周六）09:00是休息时间，过后再送）"
    assert expected in look.text


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
