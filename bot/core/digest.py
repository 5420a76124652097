"""Several messages in one, of at most one screen, each with its own buttons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from bot.core.chat import Key, Message
from bot.core.text import plain

SCREEN = 600  # characters: about what a phone shows without scrolling
BUTTONS = 6  # what the narrowest platform can show as buttons
_MARKS = "①②③④⑤⑥⑦⑧⑨"


def fits(messages: Sequence[Message]) -> bool:
    """Whether these can stand in one message."""
    if any(each.file_id or each.file or each.is_protected for each in messages):
        return False
    size = sum(len(plain(each.text)) + 3 for each in messages)
    keys = sum(len(row) for each in messages for row in each.keys)
    return len(messages) <= len(_MARKS) and size <= SCREEN and keys <= BUTTONS


def digest(messages: Sequence[Message]) -> Message:
    """One message that says what these say, numbered; the buttons bear their part's number."""
    if len(messages) == 1:
        return messages[0]
    marked = list(zip(_MARKS, messages, strict=False))
    with_keys = sum(bool(each.keys) for each in messages)
    typed = Counter(key.key for each in messages for row in each.keys for key in row)
    rows = tuple(
        tuple(_numbered(key, mark if with_keys > 1 else "", typed) for key in row)
        for mark, each in marked
        for row in each.keys
    )
    abouts = {each.about for each in messages}
    return Message(
        "\n\n".join(f"{mark} {each.text}" for mark, each in marked),
        rows,
        about=abouts.pop() if len(abouts) == 1 else None,
    )


def _numbered(key: Key, mark: str, typed: Counter[str | None]) -> Key:
    label = f"{mark} {key.label}" if mark else key.label
    return replace(key, label=label, key=key.key if typed[key.key] == 1 else None)
