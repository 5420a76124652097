"""Thresholds that fit a knowledge base, found by asking it its own phrasings.

In scope is each phrasing asked with itself removed; out of scope is the same phrasing with its
entry removed, which leaves the nearest misses that the base can offer, and small talk. The rule
is that of shared/search/README.md, with the stricter precision in scope.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge import canonical, wording
from knowledge.search import Hit, Index


@dataclass(frozen=True)
class Thresholds:
    """Where the bands begin: answer (with a lead over the second hit), offer a choice, unknown."""

    answer: float
    choose: float
    lead: float


LEAD = 0.05
# Serves until the first calibration is done: strict enough for any base measured so far.
DEFAULT = Thresholds(answer=0.75, choose=0.35, lead=LEAD)

SAMPLES = 500
# Of what is answered: right among questions in scope, and right among all that is asked.
PRECISION_IN_SCOPE = 0.99
PRECISION = 0.92
# Beyond this a question is a phrasing but for a character or two.
STRICTEST = 0.95
# What a paraphrase shares with its entry's only phrasing.
KEPT = 0.7


@dataclass(frozen=True)
class _Asked:
    """How one question went. `is_right` is None for a question out of scope."""

    score: float
    lead: float
    is_right: bool | None


def calibrate(
    phrasings: Iterable[tuple[str, str]], titles: Mapping[str, str], seed: int = 0
) -> Thresholds:
    """The thresholds for a base, from what `Index.build` takes. About a second; pure.

    `answer` is the lowest score at which, over at most 500 sampled phrasings, answers in scope are
    right to .99 and all answers to .92; `choose` is the 95th percentile of small talk.
    """
    pairs = list(phrasings)
    index = Index.build(pairs, titles)
    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    sample = chance.sample(pairs, min(SAMPLES, len(pairs)))
    known = Counter(entry for entry, _ in dict.fromkeys(_rows(pairs, titles)))
    inside = [_inside(index, entry, text, known[entry] == 1, chance) for entry, text in sample]
    outside = [_outside(index.find(text, 2, without=(entry,))) for entry, text in sample]
    talk = [_outside(index.find(text, 2)) for text in wording.SMALL_TALK.split()]
    choose = float(np.percentile([asked.score for asked in talk], 95))
    answer = max(
        _lowest(inside, PRECISION_IN_SCOPE), _lowest([*inside, *outside, *talk], PRECISION), choose
    )
    return Thresholds(answer=round(answer, 4), choose=round(min(choose, answer), 4), lead=LEAD)


def _rows(pairs: Sequence[tuple[str, str]], titles: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    return ((entry, canonical.canonical(text)) for entry, text in [*pairs, *titles.items()])


def _inside(index: Index, entry: str, text: str, is_only: bool, chance: random.Random) -> _Asked:
    if is_only:
        hits = index.find(_paraphrased(text, chance), 2)
    else:
        hits = index.find(text, 2, without=(entry, text))
    return _asked(hits, is_right=bool(hits) and hits[0].id == entry)


def _outside(hits: Sequence[Hit]) -> _Asked:
    return _asked(hits, is_right=None)


def _asked(hits: Sequence[Hit], *, is_right: bool | None) -> _Asked:
    first, second = ([hit.score for hit in hits] + [0.0, 0.0])[:2]
    return _Asked(first, first - second, is_right)


def _paraphrased(text: str, chance: random.Random) -> str:
    """The text with about a third of its characters gone and its halves exchanged half the time.

    A stand-in for a paraphrase, where the base gives no second phrasing to ask.
    """
    kept = [char for char in text if chance.random() < KEPT] or list(text)
    middle = len(kept) // 2 if chance.random() < 0.5 else 0
    return "".join(kept[middle:] + kept[:middle])


def _lowest(asked: Sequence[_Asked], precision: float) -> float:
    """The lowest score from which at least that share of the answers is right."""
    answered = sorted((one for one in asked if one.lead >= LEAD), key=lambda one: -one.score)
    lowest, right = STRICTEST, 0
    for count, one in enumerate(answered, start=1):
        right += one.is_right is True
        if right >= precision * count:
            lowest = one.score
    return min(lowest, STRICTEST)
