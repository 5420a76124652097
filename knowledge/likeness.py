"""Phrasings and items that say nearly the same in two entries: hints for `check`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
from rapidfuzz import fuzz, process

from knowledge.checks import same
from knowledge.faults import Fault
from knowledge.library import Library
from knowledge.schema import Item

_ALIKE = 85.0  # per cent; about one character in seven replaced
_ROWS = 500  # compared with all others at once: 20 MB for 20,000 texts
_ENOUGH = 200  # of a set made by a program, nearly all may be alike


class _Text(NamedTuple):
    place: str  # id of the entry or item
    shown: str
    key: str


def near_duplicates(library: Library) -> list[Fault]:
    """Warnings, in order: likely mistakes that a person must judge, so they refuse nothing.

    At most 200 of phrasings and 200 of items. 20,000 phrasings take some five seconds.
    """
    asked = [_Text(id_, text, same(text)) for id_, text in library.phrasings()]
    posed = [_Text(item.id, item.question, same(_content(item))) for item in library.items.values()]
    return sorted([*_warnings(library, asked, "问法"), *_warnings(library, posed, "题目")])


def _content(item: Item) -> str:
    # Without its options “下列说法正确的是” would be like any other.
    return item.question + "".join(sorted(item.options))


def _warnings(library: Library, texts: Sequence[_Text], what: str) -> Iterator[Fault]:
    for first, second, score in islice(_alike(texts), _ENOUGH):
        path, _, line = library.where[second.place].rpartition(":")
        yield Fault(
            path,
            int(line),
            1,
            f"{what}“{second.shown}”（{second.place}）与 {first.place} 的“{first.shown}”"
            f"（{library.where[first.place]}）很像（{score:.0f}%），请看是否重复",
        )


def _alike(texts: Sequence[_Text]) -> Iterator[tuple[_Text, _Text, float]]:
    """Every two texts of two entries, or of two items, that are alike."""
    order = sorted(range(len(texts)), key=lambda index: len(texts[index].key))
    narrow = [_narrowed(texts[index].key) for index in order]
    lengths = [len(key) for key in narrow]
    for start in range(0, len(order), _ROWS):
        rows = narrow[start : start + _ROWS]
        # A text that is this much longer than the longest of the rows can't be alike.
        end = bisect_right(lengths, len(rows[-1]) * (200 - _ALIKE) / _ALIKE)
        scores = process.cdist(
            rows, narrow[start:end], scorer=fuzz.ratio, score_cutoff=_ALIKE, workers=-1
        )
        for row, column in np.argwhere(np.triu(scores, 1)):
            first, second = (texts[i] for i in sorted((order[start + row], order[start + column])))
            score = fuzz.ratio(first.key, second.key)
            if score >= _ALIKE and first.place != second.place:
                yield first, second, score


def _narrowed(key: str) -> str:
    # Over 256 characters instead of thousands rapidfuzz is twice as fast. Equal ones stay equal,
    # so nothing alike is lost; what only became alike is found out by comparing the true keys.
    return "".join(chr(ord(character) % 256) for character in key)
