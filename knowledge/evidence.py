"""What an entry says in all its phrasings and its answer: how much of a question that covers.

A phrasing says how somebody asks, all of them together what about. How often an entry says a token
is rate = n / phrasings, where n counts its phrasings that hold the token and, for less, the
sentences that it tells. Beside how often any entry says it, that weighs log(1 + rate / usual),
usual = USUAL · (mean rate) + RARE / entries. For a question and an entry, coverage = Σ weight over
the shared tokens / (Σ weight at rate 1 over all tokens + DOUBT). Of pairs, also those count that
the entry says with one more token in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from knowledge.between import Between
from knowledge.channels import Channel, Floats, Ints, more
from knowledge.hearing import Ear
from knowledge.language import PLACES, Language, Met, met
from knowledge.tokens import Alphabet, Codes, Rows, changes, find, once, spans_of, together

# A sentence of an answer counts like so much of a phrasing.
TOLD = 0.2
# So much of what all entries say on average makes a token usual, and so many entries that say it
# in every phrasing: fewer would let one chance mention decide. The optimum is flat, as that of all
# figures here.
USUAL, RARE = 0.1, 0.03
# What stands in any question counts as if so many more entries said it in a third of theirs.
_EVERYDAY_RATE = 1 / 3
# So much weight, one rare character, is missing from any question: 在吗 is never covered in full.
DOUBT = np.float32(5)
# The same for how much is said at all: 个笑话 stands in some entry in full, and says little.
SPARSE = np.float32(80)
# Two neighbours of the question that stand one apart in an entry count so much: a character was
# dropped, or is said between them.
APART = np.float32(0.6)


@dataclass(frozen=True)
class Told:
    """Whose texts they are, and how much each counts: phrasings 1, other sentences TOLD."""

    owners: Ints  # (texts,)
    counts: Floats  # (texts,)
    entries: int

    @cached_property
    def sizes(self) -> Floats:
        """How many phrasings each entry has, one at least: float32 (entries,)."""
        phrasings = np.bincount(self.owners[self.counts == 1], minlength=self.entries)
        return np.maximum(phrasings, 1).astype(np.float32)

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
        self._alphabet, self._counts, self._phrasings = Alphabet(), told.counts, phrasings
        codes, places = self._alphabet.learn(texts)
        end = np.searchsorted(places, phrasings)
        owners = told.owners[:phrasings]
        self._channel = Channel(codes[:end], places[:end], owners, told.entries)
        weights = self._channel.weights(codes[:end])
        self._between = Between(codes[:end], places[:end], weights) if told.trust else None
        self._singles = _Postings(codes, places, told)
        is_next = places[1:] == places[:-1]
        self._pairs = _Postings(_paired(codes)[is_next], places[:-1][is_next], told)
        is_near = places[2:] == places[:-2]
        self._apart = _Postings(_paired(codes, 2)[is_near], places[:-2][is_near], told)

    def likeness(self, text: str) -> Floats:
        """D with every phrasing: float32 (phrasings,), 0 to 1."""
        asked = self._alphabet.read(text)
        lost = self._between.lost(asked, self._phrasings) if self._between else None
        return self._channel.likeness(asked, lost)

    def singles(self, text: str, out: tuple[int, str] | None = None) -> Floats:
        """How much of the text each entry covers: float32 (entries,), 0 to 1."""
        removed = (out[0], self._alphabet.read(out[1])) if out else None
        asked = once(self._alphabet.read(text))
        return self._singles.held(asked, removed) * self._singles.share(asked)

    def fullness(self, text: str) -> np.float32:
        """What turns `singles` from the share of a question into one of all it could have said."""
        total = self._singles.total(once(self._alphabet.read(text)))
        return (total + DOUBT) / (total + SPARSE)

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

    def language(self) -> Language:
        """Which characters of these texts stand side by side."""
        return Language.of(self._singles.met(), self._pairs.met())

    def ear(self, texts: Sequence[str]) -> Ear:
        """Hears pinyin in the characters of these texts, which it was built from."""
        codes, places = self._alphabet.learn(texts)
        is_near = places[2:] == places[:-2]
        triples = (_paired(codes)[:-1] * PLACES + codes[2:])[is_near]
        return Ear(self.language(), met(triples, self._counts[places[:-2][is_near]]))


class _Postings:
    """Which entries hold a code, and how much of its weight each gets.

    Arrays: `codes` int64 (codes,) rising; `usual` and `weight` float32 (codes,), the latter at rate
    1; `start` int64 (codes + 1,) into `entries` intp, `count` and `value` float32 (postings,).
    """

    def __init__(self, codes: Codes, texts: Codes, told: Told) -> None:
        self._trust, self._sizes = told.trust, told.sizes
        # A code counts once a text. With the texts in the order of the entries, the postings of a
        # code and of an entry stand together.
        size = max(1, len(told.owners))
        order = np.argsort(told.owners, kind="stable")
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        codes, texts = np.divmod(once(codes * size + rank[texts]), size)
        texts = order[texts]
        owners = told.owners[texts]
        first = np.flatnonzero(changes(codes) | changes(owners))
        held = np.add.reduceat(told.counts[texts], first) if len(first) else told.counts[:0]
        self._entries, self._count = owners[first].astype(np.intp), held
        codes = codes[first]
        starts = np.flatnonzero(changes(codes))
        self._codes = codes[starts]
        self._start = np.append(starts, len(codes))
        rates = held / self._sizes[self._entries]
        every = np.add.reduceat(rates, starts) if len(starts) else rates
        self._usual = self._usually(every + _EVERYDAY_RATE * more(self._codes))
        self._weight = np.log1p(1 / self._usual)
        self._value = np.log1p(rates / np.repeat(self._usual, np.diff(self._start)))

    def _usually(self, rates: Floats) -> Floats:
        """From the sum of the rates of all entries."""
        return ((USUAL * rates + RARE) / max(1, len(self._sizes))).astype(np.float32)

    def met(self) -> Met:
        """The codes, and how much of all texts holds each."""
        starts = self._start[:-1]
        held = np.add.reduceat(self._count, starts) if len(starts) else self._count
        return Met(self._codes, held.astype(np.float64))

    def held(self, asked: Codes, out: tuple[int, Codes] | None) -> Floats:
        """What each entry gets for these codes, each given once: float32 (entries,)."""
        places, _ = find(self._codes, asked)
        spans = spans_of(self._start, places)
        entries, values = together(self._entries, spans), together(self._value, spans)
        held = np.bincount(entries, values, len(self._sizes)).astype(np.float32)
        if out:
            held[out[0]] = self._rest(places, *out)
        return held

    def share(self, asked: Codes) -> np.float32:
        """What one unit of weight is of these codes' whole weight and the doubt."""
        return np.float32(self._trust / (self.total(asked) + DOUBT))

    def total(self, asked: Codes) -> np.float32:
        """The whole weight of these codes, each given once."""
        places, is_known = find(self._codes, asked)
        strange = self._usually(_EVERYDAY_RATE * more(asked[~is_known]))
        return np.float32(self._weight[places].sum() + np.log1p(1 / strange).sum())

    def _rest(self, places: Rows, owner: int, out: Codes) -> np.float32:
        """What an entry gets for the codes at these places when one of its phrasings is taken out,
        which holds the codes `out`.
        """
        spans = zip(places, spans_of(self._start, places), strict=True)
        at = {
            place: span.start + np.searchsorted(self._entries[span], owner) for place, span in spans
        }
        held = [
            (p, r) for p, r in at.items() if r < self._start[p + 1] and self._entries[r] == owner
        ]
        rows = np.array(held, np.intp).reshape(-1, 2)
        left = self._count[rows[:, 1]] - np.isin(self._codes[rows[:, 0]], out)
        rates = np.maximum(left, 0) / np.maximum(self._sizes[owner] - 1, 1)
        return np.log1p(rates / self._usual[rows[:, 0]]).sum(dtype=np.float32)


def _paired(codes: Codes, apart: int = 1) -> Codes:
    """Each two codes that stand so far apart as one."""
    return codes[:-apart] * PLACES + codes[apart:]
