"""For those who watch over the process: alive, ready, and what is counted."""

from __future__ import annotations

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from bot.web.faults import answer
from bot.web.guard import check_direct
from bot.web.parts import IS_LOCAL, PARTS, Parts

DEAF_AFTER = 120.0


def routes() -> list[web.RouteDef]:
    return [
        web.get("/healthz", alive),
        web.get("/readyz", ready),
        web.get("/metrics", metrics),
    ]


async def alive(request: web.Request) -> web.Response:
    """The process runs and its loop turns."""
    del request
    return answer({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """200 when database, knowledge and polling all work, else 503 with what does not."""
    parts = request.app[PARTS]
    readiness = parts.readiness
    state = {
        "database": await _has_database(parts),
        "knowledge": readiness.has_knowledge(),
        "poll": _hears(parts),
    }
    is_ready = all(state.values())
    shown = {name: "ok" if fine else "failed" for name, fine in state.items()}
    return answer(
        {"status": "ready" if is_ready else "not ready", **shown}, status=200 if is_ready else 503
    )


async def metrics(request: web.Request) -> web.Response:
    """What is counted, for Prometheus. Only this machine may see it when others can reach us."""
    if not request.app[IS_LOCAL]:
        check_direct(request)
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _hears(parts: Parts) -> bool:
    """Whether polling has brought an answer lately; true where nobody polls."""
    if not parts.readiness.polls:
        return True
    last = parts.readiness.polled_at()
    return last is not None and parts.clock.monotonic() - last < DEAF_AFTER


async def _has_database(parts: Parts) -> bool:
    try:
        await parts.read(lambda session: session.execute(text("SELECT 1")).scalar())
    except Exception:  # whatever is wrong with it, it is not ready
        return False
    return True
