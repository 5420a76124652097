"""One immutable good set of knowledge, as all others use it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from knowledge.cases_schema import Case
from knowledge.reminders_rulebook import Rulebook
from knowledge.schema import Entry, Item, Source


@dataclass(frozen=True)
class Library:
    """Sources, entries and items by id, in the order of the files."""

    version: str  # of the content: moving an entry to another file or line doesn't change it
    sources: Mapping[str, Source]
    entries: Mapping[str, Entry]
    items: Mapping[str, Item]
    entry_of_item: Mapping[str, str]
    where: Mapping[str, str]  # entry or item id -> "file:line", the file within the folder
    rulebook: Rulebook = field(default_factory=Rulebook)
    cases: Mapping[str, Case] = field(default_factory=dict[str, Case])

    @classmethod
    def of(
        cls,
        sources: Iterable[Source],
        entries: Iterable[Entry],
        where: Mapping[str, str],
        rulebook: Rulebook | None = None,
        cases: Iterable[Case] = (),
    ) -> Library:
        """Puts checked parts together. All ids must be unique; the loader has seen to that."""
        by_id = {entry.id: entry for entry in entries}
        source_by_id = {source.id: source for source in sources}
        return cls(
            version=_version(source_by_id.values(), by_id.values()),
            sources=MappingProxyType(source_by_id),
            entries=MappingProxyType(by_id),
            items=MappingProxyType({item.id: item for e in by_id.values() for item in e.items}),
            entry_of_item=MappingProxyType(
                {item.id: entry.id for entry in by_id.values() for item in entry.items}
            ),
            where=MappingProxyType(dict(where)),
            rulebook=rulebook or Rulebook(),
            cases=MappingProxyType({case.id: case for case in cases}),
        )

    def topics(self, day: date) -> dict[str, list[str]]:
        """Topic -> ids of the items that count on that day, in the order of the files.

        Left out is what waits for review and what rests on a source not in force.
        """
        found: dict[str, list[str]] = {}
        for entry in self.entries.values():
            if entry.review or not self.sources[entry.source].holds_on(day):
                continue
            ids = [item.id for item in entry.items if not item.review]
            if ids:
                found.setdefault(entry.topic, []).extend(ids)
        return found

    def phrasings(self) -> Iterator[tuple[str, str]]:
        """Entry id and phrasing, for every way of asking."""
        for entry in self.entries.values():
            for phrasing in entry.ask:
                yield entry.id, phrasing


def _version(sources: Iterable[Source], entries: Iterable[Entry]) -> str:
    digest = hashlib.sha256()
    for part in (*sources, *entries):
        digest.update(part.model_dump_json().encode())
    return digest.hexdigest()[:16]
