"""A question as it was read from a bank, with the places of its parts, before it is judged."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from knowledge.answers import NAMES, Kind


@dataclass(frozen=True, order=True)
class Spot:
    """A place in a bank, from 1: line and column of a text, or row and cell of a table.

    `name` is the heading of the cell; a row has no column, and the whole file no line.
    """

    line: int = 0
    column: int = 0
    name: str = ""

    def __str__(self) -> str:
        """What follows the name of the file: for texts the form that editors make a link of."""
        if not self.line:
            return ""
        if self.column and not self.name:
            return f":{self.line}:{self.column}"
        letter = f"{chr(64 + self.column)} 列" if 1 <= self.column <= 26 else ""
        return f" 第 {self.line} 行{letter}" + (f"“{self.name}”" if self.name else "")


@dataclass(frozen=True, order=True)
class BadRow:
    """One thing to mend in a bank: where it is, and in Chinese what is wrong and what is right."""

    spot: Spot
    file: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}{self.spot}：{self.message}"


@dataclass(frozen=True)
class Draft:
    """One question, its texts already tidied.

    Where a reader has named kind, answer or options as bad, `kind` or `answer` is None here, so
    that nothing more is said of it; a bad difficulty is 0, and None where there is none.

    `answer` has the form of the schema: letters of a choice as a tuple, a boolean, or the texts
    that are accepted. `spots` says where a part stands, by its name in this class.
    """

    spot: Spot
    question: str = ""
    kind: Kind | None = None
    difficulty: int | None = None
    options: tuple[str, ...] = ()
    answer: bool | tuple[str, ...] | None = None
    numbers: tuple[tuple[float, str], ...] = ()
    explanation: str = ""
    source: str = ""
    clause: str = ""
    topic: str = ""
    title: str = ""
    asks: tuple[str, ...] = ()
    id: str = ""
    shares_entry: bool = False  # questions with an equal title belong to one entry
    spots: Mapping[str, Spot] = field(default_factory=lambda: MappingProxyType({}))

    def at(self, part: str) -> Spot:
        """Where that part stands, or else the question."""
        return self.spots.get(part) or self.spots.get(part.partition(".")[0]) or self.spot


_UNSEEN = re.compile("[\ufeff\u00ad\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069]")
_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile(r"[^\S\n]+")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def paragraph(text: str) -> str:
    """The text without invisible characters and needless blanks; its line breaks stay."""
    text = _BREAKS.sub("\n", _UNSEEN.sub("", text))
    lines = (_SPACES.sub(" ", line).strip() for line in _CONTROL.sub("", text).split("\n"))
    return "\n".join(line for line in lines if line)


def line(text: str) -> str:
    """The text on one line, without invisible characters and needless blanks."""
    return paragraph(text).replace("\n", " ")


def shortened(text: str, length: int) -> str:
    """The text, cut to that many characters."""
    return text if len(text) <= length else text[: length - 1] + "…"


# Marks that may be the whole difference between two questions stay: 1.5 and 15, ≤ and ≥, +3 and -3.
_MARKS = re.compile(r"(?<!\d)[.\-/:](?!\d)|[^\w%.\-/:<>≤≥=+×÷°√∶]|_")


def wording(text: str) -> str:
    """Questions or options with an equal key say the same, whatever their width and commas."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return _MARKS.sub("", folded) or folded


def sameness(kind: Kind, question: str, options: Iterable[str]) -> str:
    """Items with an equal key are the same question, in whatever order the options stand."""
    # Without its options “下列说法正确的是” would be the same question everywhere.
    form = kind if kind in ("truth", "fill") else "choice"
    return "\n".join([form, wording(question), *sorted(map(wording, options))])


_KIND_WORDS: dict[str, Kind] = {
    "单选": "single",
    "单项选择": "single",
    "选择": "single",
    "多选": "multiple",
    "多项选择": "multiple",
    "不定项选择": "multiple",
    "判断": "truth",
    "是非": "truth",
    "填空": "fill",
    "情景": "scenario",
    "案例": "scenario",
    "案例分析": "scenario",
    **{kind: kind for kind in NAMES},
}


def kind_of(text: str) -> Kind | None:
    """The kind that a bank calls 单选题, 多项选择, single …"""
    folded = unicodedata.normalize("NFKC", text).strip().lower()
    return _KIND_WORDS.get(folded.removesuffix("题"))


_LEVELS = {
    **dict.fromkeys(("1", "易", "简单", "容易", "低"), 1),
    **dict.fromkeys(("2", "中", "中等", "一般"), 2),
    **dict.fromkeys(("3", "难", "较难", "困难", "高"), 3),
}


def difficulty_of(text: str) -> int | None:
    """1, 2 or 3, also from 易, 中, 难."""
    return _LEVELS.get(unicodedata.normalize("NFKC", text).strip())


_NUMBER = re.compile(r"([+-]?\d{1,15}(?:\.\d{1,10})?)\s*(\S.{0,19})")


def number_of(text: str) -> tuple[float, str] | None:
    """Value and unit of such as “24 个月”."""
    found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return (float(found[1]), found[2].strip()) if found else None


def number_text(value: float, unit: str) -> str:
    """The text that `number_of` reads: “24 个月”."""
    return f"{value:.15g} {unit}"
