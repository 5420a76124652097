"""The one web app: its routes, and its life on the address that the settings name."""

from __future__ import annotations

import errno
import socket

from aiohttp import web

from bot.core.errors import SettingsFault
from bot.settings import Settings
from bot.web import guard, health, pages, playground, screen, stream, timetravel, webhook
from bot.web.parts import IS_LOCAL, PARTS, Parts

_NEXT_PORT = 8766
GRACE = 5.0  # seconds that stopping waits for what is under way


def make_app(parts: Parts, *, is_local: bool) -> web.Application:
    """The app with all routes. `is_local`: it listens on loopback only."""
    app = web.Application(middlewares=[guard.protect])
    app[PARTS] = parts
    app[IS_LOCAL] = is_local
    app[stream.STREAMS] = set()
    app.on_response_prepare.append(guard.add_headers)
    app.on_shutdown.append(stream.end_streams)
    app.add_routes(health.routes())
    app.add_routes(webhook.routes())
    app.add_routes(playground.routes())
    app.add_routes(stream.routes())
    app.add_routes(timetravel.routes(app))
    app.add_routes(screen.routes(app))
    app.router.add_static("/static", pages.STATIC)
    app.router.add_static(f"{playground.PREFIX}/static", pages.STATIC)
    return app


class WebServer:
    """Serves the app. `start` raises SettingsFault when the address can't be had."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def start(self) -> None:
        settings = self.parts.settings
        try:
            opened = _open_socket(settings)
        except OSError as error:
            raise SettingsFault(_sentence(settings, error)) from error
        address, self.port = opened.getsockname()[:2]
        app = make_app(self.parts, is_local=guard.is_loopback(address))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=GRACE)
        await self._runner.setup()
        await web.SockSite(self._runner, opened, backlog=256).start()

    async def stop(self) -> None:
        """Take nothing new and finish what is under way."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
            await self.parts.settle()

    @property
    def origin(self) -> str:
        """Where the pages are: the public address where there is one."""
        if self.parts.settings.public_url:
            return self.parts.settings.public_url.rstrip("/")
        host = self.parts.settings.host
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self.port}"

    @property
    def address(self) -> str:
        """Where the playground is, for people to open."""
        host = self.parts.settings.host
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self.port}{playground.PREFIX}"


def _open_socket(settings: Settings) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    opened = socket.socket(family, kind, protocol)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(256)
    except OSError:
        opened.close()
        raise
    opened.setblocking(False)
    return opened


def _sentence(settings: Settings, error: OSError) -> str:
    where = f"MUDUO_LISTEN={settings.listen}"
    if error.errno == errno.EADDRINUSE:
        return (
            f"端口 {settings.port} 已被别的程序占用（{where}）。请停止那个程序，"
            f"或换一个端口，例如 MUDUO_LISTEN={settings.host}:{_NEXT_PORT}。"
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"没有权限使用端口 {settings.port}（{where}）。请换一个 1024 以上的端口。"
    return f"这台机器没有地址 {settings.host}（{where}）。请改成例如 MUDUO_LISTEN=127.0.0.1:8765。"
