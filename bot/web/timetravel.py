"""The clock of a demo: business time that can be moved forward, never back."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from bot.core.clock import SHANGHAI, SystemClock, local
from bot.services import facts, playground
from bot.web.faults import Wrong, answer
from bot.web.guard import read_json
from bot.web.parts import PARTS, Parts
from bot.web.playground import PREFIX, check_access

_FARTHEST = timedelta(days=400)
_DURATION = re.compile(
    r"P(?:(?P<days>\d{1,4})D)?(?:T(?=\d)(?:(?P<hours>\d{1,5})H)?(?:(?P<minutes>\d{1,6})M)?"
    r"(?:(?P<seconds>\d{1,7})S)?)?",
    re.ASCII,
)
_MOVING = web.AppKey("moving", asyncio.Lock)
_BODY = '应为 {"forward": "PT2H"}、{"to": "2026-12-01T09:00:00+08:00"} 或 {"next": true}。'


def routes(app: web.Application) -> list[web.RouteDef]:
    app[_MOVING] = asyncio.Lock()
    return [
        web.get(f"{PREFIX}/api/clock", show_clock),
        web.post(f"{PREFIX}/api/clock", move_clock),
    ]


async def show_clock(request: web.Request) -> web.Response:
    """`{"now", "offset", "next"}`: business time, seconds ahead, when the next thing is due."""
    await check_access(request)
    return await _clock(request.app[PARTS])


async def move_clock(request: web.Request) -> web.Response:
    """Move business time forward, keep the offset, and run what has become due."""
    await check_access(request)
    parts = request.app[PARTS]
    clock = parts.clock
    data = await read_json(request, 10_000)
    if not isinstance(clock, SystemClock):
        raise Wrong(409, "这里的时钟不能拨。")
    async with request.app[_MOVING]:
        offset = clock.offset + await _step(parts, data)
        await parts.write(lambda session: facts.put_clock_offset(session, offset))
        clock.offset = offset
    await parts.wake()
    return await _clock(parts)


async def _step(parts: Parts, data: dict[str, Any]) -> timedelta:
    now = parts.now()
    given = [name for name in ("forward", "to", "next") if name in data]
    if len(given) != 1 or len(data) != 1:
        raise Wrong(422, _BODY)
    if "next" in data:
        step = await _to_next(parts, now, data["next"])
    else:
        step = _duration(data["forward"]) if "forward" in data else _instant(data["to"]) - now
    if step <= timedelta():
        raise Wrong(422, "时钟只能往前拨。")
    if step > _FARTHEST:
        raise Wrong(422, f"一次最多往前拨 {_FARTHEST.days} 天。")
    return step


async def _to_next(parts: Parts, now: datetime, value: Any) -> timedelta:
    if value is not True:
        raise Wrong(422, _BODY)
    due = await parts.read(lambda session: playground.next_due(session, after=now))
    if due is None:
        raise Wrong(422, "没有排在后面的事，可以拨一小时或一天看看。")
    return due - now + timedelta(seconds=1)


def _duration(value: Any) -> timedelta:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    given = {k: int(v) for k, v in found.groupdict().items() if v} if found else {}
    if not given:
        raise Wrong(422, 'forward 应为一段时间，例如 "PT2H"（两小时）、"P1D"（一天）。')
    return timedelta(**given)


def _instant(value: Any) -> datetime:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Wrong(422, 'to 应为日期和时间，例如 "2026-12-01T09:00:00+08:00"。') from None
    return at if at.tzinfo else at.replace(tzinfo=SHANGHAI)


async def _clock(parts: Parts) -> web.Response:
    now = parts.now()
    due = await parts.read(lambda session: playground.next_due(session, after=now))
    offset = now - parts.clock.wall()
    return answer(
        {
            "now": local(now).isoformat(timespec="seconds"),
            "offset": max(0, round(offset.total_seconds())),
            "next": local(due).isoformat(timespec="seconds") if due else None,
        }
    )
