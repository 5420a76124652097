"""What the bot says first, as it says it: a stream of server-sent events."""

from __future__ import annotations

import asyncio
import json

from aiohttp import web

from bot.services import transcripts
from bot.services.transcripts import Line
from bot.web.lines import as_reply
from bot.web.parts import PARTS, Parts
from bot.web.playground import PREFIX, check_access, check_person, version_of

HEARTBEAT = 15.0
STREAMS = web.AppKey("streams", set[asyncio.Task[None]])


def routes() -> list[web.RouteDef]:
    return [web.get(f"{PREFIX}/api/stream", stream)]


async def stream(request: web.Request) -> web.StreamResponse:
    """`?as=ID,ID2` (everyone without it): a `message` event for each new or changed line.

    Begins after `Last-Event-ID`, or `after=N`, or now. A `beat` event says that we are there,
    the first one which version is the newest.
    """
    await check_access(request)
    parts = request.app[PARTS]
    chats = [each for each in request.query.get("as", "").split(",") if each] or None
    for person in chats or ():
        await check_person(parts, person)
    given = request.headers.get("Last-Event-ID") or request.query.get("after")
    version = version_of(given) if given else await parts.read(transcripts.newest_version)
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}
    )
    await response.prepare(request)
    task = asyncio.ensure_future(_send(response, parts, chats, version))
    request.app[STREAMS].add(task)
    try:
        await task
    except (ConnectionError, asyncio.CancelledError):
        # The reader went away, or we stop.
        task.cancel()
    finally:
        request.app[STREAMS].discard(task)
    return response


async def end_streams(app: web.Application) -> None:
    """End all streams, so that stopping need not wait for the readers."""
    for task in set(app[STREAMS]):
        task.cancel()


async def _send(
    response: web.StreamResponse, parts: Parts, chats: list[str] | None, version: int
) -> None:
    with parts.chats.listen(chats) as bell:
        await response.write(b"retry: 1000\n" + _beat(await parts.read(transcripts.newest_version)))
        while True:
            bell.clear()
            seen = version
            for line in await parts.read(lambda s, seen=seen: transcripts.after(s, chats, seen)):
                version = line.version
                await response.write(_event(line))
            try:
                await asyncio.wait_for(bell.wait(), HEARTBEAT)
            except TimeoutError:
                await response.write(_beat(version))


def _beat(version: int) -> bytes:
    return f'event: beat\ndata: {{"version": {version}}}\n\n'.encode()


def _event(line: Line) -> bytes:
    data = json.dumps({"as": line.chat, **as_reply(line)}, ensure_ascii=False)
    return f"id: {line.version}\nevent: message\ndata: {data}\n\n".encode()
