"""What every request passes: security headers, loopback checks, sizes, and sentences for faults."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from bot.web.faults import Wrong, answer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = structlog.get_logger("muduo.web")

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_FORWARDING = ("forwarded", "via", "x-real-ip")
_GONE = web.HTTPNotFound, web.HTTPMethodNotAllowed


@web.middleware
async def protect(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn faults into JSON sentences; the headers are added by `add_headers`."""
    try:
        return await handler(request)
    except Wrong as wrong:
        return answer({"error": wrong.sentence}, status=wrong.status)
    except _GONE as gone:
        return answer({"error": "没有这个地址。"}, status=gone.status)
    except web.HTTPException:
        raise
    except Exception:  # the last resort: a sentence instead of a trace
        route = request.match_info.route.resource  # not the path: it may hold a signed link
        log.exception("request failed", route=route.canonical if route else None)
        return answer({"error": "服务器出错了，已经记下来。请稍后再试。"}, status=500)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """The security headers, on every response."""
    del request
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.pop("Server", None)


def is_loopback(host: str) -> bool:
    """Whether a host name or address (without port) is this machine's own."""
    host = host.strip("[]").lower()
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback


def check_local(request: web.Request) -> None:
    """Raise Wrong unless the request comes from a page of this very machine.

    A Host that is not loopback is DNS rebinding, an Origin that is not ours another site, and
    a forwarding header a proxy, behind which everybody looks like loopback.
    """
    check_direct(request)
    host = _parts(f"//{request.headers.get('Host', '')}")
    if host is None or not is_loopback(host[0]):
        raise Wrong(403, "演示页只在本机打开：请用 127.0.0.1 或 localhost 访问。")
    origin = request.headers.get("Origin")
    if origin is None:
        return
    came_from = _parts(origin)
    if came_from is None or not is_loopback(came_from[0]) or came_from[1] != host[1]:
        raise Wrong(403, "演示页不接受其他网站发来的请求。")


def check_direct(request: web.Request) -> None:
    """Raise Wrong unless the client is this machine and no proxy stands between."""
    headers = [name.lower() for name in request.headers]
    if any(name.startswith("x-forwarded") or name in _FORWARDING for name in headers):
        raise Wrong(403, "这里不能经由代理访问，请在本机直接打开。")
    peer = request.transport.get_extra_info("peername") if request.transport else None
    if not peer or not is_loopback(str(peer[0]).removeprefix("::ffff:")):
        raise Wrong(403, "这里只能从本机访问。")


async def read_body(request: web.Request, limit: int) -> bytes:
    """The body. Raises Wrong when it is longer than `limit` bytes."""
    too_long = Wrong(413, f"内容太大，最多 {limit // 1_000_000} MB。")
    if (request.content_length or 0) > limit:
        raise too_long
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.content.iter_chunked(65536):
        size += len(chunk)
        if size > limit:
            raise too_long
        chunks.append(chunk)
    return b"".join(chunks)


async def read_json(request: web.Request, limit: int) -> dict[str, Any]:
    """The body as a JSON object. Raises Wrong."""
    if request.content_type != "application/json":
        raise Wrong(415, "请用 Content-Type: application/json 发送。")
    body = await read_body(request, limit)
    try:
        # Depth is bounded by RecursionError; NaN and Infinity are no JSON.
        data = json.loads(body.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Wrong(400, '内容不是合法的 JSON。例如：{"as": "m1", "text": "你好"}。') from None
    if not isinstance(data, dict):
        raise Wrong(400, '内容应为一个 JSON 对象，例如：{"as": "m1", "text": "你好"}。')
    return data


def _refuse(name: str) -> None:
    raise ValueError(name)


def _parts(address: str) -> tuple[str, int | None] | None:
    try:
        parts = urlsplit(address)
        return (parts.hostname, parts.port) if parts.hostname else None
    except ValueError:
        return None
