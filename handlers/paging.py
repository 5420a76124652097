"""Rows of buttons under a list that is shown a page at a time, one message replaced in place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.core.chat import Button
from handlers.texts import paging as texts

SIZE = 5


def numbers(action: str, ids: Iterable[int | str], offset: int) -> list[Button]:
    """A numbered button for each line of the page; the number may be typed, too."""
    return [
        Button(str(number), action, each, key=str(number))
        for number, each in enumerate(ids, offset + 1)
    ]


def rows(
    numbered: Sequence[Button], action: str, offset: int, total: int, back: str = "queues.show"
) -> list[list[Button]]:
    """The numbers of a page, then the ways to other pages, then the way back."""
    turning: list[Button] = []
    if offset > 0:
        turning.append(Button(texts.PREVIOUS, action, max(0, offset - SIZE)))
    if offset + SIZE < total:
        turning.append(Button(texts.NEXT, action, offset + SIZE))
    return [row for row in (list(numbered), turning, [Button(texts.BACK, back)]) if row]
