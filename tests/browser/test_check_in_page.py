"""A meeting seen from both sides in Chromium: the screen on the wall, the phones in the hall."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page, expect

from bot.db.models import AttendanceRow, MemberRow
from bot.services import keyboards, screen
from tests.browser.steps import pick, say
from tests.called import PEOPLE, TOPIC, call, qr
from tests.fakes import MONDAY_NOON
from tests.web_house import WebHouse

pytestmark = pytest.mark.asyncio(loop_scope="session")
SIZES = [(1920, 1080), (390, 844)]


def begun(web: WebHouse) -> int:
    """A meeting of the first branch that began a few seconds ago."""
    return call(web.district, starts_at=MONDAY_NOON - timedelta(seconds=10))


def address_of(web: WebHouse, meeting: int) -> str:
    with web.district.begin() as session:
        return web.origin + screen.link(session, meeting)


@pytest.mark.parametrize(("width", "height"), SIZES)
async def test_whoever_scans_is_counted_on_the_wall_at_once(
    browser: Browser, page: Page, web: WebHouse, width: int, height: int
) -> None:
    meeting = begun(web)
    wall = await browser.new_page(viewport={"width": width, "height": height})
    await wall.goto(address_of(web, meeting))
    await expect(wall.locator("#expected")).to_have_text(str(len(PEOPLE)))
    await expect(wall.locator("#present")).to_have_text("0")
    payload = qr(web.district.database, meeting, web.app.clock.now())
    await page.goto(f"{web.origin}/playground?start={payload}")
    chat = await pick(page, web.id_of("苗若谷"))
    await expect(chat.locator(".theirs")).to_contain_text(f"签到成功：《{TOPIC}》")
    await expect(wall.locator("#present")).to_have_text("1")
    other = await pick(page, web.id_of("覃云岫"))
    await say(other, await wall.locator("#code").inner_text())
    await expect(other.locator(".theirs")).to_contain_text("签到成功")
    await expect(wall.locator("#present")).to_have_text("2")
    seen = await wall.locator("body").inner_text()
    with web.district.begin() as session:
        names = [name for (name,) in session.query(MemberRow.name)]
    assert not [name for name in names if name in seen]
    assert await wall.evaluate("document.documentElement.scrollWidth") <= width
    await wall.close()


async def test_the_secretary_opens_the_wall_and_closes_the_meeting_from_the_chat(
    page: Page, web: WebHouse
) -> None:
    meeting = begun(web)
    with web.district.begin() as session:
        token = keyboards.signed(session, "rolls.show", (meeting,))
    who = web.id_of("陆见微")
    await web.act(who, tap=token)
    chat = await pick(page, who)
    await chat.get_by_role("button", name="会议屏幕").click()
    link = chat.get_by_role("link", name="打开会议屏幕")
    async with page.context.expect_page() as opened:
        await link.click()
    wall = await opened.value
    await expect(wall.locator("h1")).to_have_text(TOPIC)
    await expect(wall.locator("#qr")).to_be_visible()
    await chat.get_by_role("button", name="苗若谷").click()
    await chat.get_by_role("button", name="完成", exact=True).click()
    await expect(chat.locator(".theirs").first).to_contain_text("到会 4")
    await expect(wall.locator("#line")).to_contain_text("会议已结束")
    await expect(wall.locator("#qr")).to_be_hidden()
    await expect(wall.locator("#code")).to_be_hidden()
    with web.district.begin() as session:
        found = dict(session.query(AttendanceRow.member_id, AttendanceRow.status).all())
    assert found[web.district.id_of("苗若谷")] == "absent"
    await wall.close()
