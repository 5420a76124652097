"""Backups: made while running, restored into either database, the last nights' kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.core.clock import local
from bot.core.errors import Refused, SettingsFault
from bot.db import archive, migrate
from bot.db.archive import Manifest
from bot.db.engine import Database
from bot.db.models import DeliveryRow, FactRow
from bot.db.presence import Presence
from bot.services import facts

NIGHTLY_AT = time(3, 30)
LAST = "backed_up_on"
_NIGHTLY = "muduo-{:%Y-%m-%d}.zip"
_NIGHTLIES = "muduo-????-??-??.zip"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Restored:
    """What was loaded, and where that is kept which it has replaced (None: there was nothing)."""

    manifest: Manifest
    kept: Path | None


def make(database: Database, path: Path, *, at: datetime, progress: Progress | None = None) -> None:
    """Write an archive, whole or not at all. It holds personal data: only its owner may read it."""
    unfinished = path.with_name(path.name + ".part")
    try:
        os.close(os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        archive.save(database, unfinished, at=at, progress=progress)
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def make_nightly(database: Database, folder: Path, *, keep: int, at: datetime) -> Path:
    """The archive of a night, and away with those older than the last `keep`."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / _NIGHTLY.format(night_of(at))
    make(database, path, at=at)
    for old in sorted(folder.glob(_NIGHTLIES))[:-keep]:
        old.unlink(missing_ok=True)
    return path


def night_of(at: datetime) -> date:
    """The day whose 03:30 in China was the last one."""
    here = local(at) - timedelta(hours=NIGHTLY_AT.hour, minutes=NIGHTLY_AT.minute)
    return here.date()


def take_night(session: Session, *, mine: str, living: set[str] | None, at: datetime) -> bool:
    """Whether this process should make the backup of the last night.

    Of several processes one gets it; what one was making that has died is made again. A new
    database waits for its first night.
    """
    night = night_of(at).isoformat()
    there = facts.get(session, LAST)
    if there is None:
        facts.put(session, LAST, night)
        return False
    day, _, by = there.partition(" ")
    was_left = bool(by) and by != mine and (living is None or by not in living)
    if day >= night and not was_left:
        return False
    return _exchange(session, there, f"{night} {mine}")


def end_night(session: Session, *, mine: str, is_made: bool, at: datetime) -> None:
    """Note that the backup is made, or else that somebody has to."""
    night = night_of(at)
    end = night if is_made else night - timedelta(days=1)
    _exchange(session, f"{night.isoformat()} {mine}", end.isoformat())


def _exchange(session: Session, old: str, new: str) -> bool:
    done: Any = session.execute(
        update(FactRow).where(FactRow.name == LAST, FactRow.value == old).values(value=new)
    )
    return done.rowcount == 1


def restore(
    database: Database,
    path: Path,
    *,
    folder: Path,
    at: datetime,
    progress: Progress | None = None,
) -> Restored:
    """Put an archive in the place of all that is in the database; nothing happens on a refusal.

    What it replaces is kept: on SQLite as a file beside it, on PostgreSQL as an archive in
    `folder`. Raises Refused: archive_unreadable, archive_damaged, archive_newer, database_in_use.
    """
    manifest = archive.verify(path)
    if manifest.revision > migrate.head():
        raise Refused("archive_newer", there=manifest.revision, here=migrate.head())
    presence = Presence(database)
    try:
        presence.enter()
    except SettingsFault as fault:
        raise Refused("database_in_use") from fault
    try:
        living = presence.living()
        if living is not None and living != {presence.name}:
            raise Refused("database_in_use")
        if database.is_sqlite:
            kept = _restore_file(database, path, manifest, at, progress)
        else:
            kept = _restore_in_place(database, path, manifest, folder, at, progress)
    finally:
        presence.leave()
    return Restored(manifest, kept)


def _restore_file(
    database: Database, path: Path, manifest: Manifest, at: datetime, progress: Progress | None
) -> Path | None:
    file = Path(database.url.database or "")
    fresh = file.with_name(file.name + ".restoring")
    fresh.unlink(missing_ok=True)
    made = Database(f"sqlite:///{fresh}")
    try:
        _fill(made, path, manifest, at, progress)
    finally:
        made.close()
    kept = None
    if file.exists():
        database.fold()
        kept = file.with_name(f"{file.stem}.{local(at):%Y%m%d-%H%M%S}{file.suffix}")
        _link(file, kept)
    fresh.replace(file)
    return kept


def _link(file: Path, beside: Path) -> None:
    """A second name, so that there is a database at every instant."""
    try:
        beside.hardlink_to(file)
    except OSError:
        shutil.copy2(file, beside)


def _restore_in_place(
    database: Database,
    path: Path,
    manifest: Manifest,
    folder: Path,
    at: datetime,
    progress: Progress | None,
) -> Path | None:
    kept = None
    if migrate.revision_of(database) is not None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept = folder / f"before-restore-{local(at):%Y%m%d-%H%M%S}.zip"
        make(database, kept, at=at)
    _fill(database, path, manifest, at, progress)
    return kept


def _fill(
    database: Database, path: Path, manifest: Manifest, at: datetime, progress: Progress | None
) -> None:
    """Schema of the archive's revision, its rows, then this version's schema: all or nothing."""
    with migrate.in_one_transaction(database) as connection:
        archive.clear(connection)
        migrate.upgrade_to(connection, manifest.revision)
        archive.load(connection, path, manifest, progress=progress)
        migrate.upgrade_to(connection, migrate.head())
        connection.execute(
            update(DeliveryRow)
            .where(DeliveryRow.state == "queued", DeliveryRow.due_at <= at)
            # It may have gone out since the archive was made: the next start calls it in doubt.
            .values(state="sending", leased_by="restored")
        )
