"""What an entry says in all its phrasings and its answer: how much of a question that covers.

A phrasing says how somebody asks, all of them together what about. For a question q and an entry,
coverage = Σ idf(t)·n/(n + HALF) over the shared tokens t / (Σ idf(q) + DOUBT), where n counts the
entry's phrasings that hold t and, for less, the sentences that it tells. Of pairs, also those count
that the entry says with one more token in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.channels import Channel, Floats, Ints, idf, more, strange
from knowledge.hearing import Ear
from knowledge.tokens import Alphabet, Codes, changes, find, once, spans_of, together

# A sentence of an answer counts like so much of a phrasing.
TOLD = 0.3
# With so many phrasings holding a token, an entry gets half of what it can for it.
HALF = np.float32(0.5)
# So much idf, three rare characters, is missing from any question: 在吗 is never covered in full.
DOUBT = np.float32(10)
# Two neighbours of the question that stand one apart in an entry count so much: a character was
# dropped, or is said between them.
APART = np.float32(0.6)
# Two tokens are one number, the first times this: above all code points.
_PLACES = 1 << 21


@dataclass(frozen=True)
class Told:
    """Whose texts they are, and how much each counts: phrasings 1, other sentences TOLD."""

    owners: Ints  # (texts,)
    counts: Floats  # (texts,)
    entries: int

    @property
    def trust(self) -> np.float32:
        """Where each entry has one text only, all its texts together say nothing more."""
        return np.float32(1 - self.entries / max(1, self.entries, len(self.owners)))


class Spelling:
    """All texts in one spelling: how like a question each phrasing is, and how much of it an entry
    covers, by single tokens and by pairs of neighbours.

    `out` is a phrasing that must not count: its entry's number and its text.
    """

    def __init__(self, texts: Sequence[str], told: Told, phrasings: int) -> None:
        """The phrasings come first, by rising entry number."""
        self._alphabet = Alphabet()
        codes, places = self._alphabet.learn(texts)
        end = np.searchsorted(places, phrasings)
        owners = told.owners[:phrasings]
        self._channel = Channel(codes[:end], places[:end], owners, told.entries)
        self._singles = _Postings(codes, places, told)
        is_next = places[1:] == places[:-1]
        self._pairs = _Postings(_paired(codes)[is_next], places[:-1][is_next], told)
        is_near = places[2:] == places[:-2]
        self._apart = _Postings(_paired(codes, 2)[is_near], places[:-2][is_near], told)

    def likeness(self, text: str) -> Floats:
        """D with every phrasing: float32 (phrasings,), 0 to 1."""
        return self._channel.likeness(self._alphabet.read(text))

    def singles(self, text: str, out: tuple[int, str] | None = None) -> Floats:
        """How much of the text each entry covers: float32 (entries,), 0 to 1."""
        removed = (out[0], self._alphabet.read(out[1])) if out else None
        asked = once(self._alphabet.read(text))
        return self._singles.held(asked, removed) * self._singles.share(asked)

    def pairs(self, text: str, out: tuple[int, str] | None = None) -> Floats:
        """The same by pairs of neighbours: float32 (entries,), 0 to 1."""
        removed = self._alphabet.read(out[1]) if out else None
        asked = once(_paired(self._alphabet.read(text)))
        next_to = (out[0], _paired(removed)) if out and removed is not None else None
        apart = (out[0], _paired(removed, 2)) if out and removed is not None else None
        held = self._pairs.held(asked, next_to)
        held += self._apart.held(asked, apart) * APART
        held *= self._pairs.share(asked)
        return np.minimum(held, 1, out=held)

    def ear(self) -> Ear:
        """Hears pinyin in the characters of these texts."""
        return Ear(self._singles.frequencies(), self._pairs.frequencies(), _PLACES)


class _Postings:
    """Which entries hold a code, and how much of its weight each gets.

    Arrays: `codes` int64 (codes,) rising; `weight` float32 (codes,), idf; `start` int64
    (codes + 1,) into `entries` intp and `value` float32 (postings,), idf·n/(n + HALF).
    """

    def __init__(self, codes: Codes, texts: Codes, told: Told) -> None:
        size = max(1, len(told.owners))
        self._size, self._trust = told.entries, told.trust
        # A code counts once a text. With the texts in the order of the entries, the postings of a
        # code and of an entry stand together.
        order = np.argsort(told.owners, kind="stable")
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        codes, texts = np.divmod(once(codes * size + rank[texts]), size)
        texts = order[texts]
        owners = told.owners[texts]
        first = np.flatnonzero(changes(codes) | changes(owners))
        held = np.add.reduceat(told.counts[texts], first) if len(first) else told.counts[:0]
        self._entries = owners[first].astype(np.intp)
        codes = codes[first]
        starts = np.flatnonzero(changes(codes))
        self._codes = codes[starts]
        self._start = np.append(starts, len(codes))
        self._weight = idf(self._size, np.diff(self._start) + more(self._codes))
        weight = np.repeat(self._weight, np.diff(self._start))
        self._value: Floats = (weight * held / (held + HALF)).astype(np.float32)

    def frequencies(self) -> tuple[Codes, Codes]:
        """The codes, and how many entries hold each."""
        return self._codes, np.diff(self._start)

    def held(self, asked: Codes, out: tuple[int, Codes] | None) -> Floats:
        """What each entry gets for these codes, each given once: float32 (entries,)."""
        places, _ = find(self._codes, asked)
        spans = spans_of(self._start, places)
        entries, values = together(self._entries, spans), together(self._value, spans)
        held = np.bincount(entries, values, self._size).astype(np.float32)
        if out:
            gone = places[np.isin(self._codes[places], out[1])]
            held[out[0]] -= sum(self._lost(place, out[0]) for place in gone)
        return held

    def share(self, asked: Codes) -> np.float32:
        """What one unit of weight is of these codes' whole weight and the doubt."""
        places, is_known = find(self._codes, asked)
        total = self._weight[places].sum() + strange(self._size, asked[~is_known])
        return np.float32(self._trust / (total + DOUBT))

    def _lost(self, place: np.intp, owner: int) -> np.float32:
        """What an entry gets less for a code when one phrasing that holds it is taken out."""
        start, end = self._start[place], self._start[place + 1]
        value = self._value[start + np.searchsorted(self._entries[start:end], owner)]
        share = value / self._weight[place]
        rest = np.maximum(HALF * share / (1 - share) - 1, 0)
        return value - self._weight[place] * rest / (rest + HALF)


def _paired(codes: Codes, apart: int = 1) -> Codes:
    """Each two codes that stand so far apart as one."""
    return codes[:-apart] * _PLACES + codes[apart:]
