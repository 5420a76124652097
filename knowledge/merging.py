"""Additions as files for review: copies of the shipped files with a line more, and new ones.

Laid over the knowledge folder they are what the bot answers from now; nothing else in a file is
touched, so that a comparison shows only what was added.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from knowledge import files
from knowledge.additions import Combined
from knowledge.banks import writing
from knowledge.library import Library
from knowledge.positions import Block, Listing, Misread, parse
from knowledge.schema import Entry

_NEW = "added"


def texts(folder: Path, shipped: Library, combined: Combined) -> dict[str, str]:
    """The files, by their path within the knowledge folder. Empty when nothing was added."""
    found: dict[str, str] = {}
    for name, asked in _by_file(shipped, combined.phrasings).items():
        text = files.text_of(folder, name)
        more = with_phrasings(text, asked) if isinstance(text, str) else None
        if more is None:
            found |= _anew(name, shipped, combined.library)
        else:
            found[name] = more
    return found | _of_new_entries(folder, combined)


def with_phrasings(text: str, asked: Mapping[str, Sequence[str]]) -> str | None:
    """The text of a file with more phrasings under these entries, all else as it was.

    None when its form doesn't allow that, such as `ask: [one, two]`.
    """
    lines = text.splitlines()
    for entry in reversed(_entries(text)):
        more = asked.get(str(entry.get("id")))
        listing = entry.get("ask")
        if not more or not isinstance(listing, Listing):
            continue
        at = listing.parts_at[-1].line
        indent = re.match(r"^(\s*)- ", lines[at - 1])
        if indent is None:
            return None
        lines[at:at] = [f"{indent[1]}- {_scalar(phrasing)}" for phrasing in more]
    changed = "\n".join(lines) + "\n"
    return changed if _asked(changed) == _expected(text, asked) else None


def _by_file(
    shipped: Library, phrasings: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, Sequence[str]]]:
    """File → entry id → phrasings, for the entries that stand in files."""
    found: dict[str, dict[str, Sequence[str]]] = {}
    for entry_id, asked in phrasings.items():
        if entry_id in shipped.entries:
            found.setdefault(_file(shipped, entry_id), {})[entry_id] = asked
    return found


def _file(library: Library, entry_id: str) -> str:
    return library.where[entry_id].rpartition(":")[0]


def _anew(name: str, shipped: Library, library: Library) -> dict[str, str]:
    """All entries of a file, written out by the program; comments are lost."""
    entries = [library.entries[each] for each in shipped.entries if _file(shipped, each) == name]
    return {path.as_posix(): text for path, text in writing.texts(entries, Path(name)).items()}


def _of_new_entries(folder: Path, combined: Combined) -> dict[str, str]:
    """Entries written in chat, one file a source, under names that are free."""
    by_source: dict[str, list[Entry]] = {}
    for entry in combined.entries.values():
        by_source.setdefault(entry.source, []).append(combined.library.entries[entry.id])
    taken = set(files.names(folder))
    found: dict[str, str] = {}
    for source, entries in by_source.items():
        path = next(path for path in _names(source) if path.as_posix() not in taken)
        found |= {each.as_posix(): text for each, text in writing.texts(entries, path).items()}
    return found


def _names(source: str) -> Iterator[Path]:
    yield Path(_NEW, f"{source}.yaml")
    # Not source-2: that is what a part of a large file is called.
    number = 2
    while True:
        yield Path(_NEW, f"{source}-more-{number}.yaml")
        number += 1


def _scalar(text: str) -> str:
    """The text on one line, quoted where YAML needs it."""
    written: str = yaml.safe_dump([text], allow_unicode=True, width=100_000)
    return written.removeprefix("- ").rstrip("\n")


def _entries(text: str) -> list[Block]:
    try:
        content, _ = parse(text)
    except Misread:
        return []
    parts = content.get("entries") if isinstance(content, Block) else None
    return [part for part in parts if isinstance(part, Block)] if isinstance(parts, list) else []


def _asked(text: str) -> dict[str, list[object]]:
    return {str(entry.get("id")): list(_listed(entry)) for entry in _entries(text)}


def _expected(text: str, asked: Mapping[str, Sequence[str]]) -> dict[str, list[object]]:
    return {name: [*said, *asked.get(name, ())] for name, said in _asked(text).items()}


def _listed(entry: Block) -> list[object]:
    listing = entry.get("ask")
    return list(listing) if isinstance(listing, Listing) else []
