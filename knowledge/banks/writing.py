"""Entries to YAML files that the loader reads: tried out with the folder, then all or none.

A file above the loader's limit is split: bank.yaml, bank-2.yaml, …
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import yaml

from knowledge import files
from knowledge.faults import Fault
from knowledge.library import Library
from knowledge.loader import read
from knowledge.schema import Entry

_LARGEST = 900_000  # bytes; the loader refuses a file above 1 MB


class _Dumper(yaml.CSafeDumper):
    """Writes equal texts out each time: the loader refuses anchors."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True


def texts(entries: Sequence[Entry], path: Path) -> dict[Path, str]:
    """The files to write: path and text of each."""
    written: dict[Path, str] = {}
    for number, part in enumerate(_parts(entries), 1):
        name = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        written[name] = "entries:\n" + "".join(part)
    return written


def _parts(entries: Sequence[Entry]) -> Iterator[list[str]]:
    part: list[str] = []
    size = 0
    for entry in entries:
        text = _text(entry)
        length = len(text.encode())
        if part and size + length > _LARGEST:
            yield part
            part, size = [], 0
        part.append(text)
        size += length
    if part:
        yield part


def _text(entry: Entry) -> str:
    """One entry as a part of the list, in the order of the schema, without what is empty."""
    values = entry.model_dump(exclude_none=True, exclude_defaults=True)
    return yaml.dump(
        [_plain(values)],
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        width=100_000,
        indent=2,
    )


def _plain(value: object) -> object:
    """Tuples as lists, as YAML's safe form knows no others; and 24 rather than 24.0."""
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def rehearse(texts: Mapping[Path, str], folder: Path) -> tuple[Library | None, list[Fault]]:
    """What the loader would say of the knowledge folder with these files in it."""
    with tempfile.TemporaryDirectory() as place:
        trial = Path(place)
        for name in files.names(folder):
            target = trial / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / name, target)
        for path, text in texts.items():
            target = trial / _within(path, folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        library, faults, _ = read(trial)
    return library, faults


def _within(path: Path, folder: Path) -> Path:
    path, folder = path.resolve(), folder.resolve()
    return path.relative_to(folder) if path.is_relative_to(folder) else Path("imported", path.name)


def write(texts: Mapping[Path, str]) -> None:
    """All the files or, where one can't be written, none. Raises OSError; nothing is replaced."""
    with ExitStack() as undo:
        ready: list[tuple[Path, Path]] = []
        for path, text in texts.items():
            draft = path.with_name(f".{path.name}.part")
            undo.callback(draft.unlink, missing_ok=True)
            draft.write_text(text, encoding="utf-8")
            ready.append((draft, path))
        placed = undo.enter_context(ExitStack())
        for draft, path in ready:
            if path.exists():
                raise FileExistsError(17, "文件已存在", str(path))
            draft.replace(path)
            placed.callback(path.unlink)
        placed.pop_all()
