"""Logs hold ids, never names or what people wrote: in no code path, in neither form."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator

import pytest
import structlog
from sqlalchemy.exc import OperationalError

from bot import logs
from bot.app import App
from bot.core.chat import Reply
from bot.core.errors import SendFailed
from bot.core.roles import Role
from bot.db.engine import Database
from bot.db.models import AddressRow
from bot.routing import Turn
from bot.services import outbox
from bot.services.gate import Purpose
from tests.fakes import FakePlatform, House

NAME = "王小明"
ASCII = "Wang Xiaoming"


class Told:
    """What the logs say; `begin` in the test itself, when its output is caught."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *, for_people: bool) -> None:
        self._capsys = capsys
        self._for_people = for_people

    def begin(self) -> None:
        logs.configure("DEBUG", for_people=self._for_people)

    def __call__(self) -> str:
        return self._capsys.readouterr().err


@pytest.fixture(params=[False, True], ids=["for machines", "for people"])
def told(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Iterator[Told]:
    """The logs, in both forms."""
    before = structlog.get_config()
    yield Told(capsys, for_people=request.param)
    structlog.configure(**before)


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:
        return caught


@pytest.mark.parametrize(
    "error",
    [
        ValueError(f"invalid literal for int() with base 10: '{ASCII}'"),
        ValueError(f"{ASCII} cannot be used in worksheets"),
        KeyError(NAME),
        RuntimeError(f"no such person: {NAME}\nnor {ASCII}"),
        FileNotFoundError(2, "No such file", f"/data/{ASCII}.xlsx"),
        sqlite3.OperationalError(f'fts5: syntax error near "{ASCII}"'),
        ExceptionGroup("several", [ValueError(ASCII), ExceptionGroup(NAME, [KeyError(NAME)])]),
    ],
)
def test_an_error_is_logged_without_what_it_quotes(told: Told, error: Exception) -> None:
    told.begin()
    error.add_note(f"while reading {NAME}")
    try:
        raise LookupError(ASCII) from raised(error)
    except LookupError:
        structlog.get_logger("muduo.test").exception("turn failed", event_id=7)
    said = told()
    assert NAME not in said
    assert ASCII not in said
    assert type(error).__name__ in said
    assert "LookupError" in said
    assert "test_logs.py" in said, "where it happened can be seen"
    assert "7" in said


def test_what_the_database_says_is_kept_without_values(told: Told) -> None:
    told.begin()
    error = sqlite3.OperationalError("no such table: members")
    try:
        raise OperationalError("SELECT", {}, error)
    except OperationalError:
        structlog.get_logger("muduo.test").exception("turn failed")
    assert "no such table: members" in told()


async def test_a_failing_turn_logs_its_event_and_nothing_of_it(
    told: Told, app: App, house: House
) -> None:
    told.begin()

    @app.router.command("fail", help="", audience=Role.GUEST)
    def fail(turn: Turn) -> Reply:
        raise ValueError(f"cannot read {turn.argument!r} of {turn.incoming.sender_name}")

    await house.person("p", NAME).say(f"/fail {ASCII}")
    said = told()
    assert "ValueError" in said
    assert NAME not in said
    assert ASCII not in said


async def test_what_a_platform_says_about_a_message_is_logged_without_its_words(
    told: Told, house: House, database: Database, platform: FakePlatform, app: App
) -> None:
    told.begin()
    await house.person("p").say("/start")
    with database.begin() as session:
        address = session.query(AddressRow).one().id
        at = app.clock.now()
        outbox.add(session, f"a{address}", Reply(NAME), key="k", purpose=Purpose.ANSWER, at=at)
    said = f'refused: can\'t parse "{ASCII}" in {NAME}'
    platform.failures.append(SendFailed(said, permanent=True))
    await house.deliver()
    logged = told()
    assert "refused: can't parse" in logged
    assert NAME not in logged
    assert ASCII not in logged


def test_what_libraries_log_is_masked_too(told: Told) -> None:
    told.begin()
    handler = logs.handler()
    record = logging.getLogger("asyncio").makeRecord(
        "asyncio", logging.ERROR, __file__, 1, "Task failed: %r", (ValueError(ASCII),), None
    )
    record.exc_info = (ValueError, raised(ValueError(NAME)), None)
    said = handler.format(record)
    assert "asyncio: Task failed" in said
    assert "ValueError" in said
    assert NAME not in said
    assert ASCII not in said


def test_libraries_never_log_below_a_warning(told: Told) -> None:
    """At a lower level SQLAlchemy prints parameters, and aiohttp the addresses of requests."""
    told.begin()
    names = (
        "sqlalchemy.engine.Engine",
        "aiohttp.access",
        "aiohttp.server",
        "apscheduler.executors",
    )
    assert not any(logging.getLogger(name).isEnabledFor(logging.INFO) for name in names)


def test_a_thread_that_dies_is_logged_without_words(told: Told) -> None:
    told.begin()
    logs.catch_the_rest()

    def die() -> None:
        raise ValueError(ASCII)

    try:
        thread = threading.Thread(target=die)
        thread.start()
        thread.join()
    finally:
        threading.excepthook = threading.__excepthook__
    said = told()
    assert "ValueError" in said
    assert ASCII not in said
