"""The meeting screen: a page for the projector that shows the QR and counts, live, never names."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from bot.core.errors import Refused
from bot.core.meetings import KINDS
from bot.core.moments import when
from bot.services import screen
from bot.services.screen import Screen
from bot.web import pages, screen_words
from bot.web.faults import Wrong
from bot.web.parts import PARTS, Parts
from bot.web.qr import path_of
from bot.web.stream import STREAMS

_LOOKS_EVERY = 0.25  # seconds between two looks at the counts while somebody watches
_HEARTBEAT = 15.0
FEEDS = web.AppKey("feeds", dict[str, "Feed"])


@dataclass
class Feed:
    """What all watchers of one meeting are told: made once, written to each."""

    told: dict[str, bytes] = field(default_factory=dict[str, bytes])
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    watchers: int = 0
    looking: asyncio.Task[None] | None = None

    def publish(self, name: str, data: dict[str, Any]) -> None:
        """Publish an event, unless it says what was said last."""
        event = f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
        if self.told.get(name) != event:
            self.told[name] = event
            self.changed.set()
            self.changed = asyncio.Event()


def routes(app: web.Application) -> list[web.RouteDef]:
    app[FEEDS] = {}
    return [
        web.get(f"{screen.PATH}/{{token}}", show),
        web.get(f"{screen.PATH}/{{token}}/live", live),
    ]


async def show(request: web.Request) -> web.StreamResponse:
    """The page. It is read-only, and stays open for an hour after the meeting's end."""
    parts, token = request.app[PARTS], request.match_info["token"]
    try:
        seen = await parts.read(_opened(token, parts.now()))
    except Refused as refused:
        return pages.plain(
            screen_words.REFUSALS[refused.code].format(**refused.details), status=404
        )
    return pages.page(
        "screen.html",
        token=token,
        kind=KINDS[seen.kind],
        topic=seen.topic,
        units="、".join(seen.units),
        when=when(seen.starts_at),
        place=seen.place,
    )


async def live(request: web.Request) -> web.StreamResponse:
    """Server-sent events: `state` (counts, quorum, code) at each change, `qr` at each new one."""
    parts, token = request.app[PARTS], request.match_info["token"]
    try:
        await parts.read(_opened(token, parts.now()))
    except Refused as refused:
        said = screen_words.REFUSALS[refused.code].format(**refused.details)
        raise Wrong(404, said) from None
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}
    )
    await response.prepare(request)
    watching = asyncio.ensure_future(_watch(response, request.app, token))
    request.app[STREAMS].add(watching)
    try:
        await watching
    except (ConnectionError, asyncio.CancelledError):
        # The watcher went away, or we stop.
        watching.cancel()
    finally:
        request.app[STREAMS].discard(watching)
    return response


async def _watch(response: web.StreamResponse, app: web.Application, token: str) -> None:
    feed = _enter(app, token)
    said: dict[str, bytes] = {}
    try:
        await response.write(b"retry: 1000\n\n")
        while True:
            changed = feed.changed
            for name, event in tuple(feed.told.items()):
                if said.get(name) != event:
                    said[name] = event
                    await response.write(event)
            try:
                await asyncio.wait_for(changed.wait(), _HEARTBEAT)
            except TimeoutError:
                await response.write(b": beat\n\n")
    finally:
        _leave(app, token, feed)


def _enter(app: web.Application, token: str) -> Feed:
    feed = app[FEEDS].setdefault(token, Feed())
    feed.watchers += 1
    if feed.looking is None:
        feed.looking = asyncio.ensure_future(_look(app[PARTS], token, feed))
        app[STREAMS].add(feed.looking)
    return feed


def _leave(app: web.Application, token: str, feed: Feed) -> None:
    feed.watchers -= 1
    if feed.watchers == 0:
        app[FEEDS].pop(token, None)
        if feed.looking is not None:
            feed.looking.cancel()
            app[STREAMS].discard(feed.looking)


async def _look(parts: Parts, token: str, feed: Feed) -> None:
    """Look at the rows again and again: what other processes have written shows, too."""
    while True:
        at = parts.now()
        try:
            seen = await parts.read(_opened(token, at))
        except Refused as refused:
            said = screen_words.REFUSALS[refused.code].format(**refused.details)
            feed.publish("state", {"line": said, "is_over": True})
            return
        except Exception:  # the database is away for a moment: the next look tells
            await asyncio.sleep(_LOOKS_EVERY * 4)
            continue
        feed.publish("state", screen_words.state(seen, at, parts.source_title))
        if seen.is_taking(at):
            link = parts.deep_link(seen.payload(at))
            feed.publish("qr", path_of(link) if link else {})
        else:
            feed.publish("qr", {})
        await asyncio.sleep(_LOOKS_EVERY)


def _opened(token: str, at: datetime) -> Any:
    def look(session: Session) -> Screen:
        return screen.opened(session, token, at=at)

    return look
