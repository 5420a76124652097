"""One row of a bank as a draft: every cell that can't be right is named, and the rest read on."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from bot.files.bank_headings import Column
from bot.files.workbook import Formula, Row
from knowledge.answers import LETTERS, NAMES, Kind
from knowledge.banks.drafts import (
    BadRow,
    Draft,
    Spot,
    difficulty_of,
    kind_of,
    line,
    number_of,
    paragraph,
    shortened,
)

_YES = frozenset({"对", "正确", "是", "√", "✓", "✔", "T", "TRUE", "Y", "YES", "V"})
_NO = frozenset({"错", "错误", "不对", "否", "×", "✗", "✘", "X", "F", "FALSE", "N", "NO"})
_AS_WRITTEN = {True: "对", False: "错"}
_BETWEEN = re.compile(r"[\s、,;/.]+")


class RowReader:
    """Reads the rows below the headings; what is wrong collects in `faults`."""

    def __init__(self, headings: Mapping[int, Column], file: str) -> None:
        self.faults: list[BadRow] = []
        self._headings = headings
        self._file = file

    def draft(self, number: int, values: Row) -> Draft:
        """The question of one row."""
        row = _Row(self, number, self._spots(number))
        for index, value in enumerate(values, 1):
            if value is None:
                continue
            if index in self._headings:
                row.put(self._headings[index].part, value)
            else:
                self.say(Spot(number, index, "无表头"), "这一列没有表头，请在第一行补上列名或删去")
        return row.draft()

    def say(self, spot: Spot, message: str) -> None:
        self.faults.append(BadRow(spot, self._file, message))

    def _spots(self, number: int) -> Mapping[str, Spot]:
        return MappingProxyType(
            {
                column.part: Spot(number, index, column.name)
                for index, column in self._headings.items()
            }
        )


class _Row:
    """The texts of one row by the part they are for."""

    def __init__(self, reader: RowReader, number: int, spots: Mapping[str, Spot]) -> None:
        self._reader = reader
        self._spot = Spot(number)
        self._spots = spots
        self._texts: dict[str, str] = {}
        self._is_refused = False

    def put(self, part: str, value: object) -> None:
        if isinstance(value, bool):
            text = _AS_WRITTEN[value]
        elif isinstance(value, int | float):
            text = f"{value:.15g}"
        elif isinstance(value, Formula):
            text = self._refuse(part, "这一格是公式或错误值，请换成要写的文字")
        elif isinstance(value, str):
            text = paragraph(value) if part in ("question", "explanation") else value
        else:
            text = self._refuse(
                part, "这一格被表格软件当成了日期，请先把格式改为“文本”，再重新填写"
            )
        self._texts[part] = text

    def draft(self) -> Draft:
        kind = self._kind()
        options = self._options()
        if kind == "truth" and _is_yes_and_no(options):
            answer = self._answer_of_letters()
            options = ()
        else:
            answer = self._answer(kind, options) if kind else None
        return Draft(
            spot=self._spot,
            question=self._texts.get("question", ""),
            kind=None if self._is_refused else kind,
            difficulty=self._difficulty(),
            options=options,
            answer=answer,
            numbers=self._numbers(),
            explanation=self._texts.get("explanation", ""),
            source=self._line("source"),
            clause=self._line("clause"),
            topic=self._line("topic"),
            title=self._line("title"),
            asks=list_of(self._texts.get("asks", "")),
            id=self._line("id"),
            shares_entry=True,
            spots=self._spots,
        )

    def _line(self, part: str) -> str:
        return line(self._texts.get(part, ""))

    def _refuse(self, part: str, message: str) -> str:
        """Names the cell; the row is then not judged by kind, so that one fault is said once."""
        self._is_refused = True
        self._reader.say(self._spots.get(part, self._spot), message)
        return ""

    def _kind(self) -> Kind | None:
        text = self._line("kind")
        kind = kind_of(text)
        if kind is None and not self._is_refused:
            now = f"现为“{shortened(text, 20)}”" if text else "现在是空的"
            self._refuse("kind", f"题型应为 {'、'.join(NAMES.values())} 之一，{now}")
        return kind

    def _difficulty(self) -> int | None:
        text = self._line("difficulty")
        if not text:
            return None
        level = difficulty_of(text)
        if level is None:
            self._refuse("difficulty", f"难度应为 1、2 或 3，现为“{shortened(text, 20)}”")
        return level or 0

    def _options(self) -> tuple[str, ...]:
        options = [self._line(f"options.{letter}") for letter in LETTERS]
        while options and not options[-1]:
            options.pop()
        if "" in options:
            gap, last = LETTERS[options.index("")], LETTERS[len(options) - 1]
            self._refuse(f"options.{gap}", f"选项{gap} 空着而选项{last} 有字，请依次填写，中间不空")
        return tuple(options)

    def _answer_of_letters(self) -> bool | None:
        # Banks of other houses write 判断题 as two options.
        text = _folded(self._line("answer"))
        return text == "A" if text in ("A", "B") else self._truth(text)

    def _answer(self, kind: Kind, options: tuple[str, ...]) -> bool | tuple[str, ...] | None:
        text = self._texts.get("answer", "").strip()
        if not text:
            if not self._is_refused:
                self._refuse("answer", "没有答案，请填上")
            return None
        if kind == "truth":
            return self._truth(_folded(text))
        return list_of(text) if kind == "fill" else self._letters(text, options)

    def _truth(self, text: str) -> bool | None:
        if text in _YES or text in _NO:
            return text in _YES
        self._refuse("answer", f"判断题的答案应为 对 或 错，现为“{shortened(text, 20)}”")
        return None

    def _letters(self, text: str, options: tuple[str, ...]) -> tuple[str, ...] | None:
        letters = _BETWEEN.sub("", _folded(text))
        if re.fullmatch(r"[A-Z]{1,26}", letters):
            return tuple(sorted(set(letters)))
        if line(text) in options:
            letter = LETTERS[options.index(line(text))]
            self._refuse("answer", f"答案应写选项字母 {letter}，不写选项的文字")
        else:
            self._refuse("answer", f"答案应为选项字母，例如 B 或 AC，现为“{shortened(text, 20)}”")
        return None

    def _numbers(self) -> tuple[tuple[float, str], ...]:
        found: list[tuple[float, str]] = []
        for text in list_of(self._texts.get("numbers", "")):
            number = number_of(text)
            if number:
                found.append(number)
            else:
                self._refuse(
                    "numbers", f"数值应为数和单位，例如 24 个月，现为“{shortened(text, 20)}”"
                )
        return tuple(found)


def _is_yes_and_no(options: tuple[str, ...]) -> bool:
    return len(options) == 2 and _folded(options[0]) in _YES and _folded(options[1]) in _NO


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().upper()


def list_text(texts: tuple[str, ...]) -> str:
    r"""Several texts in one cell, apart by ；. A mark within a text is written as `\；`."""
    return "；".join(re.sub(r"([;；\\])", r"\\\1", text) for text in texts)


def list_of(text: str) -> tuple[str, ...]:
    """The texts of a cell, each once; also apart by ; or a line break."""
    parts = [""]
    for piece in re.findall(r"\\[;；\\]|[;；\n]|[^;；\n\\]+|\\", text):
        if piece in (";", "；", "\n"):
            parts.append("")
        else:
            parts[-1] += piece[1:] if len(piece) == 2 and piece[0] == "\\" else piece
    return tuple(dict.fromkeys(filter(None, map(line, parts))))
