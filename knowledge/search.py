"""Finds the entry that a question means, or says that none does.

A question is compared with every phrasing over several channels, each a set of tokens:
D = 2·Σ idf(shared) / (Σ idf(question) + Σ idf(phrasing)), and the best are compared again as
strings by rapidfuzz. The share of the question that an entry covers with all its phrasings and its
answer together counts too, as 1 - (1 - score)(1 - covered): see `evidence`.
Formulas and measurements: shared/search/README.md and tests/bench/search.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Literal

import numpy as np
from rapidfuzz import fuzz, process

from knowledge import canonical
from knowledge.channels import Floats, Ints, Question, either
from knowledge.evidence import TOLD, Spelling, Told
from knowledge.hearing import Ear
from knowledge.tokens import Rows

if TYPE_CHECKING:
    from knowledge.calibration import Thresholds
    from knowledge.schema import Entry

Verdict = Literal["answer", "choose", "unknown"]

# Shares of the channels in a score.
CHARACTERS, MEANING, STRING = np.float32(0.35), np.float32(0.45), np.float32(0.2)
# What an entry covers, by sound and by characters.
HEARD, WRITTEN = np.float32(0.3), np.float32(0.7)
# Scores from here are a phrasing in other spelling; less comes of context too.
EXACT = 0.995
_SENTENCE = re.compile(r"[^。；！？;!?\n]{1,200}")
# Phrasings compared as strings; the sets have put the right one among them by then.
CANDIDATES = 200


@dataclass(frozen=True)
class Hit:
    """One entry found. Score from 0 to 1; 1 is a phrasing typed exactly.

    `covered` is the share of the question that the entry says in all its texts together, `ahead`
    how much more that is than any other entry covers.
    """

    id: str
    score: float
    title: str
    covered: float = 0.0
    ahead: float = 0.0


class Index:
    """All phrasings of all entries, ready to be asked. Immutable once built."""

    def __init__(
        self,
        phrasings: Sequence[tuple[str, str]],
        titles: Mapping[str, str],
        contexts: Mapping[str, str],
    ) -> None:
        """Use `build`."""
        self._phrasings = tuple(phrasings)
        self._titles = dict(titles)
        asked = dict.fromkeys([*self._phrasings, *self._titles.items()])
        self._ids = list(dict.fromkeys(entry for entry, _ in asked))
        self._place = {entry: at for at, entry in enumerate(self._ids)}
        read = canonical.canonicals([text for _, text in asked])
        places = [self._place[entry] for entry, _ in asked]
        rows = dict.fromkeys(row for row in zip(places, read, strict=True) if row[1])
        rows = sorted(rows, key=itemgetter(0))
        self._owners: Ints = np.array([owner for owner, _ in rows], np.int32)
        self._texts = [text for _, text in rows]
        self._contexts = dict(contexts)
        told = self._sentences()
        texts = [*self._texts, *(text for _, text in told)]
        meanings = canonical.meanings(texts)
        counts = np.array([1.0] * len(rows) + [TOLD] * len(told), np.float32)
        owners = np.append(self._owners, np.array([owner for owner, _ in told], np.int32))
        heard = Told(owners, counts, len(self._ids))
        self._written = Spelling(texts, heard, len(rows))
        self._meant = Spelling(meanings, heard, len(rows))

    def _sentences(self) -> list[tuple[int, str]]:
        """Entry numbers and the sentences of the contexts; canonical form is made for questions."""
        parts = [
            (owner, part)
            for owner, entry in enumerate(self._ids)
            for part in _SENTENCE.findall(self._contexts.get(entry, ""))
        ]
        read = canonical.canonicals([part for _, part in parts])
        return [(owner, text) for (owner, _), text in zip(parts, read, strict=True) if text]

    @classmethod
    def build(
        cls,
        phrasings: Iterable[tuple[str, str]],
        titles: Mapping[str, str],
        contexts: Mapping[str, str] | None = None,
    ) -> Index:
        """From (entry id, phrasing) pairs; titles, by entry id, are searched as phrasings too.

        `contexts`, by entry id, is what else the base tells about it: see `contexts_of`.
        """
        return cls(tuple(phrasings), titles, contexts or {})

    def extended(self, phrasings: Iterable[tuple[str, str]]) -> Index:
        """A new index that also holds these phrasings, such as those added in chat."""
        return Index((*self._phrasings, *phrasings), self._titles, self._contexts)

    def find(
        self, question: str, limit: int = 10, without: tuple[str] | tuple[str, str] | None = None
    ) -> list[Hit]:
        """The entries most like the question, best first, one Hit an entry.

        `without` leaves out an entry, (id,), or one phrasing of it, (id, phrasing): calibration
        asks how the rest would do.
        """
        asked = self._read(question)
        if not asked.meaning or not self._texts:
            return []
        entry = self._place.get(without[0]) if without else None
        text = canonical.canonical(without[1]) if without and len(without) > 1 else None
        out = None if entry is None or text is None else (entry, text)
        covered = self._covered(asked, out)
        rows, scores = self._scored(asked, covered)
        if entry is not None:
            if text is None:
                covered[entry] = 0
            kept = [not self._is_left_out(row, entry, text) for row in rows]
            rows, scores = rows[kept], scores[kept]
        return self._best_of_entries(rows, scores, covered, limit)

    def _read(self, question: str) -> Question:
        sounds = canonical.sounds_of_pinyin(question)
        if sounds is not None:
            text = canonical.canonical(self._ear.characters(sounds))
            return Question(text, canonical.meaning_of_sounds(sounds))
        text = canonical.canonical(question)
        return Question(text, canonical.meaning(text))

    @cached_property
    def _ear(self) -> Ear:
        return self._written.ear()

    def _is_left_out(self, row: int, entry: int, text: str | None) -> bool:
        return self._owners[row] == entry and (text is None or self._texts[row] == text)

    def _scored(self, asked: Question, covered: Floats) -> tuple[Rows, Floats]:
        """The likeliest phrasings and their scores, best first."""
        sets = self._meant.likeness(asked.meaning)
        sets *= MEANING
        sets += self._written.likeness(asked.text) * CHARACTERS
        helped = covered[self._owners]
        rows = _highest(either(sets, helped), CANDIDATES)
        scores = either(sets[rows] + self._strings(asked, rows), helped[rows])
        order = np.argsort(-scores, kind="stable")
        return rows[order], scores[order]

    def _covered(self, asked: Question, out: tuple[int, str] | None) -> Floats:
        """How much of the question each entry covers, singles and pairs being two pieces of
        evidence: float32 (entries,).

        More by characters than by sound: in a long text nearly every syllable occurs.
        """
        heard = (out[0], canonical.meaning(out[1])) if out else None
        singles = self._meant.singles(asked.meaning, heard)
        pairs = self._meant.pairs(asked.meaning, heard)
        singles = _mixed(singles, self._written.singles(asked.text, out))
        return either(singles, _mixed(pairs, self._written.pairs(asked.text, out)))

    def _strings(self, asked: Question, rows: Rows) -> Floats:
        """The string's share in the score of these phrasings, (rows,)."""
        compared = [self._texts[row] for row in rows]
        ratios = process.cdist([asked.text], compared, scorer=fuzz.ratio, dtype=np.float32)[0]
        return ratios * (STRING / np.float32(100))

    def _best_of_entries(
        self, rows: Rows, scores: Floats, covered: Floats, limit: int
    ) -> list[Hit]:
        best: dict[int, float] = {}
        for owner, score in zip(self._owners[rows].tolist(), scores.tolist(), strict=True):
            if score <= 0 or len(best) >= limit:
                break
            best.setdefault(owner, score)
        # The 0 is for a base of one entry.
        second, first = np.partition(np.append(covered, np.float32(0)), -2)[-2:].tolist()
        hits: list[Hit] = []
        for owner, score in best.items():
            entry, share = self._ids[owner], float(covered[owner])
            ahead = share - (second if share >= first else first)
            hits.append(Hit(entry, score, self._titles.get(entry, entry), share, ahead))
        return hits


