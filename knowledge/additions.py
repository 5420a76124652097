"""What was added in chat: phrasings and entries that come after the files, which always win."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import ValidationError

from knowledge.checks import same
from knowledge.library import Library
from knowledge.schema import Entry

# Why an addition does nothing: the files hold it already, or what it rests on is gone.
Idle = Literal["shipped", "no_entry", "no_source", "faulty"]


@dataclass(frozen=True)
class Phrasing:
    """One more way of asking for an entry. `number` is the addition's."""

    number: int
    entry: str
    text: str


@dataclass(frozen=True)
class Written:
    """An entry written in chat, in the form of the files, not yet checked by the schema."""

    number: int
    content: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True)
class Additions:
    """All that is in use, in the order of their making."""

    phrasings: tuple[Phrasing, ...] = ()
    entries: tuple[Written, ...] = ()


NOTHING = Additions()


@dataclass(frozen=True)
class Combined:
    """Files and additions as one library; `idle` says which additions do nothing, and why."""

    library: Library
    idle: Mapping[int, Idle]
    # What came in: addition number → entry, and entry id → phrasings.
    entries: Mapping[int, Entry]
    phrasings: Mapping[str, tuple[str, ...]]


def combine(shipped: Library, added: Additions) -> Combined:
    """The shipped library with what was added. Pure.

    An id or a phrasing that the files hold is theirs, without a word; so is whatever no longer
    fits them.
    """
    combining = _Combining(shipped)
    for written in added.entries:
        combining.enter(written)
    for phrasing in added.phrasings:
        combining.ask(phrasing)
    return combining.done() if added != NOTHING else Combined(shipped, {}, {}, {})


def owner_of(library: Library, text: str) -> Entry | None:
    """The entry that this text asks for already, as a phrasing or as its title."""
    key = same(text)
    for entry in library.entries.values():
        if any(same(said) == key for said in (*entry.ask, entry.title)):
            return entry
    return None


class _Combining:
    def __init__(self, shipped: Library) -> None:
        self._shipped = shipped
        self._taken = {same(text) for _, text in shipped.phrasings()}
        self._titles = {same(entry.title) for entry in shipped.entries.values()}
        self._entries = dict(shipped.entries)
        self._where = dict(shipped.where)
        self._idle: dict[int, Idle] = {}
        self._written: dict[int, Entry] = {}
        self._asked: dict[str, list[str]] = {}

    def enter(self, written: Written) -> None:
        entry = self._read(written)
        if isinstance(entry, Entry):
            self._written[written.number] = entry
            self._entries[entry.id] = entry
            self._where[entry.id] = f"chat:{written.number}"
            self._taken |= {same(text) for text in entry.ask}
        else:
            self._idle[written.number] = entry

    def _read(self, written: Written) -> Entry | Idle:
        try:
            entry = Entry.model_validate(written.content)
        except ValidationError:  # written by another version of this program
            return "faulty"
        free = tuple(text for text in entry.ask if same(text) not in self._taken)
        # Files that took the entry over may have given it another id.
        if not free or entry.id in self._where or same(entry.title) in self._titles:
            return "shipped"
        if entry.source not in self._shipped.sources:
            return "no_source"
        return entry.model_copy(update={"ask": free})

    def ask(self, phrasing: Phrasing) -> None:
        if same(phrasing.text) in self._taken:
            self._idle[phrasing.number] = "shipped"
        elif phrasing.entry not in self._entries:
            self._idle[phrasing.number] = "no_entry"
        else:
            self._taken.add(same(phrasing.text))
            self._asked.setdefault(phrasing.entry, []).append(phrasing.text)

    def done(self) -> Combined:
        for entry_id, texts in self._asked.items():
            entry = self._entries[entry_id]
            self._entries[entry_id] = entry.model_copy(update={"ask": (*entry.ask, *texts)})
        library = Library.of(
            self._shipped.sources.values(),
            self._entries.values(),
            self._where,
            self._shipped.rulebook,
            self._shipped.cases.values(),
        )
        asked = {entry_id: tuple(texts) for entry_id, texts in self._asked.items()}
        return Combined(library, self._idle, self._written, asked)
