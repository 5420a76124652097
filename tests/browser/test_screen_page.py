"""The meeting screen in Chromium: on the projector, on a phone, and what its QR leads to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.steps import chat_of, pick
from tests.fakes import MONDAY_NOON
from tests.test_screen import arrive, hold, path_for
from tests.web_house import WebHouse

pytestmark = pytest.mark.asyncio(loop_scope="session")
SIZES = [(1920, 1080), (390, 844)]


def begin(web: WebHouse) -> tuple[int, str]:
    """A congress of 38 that began a minute ago, and the address of its screen."""
    branch = web.district.unit("青澜一中第一党支部")
    meeting = hold(
        web.district.database,
        branch,
        members=38,
        starts_at=MONDAY_NOON - timedelta(minutes=1),
        topic="十一月支部党员大会：讨论接收预备党员并听取支委会半年工作报告",
    )
    return meeting, web.origin + path_for(web, meeting)


@pytest.mark.parametrize(("width", "height"), SIZES)
async def test_the_screen_shows_the_code_and_counts_live(
    browser: Browser, web: WebHouse, width: int, height: int
) -> None:
    meeting, address = begin(web)
    screen = await browser.new_page(viewport={"width": width, "height": height})
    faults: list[str] = []
    screen.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    screen.on("pageerror", lambda error: faults.append(str(error)))
    await screen.goto(address)
    await expect(screen.locator("#present")).to_have_text("0")
    await expect(screen.locator("#expected")).to_have_text("38")
    await expect(screen.locator("#code")).to_have_text("482193")
    await expect(screen.locator("#qr")).to_be_visible()
    arrive(web.district.database, meeting, 19)
    await expect(screen.locator("#present")).to_have_text("19")
    await expect(screen.locator("#quorum")).to_contain_text("已达到")
    # Nothing sticks out: all of it on the projector at once, on a phone only downwards.
    assert await screen.evaluate("document.documentElement.scrollWidth") <= width
    if width > 1000:
        assert await screen.evaluate("document.documentElement.scrollHeight") <= height
    assert not faults
    await screen.close()


async def test_the_screen_says_when_it_has_lost_the_house(browser: Browser, web: WebHouse) -> None:
    _, address = begin(web)
    screen = await browser.new_page()
    await screen.goto(address)
    await expect(screen.locator("#code")).to_be_visible()
    await web.server.stop()
    await expect(screen.locator("#lost")).to_be_visible()
    await screen.close()


async def test_a_link_is_opened_as_the_person_that_is_picked(page: Page, web: WebHouse) -> None:
    await page.goto(f"{web.origin}/playground?start=something-17")
    await expect(page.locator("#linked")).to_be_visible()
    chat = await pick(page, "guest-1")
    await expect(chat.locator(".mine")).to_have_count(1)
    await expect(chat.locator(".mine")).to_contain_text("打开链接：something-17")
    await expect(page.locator("#linked")).to_be_hidden()
    other = await pick(page, "guest-2")
    await expect(other.locator("textarea")).to_be_visible()
    await expect(chat_of(page, "guest-2").locator(".mine")).to_have_count(0)
    assert page.url == f"{web.origin}/playground"
