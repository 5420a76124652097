"""Writes questions as GIFT, so that Moodle reads them and so do we, without loss."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from knowledge.answers import LETTERS, NAMES
from knowledge.banks.choosing import Chosen, Unmet
from knowledge.banks.drafts import number_text
from knowledge.banks.gift_text import escaped
from knowledge.schema import Item


def write(chosen: Sequence[Chosen]) -> str:
    """The text of a GIFT file, its questions under the category of their topic.

    Raises Unmet for what the format can't say.
    """
    return "\n".join(_blocks(chosen))


def _blocks(chosen: Sequence[Chosen]) -> Iterator[str]:
    topic = ""
    for each in chosen:
        if each.entry.topic != topic:
            topic = each.entry.topic
            yield f"$CATEGORY: $course$/{topic.replace('/', '//')}\n"
        yield _block(each)


def _block(each: Chosen) -> str:
    item = each.item
    title, question = escaped(each.entry.title), escaped(item.question)
    feedback = f"\t####{escaped(item.explanation)}\n"
    return f"{_comment(each)}\n::{title}:: {question} {{\n{_answers(item)}{feedback}}}\n"


def _comment(each: Chosen) -> str:
    item = each.item
    tags = {
        "题型": NAMES[item.kind],
        "难度": str(item.difficulty),
        "来源": each.source.id,
        "条款": each.clause,
        "主题": each.entry.topic,
        "数值": "；".join(number_text(number.value, number.unit) for number in item.numbers),
    }
    written = (f"[tag:{_bracketed(f'{name}={value}')}]" for name, value in tags.items() if value)
    return f"// [id:{_bracketed(item.id)}] {' '.join(written)}"


def _bracketed(text: str) -> str:
    return text.replace("]", "\\]").replace("\n", " ")


def _answers(item: Item) -> str:
    if item.kind == "truth":
        return "\tTRUE\n" if item.answer else "\tFALSE\n"
    return "".join(f"\t{line}\n" for line in _lines(item))


def _lines(item: Item) -> Iterable[str]:
    if item.kind == "fill":
        if any("->" in text for text in item.accepted):
            raise Unmet(f"{item.id} 的答案里有“->”，GIFT 会当成配对题，请改用 xlsx 导出")
        return [f"={_guarded(text)}" for text in item.accepted]
    if len(item.letters) == 1:
        marks = {True: "=", False: "~"}
    else:
        # Moodle knows 33.33333 but not 33.3; a wrong tick takes all, as it does with us.
        marks = {True: f"~%{_share(len(item.letters))}%", False: "~%-100%"}
    return [
        marks[letter in item.letters] + (_guarded(option, marks[letter in item.letters]))
        for letter, option in zip(LETTERS, item.options, strict=False)
    ]


def _share(count: int) -> str:
    return f"{100 / count:.5f}".rstrip("0").rstrip(".")


def _guarded(text: str, mark: str = "=") -> str:
    """The text; one that begins like a weight gets a true weight before it."""
    if not text.startswith("%") or mark.endswith("%"):
        return escaped(text)
    return ("%100%" if mark == "=" else "%0%") + escaped(text)
