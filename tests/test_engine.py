"""The database file beside other processes: what was written stays, whoever comes and goes."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

from sqlalchemy import text

from bot.db.engine import Database

LOOK = """
import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM kept").fetchone()[0])
"""


def look(path: Path) -> int:
    """How many rows another process finds, which comes, reads and leaves."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(path)], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def test_what_is_written_after_another_process_left_is_kept(tmp_path: Path) -> None:
    """Promise 5. A second connection must not cost the first one its locks on the file."""
    path = tmp_path / "muduo.db"
    database = Database(f"sqlite:///{path}")
    with database.begin() as session:
        session.execute(text("CREATE TABLE kept (id INTEGER PRIMARY KEY)"))
    with database.read() as one, database.read() as other:
        assert one.execute(text("SELECT count(*) FROM kept")).scalar() == 0
        assert other.execute(text("SELECT count(*) FROM kept")).scalar() == 0
    found: list[int] = []
    for number in range(1, 4):
        found.append(look(path))
        with database.begin() as session:
            session.execute(text("INSERT INTO kept VALUES (:number)"), {"number": number})
    assert [*found, look(path)] == [0, 1, 2, 3]
    database.close()


def test_a_new_database_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "muduo.db"
    database = Database(f"sqlite:///{path}")
    with database.begin() as session:
        session.execute(text("CREATE TABLE kept (id INTEGER PRIMARY KEY)"))
        made = [each for each in tmp_path.iterdir() if each.name.startswith("muduo.db")]
        modes = {stat.S_IMODE(each.stat().st_mode) for each in made}
    database.close()
    assert len(made) == 3
    assert modes == {0o600}
