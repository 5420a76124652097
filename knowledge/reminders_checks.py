"""What is wrong with rules and plans that shows only beside the rest of the knowledge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from knowledge.checks import Found
from knowledge.faults import Fault
from knowledge.library import Library
from knowledge.reminders_rulebook import Either
from knowledge.reminders_schema import Content, Plan, Quiz, Rule

_LARGEST = 20_000_000


def of_ids(rules: Iterable[Found[Rule]], plans: Iterable[Found[Plan]]) -> Iterator[Fault]:
    """Rules and plans share one space of ids; the items of a plan have their own."""
    first: dict[str, str] = {}
    for found in (*rules, *plans):
        name = found.value.id
        if name in first:
            yield found.fault(f"id“{name}”已用在 {first[name]}，请另取一个", "id")
        first.setdefault(name, found.line("id"))
    for found in plans:
        seen: set[str] = set()
        for index, item in enumerate(found.value.items):
            if item.id in seen:
                told = f"计划里已有一项叫“{item.id}”，请另取一个 id"
                yield found.fault(told, "items", index, "id")
            seen.add(item.id)


def of_references(
    rules: Iterable[Found[Rule]], plans: Iterable[Found[Plan]], library: Library, folder: Path
) -> Iterator[Fault]:
    """Entries, documents, topics, questions and files that do not exist."""
    topics = library.topics(date.max)
    for found in rules:
        yield from _of_content(found, found.value, (), library, topics)
        yield from _of_file(found, found.value, (), folder)
    for found in plans:
        for index, item in enumerate(found.value.items):
            yield from _of_content(found, item, ("items", index), library, topics)
            yield from _of_file(found, item, ("items", index), folder)


def _of_content(
    found: Either,
    content: Content,
    path: tuple[int | str, ...],
    library: Library,
    topics: Mapping[str, Sequence[str]],
) -> Iterator[Fault]:
    if content.entry and content.entry not in library.entries:
        yield found.fault(f"没有 id 为“{content.entry}”的条目", *path, "entry")
    if content.source and content.source not in library.sources:
        told = f"source“{content.source}”不在 sources.yaml 里，请先登记或改正 id"
        yield found.fault(told, *path, "source")
    if content.quiz:
        yield from _of_quiz(found, content.quiz, (*path, "quiz"), library, topics)


def _of_quiz(
    found: Either,
    quiz: Quiz,
    path: tuple[int | str, ...],
    library: Library,
    topics: Mapping[str, Sequence[str]],
) -> Iterator[Fault]:
    for index, item in enumerate(quiz.items):
        if item not in library.items:
            yield found.fault(f"没有 id 为“{item}”的题", *path, "items", index)
    if quiz.topic and quiz.topic not in topics:
        yield found.fault(f"没有“{quiz.topic}”这个主题", *path, "topic")
    elif quiz.topic and len(topics[quiz.topic]) < quiz.count:
        told = f"主题“{quiz.topic}”只有 {len(topics[quiz.topic])} 道题，不够 {quiz.count} 道"
        yield found.fault(told, *path, "count")


def _of_file(
    found: Either, content: Content, path: tuple[int | str, ...], folder: Path
) -> Iterator[Fault]:
    if content.file is None:
        return
    place = (folder / content.file).resolve()
    if not place.is_relative_to(folder.resolve()) or not place.is_file():
        yield found.fault(f"reminders 文件夹里没有文件“{content.file}”", *path, "file")
    elif place.stat().st_size > _LARGEST:
        yield found.fault(f"文件“{content.file}”超过 20 MB，发不出去", *path, "file")
