"""Phrasings and items that say nearly the same in two entries: hints for `check`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from math import ceil
from typing import NamedTuple

import numpy as np
from rapidfuzz import fuzz, process

from knowledge.checks import same
from knowledge.faults import Fault
from knowledge.library import Library
from knowledge.schema import Item

_ALIKE = 85.0  # per cent; about one character in seven replaced
_CROWD = 400  # a bigram shared by more texts than this tells nothing


class _Text(NamedTuple):
    place: str  # id of the entry or item
    shown: str
    key: str


def near_duplicates(library: Library) -> list[Fault]:
    """Warnings, in order: likely mistakes that a person must judge, so they refuse nothing."""
    asked = [_Text(id_, text, same(text)) for id_, text in library.phrasings()]
    posed = [_Text(item.id, item.question, same(_content(item))) for item in library.items.values()]
    return sorted([*_warnings(library, asked, "问法"), *_warnings(library, posed, "题目")])


def _content(item: Item) -> str:
    # Without its options “下列说法正确的是” would be like any other.
    return item.question + "".join(sorted(item.options))


def _warnings(library: Library, texts: Sequence[_Text], what: str) -> Iterator[Fault]:
    for first, second, score in _alike(texts):
        path, _, line = library.where[second.place].rpartition(":")
        yield Fault(
            path,
            int(line),
            1,
            f"{what}“{second.shown}”（{second.place}）与 {first.place} 的“{first.shown}”"
            f"（{library.where[first.place]}）很像（{score:.0f}%），请看是否重复",
        )


def _alike(texts: Sequence[_Text]) -> Iterator[tuple[_Text, _Text, float]]:
    """Pairs of two entries, or of two items, whose texts are alike."""
    pairs = list(_candidates([text.key for text in texts]))
    scores = process.cpdist(
        [texts[i].key for i, _ in pairs],
        [texts[j].key for _, j in pairs],
        scorer=fuzz.ratio,
        score_cutoff=_ALIKE,
        workers=-1,
    )
    for index in np.flatnonzero(scores):
        first, second = (texts[i] for i in pairs[index])
        if first.place != second.place:
            yield first, second, float(scores[index])


def _candidates(keys: Sequence[str]) -> set[tuple[int, int]]:
    """Pairs worth a comparison: those that have one of their rarest bigrams in common.

    Texts that are 85 per cent alike share most of their bigrams, so hardly ever are all of the
    rarest third in the differing places. Comparing every two of 20,000 texts takes ten times as
    long.
    """
    bigrams = [_bigrams(key) for key in keys]
    common = Counter(bigram for of_one in bigrams for bigram in of_one)
    together: dict[str, list[int]] = defaultdict(list)
    for index, of_one in enumerate(bigrams):
        shared = (bigram for bigram in of_one if common[bigram] > 1)
        rarest = sorted(shared, key=lambda bigram: (common[bigram], bigram))
        for bigram in rarest[: max(3, ceil(len(rarest) / 3))]:
            together[bigram].append(index)
    crowds = (indexes for indexes in together.values() if len(indexes) <= _CROWD)
    return {pair for indexes in crowds for pair in combinations(indexes, 2)}


def _bigrams(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)} or {text}
