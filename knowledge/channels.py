"""Token sets compared: a question, and an inverted index over the phrasings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge import canonical
from knowledge.tokens import Codes, changes, find, once, spans_of, together

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

# What stands in any question counts as if so many more entries held it: in a base of 60 entries,
# 能 in three of them would otherwise weigh like 染 in three of them.
EVERYDAY_ENTRIES = 3.0


@dataclass(frozen=True)
class Question:
    """A question as the channels see it: canonical text, what it means, how it was said and, where
    it was typed in pinyin, its syllables; the text is then what they were heard as.
    """

    text: str
    meaning: str
    said: str
    syllables: str = ""


class Channel:
    """An inverted index over token sets: which phrasings hold a token, and what it weighs.

    Arrays: `codes` int64 (tokens,) rising; `weight` float32 (tokens,), idf; `start` int64
    (tokens + 1,) into `rows` intp (postings,); `total` float32 (phrasings,), Σ idf of the phrasing.
    """

    def __init__(self, codes: Codes, rows: Codes, owners: Ints, entries: int) -> None:
        """Token i stands in phrasing `rows[i]`; a phrasing's entry, below `entries`, rises."""
        size = max(1, len(owners))
        self._entries = entries
        codes, self._rows = np.divmod(once(codes * size + rows), size)
        # A token counts once an entry, however many of its phrasings hold it; a token's postings
        # of one entry stand together.
        starts = np.flatnonzero(changes(codes))
        is_new = changes(codes) | changes(owners[self._rows])
        frequency = np.add.reduceat(is_new, starts, dtype=np.int64) if len(starts) else starts
        self._codes = codes[starts]
        self._start = np.append(starts, len(codes))
        self._weight = idf(entries, frequency + more(self._codes))
        each = np.repeat(self._weight, np.diff(self._start))
        self._total = np.bincount(self._rows, each, minlength=len(owners)).astype(np.float32)

    def likeness(self, asked: Codes, lost: Floats | None = None) -> Floats:
        """D of the tokens with every phrasing: float32 (phrasings,), 0 to 1.

        `lost`, (phrasings,), is the weight of what counts as asked there besides.
        """
        asked = once(asked)
        places, is_known = find(self._codes, asked)
        total = self._weight[places].sum() + strange(self._entries, asked[~is_known])
        spans = spans_of(self._start, places)
        weights = np.repeat(self._weight[places], [len(self._rows[span]) for span in spans])
        held = together(self._rows, spans)
        shared = np.bincount(held, weights, len(self._total)).astype(np.float32)
        whole = self._total + np.float32(total + 1e-6)
        if lost is not None:
            shared += lost
            whole += lost
        shared *= np.float32(2)
        shared /= whole
        return shared

    def weights(self, codes: Codes) -> Floats:
        """What these tokens weigh, all of them known: float32, same shape."""
        return self._weight[find(self._codes, codes)[0]]


def more(codes: Codes) -> Floats:
    """So many more entries are counted for what stands in any question."""
    return np.float32(EVERYDAY_ENTRIES) * find(_everyday(), codes)[1]


def idf(entries: int, frequency: NDArray[np.number[Any]]) -> Floats:
    """How much a token says that so many of the entries hold: float32, same shape."""
    weight = np.log((entries + 1) / (frequency + 0.5))
    return np.maximum(weight, 0.05).astype(np.float32)


def strange(entries: int, codes: Codes) -> float:
    """Σ idf of tokens that none of the entries holds."""
    return float(idf(entries, more(codes)).sum()) if len(codes) else 0.0


def either(one: Floats, other: Floats) -> Floats:
    """Two pieces of evidence from 0 to 1 as one: 1 - (1 - one)(1 - other). float32, same shape."""
    together = np.subtract(1, one, dtype=np.float32)
    together *= other
    together += one
    return together


@cache
def _everyday() -> Codes:
    return np.array(sorted(map(ord, canonical.everyday())), np.int64)
