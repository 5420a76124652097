"""Backups by night: each night once, kept for some nights, told when they fail."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text

from bot.app import App
from bot.db import archive
from bot.db.engine import Database
from bot.db.models import AddressRow, InboxRow
from bot.scheduling.chores import Chores
from bot.services import backups, demo
from tests.backups import AT, save
from tests.fakes import FakeClock, FakePlatform, House


def test_an_unfinished_backup_leaves_no_file(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, "save", fail)
    with pytest.raises(OSError, match="No space"):
        backups.make(database, tmp_path / "x.zip", at=AT)
    assert list(tmp_path.glob("x.zip*")) == []


def test_only_its_owner_may_read_it(database: Database, tmp_path: Path) -> None:
    assert save(database, tmp_path).stat().st_mode & 0o077 == 0


def test_the_last_nights_are_kept(database: Database, tmp_path: Path) -> None:
    (tmp_path / "mine.zip").write_text("not a nightly one")
    for day in range(10):
        backups.make_nightly(database, tmp_path, keep=7, at=AT + timedelta(days=day))
    names = sorted(path.name for path in tmp_path.glob("*.zip"))
    assert names == [
        "mine.zip",
        *(
            f"muduo-2026-{day}.zip"
            for day in ("11-26", "11-27", "11-28", "11-29", "11-30", "12-01", "12-02")
        ),
    ]


@pytest.mark.parametrize(
    ("at", "night"), [("19:29", 23), ("19:30", 24), ("16:00", 23), ("04:00", 23)]
)
def test_the_night_begins_at_half_past_three(at: str, night: int) -> None:
    hour, minute = map(int, at.split(":"))  # UTC: eight hours behind
    assert backups.night_of(datetime(2026, 11, 23, hour, minute, tzinfo=UTC)).day == night


def test_of_several_processes_one_makes_the_nights_backup(database: Database) -> None:
    night = AT + timedelta(days=1)

    def take(name: str) -> bool:
        with database.begin() as session:
            return backups.take_night(session, mine=name, living={"p1", "p2"}, at=night)

    with database.begin() as session:
        assert not backups.take_night(session, mine="p1", living=None, at=AT), "nothing yet to keep"
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, ["p1", "p2"])) == [False, True]


def test_a_backup_whose_process_died_is_made_by_another(database: Database) -> None:
    night = AT + timedelta(days=1)
    with database.begin() as session:
        backups.take_night(session, mine="p1", living=None, at=AT)
    for mine, living, takes in (
        ("p1", {"p1", "p2"}, True),
        ("p2", {"p1", "p2"}, False),
        ("p2", {"p2"}, True),
    ):
        with database.begin() as session:
            assert backups.take_night(session, mine=mine, living=living, at=night) is takes
    with database.begin() as session:
        backups.end_night(session, mine="p2", is_made=True, at=night)
        assert not backups.take_night(session, mine="p3", living={"p3"}, at=night)


async def nightly(app: App, folder: Path) -> None:
    chores: Chores = app.chores
    await chores.back_up(app.presence, folder, keep=7)


async def test_every_night_there_is_a_backup(app: App, tmp_path: Path, clock: FakeClock) -> None:
    await nightly(app, tmp_path)
    for _ in range(3):
        clock.forward(days=1)
        await nightly(app, tmp_path)
        await nightly(app, tmp_path)
    assert len(list(tmp_path.glob("muduo-*.zip"))) == 3


async def test_a_backup_that_fails_is_told_once_a_day_and_tried_again(
    app: App,
    house: House,
    database: Database,
    tmp_path: Path,
    clock: FakeClock,
    platform: FakePlatform,
) -> None:
    with database.begin() as session:
        demo.seed_if_new(session, at=AT)
        administrator = session.scalars(
            text("SELECT member_id FROM roles WHERE role='administrator' ORDER BY id")
        ).first()
        session.execute(
            insert(AddressRow),
            {
                "platform": "fake",
                "native_id": "boss",
                "chat_id": "boss",
                "member_id": administrator,
                "last_used_at": AT,
            },
        )
    await nightly(app, tmp_path)
    clock.forward(days=1)
    blocked = tmp_path / "a file where the folder should be"
    blocked.write_text("")
    for _ in range(4):
        await nightly(app, blocked)
        clock.forward(hours=1)
    await house.deliver()
    told = [standing.text for standing in platform.chats["boss"]]
    assert len(told) == 1
    assert told[0].startswith("昨夜的备份没有做成")
    await nightly(app, tmp_path)
    assert len(list(tmp_path.glob("muduo-*.zip"))) == 1


async def test_a_running_house_goes_on_while_it_is_backed_up(
    app: App, house: House, database: Database, tmp_path: Path
) -> None:
    with ThreadPoolExecutor(1) as pool:
        saving = pool.submit(save, database, tmp_path)
        for _ in range(10):
            assert (await house.person("p").say("/help")).text
        archive.verify(saving.result())
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(InboxRow)) == 10
