"""Text with a little emphasis, safe to join with what people wrote.

A styled span stands between two private-use characters. `scrub` takes these out of everything
that comes in, so nobody can forge markup, and platforms turn the rest into their own form.
"""

from __future__ import annotations

import re
import unicodedata

BOLD, QUIET, END = "\ue000", "\ue001", "\ue002"
RESENT = "〔补发〕"
_MARKS = re.compile(f"[{BOLD}{QUIET}{END}]")
_BIDI = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_INNER_QUOTE, _INNER_TITLE = str.maketrans("“”", "‘’"), str.maketrans("《》", "〈〉")
_UNSAVABLE = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f]+')
_NAME_BYTES = 200  # file systems take 255, and a few are added to tell copies apart
_UNWANTED = re.compile(f"[\x00-\x08\x0b-\x1f\x7f{_BIDI}\ue000-\uf8ff]")


def bold(text: object) -> str:
    """Emphasis: what the eye should find first."""
    return f"{BOLD}{text}{END}"


def quiet(text: object) -> str:
    """The small print: a source line, a hint."""
    return f"{QUIET}{text}{END}"


def plain(text: str) -> str:
    """The text without its emphasis."""
    return _MARKS.sub("", text)


def quoted(text: str) -> str:
    """Somebody's words in “ ”; what they quote themselves stands in ‘ ’."""
    return f"“{text.translate(_INNER_QUOTE)}”"


def titled(text: str) -> str:
    """A title in 《 》; a title inside it stands in 〈 〉."""
    return f"《{text.translate(_INNER_TITLE)}》"


def again(text: str) -> str:
    """The text of a message that may have arrived already, marked as sent once more."""
    return text if not text or text.startswith(RESENT) else RESENT + text


def storable(text: str) -> str:
    """The text without what no database takes: NUL and halves of characters."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="ignore").decode()
    return text


def savable(name: str) -> str:
    """A name under which every system can save a file: without what means something else there."""
    stem, dot, ending = _UNSAVABLE.sub("-", name).strip("-. ").rpartition(".")
    stem, ending = (
        (stem, dot + ending) if 0 < len(ending) < 10 and dot else (stem + dot + ending, "")
    )
    room = _NAME_BYTES - len(ending.encode())
    return (stem.encode()[:room].decode(errors="ignore") + ending) or "file"


def scrub(text: str, limit: int = 20_000) -> str:
    """What somebody wrote, without control and direction marks, at most `limit` characters."""
    return _UNWANTED.sub("", unicodedata.normalize("NFC", text[:limit])).strip()


def spans(text: str) -> list[tuple[str, str]]:
    """The text as (style, piece) pairs, style being BOLD, QUIET or "" for plain."""
    result: list[tuple[str, str]] = []
    style = ""
    for piece in re.split(f"([{BOLD}{QUIET}{END}])", text):
        if piece in (BOLD, QUIET):
            style = piece
        elif piece == END:
            style = ""
        elif piece:
            result.append((style, piece))
    return result
