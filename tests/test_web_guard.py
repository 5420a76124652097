"""Who may open the playground, and what every request is checked for."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from bot.db.engine import Database
from bot.services import facts
from bot.settings import Settings
from bot.web.server import WebServer
from knowledge.live import LiveKnowledge
from tests.web_house import WebHouse, open_house


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """SQLite alone: nothing here depends on the database."""
    shutil.copy(sqlite_template, tmp_path / "muduo.db")
    return f"sqlite:///{tmp_path / 'muduo.db'}"


@pytest.fixture
async def web(
    settings: Settings, database: Database, knowledge: LiveKnowledge
) -> AsyncIterator[WebHouse]:
    async with open_house(settings, database, knowledge) as house:
        yield house


PEOPLE = "/playground/api/people"


async def test_the_page_is_served_with_headers_that_keep_it_to_itself(web: WebHouse) -> None:
    async with web.client.get(f"{web.origin}/playground") as response:
        page = await response.text()
        headers = response.headers
    assert "木铎" in page
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Server" not in headers


async def test_nothing_in_the_page_comes_from_outside(web: WebHouse) -> None:
    folder = Path(__file__).parent.parent / "bot" / "web"
    files = [path for path in folder.rglob("*.*") if path.suffix in (".html", ".js", ".css")]
    assert len(files) > 8
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert "http://" not in text, path
        assert "https://" not in text, path
        assert "innerHTML" not in text, path


@pytest.mark.parametrize("host", ["evil.example", "10.0.0.1:8765", "localhost.evil.example", ""])
async def test_a_host_that_is_not_loopback_is_refused(web: WebHouse, host: str) -> None:
    status, answer = await web.get(PEOPLE, Host=host)
    assert status == 403
    assert "127.0.0.1" in answer["error"]


async def test_loopback_by_any_of_its_names_is_served(web: WebHouse) -> None:
    for host in ("localhost", "127.0.0.1", "[::1]", "127.8.8.8"):
        assert (await web.get(PEOPLE, Host=f"{host}:{web.server.port}"))[0] == 200


async def test_an_origin_that_is_not_ours_is_refused(web: WebHouse) -> None:
    for origin in ("https://evil.example", "null", "http://localhost:1", "http://[", "file://"):
        status, answer = await web.get(PEOPLE, Origin=origin)
        assert status == 403, origin
        assert "其他网站" in answer["error"]
    assert (await web.get(PEOPLE, Origin=web.origin))[0] == 200


async def test_any_forwarding_header_is_refused(web: WebHouse) -> None:
    for name in ("X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Via", "X-Real-IP"):
        status, answer = await web.get(PEOPLE, **{name: "1.1"})
        assert status == 403, name
        assert "代理" in answer["error"]


async def test_a_form_is_not_taken_for_json(web: WebHouse) -> None:
    headers = {"Content-Type": "text/plain"}
    status, answer = await web.post("/playground/api/incoming", b"{}", **headers)
    assert (status, "application/json" in answer["error"]) == (415, True)


async def test_a_body_that_is_too_long_is_refused_with_and_without_a_length(web: WebHouse) -> None:
    status, answer = await web.post("/playground/api/clock", b" " * 20_000)
    assert (status, "太大" in answer["error"]) == (413, True)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield b" " * 5_000

    headers = {"Content-Type": "application/json"}
    address = f"{web.origin}/playground/api/clock"
    async with web.client.post(address, data=endless(), headers=headers) as response:
        assert response.status == 413


async def test_a_database_of_real_people_has_no_playground(
    settings: Settings, database: Database, knowledge: LiveKnowledge
) -> None:
    async with open_house(settings, database, knowledge, is_demo=False) as web:
        assert (await web.get(PEOPLE))[0] == 404
        async with web.client.get(f"{web.origin}/playground") as response:
            assert response.status == 404
            assert response.content_type == "text/html"
            assert "没有这个页面" in await response.text()


async def test_not_even_the_setting_opens_a_database_of_real_people(
    settings: Settings, database: Database, knowledge: LiveKnowledge
) -> None:
    wanted = settings.model_copy(update={"playground": True})
    async with open_house(wanted, database, knowledge, is_demo=False) as web:
        status, answer = await web.get(PEOPLE)
        assert status == 403
        assert "真实人员" in answer["error"]
        async with web.client.get(f"{web.origin}/playground") as response:
            assert "真实人员" in await response.text()


async def test_a_database_marked_as_demo_stops_being_served_when_the_mark_goes(
    web: WebHouse,
) -> None:
    assert (await web.get(PEOPLE))[0] == 200
    with web.app.database.begin() as session:
        facts.put(session, facts.DEMO, "0")
    assert (await web.get(PEOPLE))[0] == 404


async def test_who_listens_to_everybody_has_no_playground(web: WebHouse) -> None:
    parts = web.server.parts
    everywhere = web.app.settings.model_copy(update={"listen": "0.0.0.0:0", "playground": True})
    server = WebServer(replace(parts, settings=everywhere))
    await server.start()
    async with aiohttp.ClientSession() as client:
        origin = f"http://127.0.0.1:{server.port}"
        async with client.get(origin + PEOPLE) as response:
            assert response.status == 404
        async with client.get(f"{origin}/metrics") as response:
            assert response.status == 200
        forwarded = {"X-Forwarded-For": "10.1.1.1"}
        async with client.get(f"{origin}/metrics", headers=forwarded) as response:
            assert response.status == 403
    await server.stop()
