"""The questions to write into a bank or a paper, chosen out of the knowledge."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from knowledge.answers import NAMES, Kind
from knowledge.banks.judging import SourceNames
from knowledge.library import Library
from knowledge.schema import Entry, Item, Source


class Unmet(Exception):  # noqa: N818 - not an error of the program but a finding about a wish
    """What was wished can't be had; `message` says why, in Chinese."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Wish:
    """Which questions; what is empty doesn't matter. `ids` are of items or of entries."""

    topics: Sequence[str] = ()
    sources: Sequence[str] = ()
    kinds: Sequence[Kind] = ()
    difficulties: Sequence[int] = ()
    ids: Sequence[str] = ()
    count: int | None = None
    seed: int = 0
    takes_pending: bool = False


@dataclass(frozen=True)
class Chosen:
    """One question with what it rests on."""

    item: Item
    entry: Entry
    source: Source

    @property
    def clause(self) -> str:
        """The clause that decides this question."""
        return self.item.clause or self.entry.clause

    @property
    def is_pending(self) -> bool:
        """Whether somebody has yet to check it against the document."""
        return bool(self.item.review or self.entry.review)


def choose(library: Library, wish: Wish, on: date) -> list[Chosen]:
    """In the order of the files; a number of them at random, in random order, by the seed.

    Left out is what rests on a source not in force that day, and what waits for review, unless
    it is wished. Raises Unmet.
    """
    _check_topics(library, wish)
    _check_ids(library, wish)
    sources = _sources(library, wish)
    found = [each for each in _all(library) if _suits(each, wish, sources, on)]
    if not found:
        raise Unmet("没有符合条件的题，请放宽条件（待核的题默认不取，加 --pending 才取）")
    if wish.count is None:
        return found
    if wish.count > len(found):
        raise Unmet(f"符合条件的只有 {len(found)} 题，不够 {wish.count} 题，请减少或放宽条件")
    # A seed is there so that the same paper comes again: nothing secret.
    return random.Random(wish.seed).sample(found, wish.count)  # noqa: S311


def _all(library: Library) -> Iterator[Chosen]:
    for entry in library.entries.values():
        for item in entry.items:
            yield Chosen(item, entry, library.sources[entry.source])


def _suits(each: Chosen, wish: Wish, sources: set[str], on: date) -> bool:
    item, entry = each.item, each.entry
    return (
        (not wish.topics or entry.topic in wish.topics)
        and (not sources or entry.source in sources)
        and (not wish.kinds or item.kind in wish.kinds)
        and (not wish.difficulties or item.difficulty in wish.difficulties)
        and (not wish.ids or item.id in wish.ids or entry.id in wish.ids)
        and (wish.takes_pending or not each.is_pending)
        and each.source.holds_on(on)
    )


def _sources(library: Library, wish: Wish) -> set[str]:
    names = SourceNames(library)
    found: set[str] = set()
    for written in wish.sources:
        source = names.find(written)
        if isinstance(source, str):
            raise Unmet(source)
        found.add(source.id)
    return found


def _check_topics(library: Library, wish: Wish) -> None:
    topics = sorted({entry.topic for entry in library.entries.values()})
    for topic in wish.topics:
        if topic not in topics:
            near = get_close_matches(topic, topics, n=1, cutoff=0.3)
            meant = f"是不是“{near[0]}”？" if near else f"现有：{'、'.join(topics)}"
            raise Unmet(f"没有主题“{topic}”，{meant}")


def _check_ids(library: Library, wish: Wish) -> None:
    for each in wish.ids:
        if each not in library.where:
            raise Unmet(f"没有编号为 {each} 的题或条目")


def by_kind(chosen: Sequence[Chosen]) -> list[tuple[str, list[Chosen]]]:
    """The questions under the names of their kinds, in the usual order of a paper."""
    groups = ((NAMES[kind], [each for each in chosen if each.item.kind == kind]) for kind in NAMES)
    return [(name, group) for name, group in groups if group]
