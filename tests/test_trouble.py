"""A database that is full, locked or gone: said in a sentence, nothing lost, it recovers."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from bot.app import App
from bot.core.chat import Reply
from bot.core.roles import Role
from bot.db import engine
from bot.db.engine import Database
from bot.db.models import AddressRow, DeliveryRow, FactRow, InboxRow
from bot.db.trouble import Trouble, trouble_of
from bot.routing import Turn
from bot.services import facts, outbox
from bot.services.gate import Purpose
from tests.fakes import House
from tests.patience import until

only_sqlite = pytest.mark.parametrize("database_maker", ["sqlite"], indirect=True)
only_postgresql = pytest.mark.parametrize("database_maker", ["postgresql"], indirect=True)


@pytest.fixture
def counted(app: App) -> None:
    """`/count` is one more for this person."""

    @app.router.command("count", help="", audience=Role.GUEST)
    def count(turn: Turn) -> Reply:
        name = f"count {turn.incoming.sender}"
        number = int(facts.get(turn.session, name) or 0) + 1
        facts.put(turn.session, name, str(number))
        return Reply(f"第 {number} 个")


def counts(database: Database) -> int:
    with database.read() as session:
        query = select(FactRow.value).where(FactRow.name.startswith("count "))
        return sum(int(value) for value in session.scalars(query))


class Full:
    """Fills the database up to the last page, as a full disk does, until `free`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.limit: int | None = None

    def fill(self) -> None:
        with self._database.engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            self.limit = raw.execute("PRAGMA page_count").fetchone()[0]
        self._limit(self.limit or 1)
        with pytest.raises(OperationalError, match="full"), self._database.begin() as session:
            facts.put(session, "filler", "x" * 10_000_000)
        # What room is left on the last pages is used up, byte by byte.
        for size in (2000, 500, 100, 20):
            number = 0
            while True:
                try:
                    with self._database.begin() as session:
                        facts.put(session, f"filler {size} {number}", "x" * size)
                except OperationalError:
                    break
                number += 1

    def free(self) -> None:
        self._limit(1_000_000)

    def _limit(self, pages: int) -> None:
        # The limit belongs to a connection, so the pool begins anew with it.
        self._database.engine.dispose()

        def prepare(connection: sqlite3.Connection, _: object) -> None:
            connection.execute(f"PRAGMA max_page_count={pages}")

        engine.event.listen(self._database.engine, "connect", prepare)


@only_sqlite
async def test_a_full_disk_is_said_and_what_needs_no_write_goes_on(
    house: House, database: Database, counted: None
) -> None:
    person = house.person("p")
    assert (await person.say("/count")).text == "第 1 个"
    full = Full(database)
    full.fill()
    said = await person.say("/count " + "长" * 5000)
    assert said.text.startswith("存储空间暂时满了，现在记不下内容。")
    assert "帮助" in (await person.say("/help")).text
    stranger = house.person("never seen before")
    assert "帮助" in (await stranger.say("/help")).text
    full.free()
    assert (await person.say("/count")).text == "第 2 个", "it recovers by itself"


@only_sqlite
async def test_on_a_full_disk_repeats_are_answered_once(
    house: House, database: Database, counted: None
) -> None:
    person = house.person("p")
    before = person.incoming(text="/count")
    await house.accept([before])
    full = Full(database)
    full.fill()
    during = person.incoming(text="/help")
    for _ in range(3):
        await house.accept([before, during])
    assert len(person.screen) == 2
    full.free()


