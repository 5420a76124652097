"""A real Chromium before the real application, which tells of everything it did not like."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.db.engine import Database
from bot.settings import Settings
from knowledge.live import LiveKnowledge
from tests.patience import PATIENCE
from tests.web_house import WebHouse, open_house

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Words that go away by themselves are kept for whoever looks later.
_KEEP = """
  const said = (window.said = []);
  new MutationObserver(() => {
    for (const each of document.querySelectorAll(".toast, #lost")) {
      if (each.textContent) said.push(each.textContent);
    }
  }).observe(document, { childList: true, characterData: true, subtree: true });
"""
expect.set_options(timeout=PATIENCE * 1000)
_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """SQLite alone: the page does not see the database."""
    shutil.copy(sqlite_template, tmp_path / "muduo.db")
    return f"sqlite:///{tmp_path / 'muduo.db'}"


@pytest_asyncio.fixture(loop_scope="session")
async def web(
    settings: Settings, database: Database, knowledge: LiveKnowledge
) -> AsyncGenerator[WebHouse]:
    async with open_house(settings, database, knowledge) as house:
        yield house


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncGenerator[Browser]:
    installed = next((path for name in _NAMES if (path := shutil.which(name))), None)
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=installed, args=_ARGUMENTS)
        yield started
        await started.close()


@asynccontextmanager
async def _open(browser: Browser, web: WebHouse, width: int, height: int) -> AsyncGenerator[Page]:
    context = await browser.new_context(
        viewport={"width": width, "height": height}, accept_downloads=True, locale="zh-CN"
    )
    page = await context.new_page()
    faults: list[str] = []
    asked: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    context.set_default_timeout(PATIENCE * 1000)
    await page.add_init_script(_KEEP)
    async with page.expect_response(lambda response: "/api/stream" in response.url):
        await page.goto(f"{web.origin}/playground")
    await expect(page.locator("#hour")).not_to_be_empty()
    yield page
    outside = [url for url in asked if not url.startswith((web.origin, "blob:"))]
    assert not outside, outside
    # A connection that was cut on purpose is an error of the network, not of the page.
    wrong = [fault for fault in faults if "ERR_CONNECTION" not in fault]
    assert not wrong, wrong
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, web: WebHouse) -> AsyncGenerator[Page]:
    """The playground on a wide screen; at the end: nothing from outside, no error."""
    async with _open(browser, web, 1280, 800) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def phone(browser: Browser, web: WebHouse) -> AsyncGenerator[Page]:
    """The playground on a phone; at the end: nothing from outside, no error."""
    async with _open(browser, web, 390, 844) as opened:
        yield opened
