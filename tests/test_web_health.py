"""Health, metrics, the webhook's route, and an address that can't be had."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from bot.core.errors import SettingsFault
from bot.db.engine import Database
from bot.settings import Settings
from bot.web import server as web_server
from bot.web.parts import Readiness
from bot.web.server import WebServer
from knowledge.live import LiveKnowledge
from tests.web_house import WebHouse, open_house

HOOK = "/telegram/webhook"


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


async def test_a_process_that_serves_is_alive_and_ready(web: WebHouse) -> None:
    assert await web.get("/healthz") == (200, {"status": "ok"})
    status, answer = await web.get("/readyz")
    assert status == 200
    assert answer == {"status": "ready", "database": "ok", "knowledge": "ok", "poll": "ok"}


async def test_it_is_not_ready_without_knowledge_or_when_polling_is_deaf(web: WebHouse) -> None:
    deaf = Readiness(lambda: False, lambda: web.app.clock.monotonic() - 500, polls=True)
    server = WebServer(replace(web.server.parts, readiness=deaf))
    await server.start()
    async with web.client.get(f"http://127.0.0.1:{server.port}/readyz") as response:
        answer = await response.json()
        assert response.status == 503
    await server.stop()
    assert answer["database"] == "ok"
    assert answer["knowledge"] == "failed"
    assert answer["poll"] == "failed"


async def test_it_is_not_ready_without_its_database(web: WebHouse) -> None:
    path = web.app.database.url.database
    assert path
    web.app.database.close()
    for suffix in ("", "-wal", "-shm"):
        Path(path + suffix).unlink(missing_ok=True)
    Path(path).mkdir()
    status, answer = await web.get("/readyz")
    assert status == 503
    assert answer["database"] == "failed"
    Path(path).rmdir()


async def test_metrics_count_turns_without_names_or_texts(web: WebHouse) -> None:
    await web.say("guest-1", "/probe 秘密")
    async with web.client.get(f"{web.origin}/metrics") as response:
        page = await response.text()
    assert 'muduo_turns_total{outcome="done",platform="web",route="command:probe"}' in page
    assert "秘密" not in page
    assert "guest-1" not in page


async def test_without_a_webhook_its_route_is_not_there(web: WebHouse) -> None:
    assert (await web.post(HOOK, {}))[0] == 404


async def test_the_webhook_hands_over_body_and_headers_and_gives_back_the_status(
    web: WebHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_server, "GRACE", 0.1)  # for the body that is not read to its end
    taken: list[tuple[bytes, str | None]] = []

    async def receive(body: bytes, headers: Mapping[str, str]) -> int:
        taken.append((body, headers.get("X-Telegram-Bot-Api-Secret-Token")))
        return 200 if taken[-1][1] == "right" else 401

    server = WebServer(replace(web.server.parts, receive=receive))
    await server.start()
    address = f"http://127.0.0.1:{server.port}{HOOK}"
    statuses: list[int] = []
    for secret, kind, body in (
        ("right", "application/json", b'{"update_id":1}'),
        ("wrong", "application/json", b"{}"),
        ("right", "text/plain", b"{}"),
        ("right", "application/json", b"x" * 5_000_000),
    ):
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret, "Content-Type": kind}
        async with web.client.post(address, data=BytesIO(body), headers=headers) as response:
            statuses.append(response.status)
    await server.stop()
    assert statuses == [200, 401, 415, 413]
    assert taken == [(b'{"update_id":1}', "right"), (b"{}", "wrong")]


async def test_a_taken_port_is_one_sentence_with_the_cure(web: WebHouse) -> None:
    taken = web.app.settings.model_copy(update={"listen": f"127.0.0.1:{web.server.port}"})
    with pytest.raises(SettingsFault) as told:
        await WebServer(replace(web.server.parts, settings=taken)).start()
    assert f"端口 {web.server.port} 已被别的程序占用" in str(told.value)
    assert "MUDUO_LISTEN" in str(told.value)


async def test_an_address_of_another_machine_is_one_sentence_with_the_cure(web: WebHouse) -> None:
    for host in ("192.0.2.1", "no-such-host.invalid"):
        elsewhere = web.app.settings.model_copy(update={"listen": f"{host}:0"})
        with pytest.raises(SettingsFault) as told:
            await WebServer(replace(web.server.parts, settings=elsewhere)).start()
        assert f"没有地址 {host}" in str(told.value)
