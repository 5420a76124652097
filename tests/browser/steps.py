"""What every journey through the playground is made of."""

from __future__ import annotations

from playwright.async_api import Locator, Page


def chat_of(page: Page, who: str) -> Locator:
    return page.locator(f"[data-chat='{who}']")


async def pick(page: Page, who: str) -> Locator:
    """Open somebody's chat."""
    await page.locator(f"[data-person='{who}']").click()
    return chat_of(page, who)


async def say(chat: Locator, text: str) -> None:
    await chat.locator("textarea").fill(text)
    await chat.locator("textarea").press("Enter")


async def told(page: Page, words: str) -> None:
    """Wait for words that go away by themselves, and may have gone already."""
    await page.wait_for_function("words => said.some((each) => each.includes(words))", arg=words)
