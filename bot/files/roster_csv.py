"""A roster as CSV: UTF-8 or GBK, separated by commas, semicolons or tabs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from bot.core.errors import Refused
from bot.files.roster_sheet import FORMULA, PEOPLE, Sheets, collect

_SEPARATORS = ",;\t，；"


def read(content: bytes) -> Sheets:
    """The people of a CSV file. Raises Refused roster_not_text and those of `collect`."""
    text = _decoded(content)
    heading = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=heading.count)
    return Sheets(collect(PEOPLE, enumerate(_rows(text, separator), 1)))


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Refused("roster_not_text")


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    """Rows numbered as a spreadsheet shows them: a blank line is a row too."""
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            yield [FORMULA if cell.startswith("=") else cell for cell in row]
    except csv.Error as error:
        raise Refused("roster_not_text") from error
