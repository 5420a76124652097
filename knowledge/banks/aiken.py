"""Reads Aiken: a line of question, a line for each option, and `ANSWER: B`.

Source: Moodle Docs, “Aiken format”. Read more kindly than there: full-width letters and marks,
and blank lines anywhere.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from types import MappingProxyType

from knowledge.answers import LETTERS
from knowledge.banks.drafts import BadRow, Draft, Spot, line

# “U.S. …” is no option.
_OPTION = re.compile(r"([A-Z])\s*(?:\.(?![A-Za-z])|[)、])\s*(.*)")
_ANSWER = re.compile(r"(?:ANSWER|答案|正确答案)\s*:\s*(.*)", re.IGNORECASE)


@dataclass
class _Open:
    """The question that is being read."""

    spot: Spot
    question: str
    options: list[str] = field(default_factory=list[str])


def is_answer(text: str) -> bool:
    """Whether a line is the last of an Aiken question."""
    return bool(_ANSWER.fullmatch(_folded(text)))


def read(text: str, file: str) -> tuple[list[Draft], list[BadRow]]:
    """All questions of an Aiken text, in order, and what is wrong with the others."""
    reader = _Reader(file)
    for number, each in enumerate(text.split("\n"), 1):
        if each.strip():
            reader.take(Spot(number, len(each) - len(each.lstrip()) + 1), each.strip())
    reader.end()
    return reader.drafts, reader.faults


class _Reader:
    """Takes one line after the other. A question with a fault is left until its end."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._open: _Open | None = None
        self._is_spoilt = False
        self.drafts: list[Draft] = []
        self.faults: list[BadRow] = []

    def take(self, spot: Spot, text: str) -> None:
        folded = _folded(text)
        if answer := _ANSWER.fullmatch(folded):
            self._answer(spot, answer[1].strip())
        elif option := _OPTION.fullmatch(folded):
            self._option(spot, option[1], line(text[option.start(2) :]))
        else:
            self._question(spot, line(text))

    def end(self) -> None:
        if self._open and not self._is_spoilt:
            self._say(self._open.spot, "这道题没有答案行，应在选项后另起一行写 ANSWER: B")
        self._open, self._is_spoilt = None, False

    def _question(self, spot: Spot, text: str) -> None:
        if self._open and not self._open.options:
            if not self._is_spoilt:
                self._say(spot, "题干应写在一行里，选项以大写的 A. 开头；请改正这一行")
            self._is_spoilt = True
            return
        self.end()
        self._open = _Open(spot, text)

    def _option(self, spot: Spot, letter: str, text: str) -> None:
        if self._open is None:
            self._say(spot, "选项前面没有题干，请在上一行写题干")
            self._open, self._is_spoilt = _Open(spot, "", [""]), True
        if self._is_spoilt:
            return
        count = len(self._open.options)
        wanted = LETTERS[count] if count < len(LETTERS) else ""
        if not wanted:
            self._spoil(spot, f"选项最多 {len(LETTERS)} 个（A–{LETTERS[-1]}），请减少")
        elif letter.upper() != wanted:
            self._spoil(spot, f"选项应依次为 A、B、C，这里应为 {wanted}，现为 {letter}")
        elif not text:
            self._spoil(spot, f"选项 {letter} 是空的，请补上文字")
        else:
            self._open.options.append(text)

    def _answer(self, spot: Spot, text: str) -> None:
        opened, is_spoilt = self._open, self._is_spoilt
        self._open, self._is_spoilt = None, False
        if is_spoilt:
            return
        if opened is None or not opened.options:
            self._say(spot, "ANSWER 前面没有题干或选项，请按“题干、选项、ANSWER”的次序写")
            return
        letters = LETTERS[: len(opened.options)]
        found = text.upper().rstrip(".")
        if len(found) > 1 and re.fullmatch(r"[A-Z][A-Z,、 ]*", found):
            self._say(spot, "Aiken 只有单选题；多选题请用 GIFT 格式或 xlsx 模板")
        elif found not in letters:
            said = f"现为“{text[:20]}”" if text else "现在是空的"
            self._say(spot, f"答案应为 {'、'.join(letters)} 中的一个字母，{said}")
        else:
            self.drafts.append(_draft(opened, found, spot))

    def _spoil(self, spot: Spot, message: str) -> None:
        self._say(spot, message)
        self._is_spoilt = True

    def _say(self, spot: Spot, message: str) -> None:
        self.faults.append(BadRow(spot, self._file, message))


def _draft(opened: _Open, letter: str, spot: Spot) -> Draft:
    return Draft(
        spot=opened.spot,
        question=opened.question,
        kind="single",
        options=tuple(opened.options),
        answer=(letter,),
        spots=MappingProxyType({"answer": spot}),
    )


# One character for one, so that places stay: NFKC would make several of some.
_WIDTH = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFF01, 0xFF5F)}


def _folded(text: str) -> str:
    return text.translate(_WIDTH)
