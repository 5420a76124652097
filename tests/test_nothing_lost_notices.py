"""Notices under bad timing: corrected half way, confirmed before the news, approved too late."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.app import App
from bot.core.chat import Reply
from bot.core.errors import Refused
from bot.db.engine import Database
from bot.db.models import DeliveryRow, NoticeRow, ReceiptRow
from bot.services import audience, notice_queue, notice_sending
from bot.services.notice_queue import What
from bot.services.notice_sending import Wish
from bot.services.notices import Notice
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House
from tests.notice_house import NoticeHouse

TEXT, BETTER = "请于周五前交回安全责任书。", "请于周四前交回安全责任书。"
URGENT, MORE = "台风停课。", "台风停课，周三复课。"
BRANCH = "青澜一中第一党支部"


@pytest.fixture
def here(app: App, house: House, district: District, clock: FakeClock) -> NoticeHouse:
    return NoticeHouse(app, house, district, clock)


def say(notice: Notice, what: What) -> Reply:
    return Reply(f"{what} {notice.text}")


def owners(database: Database, key: str) -> set[str]:
    with database.read() as session:
        keys = select(DeliveryRow.owner).where(DeliveryRow.key.startswith(f"{key}:m"))
        return set(session.scalars(keys))


def test_a_notice_that_is_only_half_queued_is_not_corrected_yet(district: District) -> None:
    """A correction goes to whom the first version went: nobody may be left with neither."""

    def correct() -> None:
        with district.begin() as session:
            notice_sending.correct(session, None, sent, BETTER, "时间", at=MONDAY_NOON)

    def work() -> None:
        with district.begin() as session:
            while notice_queue.advance(session, say, at=MONDAY_NOON):
                pass

    with district.begin() as session:
        wish = Wish("plain", TEXT, audience.EVERYBODY)
        sent = notice_sending.send(session, None, wish, key="one", at=MONDAY_NOON).notice.id
        notice_queue.advance(session, say, at=MONDAY_NOON)
        session.execute(update(NoticeRow).values(state="queueing", is_at_work=True))
    with pytest.raises(Refused, match="notice_still_queueing"):
        correct()
    work()
    correct()
    work()
    first = owners(district.database, f"notice:{sent}")
    assert len(first) == 60
    assert owners(district.database, f"notice:{sent}:v2") == first


async def test_whoever_confirms_before_the_correction_came_has_confirmed_what_they_read(
    here: NoticeHouse,
) -> None:
    (qi,) = here.seat("戚南乔")
    await here.send(TEXT, "戚南乔", "要对方确认")
    letter = qi.screen[-1]
    here.clock.forward(hours=1)
    with here.district.begin() as session:
        boss = here.district.member("闻书澜")
        notice_sending.nudge(session, boss, 1, at=here.clock.now())
    await here.work()
    here.clock.forward(hours=9)  # ten at night: the correction waits for the morning
    with here.district.begin() as session:
        boss = here.district.member("闻书澜")
        notice_sending.correct(session, boss, 1, BETTER, "提前一天", at=here.clock.now())
    await here.work()
    await qi.tap("收到", on=letter)
    with here.database.read() as session:
        assert session.scalars(select(ReceiptRow.version)).all() == [1]
    here.clock.forward(hours=10)
    await here.work()
    assert any(BETTER in each.text for each in qi.screen), "the correction comes all the same"
    await qi.tap("收到")
    with here.database.read() as session:
        assert session.scalars(select(ReceiptRow.version)).all() == [2]


async def test_nobody_approves_a_text_that_was_changed_since_they_were_asked(
    here: NoticeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.notice_sending.APPROVAL_ABOVE", 4)
    lu, second = here.seat("陆见微", "岑知微")
    await here.write(URGENT, BRANCH, "改成紧急")
    await here.boss.tap("发给这")
    await here.work()
    asked = second.screen[-1]
    token = asked.key("同意发出").token
    await here.boss.tap("更正")
    await here.boss.say(MORE)
    await here.boss.say("复课时间")
    await here.boss.tap("发出更正")
    await here.work()
    assert MORE in second.screen[-1].text, "asked anew"
    assert "共 5 人" in second.screen[-1].text
    shown = await second.do(tap=token)
    assert MORE in shown.text
    await here.work()
    assert lu.screen == []
    await second.tap("同意发出")
    await here.work()
    assert MORE in lu.screen[-1].text


async def test_each_correction_of_an_urgent_notice_to_many_is_approved(
    here: NoticeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.notice_sending.APPROVAL_ABOVE", 4)
    (second,) = here.seat("岑知微")
    await here.write(URGENT, BRANCH, "改成紧急")
    await here.boss.tap("发给这")
    await here.work()
    await second.tap("同意发出")
    await here.work()
    boss = here.district.member("闻书澜")
    for number in (1, 2):
        with here.district.begin() as session:
            text, now = f"{URGENT}（更正 {number}）", here.clock.now()
            sent = notice_sending.correct(session, boss, 1, text, "复课", at=now)
            assert sent.approvers, number
        with here.district.begin() as session:
            other = here.district.member("岑知微")
            notice_sending.decide(session, other, 1, is_approved=True, at=here.clock.now())
        await here.work()
        assert here.notice().total == 5


def test_what_eight_taps_do_at_once_is_done_once(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.notice_sending.APPROVAL_ABOVE", 4)
    with district.begin() as session:
        sender = notice_sending.send(
            session,
            district.member("闻书澜"),
            Wish("receipt", TEXT, audience.EVERYBODY),
            key="plain",
            at=MONDAY_NOON,
        )
        while notice_queue.advance(session, say, at=MONDAY_NOON):
            pass
        wish = Wish("urgent", URGENT, audience.EVERYBODY)
        asked = notice_sending.send(session, None, wish, key="urgent", at=MONDAY_NOON)
    first, second = sender.notice.id, asked.notice.id
    boss, other = district.member("闻书澜"), district.member("岑知微")

    def once(act: Callable[[Session, int], object]) -> int:
        def tap(number: int) -> bool:
            try:
                with district.database.begin() as session:
                    act(session, number)
            except Refused:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            return sum(pool.map(tap, range(8)))

    at = MONDAY_NOON
    assert once(lambda s, _: notice_sending.nudge(s, boss, first, at=at)) == 1
    assert once(lambda s, _: notice_sending.correct(s, boss, first, BETTER, "改", at=at)) == 1
    with district.database.read() as session:
        assert session.get_one(NoticeRow, first).version == 2
    decide = notice_sending.decide
    assert (
        once(lambda s, n: decide(s, (boss, other)[n % 2], second, is_approved=n % 2 > 0, at=at))
        == 1
    )
    assert once(lambda s, _: notice_sending.withdraw(s, boss, first, at=at)) == 1


async def test_an_old_correction_tapped_again_does_not_undo_the_newer_one(
    here: NoticeHouse,
) -> None:
    await here.send(TEXT, "戚南乔")
    taps: list[str] = []
    for text in (BETTER, MORE):
        await here.boss.tap("更正")
        await here.boss.say(text)
        look = await here.boss.say("时间")
        taps.append(look.key("发出更正").token)
        await here.boss.tap("发出更正")
        await here.work()
    await here.boss.do(tap=taps[0])
    await here.work()
    assert here.notice().text == MORE
    assert here.notice().version == 3
