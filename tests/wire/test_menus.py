"""Each audience sees its own commands, and a role that was taken away takes its menu along."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import handlers
from bot.db.engine import Database
from bot.db.lanes import Lanes
from bot.db.models import AddressRow, RoleRow
from bot.menus import Menu, Menus
from tests.district import District
from tests.fakes import FakeClock


class Board:
    """A platform on which menus can be read back."""

    name = "telegram"
    username = "muduo_bot"

    def __init__(self) -> None:
        self.shown: dict[str, list[str]] = {}
        self.calls = 0

    async def publish(self, commands: Mapping[str, Menu]) -> None:
        self.calls += 1
        self.shown |= {scope: [name for name, _ in menu] for scope, menu in commands.items()}


async def test_roles_come_and_go_with_their_commands(database: Database, clock: FakeClock) -> None:
    district = District(database)
    chief = district.member("闻书澜")
    with database.begin() as session:
        session.add(AddressRow(platform="telegram", native_id="9", chat_id="9", member_id=chief.id))
    lanes, board = Lanes(database), Board()
    menus = Menus(board, lanes, handlers.router(), clock)
    await menus.publish()
    assert "todo" in board.shown["chat:9"]
    assert "todo" not in board.shown["private"]
    assert "quiz" in board.shown["private"]
    assert "quiz" not in board.shown["groups"]
    before = board.calls
    await menus.publish()
    assert board.calls == before, "nothing has changed, so nothing is sent"
    with database.begin() as session:
        session.query(RoleRow).filter(RoleRow.member_id == chief.id).delete()
    await menus.publish()
    assert board.shown["chat:9"] == board.shown["private"]
    await asyncio.to_thread(lanes.close)
