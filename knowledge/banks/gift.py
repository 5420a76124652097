r"""Reads Moodle's GIFT: questions apart by blank lines, answers in braces, `//` comments.

What the format says and we can't hold (matching, essay, partial credit, error margins) is
refused with a sentence. Comments carry `[id:…]` and `[tag:…]` as Moodle writes them; tags such
as `难度=2` are ours. Source: Moodle Docs, “GIFT format”, and the importer of Moodle 5.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import MappingProxyType
from typing import NamedTuple

from knowledge.banks import gift_answers
from knowledge.banks.drafts import (
    BadRow,
    Draft,
    Spot,
    difficulty_of,
    kind_of,
    line,
    number_of,
)
from knowledge.banks.gift_text import Misread, format_of, plain, shielded


class _Block(NamedTuple):
    """Lines between blank ones, comments made blank; `line` is the number of the first."""

    text: str
    comments: str
    line: int
    topic: str


def read(text: str, file: str) -> tuple[list[Draft], list[BadRow]]:
    """All questions of a GIFT text, in order, and what is wrong with the others."""
    drafts: list[Draft] = []
    faults: list[BadRow] = []
    for block in _blocks(text):
        try:
            drafts.append(_question(block))
        except Misread as misread:
            spot = _spot(block, misread.offset)
            faults.append(BadRow(spot, file, misread.message))
    return drafts, faults


_CATEGORY = "$CATEGORY:"


def _blocks(text: str) -> Iterator[_Block]:
    topic = ""
    lines: list[str] = []
    comments: list[str] = []
    start = 1
    for number, each in enumerate([*text.split("\n"), ""], 1):
        stripped = each.strip()
        if stripped.startswith("//"):
            comments.append(stripped)
            lines.append("")
        elif stripped.startswith(_CATEGORY):
            topic = _topic(stripped.removeprefix(_CATEGORY))
            lines.append("")
        elif stripped:
            lines.append(each)
        else:
            if any(lines):
                yield _Block(shielded("\n".join(lines)), "\n".join(comments), start, topic)
            # Comments followed by a blank line belong to nothing.
            lines, comments, start = [], [], number + 1


def _topic(path: str) -> str:
    """The last name of a category's path; `//` is a slash within a name."""
    names = [
        line(name.replace("//", "/"))
        for name in re.split(r"(?<!/)/(?!/)", path.strip())
        if not re.fullmatch(r"\$\w+\$|top|", name.strip())
    ]
    return names[-1] if names else ""


def _question(block: _Block) -> Draft:
    text, title, began = _named(block.text)
    opened, closed = _braces(text, began)
    after = text[closed + 1 :]
    # Answers before the end of the sentence leave a gap, as Moodle has it.
    gap = "____" if after.strip() else ""
    asked = text[began:opened] + gap + after
    kind = format_of(asked)
    try:
        question = plain(asked)
    except Misread as misread:
        raise Misread(misread.message, began) from misread
    try:
        answers = gift_answers.read(text[opened + 1 : closed], kind)
    except Misread as misread:
        raise Misread(misread.message, opened + 1 + misread.offset) from misread
    tags = _tags(block.comments)
    marked = kind_of(tags.get("题型", ""))
    is_scenario = marked == "scenario" and answers.options
    return Draft(
        spot=_spot(block, began),
        question=question,
        kind="scenario" if is_scenario else answers.kind,
        difficulty=difficulty_of(tags.get("难度", "")),
        options=answers.options,
        answer=answers.answer,
        numbers=tuple(filter(None, map(number_of, tags.get("数值", "").split("；")))),
        explanation=answers.explanation,
        source=tags.get("来源", ""),
        clause=tags.get("条款", ""),
        topic=tags.get("主题", "") or block.topic,
        title=title,
        id=tags.get("id", ""),
        spots=MappingProxyType({"answer": _spot(block, opened)}),
    )


def _named(text: str) -> tuple[str, str, int]:
    """The text, the name between `::` and `::`, and where the question begins after it."""
    began = len(text) - len(text.lstrip())
    if not text.startswith("::", began):
        return text, "", began
    end = text.find("::", began + 2)
    if end < 0:
        raise Misread("题名没有合上：应写成 ::题名:: 题干；题干里的冒号写成 \\:", began)
    title = line(plain(text[began + 2 : end]))
    rest = text[end + 2 :]
    return text, title, end + 2 + len(rest) - len(rest.lstrip())


def _braces(text: str, began: int) -> tuple[int, int]:
    """Where the answers open and close. Raises Misread, with what is probably meant."""
    opened, closed = text.find("{", began), text.find("}", began)
    if opened < 0 and closed < 0:
        if "｛" in text or "｝" in text:
            raise Misread("大括号是全角的，应写半角 { 和 }", text.find("｛"))
        raise Misread("没有答案部分，应在题干后写 {…}；说明文字请在行首加 //", began)
    if opened < 0 or 0 <= closed < opened:
        raise Misread("} 前面没有 {：题目中间不能有空行；文字里的大括号写成 \\{ 和 \\}", closed)
    if closed < 0:
        raise Misread("{ 没有合上：题目中间不能有空行，要换行写 \\n；文字里的写成 \\{", opened)
    extra = re.search(r"[{}]", text[closed + 1 :])
    nested = text.find("{", opened + 1, closed)
    if nested >= 0 or extra:
        at = nested if nested >= 0 else closed + 1 + (extra.start() if extra else 0)
        raise Misread("多出一个大括号：两道题之间要空一行；文字里的写成 \\{ 和 \\}", at)
    if not text[began:opened].strip() and not text[closed + 1 :].strip():
        raise Misread("没有题干，请在 { 前面写上", opened)
    return opened, closed


_TOKEN = re.compile(r"\[(id|tag):((?:\\\]|[^\]\n])+)\]")


def _tags(comments: str) -> dict[str, str]:
    """`id`, and the tags of the form name=value."""
    found: dict[str, str] = {}
    for kind, written in _TOKEN.findall(comments):
        text = line(written.replace("\\]", "]"))
        name, _, value = text.partition("=") if kind == "tag" else ("id", "", text)
        if value:
            found.setdefault(name.strip(), value.strip())
    return found


def _spot(block: _Block, offset: int) -> Spot:
    before = block.text[:offset]
    return Spot(block.line + before.count("\n"), len(before) - before.rfind("\n"))
