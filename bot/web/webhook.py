"""Telegram's webhook: the raw body goes to the platform, which checks its secret and stores it."""

from __future__ import annotations

from aiohttp import web

from bot.web.faults import Wrong
from bot.web.guard import read_body
from bot.web.parts import PARTS

PATH = "/telegram/webhook"
LIMIT = 1_000_000


def routes() -> list[web.RouteDef]:
    return [web.post(PATH, receive)]


async def receive(request: web.Request) -> web.Response:
    take = request.app[PARTS].receive
    if take is None:
        raise Wrong(404, "没有这个地址。")
    if request.content_type != "application/json":
        raise Wrong(415, "这里只收 application/json。")
    body = await read_body(request, LIMIT)
    return web.Response(status=await take(body, request.headers))
