"""What waited for hours is still true when it comes, or does not come; nobody is left untold."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from bot.app import App
from bot.core.chat import Reply
from bot.core.errors import SendFailed
from bot.db.models import DeliveryRow
from bot.services import notice_sending, outbox
from bot.services.gate import Purpose
from tests.district import District
from tests.fakes import FakeClock, FakePlatform, House
from tests.notice_house import NoticeHouse

TEXT = "请于周五前交回安全责任书。"
AWAY = SendFailed("no connection", is_away=True)


@pytest.fixture
def here(app: App, house: House, district: District, clock: FakeClock) -> NoticeHouse:
    return NoticeHouse(app, house, district, clock)


async def away(here: NoticeHouse, platform: FakePlatform, *, hours: int) -> None:
    """Let the platform be out of reach for so long, beginning now."""
    for _ in range(hours):
        platform.failures[:] = [AWAY] * 50
        await here.work()
        here.clock.forward(hours=1)
    platform.failures.clear()


async def test_a_nudge_held_until_after_the_due_time_is_not_sent(
    here: NoticeHouse, platform: FakePlatform
) -> None:
    (qi,) = here.seat("戚南乔")
    await here.write(TEXT, "戚南乔", "要对方确认")
    await here.boss.tap("截止")
    await here.boss.say("今天17点")
    await here.boss.tap("发给这")
    await here.work()
    with here.district.begin() as session:
        boss = here.district.member("闻书澜")
        notice_sending.nudge(session, boss, 1, at=here.clock.now())
    await away(here, platform, hours=6)
    here.clock.forward(days=1)
    await here.work()
    assert [each.text for each in qi.screen if "您看过的话" in each.text] == []
    with here.database.read() as session:
        query = select(DeliveryRow.state, DeliveryRow.reason)
        nudges = session.execute(query.where(DeliveryRow.key.contains(":nudge:"))).all()
    assert [tuple(each) for each in nudges] == [("withdrawn", "too_late")]


async def test_an_appointment_that_is_over_is_not_sent(
    here: NoticeHouse, platform: FakePlatform
) -> None:
    (qi,) = here.seat("戚南乔")
    await here.boss.say("通知")
    await here.boss.tap("专送一人")
    await here.boss.say("戚南乔")
    await here.boss.say("今天16点")
    await here.boss.say("行政楼302")
    await here.boss.tap("找我")
    await here.boss.tap("发给这")
    await away(here, platform, hours=5)
    for _ in range(3):
        await here.work()
    assert qi.screen == []
    said = [each.text for each in here.boss.screen]
    assert any("到期还没有确认" in text for text in said), "the sender hears of it"


async def test_whom_a_notice_has_not_reached_by_its_due_time_is_named_to_their_secretary(
    here: NoticeHouse, platform: FakePlatform
) -> None:
    _, lu = here.seat("戚南乔", "陆见微")
    await here.write(TEXT, "戚南乔", "要对方确认")
    await here.boss.tap("截止")
    await here.boss.say("今天15点")
    await here.boss.tap("发给这")
    await away(here, platform, hours=4)
    for _ in range(3):
        await here.work()
    listed = [each.text for each in lu.screen if "还没有确认" in each.text]
    assert len(listed) == 1
    assert "没送到、要另外告诉的：戚南乔" in listed[0]


async def test_all_that_was_in_doubt_is_told_in_one_line_a_day(
    app: App, house: House, district: District, clock: FakeClock
) -> None:
    boss = district.seat(house, "闻书澜")

    async def die(count: int) -> None:
        """A process ends while it sends so many."""
        with district.begin() as session:
            for number in range(count):
                key = f"{clock.now().isoformat()} {number}"
                outbox.add(
                    session, "m1", Reply("一"), key=key, purpose=Purpose.NOTICE, at=clock.now()
                )
            dying = update(DeliveryRow).where(DeliveryRow.state == "queued")
            dying = dying.where(DeliveryRow.purpose == Purpose.NOTICE.value)
            session.execute(dying.values(state="sending", leased_by="dead"))
        await look()

    async def look() -> None:
        await app.chores.take_over(app.presence, app.dispatcher, app.worker)
        await house.deliver()

    def told() -> list[str]:
        lines = [each.text for each in boss.screen if "不能确定是否送达" in each.text]
        return [line.split("。")[0] for line in lines]

    await die(2)
    assert told() == ["有 2 条消息发出时中断，不能确定是否送达"]
    clock.forward(hours=1)
    await die(3)
    clock.forward(hours=1)
    await die(4)
    await look()
    assert len(told()) == 1
    clock.forward(days=1)
    for _ in range(3):
        await look()
    assert told()[1:] == ["有 7 条消息发出时中断，不能确定是否送达"]
