"""Finds the entry that a question means, or says that none does.

A question is compared with every phrasing over several channels, each a set of tokens:
D = 2·Σ idf(shared) / (Σ idf(question) + Σ idf(phrasing)), and the best are compared again as
strings by rapidfuzz. The share of the question that an entry covers with all its phrasings and its
answer together counts too, as 1 - (1 - score)(1 - covered): see `evidence`. Of those found so, the
ones that are about the same as the question stand first: see `latent`.
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
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from knowledge import canonical
from knowledge.channels import Floats, Ints, Question, either
from knowledge.evidence import TOLD, Spelling, Told
from knowledge.hearing import Ear
from knowledge.latent import Latent
from knowledge.mending import Mender
from knowledge.semantic import Nearness, Remembering
from knowledge.tokens import Rows, changes, spans_of
from knowledge.views import View, coverage, likeness, views_of, views_of_pinyin

if TYPE_CHECKING:
    from knowledge.calibration import Thresholds
    from knowledge.schema import Entry

Verdict = Literal["answer", "choose", "unknown"]

# The string's share in the likeness of a phrasing.
STRING = np.float32(0.2)
# And what an entry is about in its rank, where entries have many texts. The optimum is flat.
ABOUT = 0.17
# Scores from here are a phrasing in other spelling; less comes of context too.
EXACT = 0.995
# And stand before whatever else is found.
FIRST = 2
_SENTENCE = re.compile(r"[^。；！？;!?\n]{1,200}")
# Entries compared as strings too; the sets have put the right one among them by then.
CANDIDATES = 20
# A score that is 0.05 higher makes an entry e times as likely to be the one that is meant.
SHARPNESS = 20


@dataclass(frozen=True)
class Hit:
    """One entry found. Score from 0 to 1; 1 is a phrasing typed exactly.

    `covered` is the share of the question that the entry says in all its texts together, `said` the
    same by single characters, less for a short question. `sure` is how likely it is meant, were one
    of those found meant: their shares are 1 in all.
    """

    id: str
    score: float
    title: str
    covered: float = 0.0
    said: float = 0.0
    sure: float = 1.0


class Index:
    """All phrasings of all entries, ready to be asked. Immutable once built."""

    def __init__(
        self,
        phrasings: Sequence[tuple[str, str]],
        titles: Mapping[str, str],
        contexts: Mapping[str, str],
        encoder: Remembering | None = None,
    ) -> None:
        """Use `build`."""
        self._encoder = encoder
        self._phrasings = tuple(phrasings)
        self._titles = dict(titles)
        asked = dict.fromkeys([*self._phrasings, *self._titles.items()])
        self._ids = list(dict.fromkeys(entry for entry, _ in asked))
        self._place = {entry: at for at, entry in enumerate(self._ids)}
        read = canonical.canonicals([text for _, text in asked])
        places = [self._place[entry] for entry, _ in asked]
        found: dict[tuple[int, str], str] = {}
        for (_, said), place, text in zip(asked, places, read, strict=True):
            if text:
                found.setdefault((place, text), said)
        rows = sorted(found, key=itemgetter(0))
        self._owners: Ints = np.array([owner for owner, _ in rows], np.int32)
        # The phrasings of one entry stand together; some have none that can be read.
        self._start = np.append(np.flatnonzero(changes(self._owners)), len(rows))
        self._present = self._owners[self._start[:-1]].astype(np.intp)
        self._texts = [text for _, text in rows]
        self._contexts = dict(contexts)
        told = self._sentences()
        texts = [*self._texts, *(text for _, text in told)]
        meanings = canonical.meanings(texts)
        heard = self._told(told)
        self._written = Spelling(texts, heard, len(rows))
        self._mender = Mender(self._written.language())
        said = [canonical.spaced(found[row]) for row in rows] if encoder else []
        self._nearness = Nearness(said, encoder, float(heard.trust)) if encoder and said else None
        self._meant = Spelling(meanings, heard, len(rows))
        self._about = np.float32(ABOUT * heard.trust)
        self._latent = Latent(texts, heard.owners, len(self._ids)) if self._about and rows else None

    def _sentences(self) -> list[tuple[int, str]]:
        """Entry numbers and the sentences of the contexts; canonical form is made for questions."""
        parts = [
            (owner, part)
            for owner, entry in enumerate(self._ids)
            for part in _SENTENCE.findall(self._contexts.get(entry, ""))
        ]
        read = canonical.canonicals([part for _, part in parts])
        return [(owner, text) for (owner, _), text in zip(parts, read, strict=True) if text]

    def _told(self, sentences: Sequence[tuple[int, str]]) -> Told:
        counts = [1.0] * len(self._texts) + [TOLD] * len(sentences)
        owners = np.append(self._owners, np.array([owner for owner, _ in sentences], np.int32))
        return Told(owners, np.array(counts, np.float32), len(self._ids))

    @classmethod
    def build(
        cls,
        phrasings: Iterable[tuple[str, str]],
        titles: Mapping[str, str],
        contexts: Mapping[str, str] | None = None,
        encoder: Remembering | None = None,
    ) -> Index:
        """From (entry id, phrasing) pairs; titles, by entry id, are searched as phrasings too.

        `contexts`, by entry id, is what else the base tells about it: see `contexts_of`. With an
        `encoder` the meaning of whole sentences counts too: see `semantic`.
        """
        return cls(tuple(phrasings), titles, contexts or {}, encoder)

    def extended(self, phrasings: Iterable[tuple[str, str]]) -> Index:
        """A new index that also holds these phrasings, such as those added in chat."""
        return Index((*self._phrasings, *phrasings), self._titles, self._contexts, self._encoder)

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
        views = self._views(asked)
        covered, said = coverage(views, out)
        if entry is not None and text is None:
            covered[entry] = 0
        kept = None if entry is None else self._kept(entry, text)
        alike = likeness(views)
        near = self._nearness.near(asked.said) if self._nearness else None
        if kept is not None:
            alike *= kept
            near = near * kept if near is not None else None
        entries, scores, ranks = self._scored(asked, alike, covered, near, out)
        sure = np.exp((ranks - ranks[0]) * SHARPNESS)
        sure /= sure.sum()
        rows = np.column_stack([scores, covered[entries], said[entries], sure])[:limit]
        found = rows[:, 0] > 0
        return self._hits(entries[:limit][found], rows[found])

    def _read(self, question: str) -> Question:
        sounds = canonical.sounds_of_pinyin(question)
        if sounds is None:
            text = self._mender.mended(canonical.canonical(question))
            return Question(text, canonical.meaning(text), canonical.spaced(question))
        sounds = canonical.sounds_of_pinyin(question, self._ear.likeliest) or sounds
        text = canonical.canonical(self._ear.characters(sounds))
        meaning = canonical.meaning_of_sounds(sounds)
        return Question(text, meaning, text, canonical.folded_as_typed(sounds))

    def _views(self, asked: Question) -> list[View]:
        if asked.syllables:
            return views_of_pinyin(asked, self._meant, self._written, self._typed)
        return views_of(asked, self._meant, self._written)

    @cached_property
    def _ear(self) -> Ear:
        return self._written.ear([*self._texts, *(text for _, text in self._sentences())])

    @cached_property
    def _typed(self) -> Spelling:
        """All texts as they would be typed in pinyin; few ever ask so."""
        told = self._sentences()
        texts = canonical.as_typed([*self._texts, *(text for _, text in told)])
        return Spelling(texts, self._told(told), len(self._texts))

    def _kept(self, entry: int, text: str | None) -> NDArray[np.bool_]:
        """Which phrasings are not left out: bool (phrasings,)."""
        kept = np.ones(len(self._texts), np.bool_)
        first, last = np.searchsorted(self._owners, (entry, entry + 1)).tolist()
        kept[first:last] = [text not in (None, other) for other in self._texts[first:last]]
        return kept

    def _scored(
        self,
        asked: Question,
        sets: Floats,
        covered: Floats,
        near: Floats | None,
        out: tuple[int, str] | None,
    ) -> tuple[Rows, Floats, Floats]:
        """The likeliest entries, best first, their scores and what they are ranked by, from how
        like each phrasing is by its sets and how much each entry covers.

        How an entry is asked is the middle of its two likest phrasings: one alone may share its
        words by chance. What an entry is about ranks it, but does not speak for an answer: a far
        question is about something, too.
        """
        first = np.maximum.reduceat(sets, self._start[:-1])
        nearest = None if near is None else np.maximum.reduceat(near, self._start[:-1])
        likely = self._with_meaning(either(first, covered[self._present]), nearest)
        entries = _highest(likely, CANDIDATES)
        nearest = None if nearest is None else nearest[entries]
        spans = spans_of(self._start, entries)
        rows = np.concatenate([np.arange(span.start, span.stop) for span in spans])
        alike = sets[rows] + self._strings(asked, rows) * (sets[rows] > 0)
        owners = np.repeat(np.arange(len(entries)), [span.stop - span.start for span in spans])
        best, middle = _best_two(alike, owners)
        entries = self._present[entries]
        likely = self._with_meaning(either(middle, covered[entries]), nearest)
        scores = np.where(best >= EXACT, best, likely)
        ranks = scores
        if self._latent is not None:
            about = self._latent.near(asked.text, entries, out)
            ranks = np.where(best >= EXACT, FIRST, scores + (about - scores) * self._about)
        order = np.argsort(-ranks, kind="stable")
        return entries[order], scores[order], ranks[order]

    def _with_meaning(self, scores: Floats, nearest: Floats | None) -> Floats:
        """The scores of entries, blended with how near their meaning is where an encoder tells."""
        if self._nearness is None or nearest is None:
            return scores
        return np.add(scores, (nearest - scores) * self._nearness.share, dtype=np.float32)

    def _strings(self, asked: Question, rows: Rows) -> Floats:
        """The string's share in the score of these phrasings, (rows,)."""
        compared = [self._texts[row] for row in rows]
        if asked.syllables:
            compared = canonical.as_typed(compared)
        ratios = process.cdist(
            [asked.syllables or asked.text], compared, scorer=fuzz.ratio, dtype=np.float32
        )[0]
        return ratios * (STRING / np.float32(100))

    def _hits(self, entries: Rows, signs: Floats) -> list[Hit]:
        """From score, covered, said and sure of each: (entries, 4), best first."""
        hits: list[Hit] = []
        for owner, (score, *others) in zip(entries.tolist(), signs.tolist(), strict=True):
            entry = self._ids[owner]
            hits.append(Hit(entry, score, self._titles.get(entry) or entry, *others))
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


def _best_two(alike: Floats, owners: Rows) -> tuple[Floats, Floats]:
    """Of each owner, whose numbers rise from 0 on: the best, and the middle of the best two."""
    order = np.lexsort((-alike, owners))
    first = np.flatnonzero(changes(owners))
    best = alike[order[first]]
    other = np.minimum(first + 1, len(owners) - 1)
    has_other = (owners[other] == owners[first]) & (other > first)
    second = np.where(has_other, alike[order[other]], best)
    return best, (best + second) / np.float32(2)


def _highest(scores: Floats, count: int) -> Rows:
    """Row numbers of the highest scores, in the order of the rows."""
    count = min(count, len(scores))
    return np.sort(np.argpartition(-scores, count - 1)[:count])
