"""收到 typed in private: a receipt where it can mean one notice only, else mere courtesy."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.app import App
from bot.db.engine import Database
from bot.db.models import ReceiptRow
from tests.district import District
from tests.fakes import FakeClock, House
from tests.notice_house import NoticeHouse, given

TEXT = "请于周五前交回安全责任书。"


@pytest.fixture
def here(app: App, house: House, database: Database, clock: FakeClock) -> NoticeHouse:
    return NoticeHouse(app, house, District(database), clock)


async def test_the_word_counts_when_it_can_only_mean_one_notice(here: NoticeHouse) -> None:
    qi, lu = here.seat("戚南乔", "陆见微")
    await here.send(TEXT, "戚南乔、陆见微", "要对方确认")
    assert (await qi.say("收到")).text.startswith("好，已确认")
    assert given(here.database) == 1
    assert not (await qi.say("收到")).text.startswith("好，已确认"), "nothing is open any more"
    await here.send("明天停电一小时。", "陆见微", "要对方确认")
    which = await lu.say("好的，收到。")
    assert which.text == "您有几条通知等着确认，是哪一条？"
    assert which.labels == ["1. 请于周五前交回安全责任书。", "2. 明天停电一小时。"]
    assert given(here.database) == 1
    assert "明天停电一小时" in (await lu.say("2")).text
    assert given(here.database) == 2


async def test_the_word_said_once_more_is_told_that_it_is_noted_and_when(
    here: NoticeHouse,
) -> None:
    (qi,) = here.seat("戚南乔")
    await here.send(TEXT, "戚南乔", "要对方确认")
    await qi.say("收到")
    again = await qi.say("收到")
    assert "已经确认过了：" in again.text
    assert TEXT[:8] in again.text
    assert again.labels == ["点错了，撤销"]
    here.clock.forward(minutes=6)
    again = await qi.say("好的，收到")
    assert "已经确认过了：" in again.text
    assert again.labels == [], "it can't be undone any more"
    assert given(here.database) == 1


async def test_the_word_after_something_newer_is_courtesy(here: NoticeHouse) -> None:
    (qi,) = here.seat("戚南乔")
    await here.send(TEXT, "戚南乔", "要对方确认")
    await qi.say("收到")
    await here.send("明天停电一小时。", "戚南乔")
    assert (await qi.say("收到")).text.startswith("好的。")


@pytest.mark.parametrize(
    "said",
    [
        "收到！",
        "收到，谢谢",
        "好的，收到啦，谢谢您！",
        "老师收到👌",
        "已阅～",
        "收到收到",
        "ＯＫ收到",
    ],
)
async def test_courtesy_and_signs_around_the_word_change_nothing(
    here: NoticeHouse, said: str
) -> None:
    (qi,) = here.seat("戚南乔")
    await here.send(TEXT, "戚南乔", "要对方确认")
    assert (await qi.say(said)).text.startswith("好，已确认")
    assert given(here.database) == 1


@pytest.mark.parametrize(
    "said", ["收到了多少钱", "收到家长的礼物怎么办", "没收到", "收到，但我去不了"]
)
async def test_a_sentence_with_the_word_in_it_is_no_receipt(here: NoticeHouse, said: str) -> None:
    (qi,) = here.seat("戚南乔")
    await here.send(TEXT, "戚南乔", "要对方确认")
    await qi.say(said)
    assert given(here.database) == 0


async def test_the_word_is_not_kept_as_the_short_answer_that_was_asked_for(
    here: NoticeHouse,
) -> None:
    (qi,) = here.seat("戚南乔")
    await here.write(TEXT, "戚南乔", "要对方确认", "附一个问题")
    await here.boss.say("几个人参加？")
    await here.boss.tap("发给这")
    await here.work()
    await qi.tap("收到")
    assert "还请您答一句：几个人参加？" in (await qi.say("收到！")).text
    await here.send("明天停电一小时。", "戚南乔", "要对方确认")
    assert "明天停电一小时" in (await qi.say("收到，谢谢")).text
    assert given(here.database) == 2
    with here.database.read() as session:
        assert set(session.scalars(select(ReceiptRow.answer))) == {""}


async def test_quoting_a_notice_says_which(here: NoticeHouse) -> None:
    (qi,) = here.seat("戚南乔")
    await here.send(TEXT, "戚南乔", "要对方确认")
    letter = qi.screen[-1]
    await here.send("明天停电一小时。", "戚南乔", "要对方确认")
    assert TEXT[:8] in (await qi.say("收到", quoted=letter.id)).text
    assert given(here.database) == 1


async def test_the_word_never_counts_in_a_group_nor_for_what_has_not_arrived(
    here: NoticeHouse,
) -> None:
    (qi,) = here.seat("戚南乔")
    here.clock.forward(hours=10)
    await here.send(TEXT, "戚南乔", "要对方确认")
    await qi.say("收到")
    assert given(here.database) == 0, "it is night, the notice still waits"
    here.clock.forward(hours=12)
    await here.work()
    await here.house.in_group(qi.sender).say("收到")
    assert given(here.database) == 0
    await qi.say("收到")
    assert given(here.database) == 1


async def test_the_word_is_no_answer_to_a_question_that_is_open(
    here: NoticeHouse,
) -> None:
    (qi,) = here.seat("戚南乔")
    await here.send(TEXT, "戚南乔", "要对方确认")
    await qi.say("免打扰")
    await qi.tap("每天一个钟点")
    assert (await qi.say("收到！")).text.startswith("好，已确认")
    assert given(here.database) == 1
