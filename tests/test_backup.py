"""One archive of everything: made while running, loaded into either database, nothing half done."""

from __future__ import annotations

import shutil
import sqlite3
import tracemalloc
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, inspect, select, text

from bot.core.chat import File, Reply
from bot.core.errors import Refused
from bot.db import archive, migrate
from bot.db.engine import Database
from bot.db.models import (
    Base,
    DeliveryRow,
    FactRow,
    FileRow,
    MemberRow,
    StateRow,
    TranscriptRow,
    UnitRow,
)
from bot.db.presence import Presence
from bot.services import backups, demo, files, outbox
from bot.services.gate import Purpose
from tests.backups import AT, save


@pytest.fixture
def full(database: Database) -> Database:
    """A database with the demo district and something of every awkward kind."""
    with database.begin() as session:
        demo.seed_if_new(session, at=AT)
        files.keep(session, "m1", File("图.png", bytes(range(256)) * 40, "image/png"), at=AT)
        session.add(
            StateRow(
                owner="m1", chat="private", name="a.b", data={"字": [1, None, "😀"]}, updated_at=AT
            )
        )
        first = UnitRow(tree="admin", kind="school", name="先有的学校")
        session.add(first)
        session.flush()
        later = UnitRow(tree="admin", kind="bureau", name="后来的上级")
        session.add(later)
        session.flush()
        first.parent_id = later.id
    return database


