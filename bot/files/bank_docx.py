"""A printable paper of questions as docx, with its key on a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from bot.files import docx_pages
from knowledge.answers import LETTERS
from knowledge.banks.choosing import Chosen, by_kind

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

MOST = 500  # a paper; a bank of thousands goes into xlsx or GIFT
_NUMERALS = "一二三四五六七八九十"
_HOW = {
    "单选题": "每题只有一个正确选项",
    "多选题": "每题有两个或两个以上正确选项",
    "判断题": "在括号里写 对 或 错",
    "填空题": "在横线上填写",
    "情景题": "读完情景，选出合适的做法，可能不止一项",
}


@dataclass(frozen=True)
class Paper:
    """What stands at the head of the paper."""

    title: str = "练习题"
    instruction: str = ""


def write(chosen: Sequence[Chosen], paper: Paper) -> bytes:
    """The paper: title, instruction, questions by kind, then the key on a new page."""
    import docx

    document = docx.Document()
    docx_pages.prepare(document, paper.title)
    docx_pages.heading(document, paper.title, 0)
    instruction = paper.instruction or f"共 {len(chosen)} 题。答案、解析和依据在最后另起一页。"
    document.add_paragraph(instruction)
    groups = by_kind(chosen)
    number = 0
    for index, (name, group) in enumerate(groups):
        title = f"{_NUMERALS[index]}、{name}（共 {len(group)} 题，{_HOW[name]}）"
        docx_pages.heading(document, title, 1)
        for each in group:
            number += 1
            _question(document, number, each)
    _key(document, [each for _, group in groups for each in group])
    content = BytesIO()
    document.save(content)
    return content.getvalue()


def _question(document: Document, number: int, each: Chosen) -> None:
    item = each.item
    # A paper is made to be written on.
    room = {"truth": "（    ）", "fill": ""}.get(item.kind, "（    ）")
    lines = [f"{number}. {item.question}{room}"]
    lines += [f"{letter}. {text}" for letter, text in zip(LETTERS, item.options, strict=False)]
    if item.kind == "fill" and "__" not in item.question:
        lines.append("答：____________________")
    for index, text in enumerate(lines):
        paragraph = document.add_paragraph(text)
        _keep_together(paragraph, is_last=index == len(lines) - 1, is_first=index == 0)


def _keep_together(paragraph: Paragraph, *, is_first: bool, is_last: bool) -> None:
    from docx.shared import Cm, Pt

    shape = paragraph.paragraph_format
    shape.keep_together = True
    shape.keep_with_next = not is_last  # a question isn't torn apart by the end of a page
    if is_first:
        shape.space_before = Pt(6)
    else:
        shape.left_indent = Cm(0.8)


def _key(document: Document, questions: Sequence[Chosen]) -> None:
    heading = docx_pages.heading(document, "答案、解析和依据", 1)
    heading.paragraph_format.page_break_before = True
    for number, each in enumerate(questions, 1):
        lines = [
            f"{number}. {_answer(each)}{'〔待核〕' if each.is_pending else ''}",
            each.item.explanation,
            f"依据：《{each.source.title}》{each.clause}（{each.source.since}）",
        ]
        for index, text in enumerate(lines):
            paragraph = document.add_paragraph(text)
            _keep_together(paragraph, is_last=index == 2, is_first=index == 0)


def _answer(each: Chosen) -> str:
    item = each.item
    if item.kind == "truth":
        return "对" if item.answer else "错"
    return " / ".join(item.accepted) if item.kind == "fill" else "".join(sorted(item.letters))
