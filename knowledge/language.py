"""How the base is written: which characters follow which, as numbers to weigh readings by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge import wording
from knowledge.tokens import Codes, changes, find

Counts = NDArray[np.float64]

# Two tokens are one number, the first times this: above all code points.
PLACES = 1 << 21
# What was never met counts like so much of a text.
_UNMET = 0.1
# So many texts in which anything may follow are added to those that were met.
_ANYTHING = 3.0


@dataclass(frozen=True)
class Met:
    """Codes, rising, and in how much of all texts each was met: (codes,) both."""

    codes: Codes
    counts: Counts

    def __getitem__(self, asked: NDArray[np.int64]) -> Counts:
        """How much each was met; same shape."""
        places, is_known = find(self.codes, asked.ravel())
        found = np.zeros(asked.size)
        found[is_known] = self.counts[places]
        return found.reshape(asked.shape)

    def and_also(self, codes: Codes) -> Met:
        """With these, met once more each."""
        weights = np.append(self.counts, np.ones(len(codes)))
        return met(np.append(self.codes, codes), weights)


def met(codes: Codes, weights: NDArray[np.floating[Any]]) -> Met:
    """Codes with what each weighs, in any order, some of them several times."""
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(changes(codes[order]))
    weights = weights[order].astype(np.float64)
    return Met(codes[order][starts], np.add.reduceat(weights, starts) if len(starts) else weights)


@dataclass(frozen=True)
class Language:
    """What was met alone and side by side: in the base, and in what is said everywhere, since a
    small base has few of the words around its own.
    """

    singles: Met
    pairs: Met

    @classmethod
    def of(cls, singles: Met, pairs: Met) -> Language:
        """From what the base holds."""
        return cls(singles.and_also(usual(1)), pairs.and_also(usual(2)))

    def share(self, codes: Codes) -> Counts:
        """How likely each character is, whatever stands before it."""
        return (self.singles[codes] + _UNMET) / self._total

    @cached_property
    def _total(self) -> float:
        return float(self.singles.counts.sum()) + _UNMET

    def follows(self, before: Codes, after: Codes) -> Counts:
        """How likely each character is after the one before it; shapes as numpy puts together."""
        together = self.pairs[before * PLACES + after]
        likely = together + _ANYTHING * self.share(after)
        return likely / (self.singles[before] + _ANYTHING)


@cache
def usual(length: int) -> Codes:
    """What is said everywhere, as all that stands side by side, so many characters each: question
    words, and the words of schools and offices.
    """
    words = [word for fold, others in wording.FOLDED.items() for word in (fold, *others.split())]
    said = [
        *words,
        *re.findall(r"[^\s/]+", wording.SYNONYMS),
        *wording.SMALL_TALK.split(),
        *wording.EVERYDAY,
    ]
    parts = (text[at : at + length] for text in said for at in range(len(text) - length + 1))
    return np.array([_number(part) for part in parts], np.int64)


def _number(text: str) -> int:
    number = 0
    for char in text:
        number = number * PLACES + ord(char)
    return number
