"""What only shows when all files are seen together: ids, phrasings, and what rests on what."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from knowledge.faults import Fault
from knowledge.positions import Block, Place, place_of
from knowledge.schema import Entry, Model, Source

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Found(Generic[M]):
    """A checked value with the file and the block that it came from."""

    value: M
    file: str
    block: Block

    def at(self, *path: int | str) -> Place:
        return place_of(self.block, path)

    def fault(self, message: str, *path: int | str) -> Fault:
        return Fault(self.file, *self.at(*path), message)

    def line(self, *path: int | str) -> str:
        """Where it stands, for people: file:line."""
        return f"{self.file}:{self.at(*path).line}"


def same(text: str) -> str:
    """Texts with an equal key are the same question: width, case, marks and spaces don't count."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(filter(str.isalnum, folded)) or folded


def of_sources(sources: list[Found[Source]]) -> Iterator[Fault]:
    """Faults among the sources themselves."""
    yield from _twice(((s.value.id, s, ("id",)) for s in sources), "id“{}”")
    shorts = (
        (same(short), found, ("short", index))
        for found in sources
        for index, short in enumerate(found.value.short)
    )
    yield from _twice(shorts, "简称“{}”")
    by_id = {found.value.id: found.value for found in sources}
    for found in sources:
        yield from _of_successor(found, by_id)


def _of_successor(found: Found[Source], by_id: Mapping[str, Source]) -> Iterator[Fault]:
    successor = found.value.replaced_by
    if successor and successor not in by_id:
        yield found.fault(f"replaced_by 指向的“{successor}”不在 sources.yaml 里", "replaced_by")
        return
    seen = {found.value.id}
    while successor and successor in by_id:
        if successor in seen:
            yield found.fault("replaced_by 绕成了一圈，应指向取代它的新文件", "replaced_by")
            return
        seen.add(successor)
        successor = by_id[successor].replaced_by


def of_entries(entries: list[Found[Entry]]) -> Iterator[Fault]:
    """Ids and phrasings that stand twice. Entries and items share one space of ids."""
    yield from _twice(_ids(entries), "id“{}”")
    first: dict[str, tuple[Found[Entry], int]] = {}
    for found, index, phrasing in _phrasings(entries):
        other, place = first.setdefault(same(phrasing), (found, index))
        if other.value.id != found.value.id:
            yield found.fault(
                f"问法“{phrasing}”与条目 {other.value.id}（{other.line('ask', place)}）的相同，"
                "一种问法只能属于一个条目，请改写或删去",
                *("ask", index),
            )


def of_references(
    entries: list[Found[Entry]],
    sources: Mapping[str, Source],
    known: set[str],
    today: date | None,
) -> Iterator[Fault]:
    """Sources that don't exist, and items on repealed ones. `known` also has the faulty sources."""
    for found in entries:
        source_id = found.value.source
        if source_id not in known:
            yield found.fault(
                f"source“{source_id}”不在 sources.yaml 里，请先登记或改正 id", "source"
            )
        source = sources.get(source_id)
        if source and _is_repealed(source, today):
            for index in range(len(found.value.items)):
                yield found.fault(_resting(source), "items", index)


def _is_repealed(source: Source, today: date | None) -> bool:
    return source.repealed is not None and (today is None or source.repealed <= today)


def _resting(source: Source) -> str:
    instead = f"，请改依 {source.replaced_by}" if source.replaced_by else "，请改依现行文件"
    return f"题目所依的《{source.title}》已于 {source.repealed} 废止{instead}或删去这道题"


def hints(entries: list[Found[Entry]]) -> Iterator[Fault]:
    """What is allowed but hardly meant."""
    titles = {same(found.value.title): found for found in entries}
    said: dict[tuple[str, str], int] = {}
    for found, index, phrasing in _phrasings(entries):
        key = same(phrasing)
        first = said.setdefault((found.value.id, key), index)
        if first != index:
            yield found.fault(f"问法“{phrasing}”在这个条目里写了两次，可删去一句", "ask", index)
        other = titles.get(key)
        if other and other.value.id != found.value.id:
            yield found.fault(
                f"问法“{phrasing}”正是条目 {other.value.id}（{other.line()}）的标题，放错了条目？",
                *("ask", index),
            )


def _phrasings(entries: list[Found[Entry]]) -> Iterator[tuple[Found[Entry], int, str]]:
    for found in entries:
        for index, phrasing in enumerate(found.value.ask):
            yield found, index, phrasing


def _ids(entries: list[Found[Entry]]) -> Iterator[tuple[str, Found[Entry], tuple[int | str, ...]]]:
    for found in entries:
        yield found.value.id, found, ("id",)
        for index, item in enumerate(found.value.items):
            yield item.id, found, ("items", index, "id")


def _twice(
    named: Iterable[tuple[str, Found[M], tuple[int | str, ...]]], what: str
) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for name, found, path in named:
        if name in first:
            yield found.fault(f"{what.format(name)}已用在 {first[name]}，请另取一个", *path)
        else:
            first[name] = found.line(*path)
