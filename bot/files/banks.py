"""A bank in whichever form it came: xlsx, GIFT or Aiken, told by its name and its content."""

from __future__ import annotations

import re
from pathlib import PurePath
from types import ModuleType

from bot.files import bank_xlsx
from bot.files.workbook import Unusable
from knowledge.banks import aiken, gift
from knowledge.banks.decoding import Undecodable, text_of
from knowledge.banks.drafts import BadRow, Draft, Spot

_ENDINGS = {".gift": gift, ".aiken": aiken}
_BRACE = re.compile(r"(?<!\\)[{}]")


def read(content: bytes, name: str) -> tuple[list[Draft], list[BadRow], str]:
    """Drafts, faults, and a note on how the file was read (or nothing).

    A file that can't be used at all is one fault. `name` is the file's, for its ending and for
    what is said.
    """
    try:
        if PurePath(name).suffix.lower() == ".xlsx" or content.startswith(b"PK\x03\x04"):
            return *bank_xlsx.read(content, name), ""
        text, note = text_of(content)
    except (Unusable, Undecodable) as error:
        return [], [BadRow(Spot(), name, error.message)], ""
    form = _ENDINGS.get(PurePath(name).suffix.lower()) or _guess(text)
    if form is None:
        return [], [BadRow(Spot(), name, _UNKNOWN)], note
    drafts, faults = form.read(text, name)
    if not drafts and not faults:
        faults = [BadRow(Spot(), name, "里面没有题目，请检查是不是选错了文件")]
    return drafts, faults, note


_UNKNOWN = (
    "认不出格式：可用 .xlsx（模板）、GIFT（大括号里是答案）或 Aiken（每题以 ANSWER: 字母 结束）"
)


def _guess(text: str) -> ModuleType | None:
    if any(map(aiken.is_answer, text.split("\n"))) and not _BRACE.search(text):
        return aiken
    return gift if _BRACE.search(text) else None
