"""Receipts: one tap, once, undone for five minutes, typed where it can only mean one thing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.app import App
from bot.core.chat import Reply
from bot.core.errors import Refused
from bot.db.engine import Database
from bot.db.models import LetterRow, MemberRow, MemberTagRow, NoticeRow, ReceiptRow
from bot.services import erasure, notice_queue, notice_sending, privacy, receipts, retention
from bot.services.audience import Audience
from bot.services.notice_queue import What
from bot.services.notice_sending import Wish
from bot.services.notices import Notice
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House
from tests.notice_house import NoticeHouse, given

TEXT = "请于周五前交回安全责任书。"


@pytest.fixture
def here(app: App, house: House, database: Database, clock: FakeClock) -> NoticeHouse:
    return NoticeHouse(app, house, District(database), clock)


async def test_one_tap_is_one_receipt_and_a_second_changes_nothing(here: NoticeHouse) -> None:
    (qi,) = here.seat("戚南乔")
    await here.send(TEXT, "戚南乔", "要对方确认")
    letter = qi.screen[-1]
    first = await qi.tap("收到", on=letter)
    assert first.text == "好，已确认：“请于周五前交回安全责任书。”"
    assert first.toast == "已确认"
    here.clock.forward(minutes=30)
    again = await qi.tap("收到", on=letter)
    assert again.text == "11月23日（周一）12:00已经确认过了：“请于周五前交回安全责任书。”"
    assert given(here.database) == 1


async def test_a_receipt_can_be_taken_back_for_five_minutes(here: NoticeHouse) -> None:
    (qi,) = here.seat("戚南乔")
    await here.send(TEXT, "戚南乔", "要对方确认")
    letter = qi.screen[-1]
    await qi.tap("收到", on=letter)
    here.clock.forward(minutes=4)
    assert (await qi.tap("点错了")).text == "已撤销，这条算还没有确认。"
    assert given(here.database) == 0
    last = await qi.tap("收到", on=letter)
    here.clock.forward(minutes=6)
    assert "过了 5 分钟，撤不回来了" in (await qi.tap("点错了", on=last)).text
    assert given(here.database) == 1


async def test_a_short_answer_can_go_with_it(here: NoticeHouse) -> None:
    (qi,) = here.seat("戚南乔")
    await here.write(TEXT, "戚南乔", "要对方确认", "附一个问题")
    look = await here.boss.say("几个人参加？")
    assert "附带一问：几个人参加？" in look.text
    await here.boss.tap("发给这")
    await here.work()
    assert "还请您答一句：几个人参加？" in (await qi.tap("收到")).text
    assert "不要写电话" in (await qi.say("两个人，电话13800138000")).text
    assert (await qi.say("两个人")).text.startswith("记下了")
    with here.database.read() as session:
        assert session.scalars(select(ReceiptRow.answer)).all() == ["两个人"]


async def test_the_sender_and_nobody_else_sees_what_was_answered(here: NoticeHouse) -> None:
    qi, lu = here.seat("戚南乔", "陆见微")
    await here.write(TEXT, "戚南乔、陆见微", "要对方确认", "附一个问题")
    await here.boss.say("几个人参加？")
    progress = await here.boss.tap("发给这")
    await here.work()
    assert "看回答" not in progress.labels
    assert "只有发通知的人看得到" in (await qi.tap("收到")).text
    await qi.say("两个人")
    await here.work()
    await here.boss.tap("看回答", on=progress)
    told = here.boss.screen[-1]
    assert told.text == "几个人参加？\n1 人回答了\n\n青澜一中　戚南乔：两个人"
    token = progress.key("看回答").token
    assert "不是您发的" in (await lu.do(tap=token)).text


async def test_many_answers_come_as_a_table(here: NoticeHouse) -> None:
    (qi,) = here.seat("戚南乔")
    await here.write(TEXT, "戚南乔", "要对方确认", "附一个问题")
    await here.boss.say("几个人参加？")
    progress = await here.boss.tap("发给这")
    await here.work()
    await qi.tap("收到")
    await here.work()
    with here.database.begin() as session:
        others = session.scalars(select(MemberRow.id).where(MemberRow.name != "戚南乔").limit(21))
        for each in others.all():
            row = ReceiptRow(notice_id=1, member_id=each, at=MONDAY_NOON, answer="会", version=1)
            session.add(row)
    await here.boss.tap("看回答", on=progress)
    told = here.boss.screen[-1]
    assert told.text == "几个人参加？\n21 人回答了，都在表里。"
    assert told.message.file is not None
    assert told.message.file.name == "回答.xlsx"


async def test_a_receipt_is_only_for_those_to_whom_it_went(here: NoticeHouse) -> None:
    qi, lu = here.seat("戚南乔", "陆见微")
    await here.send(TEXT, "戚南乔", "要对方确认")
    token = qi.screen[-1].key("收到").token
    assert "不是发给您的" in (await lu.do(tap=token)).text
    guest = here.house.person("stranger")
    assert "绑定" in (await guest.do(tap=token)).text
    assert given(here.database) == 0


async def test_a_withdrawn_notice_takes_no_receipt(here: NoticeHouse) -> None:
    (qi,) = here.seat("戚南乔")
    progress = await here.send(TEXT, "戚南乔", "要对方确认")
    token = qi.screen[-1].key("收到").token
    await here.boss.tap("撤回", on=progress)
    await here.boss.tap("确定撤回")
    assert (await qi.do(tap=token)).text == "这条通知已经撤回，不用确认了。"
    assert given(here.database) == 0


def compose(notice: Notice, what: What) -> Reply:
    return Reply(f"{what}:{notice.text}")


def sent(district: District, *names: str, **said: object) -> int:
    """A notice that asks for receipts, queued to these people."""
    people = tuple(district.id_of(name) for name in names)
    wish = Wish(str(said.get("kind", "receipt")), TEXT, Audience(people=people))
    with district.begin() as session:
        made = notice_sending.send(session, None, wish, key=str(names), at=MONDAY_NOON)
    advance(district)
    return made.notice.id


def advance(district: District) -> None:
    def once() -> bool:
        with district.begin() as session:
            return notice_queue.advance(session, compose, at=MONDAY_NOON)

    while once():
        pass


def test_eight_taps_at_once_make_one_receipt(district: District) -> None:
    notice_id = sent(district, "戚南乔")
    member = district.member("戚南乔")

    def tap(_: int) -> bool:
        with district.begin() as session:
            return receipts.confirm(session, member, notice_id, at=MONDAY_NOON).is_repeat

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(tap, range(8))) == [False] + [True] * 7
    assert given(district.database) == 1


def test_confirming_and_undoing_at_once_keeps_the_count_right(district: District) -> None:
    notice_id = sent(district, "戚南乔", "陆见微", "简疏桐")
    members = [district.member(name) for name in ("戚南乔", "陆见微", "简疏桐")]

    def tap(number: int) -> None:
        member = members[number % 3]
        with district.begin() as session:
            receipts.confirm(session, member, notice_id, at=MONDAY_NOON)
        if number % 2:
            with district.begin() as session:
                quietly(lambda: receipts.undo(session, member, notice_id, at=MONDAY_NOON))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(tap, range(24)))
    assert 0 <= given(district.database) <= len(members)  # `given` compares rows and counts


def quietly(act: Callable[[], object]) -> None:
    """Another thread may have taken it back already."""
    with suppress(Refused):
        act()


def test_two_senders_of_one_draft_send_one_notice(district: District) -> None:
    wish = Wish("receipt", TEXT, Audience(people=(district.id_of("戚南乔"),)))

    def send(_: int) -> bool:
        with district.begin() as session:
            return notice_sending.send(session, None, wish, key="draft", at=MONDAY_NOON).is_new

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(send, range(4))) == [False, False, False, True]
    advance(district)
    with district.database.read() as session:
        assert session.scalars(select(LetterRow.total)).all() == [1]


def test_what_an_erased_person_has_said_is_gone_and_the_receipt_stays(district: District) -> None:
    notice_id = sent(district, "戚南乔")
    member = district.member("戚南乔")
    with district.begin() as session:
        session.add(MemberTagRow(member_id=member.id or 0, tag="新教师"))
        receipts.confirm(session, member, notice_id, at=MONDAY_NOON)
        receipts.answer(session, member, notice_id, "我会到")
        held = privacy.export(session, member)
        assert [row["answer"] for row in held["receipts"]] == ["我会到"]
        assert [row["tag"] for row in held["tags"]] == ["新教师"]
        erasure.erase(session, session.get_one(MemberRow, member.id), at=MONDAY_NOON)
    with district.database.read() as session:
        assert session.scalars(select(ReceiptRow.answer)).all() == [""]
        assert session.scalars(select(MemberTagRow.tag)).all() == []


def test_notices_lose_their_words_after_the_promised_days(district: District) -> None:
    notice_id = sent(district, "戚南乔")
    for days, text in ((29, TEXT), (31, "")):
        more = True
        while more:
            with district.begin() as session:
                at = MONDAY_NOON + timedelta(days=days)
                more = retention.expire(session, keep_days=30, at=at)
        with district.database.read() as session:
            assert session.get_one(NoticeRow, notice_id).text == text
