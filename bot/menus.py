"""The command menus that Telegram shows: one for everybody, more for those who hold a role."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

import structlog

from bot.core.clock import Clock, local_day
from bot.core.errors import SendFailed
from bot.core.roles import Role
from bot.db.lanes import Lanes
from bot.routing import Router
from bot.services import members

log = structlog.get_logger("muduo.menus")
Menu = Sequence[tuple[str, str]]


class Publishes(Protocol):
    """A platform with menus, for "private", "groups" or "chat:<id>"."""

    @property
    def name(self) -> str: ...

    @property
    def username(self) -> str | None: ...

    async def publish(self, commands: Mapping[str, Menu]) -> None: ...


class Menus:
    """Publishes what has changed since the last time: roles come and go while we run."""

    def __init__(self, platform: Publishes, lanes: Lanes, router: Router, clock: Clock) -> None:
        self._platform = platform
        self._lanes = lanes
        self._router = router
        self._clock = clock
        self._published: dict[str, Role] = {}

    async def publish(self) -> None:
        """Show each audience its commands; a failure costs only the menus, until the next time."""
        if self._platform.username is None:
            return  # not reached yet
        wanted = await asyncio.to_thread(self._wanted)
        for scope, role in wanted.items():
            if self._published.get(scope) == role:
                continue
            try:
                await self._platform.publish({scope: self._menu(scope, role)})
            except SendFailed as failed:
                log.warning("commands not published", scope=scope, reason=failed.reason)
                return
            self._published[scope] = role

    def _wanted(self) -> dict[str, Role]:
        with self._lanes.database.read() as session:
            day = local_day(self._clock.now())
            ranks = members.ranks(session, self._platform.name, on=day)
        former = {scope: Role.TEACHER for scope in self._published if scope.startswith("chat:")}
        chats = {f"chat:{chat}": role for chat, role in ranks.items()}
        return {"private": Role.TEACHER, "groups": Role.GUEST} | former | chats

    def _menu(self, scope: str, role: Role) -> Menu:
        routes = self._router.commands(role)
        shown = [route for route in routes if scope != "groups" or route.in_groups]
        return [(route.name, route.help) for route in shown]
