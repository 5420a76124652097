"""What a library holds, in figures: for `check --report`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from knowledge.library import Library
from knowledge.schema import LETTERS, Item


@dataclass(frozen=True)
class Report:
    """Counts and the ids that need a look. Shares are between 0 and 1."""

    version: str
    entries: int
    items: int
    phrasings: int
    sources: int
    entries_by_source: Mapping[str, int]
    items_by_source: Mapping[str, int]
    items_by_kind: Mapping[str, int]
    items_by_difficulty: Mapping[int, int]
    items_by_topic: Mapping[str, int]
    right_letters: Mapping[str, int]  # of choice items with one right option
    right_truths: Mapping[bool, int]
    longest_is_right: float  # share of those items whose right option alone is the longest
    without_items: tuple[str, ...]
    pending_sources: tuple[str, ...]
    pending_entries: tuple[str, ...]
    pending_items: tuple[str, ...]  # marked themselves, or of a marked entry
    unused_sources: tuple[str, ...]


def report(library: Library) -> Report:
    """Looks at all of it, also at what waits for review."""
    entries, items = library.entries.values(), library.items.values()
    entry_of = {id_: library.entries[owner] for id_, owner in library.entry_of_item.items()}
    choices = [item for item in items if len(item.letters) == 1]
    by_source = Counter(entry.source for entry in entries)
    return Report(
        version=library.version,
        entries=len(entries),
        items=len(items),
        phrasings=sum(len(entry.ask) for entry in entries),
        sources=len(library.sources),
        entries_by_source=_ordered(by_source),
        items_by_source=_ordered(Counter(entry_of[item.id].source for item in items)),
        items_by_kind=_ordered(Counter(item.kind for item in items)),
        items_by_difficulty=dict(sorted(Counter(item.difficulty for item in items).items())),
        items_by_topic=_ordered(Counter(entry_of[item.id].topic for item in items)),
        right_letters=_letters(choices),
        right_truths={
            value: sum(item.answer is value for item in items) for value in (True, False)
        },
        longest_is_right=_share(_right_is_longest(item) for item in choices),
        without_items=tuple(entry.id for entry in entries if not entry.items),
        pending_sources=tuple(s.id for s in library.sources.values() if s.review),
        pending_entries=tuple(entry.id for entry in entries if entry.review),
        pending_items=tuple(i.id for i in items if i.review or entry_of[i.id].review),
        unused_sources=tuple(id_ for id_ in library.sources if id_ not in by_source),
    )


def _ordered(counts: Counter[str]) -> dict[str, int]:
    """Most frequent first, then by name, so that two reports can be compared."""
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _letters(choices: Iterable[Item]) -> dict[str, int]:
    counts = Counter(letter for item in choices for letter in item.letters)
    return {letter: counts[letter] for letter in LETTERS if counts[letter]}


def _right_is_longest(item: Item) -> bool:
    (letter,) = item.letters
    right = "".join(LETTERS).index(letter)
    others = item.options[:right] + item.options[right + 1 :]
    return len(item.options[right]) > max(map(len, others))


def _share(verdicts: Iterable[bool]) -> float:
    said = list(verdicts)
    return sum(said) / len(said) if said else 0.0