@only_sqlite
async def test_a_full_disk_sends_no_delivery_that_could_not_be_noted(
    house: House, database: Database
) -> None:
    with database.begin() as session:
        address = AddressRow(platform="fake", native_id="g", chat_id="g")
        session.add(address)
        session.flush()
        outbox.add(
            session,
            f"a{address.id}",
            Reply("答复"),
            key="k",
            purpose=Purpose.ANSWER,
            at=house.app.clock.now(),  # type: ignore[attr-defined]
        )
    database.engine.dispose()

    def read_only(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA query_only=ON")

    engine.event.listen(database.engine, "connect", read_only)
    with pytest.raises(DBAPIError):
        await house.deliver()
    assert house.person("g").screen == []
    engine.event.remove(database.engine, "connect", read_only)
    database.engine.dispose()
    assert await house.deliver() == 1


@only_sqlite
async def test_a_locked_database_is_waited_for_and_nothing_is_lost(
    app: App, house: House, database: Database, counted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 1)
    person = house.person("p")
    await person.say("/count")
    file = database.url.database
    assert file is not None
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    asyncio.get_running_loop().call_later(1.5, other.execute, "ROLLBACK")
    assert (await person.say("/count")).text == "第 2 个"
    assert counts(database) == 2
    other.close()


@only_sqlite
async def test_who_waits_for_long_is_told(
    app: App, house: House, database: Database, counted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = house.person("p")
    take = type(app.turns).take
    away = [OperationalError("x", {}, sqlite3.OperationalError("database is locked"))] * 8

    def falter(self: object, *rest: object) -> object:
        if away:
            raise away.pop()
        return take(self, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(type(app.turns), "take", falter)
    await house.accept([person.incoming(text="/count")])
    texts = [standing.text for standing in person.screen]
    assert texts == ["数据库暂时连不上，您发的已经收到，恢复后马上回答。", "第 1 个"]
    with database.read() as session:
        assert session.scalars(select(InboxRow.attempts)).all() == [0]


def terminate(database: Database) -> None:
    """Cut all connections to the database, as a restart of PostgreSQL does."""
    maintenance = create_engine(
        database.url.set(drivername="postgresql+psycopg", database="postgres"),
        isolation_level="AUTOCOMMIT",
    )
    with maintenance.connect() as connection:
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
        connection.execute(text(query), {"name": database.url.database})
    maintenance.dispose()


@only_postgresql
async def test_connections_cut_again_and_again_lose_and_double_nothing(
    app: App, house: House, database: Database, counted: None
) -> None:
    people = [house.person(f"p{number}") for number in range(10)]
    for _ in range(6):
        await app.dispatcher.accept([each.incoming(text="/count") for each in people])
        await asyncio.to_thread(terminate, database)
    await app.dispatcher.idle()
    for _ in range(3):  # what was stored while its answer got lost is found
        await app.chores.take_over(app.presence, app.dispatcher, app.worker)
        await app.dispatcher.idle()
    assert counts(database) == 60
    for each in people:
        shown = [standing.text for standing in each.screen if "第" in standing.text]
        assert shown == [f"第 {number} 个" for number in range(1, 7)]
    with database.read() as session:
        open_ones = select(func.count()).select_from(InboxRow).where(InboxRow.shown_at.is_(None))
        assert session.scalar(open_ones) == 0


@only_postgresql
async def test_a_process_whose_connection_was_cut_announces_itself_again(
    app: App, database: Database
) -> None:
    terminate(database)
    for _ in range(5):
        try:
            await app.chores.take_over(app.presence, app.dispatcher, app.worker)
        except DBAPIError:
            continue
        break
    with database.read() as session:
        locks = session.scalar(
            text("SELECT count(*) FROM pg_locks WHERE objid = :own"),
            {"own": int(app.presence.name[1:])},
        )
    assert locks == 1


@only_postgresql
async def test_the_worker_outlives_a_cut_connection(
    app: App, house: House, database: Database
) -> None:
    await house.person("g").say("/start")
    with database.begin() as session:
        address = session.scalars(select(AddressRow.id)).one()
        for number in range(30):
            outbox.add(
                session,
                f"a{address}",
                Reply(f"{number}"),
                key=f"{number}",
                purpose=Purpose.AWAITED,
                at=app.clock.now(),
            )
    running = asyncio.create_task(app.worker.run())
    app.worker.wake()
    await asyncio.to_thread(terminate, database)

    def states() -> set[str]:
        with database.read() as session:
            return set(session.scalars(select(DeliveryRow.state)))

    await until(lambda: states() == {"sent"})
    await app.worker.close()
    await running
    assert [standing.text for standing in house.person("g").screen[1:]] == [
        str(n) for n in range(30)
    ]


@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        ("database or disk is full", Trouble.FULL),
        ("attempt to write a readonly database", Trouble.FULL),
        ("disk I/O error", Trouble.FULL),
        ("database is locked", Trouble.LOCKED),
        ("database table is locked: inbox", Trouble.LOCKED),
        ("unable to open database file", Trouble.GONE),
        ("no such table: inbox", None),
        ('near "SELEC": syntax error', None),
    ],
)
def test_sqlites_words_are_understood(said: str, trouble: Trouble | None) -> None:
    assert trouble_of(OperationalError("x", {}, sqlite3.OperationalError(said))) is trouble


def test_a_violated_rule_is_no_trouble_whatever_its_name() -> None:
    error = IntegrityError("x", {}, sqlite3.IntegrityError("UNIQUE constraint failed: full.locked"))
    assert trouble_of(error) is None
    assert trouble_of(ValueError("database is locked")) is None
