"""One portable archive of a whole database: a zip of JSON lines that loads into either database."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    DateTime,
    LargeBinary,
    MetaData,
    Table,
    bindparam,
    func,
    insert,
    select,
    update,
)

from bot.core.errors import Refused
from bot.db.engine import Database
from bot.db.snapshots import last_ids, put_last_ids, snapshot

FORMAT = 1
_MANIFEST = "manifest.json"
_VERSIONS = "alembic_version"
_AT_ONCE = 500
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Contents:
    """What an archive holds of one table; the digest is of its lines, uncompressed."""

    rows: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What an archive holds: the schema's revision, each table, and the last id ever given."""

    revision: str
    made_at: str
    tables: Mapping[str, Contents]
    last_ids: Mapping[str, int]
    format: int = FORMAT

    @property
    def rows(self) -> int:
        return sum(each.rows for each in self.tables.values())


def save(database: Database, path: Path, *, at: datetime, progress: Progress | None = None) -> None:
    """Write all rows of one consistent instant to `path`, while others go on writing.

    Memory stays flat: rows are streamed, large ones singly.
    """
    with (
        snapshot(database) as connection,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped,
    ):
        metadata = MetaData()
        metadata.reflect(connection)
        tables = [each for each in metadata.sorted_tables if each.name != _VERSIONS]
        total = sum(connection.scalar(select(func.count()).select_from(t)) or 0 for t in tables)
        report = _Report(progress, total)
        contents = {each.name: _save_table(connection, each, zipped, report) for each in tables}
        manifest = Manifest(
            connection.scalar(select(metadata.tables[_VERSIONS].c.version_num)) or "",
            at.astimezone(UTC).isoformat(timespec="seconds"),
            contents,
            last_ids(connection, tables),
        )
        zipped.writestr(_MANIFEST, json.dumps(asdict(manifest), indent=1))


def verify(path: Path) -> Manifest:
    """Read the whole archive and hold it against its manifest.

    Raises Refused: archive_missing, archive_unreadable, archive_damaged (with `what`).
    """
    try:
        with zipfile.ZipFile(path) as zipped:
            manifest = _manifest(zipped)
            for name, contents in manifest.tables.items():
                _verify_table(zipped, name, contents)
            return manifest
    except FileNotFoundError as error:
        raise Refused("archive_missing") from error
    except (OSError, zipfile.BadZipFile, EOFError) as error:
        raise Refused("archive_unreadable") from error
    except (KeyError, ValueError, TypeError) as error:
        raise Refused("archive_damaged", what=_MANIFEST) from error


def load(
    connection: Connection, path: Path, manifest: Manifest, *, progress: Progress | None = None
) -> None:
    """Fill the empty tables of the archive's own schema revision, within the open transaction.

    Raises Refused archive_damaged when the tables are not those of the archive.
    """
    metadata = MetaData()
    metadata.reflect(connection)
    tables = [each for each in metadata.sorted_tables if each.name != _VERSIONS]
    if {each.name for each in tables} != set(manifest.tables):
        raise Refused("archive_damaged", what=_MANIFEST)
    report = _Report(progress, manifest.rows)
    with zipfile.ZipFile(path) as zipped:
        for table in tables:
            _load_table(connection, table, zipped, report)
            there = connection.scalar(select(func.count()).select_from(table))
            if there != manifest.tables[table.name].rows:
                raise Refused("archive_damaged", what=table.name)
    put_last_ids(connection, tables, manifest.last_ids)


def clear(connection: Connection) -> None:
    """Drop all tables, within the open transaction."""
    metadata = MetaData()
    metadata.reflect(connection)
    metadata.drop_all(connection)


