"""Rows of large xlsx files, five times as fast as openpyxl reads them (tests/bench/roster.py).

Texts and numbers only: a date comes as its number, which no roster needs. Refuses the same as
workbook.open_rows.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from xml.parsers import expat

from bot.files.workbook import (
    LAST_ROW,
    Formula,
    Limits,
    Unusable,
    broken,
    check_package,
    forged_row,
    merged,
    too_many_rows,
)

Cell = str | int | float | bool | None
_CHUNK = 1 << 16
_DIGITS = "0123456789"
_BROKEN = (
    expat.ExpatError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    ValueError,
    IndexError,
    NotImplementedError,
)


class Book:
    """An xlsx file: `titles` of its sheets in order, and the rows of each."""

    def __init__(self, content: bytes, limits: Limits) -> None:
        check_package(content, limits)
        self._limits = limits
        try:
            self._package = zipfile.ZipFile(BytesIO(content))
            self._parts = self._sheets()
            self._texts = self._shared_texts()
        except _BROKEN as error:
            raise broken(error) from error

    @property
    def titles(self) -> list[str]:
        return list(self._parts)

    def rows(self, title: str) -> Iterator[tuple[int, list[Cell]]]:
        """Number and cells of each row that is not blank. Raises Unusable on the way."""
        sheet = _Sheet(self._texts, self._limits)
        taken = 0
        try:
            for _ in self._parse(self._parts[title], sheet.start, sheet.end, sheet.text):
                for number, cells in sheet.rows:
                    taken += 1
                    if taken > self._limits.rows:
                        raise too_many_rows(self._limits)
                    yield number, cells
                sheet.rows.clear()
        except _BROKEN as error:
            raise broken(error) from error

    def _sheets(self) -> dict[str, str]:
        parts: dict[str, str] = {}
        found: dict[str, str] = {}

        def relation(name: str, attributes: dict[str, str]) -> None:
            if name == "Relationship":
                parts[attributes["Id"]] = posixpath.join("/xl", attributes["Target"]).lstrip("/")

        def sheet(name: str, attributes: dict[str, str]) -> None:
            if name == "sheet":
                ids = (each for key, each in attributes.items() if key.endswith(":id"))
                part = parts.get(next(ids, ""), "")
                if "chartsheet" not in part:
                    found[attributes["name"].strip()] = posixpath.normpath(part)

        for path, start in (
            ("xl/_rels/workbook.xml.rels", relation),
            ("xl/workbook.xml", sheet),
        ):
            for _ in self._parse(path, start):
                pass
        return found

    def _shared_texts(self) -> list[str]:
        if "xl/sharedStrings.xml" not in self._package.namelist():
            return []
        shared = _SharedTexts()
        parsing = self._parse("xl/sharedStrings.xml", shared.start, shared.end, shared.text)
        for _ in parsing:
            pass
        return shared.found

    def _parse(
        self,
        path: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] = lambda _: None,
        text: Callable[[str], None] = lambda _: None,
    ) -> Iterator[None]:
        """Feed a part to handlers of local names, a piece at a time. Entities are refused."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = lambda name, more: start(name.rpartition(":")[2], more)
        parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = _refuse_doctype
        with self._package.open(path) as part:
            while chunk := part.read(_CHUNK):
                parser.Parse(chunk, False)
                yield
            parser.Parse(b"", True)
            yield


class _SharedTexts:
    """Gathers the texts that cells point to; how a text is read aloud (rPh) is left out."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._pieces: list[str] = []
        self._is_text = False
        self._is_aloud = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        del attributes
        if name == "si":
            self._pieces = []
        self._is_aloud = self._is_aloud or name == "rPh"
        self._is_text = name == "t" and not self._is_aloud

    def end(self, name: str) -> None:
        self._is_text = False
        if name == "rPh":
            self._is_aloud = False
        elif name == "si":
            self.found.append("".join(self._pieces))

    def text(self, piece: str) -> None:
        if self._is_text:
            self._pieces.append(piece)


class _Sheet:
    """Gathers rows; the reader takes them away after each piece of the file."""

    def __init__(self, texts: list[str], limits: Limits) -> None:
        self.rows: list[tuple[int, list[Cell]]] = []
        self._texts = texts
        self._width = limits.columns
        self._columns: dict[str, int] = {}
        self._number = 0
        self._cells: list[Cell] = []
        self._column = 0
        self._kind = "n"
        self._is_formula = False
        self._is_aloud = False
        self._is_value = False
        self._pieces: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._begin_cell(attributes)
        elif name in ("v", "t"):
            self._is_value = not self._is_aloud
        elif name == "row":
            self._number = int(attributes.get("r") or self._number + 1)
            if not 0 < self._number <= LAST_ROW:
                raise forged_row()
            self._cells, self._column = [], -1
        elif name == "f":
            self._is_formula = True
        elif name == "rPh":
            self._is_aloud = True
        elif name == "mergeCell":
            raise merged(attributes.get("ref", ""))

    def end(self, name: str) -> None:
        if name == "c":
            self._end_cell()
        elif name in ("v", "t"):
            self._is_value = False
        elif name == "row":
            if any(each is not None for each in self._cells):
                self.rows.append((self._number, self._cells))
        elif name == "rPh":
            self._is_aloud = False

    def text(self, piece: str) -> None:
        if self._is_value:
            self._pieces.append(piece)

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r")
        self._column = self._index(place.rstrip(_DIGITS)) if place else self._column + 1
        self._kind = attributes.get("t", "n")
        self._is_formula = False
        self._pieces.clear()

    def _end_cell(self) -> None:
        if self._column >= self._width or not (self._pieces or self._is_formula):
            return
        missing = self._column + 1 - len(self._cells)
        if missing > 0:
            self._cells.extend([None] * missing)
        self._cells[self._column] = self._value("".join(self._pieces))

    def _value(self, text: str) -> Cell:
        if self._is_formula or self._kind == "e":
            return Formula(text)
        if self._kind == "s":
            text = self._texts[int(text)]
        if self._kind in ("s", "str", "inlineStr", "d"):
            return text if text.strip() else None
        if self._kind == "b":
            return text == "1"
        number = float(text)
        # Work numbers of many digits must not lose any: only a fraction becomes a float.
        return int(text) if text.isdigit() else int(number) if number.is_integer() else number

    def _index(self, letters: str) -> int:
        """A column's index from 0."""
        if letters not in self._columns:
            index = 0
            for letter in letters[:4]:
                index = index * 26 + ord(letter) - 64
            self._columns[letters] = index - 1 if index > 0 else self._width
        return self._columns[letters]


def _refuse_doctype(*_: object) -> None:
    raise Unusable("文件里有不该有的声明，没有读取。请用表格软件另存为 .xlsx 再试")
