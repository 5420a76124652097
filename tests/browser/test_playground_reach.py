"""The playground for everybody: by keyboard, read out, in light and dark, on a phone."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.async_api import Page, expect

from bot.core.chat import Chat, Message
from tests.browser.steps import chat_of, pick, say, told
from tests.web_house import WebHouse

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_everything_can_be_done_by_keyboard(page: Page, web: WebHouse) -> None:
    await page.keyboard.press("Tab")
    for _ in range(8):
        if await page.evaluate("document.activeElement.id") == "search":
            break
        await page.keyboard.press("Tab")
    await page.keyboard.type("访客一")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    chat = chat_of(page, "guest-1")
    await expect(chat.locator("textarea")).to_be_focused()
    await page.keyboard.type("/probe")
    await page.keyboard.press("Enter")
    key = chat.get_by_role("button", name="加一")
    await expect(key).to_be_visible()
    for _ in range(6):
        await page.keyboard.press("Shift+Tab")
        if await key.evaluate("button => button === document.activeElement"):
            break
    await page.keyboard.press("Enter")
    await expect(chat.locator(".theirs .text")).to_have_text("数到 1")
    await expect(chat.get_by_role("button", name="加一")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(chat.locator(".theirs .text")).to_have_text("数到 2")
    await chat.locator("textarea").focus()
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Enter")
    await expect(chat.get_by_role("menuitem", name="文件或图片")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(chat.get_by_role("menu")).to_be_hidden()
    await chat.locator("textarea").focus()
    await page.keyboard.press("Escape")
    await expect(page.locator("#search")).to_be_focused()


async def test_shift_enter_makes_a_new_line_and_a_composed_enter_does_not_send(
    page: Page, web: WebHouse
) -> None:
    chat = await pick(page, "guest-1")
    field = chat.locator("textarea")
    await field.press_sequentially("甲")
    await field.press("Shift+Enter")
    await field.press_sequentially("乙")
    await field.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    await expect(field).to_have_value("甲\n乙")
    await expect(chat.locator(".mine")).to_have_count(0)


async def test_every_control_has_a_name_and_the_conversation_is_read_out(
    page: Page, web: WebHouse
) -> None:
    chat = await pick(page, "guest-1")
    await say(chat, "/probe")
    await expect(chat.locator(".theirs")).to_have_count(1)
    nameless = await page.evaluate(
        """() => [...document.querySelectorAll('button, a, input, textarea, [role=log], nav')]
          .filter((each) => !each.closest('[aria-hidden=true]'))
          .filter((each) => !(each.getAttribute('aria-label') || each.textContent.trim()
            || each.labels?.length || each.querySelector('img[alt]:not([alt=""])')))
          .map((each) => each.outerHTML)"""
    )
    assert nameless == []
    ids = "[...document.querySelectorAll('[id]')].map((each) => each.id)"
    found = await page.evaluate(ids)
    assert len(found) == len(set(found))
    log = chat.get_by_role("log", name="访客一和木铎的对话")
    assert await log.get_attribute("aria-live") == "polite"
    assert await page.evaluate("document.documentElement.lang") == "zh-CN"
    assert await page.locator("main, header, nav").count() >= 3


async def test_letters_stand_out_from_their_ground_in_light_and_dark(
    page: Page, web: WebHouse
) -> None:
    chat = await pick(page, "guest-1")
    await say(chat, "/probe")
    await expect(chat.locator(".theirs")).to_have_count(1)
    schemes: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
    for scheme in schemes:
        await page.emulate_media(color_scheme=scheme)
        for pair in ("ink paper", "ink-soft paper", "ink-soft paper-deep", "ink-soft sheet"):
            assert await _contrast(page, *pair.split()) >= 4.5, (scheme, pair)
        for pair in ("accent-deep sheet", "on-accent accent", "ink mine", "bad paper"):
            assert await _contrast(page, *pair.split()) >= 4.5, (scheme, pair)


async def test_on_a_phone_one_chat_is_seen_at_a_time(phone: Page, web: WebHouse) -> None:
    await phone.get_by_role("button", name="选人").click()
    first = await pick(phone, web.id_of("苗若谷"))
    await say(first, "/start")
    await expect(first.locator(".theirs")).to_be_visible()
    for _ in range(6):
        await say(first, "/start")
    await expect(first.locator(".theirs")).to_have_count(7)
    await phone.get_by_role("button", name="换人").click()
    await expect(first).to_be_hidden()
    await phone.keyboard.press("Escape")
    await expect(first).to_be_visible()
    await phone.get_by_role("button", name="换人").click()
    second = await pick(phone, "guest-1")
    await expect(second).to_be_visible()
    await expect(first).to_be_hidden()
    await web.app.web.send(Chat("web", web.id_of("苗若谷")), Message("通知"))
    tab = phone.locator(".tab", has_text="苗若谷")
    await expect(tab.locator(".badge")).to_have_text("1")
    await tab.click()
    await expect(first.locator(".theirs").last).to_contain_text("通知")
    await expect(first.locator(".theirs").last).to_be_in_viewport()
    await expect(tab.locator(".badge")).to_have_count(0)
    box = await first.bounding_box()
    assert box
    assert (box["x"], box["width"]) == (0, 390)
    assert not await phone.evaluate("document.documentElement.scrollWidth > innerWidth")


async def test_on_a_phone_the_clock_opens_and_closes(phone: Page, web: WebHouse) -> None:
    hour = phone.get_by_role("button", name="+1 小时")
    await expect(hour).to_be_hidden()
    await phone.locator("#time").click()
    await hour.click()
    await told(phone, "时间拨到了")
    await expect(hour).to_be_hidden()


async def _contrast(page: Page, front: str, back: str) -> float:
    """The contrast of two of the page's colours by WCAG."""
    read = "getComputedStyle(document.documentElement).getPropertyValue"
    light: list[float] = []
    for name in (front, back):
        value = str(await page.evaluate(f"{read}('--{name}')"))
        parts = [int(value.strip()[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        light.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(light) + 0.05) / (min(light) + 0.05)
