"""The playground's API: people, what they do, what stands in their chats, files."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.core.chat import Chat, Message
from bot.db.engine import Database
from bot.settings import Settings
from knowledge.live import LiveKnowledge
from tests.web_house import PNG, WebHouse, open_house

INCOMING = "/playground/api/incoming"


@pytest.fixture
async def web(
    settings: Settings, database: Database, knowledge: LiveKnowledge
) -> AsyncIterator[WebHouse]:
    async with open_house(settings, database, knowledge) as house:
        yield house


async def test_the_people_are_everybody_of_the_roster_with_roles_in_words(web: WebHouse) -> None:
    status, people = await web.get("/playground/api/people")
    assert status == 200
    assert {"id", "name", "roles", "unit"} <= set(people[0])
    by_name = {person["name"]: person for person in people}
    assert by_name["陆见微"]["roles"] == ["书记", "教师"]
    assert by_name["陆见微"]["unit"] == "青澜一中"
    assert by_name["访客一"] == {
        "id": "guest-1",
        "name": "访客一",
        "roles": ["访客"],
        "unit": "",
        "branch": "",
    }


async def test_who_was_picked_is_known_by_name(web: WebHouse) -> None:
    reply = await web.say(web.id_of("苗若谷"), "/start")
    assert "苗若谷" in reply["text"]


async def test_a_stranger_is_a_guest(web: WebHouse) -> None:
    reply = await web.say("guest-1", "/quiz")
    assert "绑定" in reply["text"]


async def test_the_text_comes_plain_and_as_spans(web: WebHouse) -> None:
    reply = await web.say("guest-1", "/probe 甲")
    assert reply["text"] == "<b>试题</b> 甲\n出处"
    assert reply["spans"] == [["bold", "<b>试题</b>"], ["", " 甲\n"], ["quiet", "出处"]]
    assert [button["label"] for button in reply["buttons"]] == ["加一", "另发"]
    assert {button["row"] for button in reply["buttons"]} == {0}
    assert reply["replaces"] is None


async def test_a_tap_replaces_the_message_in_place_with_a_toast(web: WebHouse) -> None:
    first = await web.say("guest-1", "/probe")
    (second,) = await web.tap("guest-1", first, "加一")
    assert second["id"] == second["replaces"] == first["id"]
    assert second["toast"] == "记下了"
    (third,) = await web.tap("guest-1", second, "加一")
    assert third["id"] == first["id"]
    assert [line["text"] for line in await web.chat("guest-1")] == ["/probe", "数到 2"]


async def test_several_replies_come_in_order(web: WebHouse) -> None:
    first = await web.say("guest-1", "/probe")
    replies = await web.tap("guest-1", first, "另发")
    assert [reply["text"] for reply in replies] == ["第一条", "第二条"]


async def test_a_repeated_event_gives_the_same_replies_and_does_nothing_twice(
    web: WebHouse,
) -> None:
    first = await web.say("guest-1", "/probe")
    body = {"as": "guest-1", "tap": first["buttons"][0]["token"], "event": "once"}
    _, once = await web.post(INCOMING, body)
    await web.tap("guest-1", once["replies"][0], "加一")
    _, again = await web.post(INCOMING, body)
    assert again == once
    assert [line["text"] for line in await web.chat("guest-1")] == ["/probe", "数到 2"]


async def test_two_people_may_count_their_events_alike(web: WebHouse) -> None:
    for who in ("guest-1", "guest-2"):
        _, answer = await web.post(INCOMING, {"as": who, "text": "/probe", "event": 1})
        assert len(answer["replies"]) == 1


async def test_the_same_event_at_the_same_time_is_answered_once(web: WebHouse) -> None:
    body = {"as": "guest-1", "text": "/probe", "event": "e"}
    answers = await asyncio.gather(*(web.post(INCOMING, body) for _ in range(8)))
    assert len({answer["replies"][0]["id"] for _, answer in answers}) == 1
    assert [line["author"] for line in await web.chat("guest-1")] == ["person", "bot"]


async def test_a_conversation_is_whole_after_a_reload(web: WebHouse) -> None:
    await web.say("guest-1", "/probe")
    await web.act("guest-1", place={"latitude": 31.2, "longitude": 121.5})
    await web.act("guest-1", open="rubbish")
    lines = await web.chat("guest-1")
    said = [line["text"] for line in lines if line["author"] == "person"]
    assert said == ["/probe", "位置：31.20000，121.50000", "打开链接：rubbish"]
    assert [line["version"] for line in lines] == sorted(line["version"] for line in lines)
    assert await web.chat("guest-1", after=lines[-1]["version"]) == []


async def test_what_the_bot_says_first_and_takes_back(web: WebHouse) -> None:
    await web.get("/playground/api/people")
    shown = await web.app.web.send(Chat("web", "guest-1"), Message("通知"))
    assert [line["text"] for line in await web.chat("guest-1")] == ["通知"]
    await web.app.web.edit(shown, Message("通知（改）"))
    assert [line["text"] for line in await web.chat("guest-1")] == ["通知（改）"]
    await web.app.web.withdraw(shown)
    (line,) = await web.chat("guest-1")
    assert line["withdrawn"]
    assert line["text"] == ""


async def test_a_picture_is_shown_inline_and_a_page_only_downloaded(web: WebHouse) -> None:
    picture = (await web.say("guest-1", "/picture"))["file"]
    assert picture["media_type"] == "image/png"
    async with web.client.get(web.origin + picture["url"]) as response:
        assert await response.read() == PNG
        assert response.headers["Content-Disposition"].startswith("inline")
    page = (await web.say("guest-1", "/sheet"))["file"]
    async with web.client.get(web.origin + page["url"]) as response:
        assert response.content_type == "application/octet-stream"
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in response.headers["Content-Security-Policy"]


async def test_a_file_that_is_sent_stands_in_the_chat(web: WebHouse) -> None:
    content = base64.b64encode(b"a,b\n").decode()
    file = {"name": "../名册.csv", "media_type": "text/csv", "content": content}
    assert await web.act("guest-1", file=file)
    mine = (await web.chat("guest-1"))[0]
    assert mine["file"]["name"] == "_名册.csv"
    async with web.client.get(web.origin + mine["file"]["url"]) as response:
        assert await response.read() == b"a,b\n"


async def test_somebody_elses_button_does_nothing(web: WebHouse) -> None:
    first = await web.say("guest-1", "/probe")
    (reply,) = await web.tap("guest-2", first, "加一")
    assert "别人" in reply["text"]
    assert [line["text"] for line in await web.chat("guest-1")][-1].startswith("<b>试题")


async def test_an_invitation_makes_a_member_of_a_stranger(web: WebHouse) -> None:
    from sqlalchemy import update

    from bot.db.models import AddressRow

    await web.get("/playground/api/people")
    with web.app.database.begin() as session:
        bound = update(AddressRow).where(AddressRow.native_id == "guest-1")
        session.execute(bound.values(member_id=web.district.id_of("苗若谷")))
    _, people = await web.get("/playground/api/people")
    stranger = next(person for person in people if person["id"] == "guest-1")
    assert stranger["name"] == "访客一（苗若谷）"
    assert stranger["roles"] == ["教师"]


_BAD: list[tuple[Any, str]] = [
    (b"{", "JSON"),
    (b"[]", "JSON 对象"),
    (b"\xff", "JSON"),
    (b"[" * 100_000, "JSON"),
    ({"as": "guest-1", "place": {"latitude": 1e999, "longitude": 0}}, "JSON"),
    ({"as": "guest-1"}, "有且只有一个"),
    ({"as": "guest-1", "text": "a", "tap": "b"}, "有且只有一个"),
    ({"as": "guest-1", "text": "a", "mood": 1}, "mood"),
    ({"text": "a"}, "as 应为"),
    ({"as": "guest-1", "text": 5}, "text 应为文字"),
    ({"as": "guest-1", "text": "a" * 100_000}, "20,000"),
    ({"as": "guest-1", "text": "\u0000\u202e \ud800"}, "没有可读的文字"),
    ({"as": "guest-1", "text": "a", "event": {}}, "event 应为"),
    ({"as": "guest-1", "text": "a", "event": ""}, "event 应为"),
    ({"as": "guest-1", "tap": ""}, "tap 应为"),
    ({"as": "guest-1", "tap": "x" * 200}, "tap 应为"),
    ({"as": "guest-1", "open": ["a"]}, "open 应为"),
    ({"as": "guest-1", "file": "a"}, "file 应为"),
    ({"as": "guest-1", "file": {"name": "a", "content": "!"}}, "base64"),
    ({"as": "guest-1", "file": {"name": "a", "content": 1}}, "base64"),
    ({"as": "guest-1", "file": {"content": ""}}, "file.name"),
    ({"as": "guest-1", "file": {"name": "a", "media_type": "x", "content": ""}}, "media_type"),
    ({"as": "guest-1", "place": [1, 2]}, "place 应为"),
    ({"as": "guest-1", "place": {"latitude": 91, "longitude": 0}}, "place 应为"),
    ({"as": "guest-1", "place": {"latitude": True, "longitude": 0}}, "place 应为"),
]


async def test_a_bad_body_is_answered_with_what_would_be_right(web: WebHouse) -> None:
    for body, says in _BAD:
        status, answer = await web.post(INCOMING, body)
        assert status in (400, 422), body
        assert says in answer["error"]
    assert await web.chat("guest-1") == []


async def test_a_person_who_is_not_there_is_404(web: WebHouse) -> None:
    status, answer = await web.post(INCOMING, {"as": "m99999", "text": "a"})
    assert (status, "m99999" in answer["error"]) == (404, True)
    assert (await web.get("/playground/api/messages?as=nobody"))[0] == 404
    assert (await web.get("/playground/api/stream?as=nobody"))[0] == 404
    assert (await web.get("/playground/api/files/99"))[0] == 404
    assert (await web.get("/playground/api/nothing"))[0] == 404


async def test_a_bad_version_is_told(web: WebHouse) -> None:
    status, answer = await web.get("/playground/api/messages?as=guest-1&after=x")
    assert (status, "after" in answer["error"]) == (422, True)


async def test_odd_texts_stay_as_they_are(web: WebHouse) -> None:
    for text in ("😀😀", "<img src=x onerror=alert(1)>", "' OR 1=1 --", "{{7*7}}"):
        await web.say("guest-1", text)
    said = [line["text"] for line in await web.chat("guest-1") if line["author"] == "person"]
    assert said == ["😀😀", "<img src=x onerror=alert(1)>", "' OR 1=1 --", "{{7*7}}"]
