"""Finds the entry that a question means, or says that none does.

A question is compared with every phrasing over several channels, each a set of tokens:
D = 2·Σ idf(shared) / (Σ idf(question) + Σ idf(phrasing)), and the best are compared again as
strings by rapidfuzz. Formulas and measurements: shared/search/README.md and tests/bench/search.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from knowledge import canonical

if TYPE_CHECKING:
    from knowledge.calibration import Thresholds

Verdict = Literal["answer", "choose", "unknown"]
Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Rows = NDArray[np.intp]

# Shares of the channels in a score, and of the string when a question was typed in pinyin.
CHARACTERS, MEANING, STRING = np.float32(0.35), np.float32(0.45), np.float32(0.2)
# Phrasings compared as strings; the sets have put the right one among them by then.
CANDIDATES = 200
# What stands in any question counts as if so many more entries held it: in a base of 60 entries,
# 能 in three of them would otherwise weigh like 染 in three of them.
EVERYDAY_ENTRIES = 3.0


@dataclass(frozen=True)
class Hit:
    """One entry found. Score from 0 to 1; 1 is a phrasing typed exactly."""

    id: str
    score: float
    title: str


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

    def __init__(self, texts: Sequence[str], owners: Ints, entries: int) -> None:
        """`texts[i]` is phrasing i, `owners[i]` its entry's number, rising, below `entries`."""
        self._entries = entries
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
        sets = [set(canonical.tokens(text)) for text in texts]
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
        shared: Floats = np.zeros(len(self._total), np.float32)
        asked = 0.0
        for token in set(canonical.tokens(text)):
            number = self._number.get(token)
            if number is None:
                asked += float(self._idf(np.array([self._more(token)]))[0])
                continue
            weight = self._weight[number]
            asked += float(weight)
            shared[self._rows[self._start[number] : self._start[number + 1]]] += weight
        shared *= np.float32(2)
        shared /= self._total + np.float32(max(asked, 1e-6))
        return shared


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
        rows = sorted(dict.fromkeys(row for row in read if row[1]), key=itemgetter(0))
        self._owners: Ints = np.array([owner for owner, _ in rows], np.int32)
        self._texts = [text for _, text in rows]
        self._meanings = [canonical.meaning(text) for text in self._texts]
        self._characters = Channel(self._texts, self._owners, len(self._ids))
        self._meaning = Channel(self._meanings, self._owners, len(self._ids))

    @classmethod
    def build(cls, phrasings: Iterable[tuple[str, str]], titles: Mapping[str, str]) -> Index:
        """From (entry id, phrasing) pairs; titles, by entry id, are searched as phrasings too."""
        return cls(tuple(phrasings), titles)

    def extended(self, phrasings: Iterable[tuple[str, str]]) -> Index:
        """A new index that also holds these phrasings, such as those added in chat."""
        return Index((*self._phrasings, *phrasings), self._titles)

    def find(
        self, question: str, limit: int = 10, without: tuple[str] | tuple[str, str] | None = None
    ) -> list[Hit]:
        """The entries most like the question, best first, one Hit an entry.

        `without` leaves out an entry, (id,), or one phrasing of it, (id, phrasing): calibration
        asks how the rest would do.
        """
        asked = Question.read(question)
        if not asked.meaning or not self._texts:
            return []
        rows, scores = self._scored(asked)
        if without:
            kept = [not self._is_left_out(row, without) for row in rows]
            rows, scores = rows[kept], scores[kept]
        return self._best_of_entries(rows, scores, limit)

    def _is_left_out(self, row: int, without: tuple[str] | tuple[str, str]) -> bool:
        if self._ids[self._owners[row]] != without[0]:
            return False
        return len(without) == 1 or self._texts[row] == canonical.canonical(without[1])

    def _scored(self, asked: Question) -> tuple[Rows, Floats]:
        """The likeliest phrasings and their scores, best first."""
        scores = self._meaning.likeness(asked.meaning)
        if asked.text is None:
            scores *= CHARACTERS + MEANING
            return self._compared(asked.meaning, self._meanings, scores)
        scores *= MEANING
        scores += self._characters.likeness(asked.text) * CHARACTERS
        return self._compared(asked.text, self._texts, scores)

    def _compared(self, text: str, texts: Sequence[str], sets: Floats) -> tuple[Rows, Floats]:
        """Adds the string's share for the phrasings that the sets put first."""
        count = min(CANDIDATES, len(sets))
        rows = np.sort(np.argpartition(-sets, count - 1)[:count])
        strings = process.cdist(
            [text], [texts[row] for row in rows], scorer=fuzz.ratio, dtype=np.float32
        )[0]
        scores: Floats = sets[rows] + strings * (STRING / np.float32(100))
        order = np.argsort(-scores, kind="stable")
        return rows[order], scores[order]

    def _best_of_entries(self, rows: Rows, scores: Floats, limit: int) -> list[Hit]:
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
