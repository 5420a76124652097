"""Token sets compared: an inverted index over the phrasings, and one over what entries tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge import canonical

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Rows = NDArray[np.intp]

# What stands in any question counts as if so many more entries held it: in a base of 60 entries,
# 能 in three of them would otherwise weigh like 染 in three of them.
EVERYDAY_ENTRIES = 3.0

# So much idf, three rare characters, is missing from any question: 在吗 is never covered in full.
DOUBT = np.float32(10)
Tokens = Callable[[str], Sequence[str]]

_SENTENCE = re.compile(r"[^。；！？;!?\n]{1,200}")


@dataclass(frozen=True)
class Question:
    """A question as the channels see it. `text` is None when it was typed in pinyin."""

    text: str | None
    meaning: str

    @classmethod
    def read(cls, raw: str) -> Question:
        """Canonical text and what it means."""
        heard = canonical.meaning_of_pinyin(raw)
        if heard is not None:
            return cls(None, heard)
        text = canonical.canonical(raw)
        return cls(text, canonical.meaning(text))


class Channel:
    """An inverted index over token sets: which phrasings hold a token, and what it weighs.

    Arrays: `weight` float32 (tokens,), idf; `start` int64 (tokens + 1,) into `rows` int32
    (postings,); `total` float32 (phrasings,), Σ idf of the phrasing.
    """

    def __init__(
        self, texts: Sequence[str], owners: Ints, entries: int, tokens: Tokens = canonical.tokens
    ) -> None:
        """`texts[i]` is phrasing i, `owners[i]` its entry's number, rising, below `entries`."""
        self._entries = entries
        self._tokens = tokens
        self._number: dict[str, int] = {}
        numbers, rows = self._postings(texts)
        self._rows = rows
        self._start = np.searchsorted(numbers, np.arange(len(self._number) + 1))
        # A token counts once an entry, however many of its phrasings hold it; a token's postings
        # of one entry stand together.
        held = numbers * max(1, entries) + owners[rows]
        first = np.append(True, held[1:] != held[:-1])[: len(held)]
        frequency = np.bincount(numbers[first], minlength=len(self._number))
        more = [self._more(token) for token in self._number]
        self._weight: Floats = self._idf(frequency + np.array(more))
        self._total: Floats = np.bincount(rows, self._weight[numbers], minlength=len(texts)).astype(
            np.float32
        )

    def _postings(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], Ints]:
        """Token numbers and their phrasings, (postings,) each, by token, without repetitions."""
        number = self._number
        sets = [set(self._tokens(text)) for text in texts]
        sizes = np.fromiter(map(len, sets), np.int64, len(sets))
        found = (number.setdefault(token, len(number)) for tokens in sets for token in tokens)
        numbers = np.fromiter(found, np.int64, int(sizes.sum()))
        rows = np.repeat(np.arange(len(sets), dtype=np.int32), sizes)
        order = np.argsort(numbers, kind="stable")
        return numbers[order], rows[order]

    def _more(self, token: str) -> float:
        return EVERYDAY_ENTRIES if token in canonical.everyday() else 0.0

    def _idf(self, frequency: NDArray[np.number[Any]]) -> Floats:
        weight = np.log((self._entries + 1) / (frequency + 0.5))
        return np.maximum(weight, 0.05).astype(np.float32)

    def likeness(self, text: str) -> Floats:
        """D of the text with every phrasing: float32 (phrasings,), 0 to 1."""
        shared, asked = self._shared(text)
        shared *= np.float32(2)
        shared /= self._total + asked
        return shared

    def coverage(self, text: str) -> Floats:
        """Σ idf(shared) / (Σ idf(text) + DOUBT) for every phrasing: float32 (phrasings,)."""
        shared, asked = self._shared(text)
        shared /= asked + DOUBT
        return shared

    def _shared(self, text: str) -> tuple[Floats, np.float32]:
        """Σ idf(shared) for every phrasing, and Σ idf(text), which is above 0."""
        shared: Floats = np.zeros(len(self._total), np.float32)
        asked = 1e-6
        for token in set(self._tokens(text)):
            number = self._number.get(token)
            if number is None:
                asked += float(self._idf(np.array([self._more(token)]))[0])
                continue
            weight = self._weight[number]
            asked += float(weight)
            shared[self._rows[self._start[number] : self._start[number + 1]]] += weight
        return shared, np.float32(asked)


class Context:
    """What the base tells about each entry beyond its phrasings, as channels over entries."""

    def __init__(self, texts: Sequence[str]) -> None:
        """`texts[i]` is what there is to tell about entry i; empty where there is nothing."""
        owners, size = np.arange(len(texts), dtype=np.int32), len(texts)
        # Long texts go through canonical form sentence by sentence: it is made for questions.
        sentences = [[canonical.canonical(part) for part in _SENTENCE.findall(t)] for t in texts]
        written = [" ".join(parts) for parts in sentences]
        meant = [" ".join(map(canonical.meaning, parts)) for parts in sentences]
        self._characters = Channel(written, owners, size, _telling)
        self._meaning = Channel(meant, owners, size, _telling)
        self._pairs = Channel(meant, owners, size, _pairs)

    def coverage(self, asked: Question) -> Floats:
        """How much of the question each entry's context covers: float32 (entries,), 0 to 1.

        Single tokens and pairs of neighbours, either being evidence: 1 - (1 - a)(1 - b). Singly by
        characters, since in a long text nearly every syllable occurs; by sound only for pinyin.
        """
        if asked.text is None:
            single = self._meaning.coverage(asked.meaning)
        else:
            single = self._characters.coverage(asked.text)
        return either(single, self._pairs.coverage(asked.meaning))


def either(one: Floats, other: Floats) -> Floats:
    """Two pieces of evidence from 0 to 1 as one: 1 - (1 - one)(1 - other). float32, same shape."""
    together = np.subtract(1, one, dtype=np.float32)
    together *= other
    together += one
    return together


def _telling(text: str) -> list[str]:
    """The tokens that don't stand in just any question."""
    left_out = canonical.everyday() | {" "}
    return [token for token in canonical.tokens(text) if token not in left_out]


def _pairs(text: str) -> list[str]:
    """Neighbouring tokens of each sentence."""
    found = [pairwise(canonical.tokens(sentence)) for sentence in text.split(" ")]
    return [one + other for sentence in found for one, other in sentence]
