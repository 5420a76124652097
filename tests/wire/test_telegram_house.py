"""The whole house behind the adapter: real handlers, services and database, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.app import App, Surroundings
from bot.core.text import plain
from bot.db.engine import Database
from bot.platforms.telegram import Options, TelegramPlatform
from bot.settings import Settings
from handlers.texts import joining, start
from knowledge.live import LiveKnowledge
from tests.bench.emulator import Emulator
from tests.fakes import StillClock
from tests.patience import until
from tests.wire.conftest import GROUP, TEACHER, running


@pytest.fixture
async def house(
    settings: Settings,
    database: Database,
    knowledge: LiveKnowledge,
    emulator: Emulator,
    options: Options,
) -> AsyncIterator[Emulator]:
    """Telegram with the bot in it."""
    platform = TelegramPlatform(options)
    around = Surroundings(StillClock(), (platform,), knowledge=knowledge)
    app = App(settings, around, database=database)
    await app.start()
    async with running(platform, app.dispatcher.accept):
        yield emulator
    await app.close()


async def test_a_stranger_starts_taps_and_is_answered(house: Emulator) -> None:
    house.say(TEACHER, "/start")
    await until(lambda: bool(house.said(TEACHER)))
    assert house.said(TEACHER) == [plain(start.GUEST)]
    house.tap(TEACHER, "申请加入")
    await until(lambda: house.chats.callbacks == {"1": ""} and len(house.said(TEACHER)) == 2)
    assert house.said(TEACHER)[1] == plain(joining.ASK_NAME)


async def test_a_forged_button_and_a_rubbish_link_get_a_kind_word(house: Emulator) -> None:
    house.say(TEACHER, "/start")
    await until(lambda: bool(house.said(TEACHER)))
    house.tap(TEACHER, "forged.0", message_id=house.screen(TEACHER)[-1]["message_id"])
    await until(
        lambda: house.chats.callbacks["1"] is not None and "按钮" in house.said(TEACHER)[-1]
    )
    assert house.chats.callbacks["1"] == "", "the button is answered, and nothing is said twice"
    house.say(TEACHER, "/start %%%")
    await until(lambda: plain(start.LINK_UNKNOWN) in house.said(TEACHER))


async def test_in_a_group_only_those_who_address_it_are_answered(house: Emulator) -> None:
    house.say(TEACHER, "中午吃什么", GROUP)
    house.say(TEACHER, "@muduo_bot 帮助", GROUP)
    await until(lambda: bool(house.said(GROUP)))
    house.say(TEACHER, "/help")
    await until(lambda: bool(house.said(TEACHER)))
    assert len(house.said(GROUP)) == 1
