"""What waited for hours is still true when it comes, or does not come; nobody is left untold."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.app import App
from bot.core.errors import SendFailed
from bot.db.models import DeliveryRow
from bot.services import notice_sending
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
