"""Texts within a GIFT file: what is escaped, what is marked as HTML, and how to write it.

While a question is taken apart, an escaped character stands as one that no text may hold, with
a filler after it: so it can't be mistaken for syntax, and every column stays where it was.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from knowledge.banks.drafts import paragraph

_ESCAPED = "\\:#={}~n"
_STANDING = {char: chr(0xFDD0 + index) for index, char in enumerate(_ESCAPED)}
_FILLER = "\ufddf"
_NONCHARACTERS = re.compile("[\ufdd0-\ufdef]")
_ESCAPES = re.compile(r"\\([\\:#={}~n])")
_SPECIAL = re.compile(r"[\\:#={}~]")
_BACK = str.maketrans(
    {_STANDING[char]: "\n" if char == "n" else char for char in _ESCAPED} | {_FILLER: None}
)
_FORMAT = re.compile(r"\s*\[(html|moodle|plain|markdown)\]")


class Misread(Exception):  # noqa: N818 - not an error of the program but a finding about a file
    """The question can't be read; `offset` counts from the start of the text that was given."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


def shielded(text: str) -> str:
    r"""The text, as long as before, with `\{`, `\=` and so on out of the way."""
    text = _NONCHARACTERS.sub(" ", text)
    return _ESCAPES.sub(lambda found: _STANDING[found[1]] + _FILLER, text)


def format_of(text: str) -> str:
    """The format that the text begins with, such as html, or nothing."""
    found = _FORMAT.match(text)
    return found[1] if found else ""


def plain(text: str, default: str = "") -> str:
    """What a shielded text says, as people read it. Raises Misread where it shows a picture."""
    kind = format_of(text) or default
    text = _FORMAT.sub("", text, count=1).translate(_BACK)
    return paragraph(_without_tags(text) if kind == "html" else text)


def escaped(text: str) -> str:
    """The text as it must be written so that reading gives the same again."""
    written = _SPECIAL.sub(lambda found: "\\" + found[0], text).replace("\n", "\\n")
    return "[plain]" + written if _FORMAT.match(written) else written


_BREAKING = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6"})
_NOT_TEXT = frozenset({"img", "audio", "video", "object", "iframe", "svg", "table"})


class _Words(HTMLParser):
    """Collects the words of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        if tag in _NOT_TEXT:
            raise Misread(f"含有图片、表格或音视频（<{tag}>），这里只能收文字，请改成文字或删去")
        if tag in _BREAKING:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _without_tags(text: str) -> str:
    reader = _Words()
    reader.feed(text)
    reader.close()
    return "".join(reader.words)
