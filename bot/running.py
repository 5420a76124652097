"""The product itself, from start to a clean end. Kept free of what only commands need."""

from __future__ import annotations

import asyncio
import signal
import sys

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot import logs, memory
from bot.app import App
from bot.core.errors import SettingsFault
from bot.opening import prepare_folder, unusable
from bot.services import facts
from bot.settings import Settings, load

log = structlog.get_logger("muduo.run")


def run() -> None:
    """Serve until Ctrl-C or SIGTERM, then finish what is under way."""
    settings = load()
    logs.configure(settings.log_level, for_people=sys.stderr.isatty())
    logs.catch_the_rest()
    prepare_folder(settings.data)
    # A long computation in one thread (an import, a calibration) lets the others in this often;
    # the default of 5 ms, at each of a tap's hops between threads, is what people would feel.
    sys.setswitchinterval(0.0005)
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    app = App(settings)
    try:
        await _start(app, settings)
        for line in described(app):
            _say(line)
        memory.settle()
        await _until_stopped(app)
        _say("正在停止，处理完手头的事……")
    finally:
        await app.close()


async def _start(app: App, settings: Settings) -> None:
    try:
        await app.start()
        await app.serve()
    except SQLAlchemyError as error:
        raise SettingsFault(unusable(settings, error)) from error


async def _until_stopped(app: App) -> None:
    """Work until a signal comes or a part gives up for good."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    working = asyncio.create_task(app.work())
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if working not in done:
        working.cancel()
        await asyncio.wait({working})
    elif error := working.exception():
        raise error


def described(app: App) -> list[str]:
    """What is on, in lines for whoever started it."""
    library = app.knowledge.current.library
    kept_in = f"SQLite（{app.settings.data}/muduo.db）"
    counts = (len(library.entries), len(library.items), len(library.sources))
    return [
        "木铎已启动。按 Ctrl-C 停止。",
        f"  网页      {_web_line(app)}",
        f"  Telegram  {_telegram_line(app)}",
        f"  数据库    {kept_in if app.database.is_sqlite else 'PostgreSQL'}",
        "  知识库    {} 条目，{} 题，{} 份文件".format(*counts),
    ]


def _web_line(app: App) -> str:
    if app.server is None:
        return "未开启"
    with app.database.read() as session:
        if facts.is_demo(session):
            return app.server.address
    told = "试用页只用于演示数据"
    return told if app.telegram else f"{told}；请设 MUDUO_TELEGRAM_TOKEN"


def _telegram_line(app: App) -> str:
    if app.telegram is None:
        return "未开启（设 MUDUO_TELEGRAM_TOKEN 开启）"
    return "已开启，轮询" if app.telegram.is_polling else "已开启，回调"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
