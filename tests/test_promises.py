"""The promises of DESIGN.md section 1, each under its own name."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.app import App, Surroundings
from bot.core.chat import Reply
from bot.core.clock import SHANGHAI
from bot.core.errors import SendFailed
from bot.core.text import plain, titled
from bot.db.engine import Database
from bot.db.models import AddressRow
from bot.services import answering, outbox
from bot.services.answering import Answered, Choice, Repealed
from bot.services.gate import Purpose
from handlers.texts import asking as texts
from knowledge.live import Knowledge, LiveKnowledge
from tests.district import District
from tests.fakes import FakeClock, FakePlatform, House
from tests.notice_house import NoticeHouse
from tests.staff import delivered, seat

SHIPPED = Path(__file__).parent.parent / "knowledge"
TODAY = date(2026, 11, 23)
# None of these is for a base of rules to answer, whatever stands in it.
FOREIGN = [
    "火星上能不能种土豆",
    "今天晚饭吃什么",
    "帮我写一首关于秋天的诗",
    "股票明天会涨吗",
    "红烧肉怎么做才嫩",
    "高铁票怎么改签",
    "猫为什么怕水",
    "附近哪家医院人少",
    "世界杯哪天开幕",
    "电脑蓝屏怎么修",
]


@pytest.fixture(scope="module")
def shipped() -> Knowledge:
    live = LiveKnowledge(SHIPPED)
    live.refresh()
    assert not live.faults, live.faults[:3]
    return live.current


def test_it_cites_or_says_that_it_does_not_know_in_every_shipped_answer(
    shipped: Knowledge,
) -> None:
    for entry in shipped.library.entries.values():
        found = answering.read(shipped, entry.id, TODAY)
        if isinstance(found, Repealed):
            continue
        assert found is not None
        last = plain(texts.answer(found)).splitlines()[-1]
        source = found.source
        since = source.since
        note = texts.PENDING if entry.review else ""
        assert last == f"{titled(source.title)}{entry.clause}，{since}{note}", entry.id


def test_it_cites_or_says_that_it_does_not_know_what_lies_outside(shipped: Knowledge) -> None:
    for text in FOREIGN:
        assert not isinstance(answering.answer(shipped, text, TODAY), Answered), text


def test_a_repealed_rule_is_never_given_as_the_answer(shipped: Knowledge) -> None:
    """On no day does any phrasing lead to a document that does not hold on that day."""
    phrasings = [text for _, text in shipped.library.phrasings()]
    for day in (TODAY, date(2019, 1, 1), date(2013, 6, 1)):
        for text in phrasings[:: len(phrasings) // 200]:
            found = answering.answer(shipped, text, day)
            if isinstance(found, Answered):
                assert found.source.holds_on(day)
            if isinstance(found, Choice):
                assert all(
                    shipped.library.sources[entry.source].holds_on(day) for entry in found.entries
                )


def test_a_document_asked_for_by_its_title_is_told_apart_from_its_successor(
    shipped: Knowledge,
) -> None:
    for source in shipped.library.sources.values():
        found = answering.answer(shipped, source.title, TODAY)
        if source.holds_on(TODAY):
            assert getattr(found, "source", None) == source, source.title
        else:
            assert isinstance(found, Repealed)
            assert found.source == source
            assert str(source.repealed) in plain(texts.repealed(found))


async def test_it_keeps_quiet_about_people_who_ask_and_who_report(
    house: House, database: Database
) -> None:
    """Whoever answers sees the words alone; whoever asked gets the answer alone."""
    asker = seat(database, house, "t1")
    administrator = seat(database, house, "a1", "administrator")
    await asker.say("老师的车能不能停在校门口")
    await asker.tap("转给管理员")
    await administrator.say("待办")
    await administrator.tap("转来的问题")
    await administrator.tap("1")
    await administrator.tap("生成 YAML")
    files = [standing.message.file for standing in administrator.screen]
    seen = "".join(standing.text for standing in administrator.screen)
    seen += "".join(file.content.decode() for file in files if file)
    assert "老师的车能不能停在校门口" in seen
    assert "某t1" not in seen
    assert "n-t1" not in seen
    await administrator.tap("打字回答")
    await administrator.say("停在指定的车位。")
    await administrator.tap("发送")
    ((_, letter),) = delivered(database, "answer:")
    assert "某a1" not in letter


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-23 20:59", "2026-11-23 20:59"),
        ("2026-11-23 21:00", "2026-11-24 07:30"),
        ("2026-11-24 07:29", "2026-11-24 07:30"),
        ("2026-10-01 12:00", "2026-10-08 07:30"),
        ("2026-09-20 12:00", "2026-09-20 12:00"),
    ],
)
async def test_it_speaks_when_it_must_and_never_in_quiet_hours_or_on_days_off(
    house: House, database: Database, clock: FakeClock, moment: str, opens: str
) -> None:
    """Looked at every ten minutes, nothing stands in the chat before the gate opens."""
    person = house.person("p")
    await person.say("/start")
    clock.at = datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI).astimezone(UTC)
    wanted = datetime.fromisoformat(opens).replace(tzinfo=SHANGHAI)
    with database.begin() as session:
        owner = f"a{session.scalars(select(AddressRow.id)).one()}"
        outbox.add(
            session, owner, Reply("给您的答复"), key="k", purpose=Purpose.ANSWER, at=clock.now()
        )
    while clock.now() < wanted:
        assert await house.deliver() == 0
        clock.forward(seconds=min(600, (wanted - clock.now()).total_seconds()))
    assert await house.deliver() == 1
    assert person.screen[-1].text == "给您的答复"


async def test_nothing_is_lost_when_the_process_ends_before_an_answer_is_shown(
    app: App, house: House, database_url: str, clock: FakeClock, platform: FakePlatform
) -> None:
    """The turn is settled, the platform away, the process gone: the next one shows the answer."""
    away = asyncio.Event()

    async def sleep(seconds: float) -> None:
        away.set()
        await asyncio.Event().wait()

    app.dispatcher._sleep = sleep  # pyright: ignore[reportPrivateUsage]
    platform.failures.append(SendFailed("no connection"))
    person = house.person("p")
    incoming = person.incoming(text="/help")
    await app.dispatcher.accept([incoming])
    await away.wait()
    await app.close()
    assert person.screen == []
    around = Surroundings(clock, (platform,), knowledge=app.knowledge)
    next_one = App(app.settings, around, database=Database(database_url))
    await next_one.start()
    await next_one.dispatcher.accept([incoming])
    await next_one.dispatcher.idle()
    await next_one.close()
    assert [standing.text[:12] for standing in person.screen] == ["〔补发〕想查什么规定，直"]


async def test_nothing_happens_twice_when_a_platform_repeats_itself_at_once(
    app: App, house: House, database: Database
) -> None:
    incoming = house.person("p").incoming(text="/help")
    await asyncio.gather(*(app.dispatcher.accept([incoming, incoming]) for _ in range(20)))
    await app.dispatcher.idle()
    assert len(house.person("p").screen) == 1


async def test_what_a_crash_leaves_in_doubt_is_reported_as_in_doubt(
    app: App, house: House, database: Database, clock: FakeClock
) -> None:
    administrator = seat(database, house, "a1", "administrator")
    person = house.person("p")
    await person.say("/start")
    with database.begin() as session:
        address = session.scalars(select(AddressRow.id).where(AddressRow.native_id == "p")).one()
        for key, purpose in (("答复", Purpose.ANSWER), ("故障", Purpose.TROUBLE)):
            outbox.add(session, f"a{address}", Reply(key), key=key, purpose=purpose, at=clock.now())
        outbox.claim(session, process="killed", at=clock.now())
    await app.chores.take_over(app.presence, app.dispatcher, app.worker)
    await house.deliver()
    assert [standing.text for standing in person.screen[1:]] == ["〔补发〕答复"]
    assert administrator.screen[-1].text.startswith("有 2 条消息发出时中断，不能确定是否送达。")


async def test_it_keeps_quiet_about_people_and_shows_a_confidential_notice_to_nobody_else(
    app: App, house: House, database: Database, clock: FakeClock
) -> None:
    """Whoever else reads, taps or looks through lists learns neither the person nor the place."""
    here = NoticeHouse(app, house, District(database), clock)
    person, *others = here.seat("戚南乔", "岑知微", "骆知夏", "单若溪")
    await here.boss.say("通知")
    await here.boss.tap("专送一人")
    for words in ("戚南乔", "周四下午3点", "行政楼302", "闻主任"):
        await here.boss.say(words)
    await here.boss.tap("发给这")
    await here.work()
    letter = person.screen[-1]
    assert letter.message.is_protected
    for other in others:
        await other.do(tap=letter.key("收到").token)
        for words in ("通知", "待办", "收到", "/audit", "/audit 戚南乔"):
            await other.say(words)
        seen = "".join(standing.text for standing in other.screen)
        assert "行政楼" not in seen
        assert "闻主任" not in seen
    assert here.notice().confirmed == 0


async def test_one_tap_one_record_and_a_receipt_is_never_inferred(
    app: App, house: House, database: Database, clock: FakeClock
) -> None:
    """Neither reading, answering something else, opening files nor the word of others is 收到."""
    here = NoticeHouse(app, house, District(database), clock)
    person, other = here.seat("戚南乔", "陆见微")
    await here.write("请看附件。", "戚南乔", "要对方确认")
    for name in ("一.png", "二.png"):
        await here.boss.send_file(name, b"png")
    await here.boss.tap("就这些")
    await here.boss.tap("发给这")
    await here.work()
    letter = person.screen[-1]
    await person.tap("看附件", on=letter)
    for words in ("好的", "谢谢", "没收到", "收到礼品怎么办", "菜单"):
        await person.say(words)
    await other.say("收到")
    await house.in_group(person.sender).say("收到")
    clock.forward(days=3)
    await here.work()
    assert here.notice().confirmed == 0
    await person.tap("收到", on=letter)
    assert here.notice().confirmed == 1
