"""Databases filled, saved and compared, for tests of backup."""

from __future__ import annotations

from pathlib import Path

from bot.db.engine import Database
from bot.services import backups
from tests.fakes import FakeClock

AT = FakeClock().at


def save(database: Database, folder: Path) -> Path:
    path = folder / "archive.zip"
    backups.make(database, path, at=AT)
    return path