def contexts_of(entries: Iterable[Entry]) -> dict[str, str]:
    """What entries tell beyond their phrasings: answer, and the questions that rest on them.

    An answer that only repeats the title or a phrasing tells nothing and is left out.
    """
    found: dict[str, str] = {}
    for entry in entries:
        said = {canonical.plain(text) for text in (entry.title, *entry.ask)}
        told = [entry.answer, *(f"{item.question}。{item.explanation}" for item in entry.items)]
        found[entry.id] = "。".join(text for text in told if canonical.plain(text) not in said)
    return found


def judge(hits: Sequence[Hit], thresholds: Thresholds) -> Verdict:
    """Whether to answer with the first hit, to offer the first three, or to say unknown.

    A phrasing typed exactly is answered whatever stands next to it, unless it has two entries.
    """
    first, second = ([hit.score for hit in hits] + [0.0, 0.0])[:2]
    if first >= EXACT > second or thresholds.answer.passes(hits):
        return "answer"
    return "choose" if first >= EXACT or thresholds.choose.passes(hits) else "unknown"


def _mixed(heard: Floats, written: Floats) -> Floats:
    mixed = np.multiply(heard, HEARD, dtype=np.float32)
    mixed += written * WRITTEN
    return mixed


def _highest(scores: Floats, count: int) -> Rows:
    """Row numbers of the highest scores, in the order of the rows."""
    count = min(count, len(scores))
    return np.sort(np.argpartition(-scores, count - 1)[:count])
