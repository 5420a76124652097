"""The same story on every platform gives the same transcript."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
import yaml

from bot.app import App, Surroundings
from bot.db.engine import Database
from bot.db.models import AddressRow
from bot.platforms.telegram import Options, TelegramPlatform
from bot.routing import Turn
from bot.settings import Settings
from knowledge.live import LiveKnowledge
from tests.bench.emulator import TOKEN, Emulator
from tests.district import District
from tests.fakes import StillClock
from tests.patience import PATIENCE, until
from tests.web_house import WebHouse, open_house

STORY = yaml.safe_load((Path(__file__).parent / "scenario.yaml").read_text(encoding="utf-8"))
Screen = list[tuple[str, list[str]]]


class Stage(Protocol):
    """A platform with people before it: they act, and what the bot shows is read back."""

    async def act(self, who: str, step: dict[str, str]) -> None: ...

    async def screen(self, who: str) -> Screen: ...


class OnTheWeb:
    """The playground's API over real HTTP."""

    def __init__(self, house: WebHouse) -> None:
        self.house = house
        name = house.district.teacher()
        self.ids = {"教师": house.id_of(name), "访客": "guest-1"}

    async def act(self, who: str, step: dict[str, str]) -> None:
        person = self.ids[who]
        if "say" in step:
            await self.house.act(person, text=step["say"])
            return
        shown = [each for each in await self.house.chat(person) if each.get("buttons")]
        tokens = {each["label"]: each["token"] for line in shown for each in line["buttons"]}
        await self.house.act(person, tap=tokens[step["tap"]])

    async def screen(self, who: str) -> Screen:
        lines = await self.house.chat(self.ids[who])
        return [
            (line["text"], [each["label"] for each in line["buttons"]])
            for line in lines
            if line["author"] == "bot"
        ]


class OnTelegram:
    """The adapter against the Bot API emulator over real HTTP."""

    ids = {"教师": 501, "访客": 777}  # noqa: RUF012

    def __init__(self, app: App, emulator: Emulator) -> None:
        self.app = app
        self.emulator = emulator

    async def act(self, who: str, step: dict[str, str]) -> None:
        if "say" in step:
            self.emulator.say(self.ids[who], step["say"])
        else:
            self.emulator.tap(self.ids[who], step["tap"])
        await until(lambda: not self.emulator.updates)
        await self.app.dispatcher.idle()

    async def screen(self, who: str) -> Screen:
        return [
            (message["text"], _labels(message))
            for message in self.emulator.screen(self.ids[who])
            if message["from"]["id"] == self.emulator.chats.me["id"]
        ]


@asynccontextmanager
async def telegram(
    settings: Settings, database: Database, knowledge: LiveKnowledge
) -> AsyncGenerator[Stage]:
    clock = StillClock()
    district = District(database, clock.now())
    member = district.id_of(district.teacher())
    with database.begin() as session:
        session.add(AddressRow(platform="telegram", native_id="501", member_id=member))
    emulator = await Emulator().start()
    platform = TelegramPlatform(Options(TOKEN, emulator.url, poll_for=2, read_timeout=PATIENCE))
    around = Surroundings(clock, (platform,), knowledge=knowledge)
    app = App(settings, around, database=database)
    await app.start()
    polling = asyncio.create_task(platform.run(app.dispatcher.accept))
    yield OnTelegram(app, emulator)
    polling.cancel()
    await asyncio.wait({polling})
    await app.close()
    await emulator.stop()


@asynccontextmanager
async def web(
    settings: Settings, database: Database, knowledge: LiveKnowledge
) -> AsyncGenerator[Stage]:
    async with open_house(settings, database, knowledge) as house:
        yield OnTheWeb(house)


Opener = Callable[[Settings, Database, LiveKnowledge], AbstractAsyncContextManager[Stage]]


@pytest.fixture
def stages() -> dict[str, Opener]:
    return {"web": web, "telegram": telegram}


async def test_the_same_story_gives_the_same_transcript(
    stages: dict[str, Opener],
    settings: Settings,
    database_maker: Callable[[], str],
    knowledge: LiveKnowledge,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Turn, "chance", property(lambda _: random.Random(1)))
    told: dict[str, list[Any]] = {}
    for name, opened in stages.items():
        database = Database(database_maker())
        async with opened(settings, database, knowledge) as stage:
            told[name] = [await _take(stage, step) for step in STORY]
        database.close()
    assert told["web"] == told["telegram"]


async def _take(stage: Stage, step: dict[str, str]) -> Screen:
    await stage.act(step["who"], step)
    screen = await stage.screen(step["who"])
    assert any(step["shows"] in text for text, _ in screen), (step, screen)
    return screen


def _labels(message: dict[str, Any]) -> list[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", ())
    return [button["text"] for row in rows for button in row]
