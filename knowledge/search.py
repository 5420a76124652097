"""Finds the entry that a question means, or says that none does.

A question is compared with every phrasing over several channels, each a set of tokens:
D = 2·Σ idf(shared) / (Σ idf(question) + Σ idf(phrasing)), and the best are compared again as
strings by rapidfuzz. Formulas and measurements: shared/search/README.md and tests/bench/search.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from knowledge import canonical

if TYPE_CHECKING:
    from knowledge.calibration import Thresholds

Verdict = Literal["answer", "choose", "unknown"]
Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

# Shares of the channels in a score.
CHARACTERS, SOUNDS, STRING = np.float32(0.5), np.float32(0.3), np.float32(0.2)
# Phrasings compared as strings; the sets have put the right one among them by then.
CANDIDATES = 200


@dataclass(frozen=True)
class Hit:
    """One entry found. Score from 0 to 1; 1 is a phrasing typed exactly."""

    id: str
    score: float
    title: str


@dataclass(frozen=True)
class Question:
    """A question as the channels see it. `spelled`: it was typed in pinyin."""

    text: str
    characters: tuple[str, ...]
    sounds: tuple[str, ...]
    spelled: bool = False

    @classmethod
    def read(cls, raw: str) -> Question:
        """Canonical text and its tokens."""
        text = canonical.canonical(raw)
        sounds = canonical.spelled(raw)
        if sounds is not None:
            return cls(text, (), tuple(sounds), spelled=True)
        return cls(text, tuple(canonical.tokens(text)), tuple(canonical.syllables(text)))


class Channel:
    """An inverted index over token sets: which phrasings hold a token, and what it weighs.

    Arrays: `weight` float32 (tokens,), idf; `start` int64 (tokens + 1,) into `rows` int32
    (postings,); `total` float32 (phrasings,), Σ idf of the phrasing.
    """

    def __init__(self, sets: Sequence[Sequence[str]], owners: Ints, entries: int) -> None:
        """`sets[i]` are the tokens of phrasing i, `owners[i]` is its entry's number."""
        self.number: dict[str, int] = {}
        sizes = np.fromiter((len(tokens) for tokens in sets), np.int64, len(sets))
        numbers = np.fromiter(
            (self.number.setdefault(token, len(self.number)) for row in sets for token in row),
            np.int64,
            int(sizes.sum()),
        )
        rows = np.repeat(np.arange(len(sets), dtype=np.int32), sizes)
        pairs = np.unique(numbers * len(sets) + rows)
        numbers, self.rows = (
            pairs // max(1, len(sets)),
            (pairs % max(1, len(sets))).astype(np.int32),
        )
        self.start = np.searchsorted(numbers, np.arange(len(self.number) + 1))
        owned = np.unique(numbers * max(1, entries) + owners[self.rows]) // max(1, entries)
        frequency = np.bincount(owned, minlength=len(self.number))
        self.entries = entries
        self.weight = np.log((entries + 1) / (frequency + 0.5)).astype(np.float32)
        weights = self.weight[numbers]
        self.total = np.bincount(self.rows, weights, minlength=len(sets)).astype(np.float32)

    def likeness(self, tokens: Iterable[str]) -> Floats:
        """D of the token set with every phrasing: float32 (phrasings,), 0 to 1."""
        shared = np.zeros(len(self.total), np.float32)
        asked = np.float32(0)
        unknown = np.float32(np.log((self.entries + 1) / 0.5))
        for token in set(tokens):
            number = self.number.get(token)
            if number is None:
                asked += unknown
                continue
            asked += self.weight[number]
            shared[self.rows[self.start[number] : self.start[number + 1]]] += self.weight[number]
        likeness: Floats = 2 * shared / np.maximum(asked + self.total, np.float32(1e-6))
        return likeness


class Index:
    """All phrasings of all entries, ready to be asked. Immutable once built."""

    def __init__(self, phrasings: Sequence[tuple[str, str]], titles: Mapping[str, str]) -> None:
        """Use `build`."""
        self._phrasings = tuple(phrasings)
        self._titles = dict(titles)
        asked = dict.fromkeys([*self._phrasings, *self._titles.items()])
        self._ids = list(dict.fromkeys(entry for entry, _ in asked))
        place = {entry: at for at, entry in enumerate(self._ids)}
        read = [(place[entry], canonical.canonical(text)) for entry, text in asked]
        rows = list(dict.fromkeys(row for row in read if row[1]))
        self._owners: Ints = np.array([owner for owner, _ in rows], np.int32)
        self._texts = [text for _, text in rows]
        size = len(self._ids)
        self._characters = Channel([canonical.tokens(t) for t in self._texts], self._owners, size)
        self._sounds = Channel([canonical.syllables(t) for t in self._texts], self._owners, size)

    @classmethod
    def build(cls, phrasings: Iterable[tuple[str, str]], titles: Mapping[str, str]) -> Index:
        """From (entry id, phrasing) pairs; titles, by entry id, are searched as phrasings too."""
        return cls(tuple(phrasings), titles)

    def extended(self, phrasings: Iterable[tuple[str, str]]) -> Index:
        """A new index that also holds these phrasings, such as those added in chat."""
        return Index((*self._phrasings, *phrasings), self._titles)

    def find(self, question: str, limit: int = 10) -> list[Hit]:
        """The entries most like the question, best first, one Hit an entry."""
        asked = Question.read(question)
        if not asked.sounds or not self._texts:
            return []
        rows, scores = self._scored(asked)
        return self._best_of_entries(rows, scores, limit)

    def _scored(self, asked: Question) -> tuple[NDArray[np.intp], Floats]:
        """The likeliest phrasings and their scores, best first."""
        sounds = self._sounds.likeness(asked.sounds)
        if asked.spelled:
            return _top(sounds)
        sets: Floats = self._characters.likeness(asked.characters) * CHARACTERS
        sets += sounds * SOUNDS
        rows, scores = _top(sets)
        strings = process.cdist(
            [asked.text], [self._texts[row] for row in rows], scorer=fuzz.ratio, dtype=np.float32
        )[0]
        scores = scores + STRING / 100 * strings
        order = np.argsort(-scores, kind="stable")
        return rows[order], scores[order]

    def _best_of_entries(self, rows: NDArray[np.intp], scores: Floats, limit: int) -> list[Hit]:
        hits: dict[str, Hit] = {}
        for row, score in zip(rows, scores, strict=True):
            entry = self._ids[self._owners[row]]
            if score <= 0 or len(hits) >= limit:
                break
            if entry not in hits:
                hits[entry] = Hit(entry, float(score), self._titles.get(entry, entry))
        return list(hits.values())


def judge(hits: Sequence[Hit], thresholds: Thresholds) -> Verdict:
    """Whether to answer with the first hit, to offer the first three, or to say unknown."""
    if not hits or hits[0].score < thresholds.choose:
        return "unknown"
    lead = hits[0].score - (hits[1].score if len(hits) > 1 else 0.0)
    if hits[0].score >= thresholds.answer and lead >= thresholds.lead:
        return "answer"
    return "choose"


def _top(scores: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Row numbers and values of the highest scores, best first."""
    count = min(CANDIDATES, len(scores))
    rows = np.argpartition(-scores, count - 1)[:count]
    rows = rows[np.argsort(-scores[rows], kind="stable")]
    return rows, scores[rows]
