"""The playground in a real browser, on a wide screen and on a phone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bot.core.chat import Chat, Message, Reply
from bot.services import gate, outbox
from tests.browser.steps import pick, say, told
from tests.web_house import PNG, WebHouse

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_pick_somebody_write_tap_and_see_it_replaced_in_place(
    page: Page, web: WebHouse
) -> None:
    chat = await pick(page, "guest-1")
    await say(chat, "/probe")
    await expect(chat.locator(".theirs strong")).to_have_text("<b>试题</b>")
    await expect(chat.locator(".theirs small.quiet")).to_have_text("出处")
    await chat.get_by_role("button", name="加一").click()
    await expect(chat.locator(".theirs .text")).to_have_text("数到 1")
    await told(page, "记下了")
    await expect(chat.locator(".theirs")).to_have_count(1)
    await chat.get_by_role("button", name="另发").click()
    await expect(chat.locator(".theirs .text")).to_have_text(["数到 1", "第一条", "第二条"])
    await page.reload()
    await expect(chat.locator(".line .text")).to_have_text(["/probe", "数到 1", "第一条", "第二条"])


async def test_several_people_stand_side_by_side_and_each_has_their_own_chat(
    page: Page, web: WebHouse
) -> None:
    left = await pick(page, web.id_of("苗若谷"))
    right = await pick(page, "guest-1")
    await say(left, "/start")
    await say(right, "/probe")
    await expect(left.locator(".theirs")).to_contain_text("苗若谷")
    await expect(right.locator(".theirs")).to_contain_text("试题")
    await expect(left.locator(".theirs")).to_have_count(1)
    boxes = [await chat.bounding_box() for chat in (left, right)]
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    for _ in range(6):
        await say(left, "/help")
    await expect(left.locator(".theirs")).to_have_count(7)
    await pick(page, "guest-2")
    await expect(left.locator(".theirs time").last).to_be_in_viewport()
    overflow = "document.documentElement.scrollWidth > innerWidth"
    assert not await page.evaluate(overflow)
    await right.get_by_role("button", name="关闭访客一的对话").click()
    await expect(right).to_have_count(0)
    await expect(page.locator(".phone")).to_have_count(2)


async def test_people_are_found_by_name_and_by_unit(page: Page, web: WebHouse) -> None:
    await page.get_by_label("按姓名或单位找人").fill("苗若")
    await expect(page.locator(".person")).to_have_count(1)
    await page.get_by_label("按姓名或单位找人").fill("望舒幼儿园")
    await expect(page.locator(".person").first).to_contain_text("青澜")
    await expect(page.locator("#found")).to_contain_text("找到")
    await page.get_by_label("按姓名或单位找人").fill("没有这个人")
    await expect(page.locator(".nobody")).to_be_visible()


async def test_what_people_write_stays_text(page: Page, web: WebHouse) -> None:
    attack = "<img src=x onerror=\"document.title='stolen'\"><script>document.title='x'</script>"
    chat = await pick(page, "guest-1")
    await say(chat, f"/probe {attack}")
    await expect(chat.locator(".theirs .text")).to_contain_text(attack)
    await expect(chat.locator(".mine .text")).to_have_text(f"/probe {attack}")
    assert await chat.locator("img, script").count() == 0
    assert "木铎" in await page.title()


async def test_files_and_pictures_go_both_ways(page: Page, web: WebHouse, tmp_path: Path) -> None:
    chat = await pick(page, "guest-1")
    await say(chat, "/picture")
    picture = chat.get_by_role("img", name="图.png")
    await expect(picture).to_be_visible()
    await expect(picture).to_have_js_property("naturalWidth", 1)
    await say(chat, "/sheet")
    async with page.expect_download() as saved:
        await chat.get_by_role("link", name="名册.html").click()
    assert (await saved.value).suggested_filename == "名册.html"
    sent = tmp_path / "照片.png"
    sent.write_bytes(PNG)
    await chat.locator("input[type=file]").set_input_files(sent)
    await expect(chat.get_by_role("img", name="照片.png")).to_be_visible()
    await expect(chat.locator(".waiting")).to_have_count(0)


async def test_a_place_and_a_deep_link_are_sent_from_the_menu(page: Page, web: WebHouse) -> None:
    chat = await pick(page, "guest-1")
    await chat.get_by_role("button", name="发送文件、位置或打开链接").click()
    await chat.get_by_role("menuitem", name="位置").click()
    await page.get_by_role("button", name="发送", exact=True).last.click()
    await expect(chat.locator(".mine").last).to_contain_text("位置：31.23040")
    await chat.get_by_role("button", name="发送文件、位置或打开链接").click()
    await chat.get_by_role("menuitem", name="打开链接").click()
    await page.locator("#link").fill("https://chat.example/bot?start=invite-ABCD2345")
    await page.locator("#link").press("Enter")
    await expect(chat.locator(".mine").last).to_contain_text("打开链接：invite-ABCD2345")
    await expect(chat.locator(".theirs")).to_have_count(2)


async def test_the_clock_goes_forward_and_brings_what_is_due(page: Page, web: WebHouse) -> None:
    member = web.district.id_of("苗若谷")
    chat = await pick(page, f"m{member}")
    before = web.app.clock.now()
    with web.app.database.begin() as session:
        reply, purpose = Reply("有人回答了您的问题"), gate.Purpose.ANSWER
        later = before + timedelta(days=1)
        outbox.add(session, f"m{member}", reply, key="k", purpose=purpose, at=later)
    await page.get_by_role("button", name="+1 小时").click()
    await told(page, "时间拨到了")
    await page.get_by_role("button", name="下一件事").click()
    await expect(chat.locator(".theirs")).to_contain_text("有人回答了您的问题")
    assert web.app.clock.now() >= later
    day = (web.app.clock.now() + timedelta(days=40)).strftime("%Y-%m-%d")
    await page.get_by_role("button", name="选日期…").click()
    await page.locator("#day-input").fill(f"{day}T09:30")
    await page.get_by_role("button", name="拨过去").click()
    await expect(page.locator("#hour")).to_have_text("09:30")


async def test_who_is_not_open_has_an_unread_badge(page: Page, web: WebHouse) -> None:
    await pick(page, "guest-1")
    other = web.id_of("苗若谷")
    for number in range(2):
        await web.app.web.send(Chat("web", other), Message(f"通知 {number}"))
    badge = page.locator(f"[data-person='{other}'] .badge")
    await expect(badge).to_contain_text("2")
    await expect(page).to_have_title("（2）木铎 · 演示")
    await page.reload()
    await expect(badge).to_contain_text("2")
    chat = await pick(page, other)
    await expect(chat.locator(".theirs .text")).to_have_text(["通知 0", "通知 1"])
    await expect(badge).to_have_count(0)


async def test_a_lost_connection_is_shown_and_what_was_missed_comes_after(
    page: Page, web: WebHouse
) -> None:
    chat = await pick(page, "guest-1")
    await say(chat, "/probe")
    await expect(chat.locator(".theirs")).to_have_count(1)
    port = web.server.port
    await web.server.stop()
    await expect(page.locator("#lost")).to_contain_text("连接断了")
    await chat.locator("textarea").fill("断线时写的")
    await chat.locator("textarea").press("Enter")
    await expect(chat.locator(".failure")).to_contain_text("没有发出去")
    await web.app.web.send(Chat("web", "guest-1"), Message("断线时说的"))
    settings = web.app.settings.model_copy(update={"listen": f"127.0.0.1:{port}"})
    web.app.settings = settings
    web.server = await web.app.serve()
    await expect(page.locator("#lost")).to_be_empty()
    await expect(chat.locator(".theirs")).to_contain_text(["试题", "断线时说的"])
    await chat.get_by_role("button", name="重发").click()
    await expect(chat.locator(".failure")).to_have_count(0)
    await expect(chat.locator(".mine").last).to_contain_text("断线时写的")
    await expect(chat.locator(".waiting")).to_have_count(0)