class _Report:
    """Tells how many rows are done."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def add(self, rows: int) -> None:
        self._done += rows
        if self._progress is not None:
            self._progress(self._done, self._total)


def _save_table(
    connection: Connection, table: Table, zipped: zipfile.ZipFile, report: _Report
) -> Contents:
    digest, rows = hashlib.sha256(), 0
    # A row with a file may have 20 MB: those come one at a time.
    at_once = 1 if any(isinstance(column.type, LargeBinary) for column in table.c) else _AT_ONCE
    streaming = connection.execution_options(yield_per=at_once)
    with zipped.open(_entry(table.name), "w", force_zip64=True) as out:
        for row in streaming.execute(select(table).order_by(*table.primary_key.columns)).mappings():
            line = json.dumps(
                {name: _plain(value) for name, value in row.items()},
                ensure_ascii=False,
                separators=(",", ":"),
            )
            data = line.encode() + b"\n"
            digest.update(data)
            out.write(data)
            rows += 1
            if rows % _AT_ONCE == 0:
                report.add(_AT_ONCE)
    report.add(rows % _AT_ONCE)
    return Contents(rows, digest.hexdigest())


def _load_table(
    connection: Connection, table: Table, zipped: zipfile.ZipFile, report: _Report
) -> None:
    readers = {column.name: _reader(column) for column in table.c}
    inner = _references_to_itself(table)
    later: list[dict[str, Any]] = []
    for batch in _batches(zipped, table):
        if any(set(row) != set(readers) for row in batch):
            raise Refused("archive_damaged", what=table.name)
        rows = [{name: readers[name](value) for name, value in row.items()} for row in batch]
        if inner is not None:
            later += [_split_off(row, inner) for row in rows]
        connection.execute(insert(table), rows)
        report.add(len(rows))
    pointing = [each for each in later if each["points_to"] is not None]
    if inner is not None and pointing:
        change = update(table).where(table.c.id == bindparam("row_id"))
        connection.execute(change.values({inner: bindparam("points_to")}), pointing)


def _split_off(row: dict[str, Any], column: str) -> dict[str, Any]:
    """The reference to another row of the table, which may come after this one."""
    points_to, row[column] = row[column], None
    return {"row_id": row["id"], "points_to": points_to}


def _batches(zipped: zipfile.ZipFile, table: Table) -> Iterator[list[dict[str, Any]]]:
    at_once = 1 if any(isinstance(column.type, LargeBinary) for column in table.c) else _AT_ONCE
    with zipped.open(_entry(table.name)) as lines:
        batch: list[dict[str, Any]] = []
        for line in lines:
            batch.append(json.loads(line))
            if len(batch) == at_once:
                yield batch
                batch = []
        if batch:
            yield batch


def _verify_table(zipped: zipfile.ZipFile, name: str, contents: Contents) -> None:
    digest, rows = hashlib.sha256(), 0
    with suppress(zipfile.BadZipFile), zipped.open(_entry(name)) as lines:
        for line in lines:
            digest.update(line)
            rows += 1
    if (rows, digest.hexdigest()) != (contents.rows, contents.sha256):
        raise Refused("archive_damaged", what=name)


def _manifest(zipped: zipfile.ZipFile) -> Manifest:
    with zipped.open(_MANIFEST) as file:
        data = _json_of(file)
    if data["format"] != FORMAT:
        raise Refused("archive_newer", there=str(data["format"]), here=str(FORMAT))
    tables = {str(name): Contents(**each) for name, each in data["tables"].items()}
    return Manifest(str(data["revision"]), str(data["made_at"]), tables, dict(data["last_ids"]))


def _json_of(file: IO[bytes]) -> dict[str, Any]:
    return json.loads(file.read())


def _entry(table: str) -> str:
    return f"{table}.jsonl"


def _references_to_itself(table: Table) -> str | None:
    found = (key.parent.name for key in table.foreign_keys if key.column.table is table)
    return next(found, None)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return value


def _reader(column: Column[Any]) -> Callable[[Any], Any]:
    kind = column.type
    if isinstance(kind, JSON):
        kind.none_as_null = True
        return lambda value: value
    if isinstance(kind, DateTime):
        # A naive instant is UTC: SQLite keeps no zone (see models.base.Instant).
        is_aware = bool(getattr(kind, "timezone", False))
        return lambda value: _instant(value, is_aware=is_aware)
    if isinstance(kind, Date):
        return lambda value: value and date.fromisoformat(value)
    if isinstance(kind, LargeBinary):
        return lambda value: None if value is None else base64.b64decode(value)
    return lambda value: value


def _instant(value: str | None, *, is_aware: bool) -> datetime | None:
    if value is None:
        return None
    at = datetime.fromisoformat(value).astimezone(UTC)
    return at if is_aware else at.replace(tzinfo=None)
