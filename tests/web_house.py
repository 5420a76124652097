"""The real application behind its real web server on loopback, with a few handlers to try."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.app import App, Surroundings
from bot.core.chat import Button, File, Reply
from bot.core.roles import Role
from bot.core.text import bold, quiet
from bot.db.engine import Database
from bot.routing import Router, Turn
from bot.services import facts
from bot.settings import Settings
from bot.web.server import WebServer
from knowledge.live import LiveKnowledge
from tests.district import District
from tests.fakes import StillClock

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c636060606000000005000158aa20540000000049454e44ae426082"
)
probe = Router()


@probe.command("probe", help="试一试", words=("试试",), audience=Role.GUEST)
def begin(turn: Turn) -> Reply:
    text = f"{bold('<b>试题</b>')} {turn.argument}\n{quiet('出处')}"
    return Reply(
        text,
        buttons=[[Button("加一", "probe.add", 0), Button("另发", "probe.anew")]],
        about="probe:1",
    )


@probe.button("probe.add", audience=Role.GUEST)
def add(turn: Turn) -> Reply:
    count = turn.arguments[0] + 1
    buttons = [[Button("加一", "probe.add", count), Button("另发", "probe.anew")]]
    return Reply(f"数到 {count}", buttons=buttons, replaces=True, toast="记下了")


@probe.button("probe.anew", audience=Role.GUEST)
def anew(turn: Turn) -> list[Reply]:
    return [Reply("第一条"), Reply("第二条")]


@probe.command("picture", help="一张图", audience=Role.GUEST)
def picture(turn: Turn) -> Reply:
    return Reply("图在上面", file=File("图.png", PNG, "image/png"))


@probe.command("sheet", help="一份表", audience=Role.GUEST)
def sheet(turn: Turn) -> Reply:
    page = b"<script>document.title='stolen'</script>"
    return Reply("表在上面", file=File("名册.html", page, "text/html"))


@dataclass
class WebHouse:
    """Somebody with a script in front of the playground's API."""

    app: App
    server: WebServer
    client: aiohttp.ClientSession
    district: District

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def id_of(self, name: str) -> str:
        return f"m{self.district.id_of(name)}"

    async def get(self, path: str, **headers: str) -> tuple[int, Any]:
        async with self.client.get(self.origin + path, headers=headers) as response:
            return response.status, await response.json()

    async def post(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers.setdefault("Content-Type", "application/json")
        async with self.client.post(self.origin + path, data=data, headers=headers) as response:
            return response.status, await response.json()

    async def act(self, who: str, **what: Any) -> list[dict[str, Any]]:
        """Do something as somebody; the replies."""
        body = {"as": who, "event": uuid.uuid4().hex, **what}
        status, answer = await self.post("/playground/api/incoming", body)
        assert status == 200, answer
        return answer["replies"]

    async def say(self, who: str, text: str) -> dict[str, Any]:
        """Write something; the last reply."""
        return (await self.act(who, text=text))[-1]

    async def tap(self, who: str, reply: dict[str, Any], label: str) -> list[dict[str, Any]]:
        token = next(each["token"] for each in reply["buttons"] if each["label"] == label)
        return await self.act(who, tap=token)

    async def chat(self, who: str, after: int = 0) -> list[dict[str, Any]]:
        """What stands in somebody's chat."""
        _, answer = await self.get(f"/playground/api/messages?as={who}&after={after}")
        return answer["messages"]


@asynccontextmanager
async def open_house(
    settings: Settings, database: Database, knowledge: LiveKnowledge, *, is_demo: bool = True
) -> AsyncGenerator[WebHouse]:
    """The application on a free port, with the demo district."""
    clock = StillClock()
    district = District(database, clock.now())
    with database.begin() as session:
        facts.put(session, facts.DEMO, "1" if is_demo else "0")
    around = Surroundings(clock, (), asyncio.sleep, knowledge)
    app = App(settings.model_copy(update={"listen": "127.0.0.1:0"}), around, database=database)
    app.router.include(probe)
    await app.start()
    server = await app.serve()
    async with aiohttp.ClientSession() as client:
        yield WebHouse(app, server, client, district)
    await app.close()