@pytest.fixture(params=["sqlite", "postgresql"])
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A second, empty database, to restore into."""
    if request.param == "sqlite":
        opened = Database(f"sqlite:///{tmp_path}/other.db")
    else:
        server: str = request.getfixturevalue("postgres_server")
        maintenance = Database(server)
        engine = maintenance.engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("DROP DATABASE IF EXISTS other WITH (FORCE)"))
            connection.execute(text("CREATE DATABASE other"))
        maintenance.close()
        head, _, query = server.partition("?")
        opened = Database(f"{head.rpartition('/')[0]}/other?{query}")
    yield opened
    opened.close()


def contents(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, as both databases give them."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    with database.read() as session:
        for table in Base.metadata.sorted_tables:
            rows = session.execute(select(table).order_by(*table.primary_key.columns))
            found[table.name] = [tuple(row) for row in rows]
    return found


def test_an_archive_loads_into_either_database_and_nothing_is_missing(
    full: Database, other: Database, tmp_path: Path
) -> None:
    done = backups.restore(other, save(full, tmp_path), folder=tmp_path, at=AT)
    assert contents(other) == contents(full)
    assert done.kept is None
    assert done.manifest.rows == sum(len(rows) for rows in contents(full).values())


def test_ids_go_on_after_those_of_the_archive(
    full: Database, other: Database, tmp_path: Path
) -> None:
    with full.begin() as session:
        for line in range(3):
            session.add(TranscriptRow(chat="c", author="bot", message={"n": line}, at=AT))
        session.flush()
        session.execute(text("DELETE FROM transcripts"))
    backups.restore(other, save(full, tmp_path), folder=tmp_path, at=AT)
    with other.begin() as session:
        member = MemberRow(number="new", name="新", party_status="none")
        line = TranscriptRow(chat="c", author="bot", message={}, at=AT)
        session.add_all([member, line])
        session.flush()
        highest = session.scalar(select(func.max(MemberRow.id)))
        assert (member.id, line.id) == (highest, 4), "an id once given is never given again"


def test_it_is_one_instant_although_others_write_meanwhile(
    database: Database, tmp_path: Path
) -> None:
    """Pairs are written together, so an archive that has one without the other is torn."""

    def write(number: int) -> None:
        with database.begin() as session:
            session.add(FactRow(name=f"a{number}", value="x"))
            session.add(StateRow(owner=f"z{number}", chat="c", name="n", data={}, updated_at=AT))

    with ThreadPoolExecutor(2) as pool:
        writing = [pool.submit(write, number) for number in range(150)]
        counts: list[tuple[int, int]] = []
        for number in range(3):
            path = tmp_path / f"{number}.zip"
            backups.make(database, path, at=AT)
            tables = archive.verify(path).tables
            counts.append((tables["facts"].rows, tables["states"].rows))
        for each in writing:
            each.result()
    assert all(facts == states for facts, states in counts)


def test_memory_stays_flat(database: Database, tmp_path: Path) -> None:
    with database.begin() as session:
        for number in range(30):
            session.add(
                FileRow(
                    owner="m1",
                    name="f",
                    media_type="a/b",
                    size=2_000_000,
                    content=bytes([number]) * 2_000_000,
                    kept_at=AT,
                )
            )
            session.flush()
            session.expunge_all()
    tracemalloc.start()
    backups.make(database, tmp_path / "big.zip", at=AT)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 25_000_000, "sixty megabytes are not held at once"


def test_restoring_keeps_what_it_replaces(full: Database, tmp_path: Path) -> None:
    path = save(full, tmp_path)
    with full.begin() as session:
        session.add(FactRow(name="written later", value="1"))
    done = backups.restore(full, path, folder=tmp_path, at=AT)
    with full.read() as session:
        assert session.get(FactRow, "written later") is None
    assert done.kept is not None
    if full.is_sqlite:
        with sqlite3.connect(done.kept) as kept:
            assert kept.execute("SELECT value FROM facts WHERE name='written later'").fetchone()
        kept.close()
    else:
        backups.restore(full, done.kept, folder=tmp_path, at=AT + timedelta(minutes=1))
        with full.read() as session:
            assert session.get(FactRow, "written later") is not None


@pytest.mark.parametrize("what", ["line", "table", "manifest", "end", "rubbish"])
def test_a_damaged_archive_is_refused_and_nothing_changes(
    full: Database, tmp_path: Path, what: str
) -> None:
    path = save(full, tmp_path)
    damage(path, what)
    before = contents(full)
    with pytest.raises(Refused) as refused:
        backups.restore(full, path, folder=tmp_path, at=AT)
    assert refused.value.code in ("archive_damaged", "archive_unreadable")
    assert contents(full) == before
    assert not list(tmp_path.glob("*.restoring"))


def damage(path: Path, what: str) -> None:
    if what == "rubbish":
        path.write_bytes(b"not a zip at all")
    elif what == "end":
        path.write_bytes(path.read_bytes()[:-200])
    else:
        with zipfile.ZipFile(path) as old:
            parts = {name: old.read(name) for name in old.namelist()}
        if what == "line":
            parts["members.jsonl"] = parts["members.jsonl"].replace(b"none", b"full", 1)
        parts.pop({"table": "members.jsonl", "manifest": "manifest.json"}.get(what, ""), None)
        with zipfile.ZipFile(path, "w") as new:
            for name, data in parts.items():
                new.writestr(name, data)


def migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, newer: str | None) -> None:
    """Let the program know one more revision, `newer`, or only its own again."""
    folder = tmp_path / "migrations"
    shutil.rmtree(folder, ignore_errors=True)
    source = Path(migrate.__file__).parent / "migrations"
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__"))
    here = max(path.stem.partition("_")[0] for path in (folder / "versions").glob("[0-9]*.py"))
    if newer:
        (folder / "versions" / f"{newer}_more.py").write_text(
            "from alembic import op\nimport sqlalchemy as sa\n"
            f"revision = {newer!r}\ndown_revision = {here!r}\n"
            "branch_labels = None\ndepends_on = None\n"
            "def upgrade():\n"
            "    op.add_column('members', sa.Column('nickname', sa.String(), nullable=True))\n"
            "def downgrade():\n    pass\n"
        )
    monkeypatch.setattr(migrate, "_FOLDER", folder)


def test_an_older_archive_is_brought_to_this_versions_schema(
    full: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, members = save(full, tmp_path), len(contents(full)["members"])
    migrations(tmp_path, monkeypatch, newer="9999")
    backups.restore(full, path, folder=tmp_path, at=AT)
    assert migrate.revision_of(full) == "9999"
    with full.read() as session:
        columns = {each["name"] for each in inspect(session.connection()).get_columns("members")}
        assert "nickname" in columns
        assert session.scalar(select(func.count()).select_from(MemberRow)) == members


def test_a_newer_archive_is_refused(
    full: Database, other: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrations(tmp_path, monkeypatch, newer="9999")
    migrate.upgrade(full)
    path = save(full, tmp_path)
    migrations(tmp_path, monkeypatch, newer=None)
    with pytest.raises(Refused) as refused:
        backups.restore(other, path, folder=tmp_path, at=AT)
    assert refused.value.code == "archive_newer"
    assert refused.value.details["there"] == "9999"


def test_it_is_refused_while_a_bot_runs(full: Database, tmp_path: Path) -> None:
    path = save(full, tmp_path)
    running = Presence(full)
    running.enter()
    with pytest.raises(Refused) as refused:
        backups.restore(full, path, folder=tmp_path, at=AT)
    assert refused.value.code == "database_in_use"
    running.leave()
    backups.restore(full, path, folder=tmp_path, at=AT)


def test_what_may_have_been_sent_since_the_archive_is_in_doubt(
    full: Database, tmp_path: Path
) -> None:
    with full.begin() as session:
        for key, purpose in (("答", Purpose.ANSWER), ("障", Purpose.TROUBLE)):
            outbox.add(session, "m1", Reply(key), key=key, purpose=purpose, at=AT)
        later = AT + timedelta(days=1)
        outbox.add(session, "m1", Reply("明"), key="明", purpose=Purpose.ANSWER, at=later)
    backups.restore(full, save(full, tmp_path), folder=tmp_path, at=AT + timedelta(hours=1))
    with full.begin() as session:
        outbox.release(session, mine="me", living=None, at=AT + timedelta(hours=1))
        rows = session.execute(select(DeliveryRow.key, DeliveryRow.state)).all()
    states = {row.key: row.state for row in rows}
    assert states == {"答": "doubt", "答:again": "queued", "障": "doubt", "明": "queued"}
