"""Thresholds that fit a knowledge base, found by asking it its own phrasings.

In scope is each phrasing asked with itself removed; out of scope is the same phrasing with its
entry removed, which leaves the nearest misses that the base can offer, and small talk. The method
is that of shared/search/README.md. Its one precision over both is two limits here, those of the
search's acceptance: in a base whose entries overlap, a removed entry's neighbour often answers as
well, and counting that against precision would silence the bot.
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


# The leads tried; the least is the README's. In a base with many like entries the lead tells more
# than the score, in a base with few it only costs answers.
LEADS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3)
# Serves until the first calibration is done: strict enough for any base measured so far.
DEFAULT = Thresholds(answer=0.75, choose=0.35, lead=LEADS[0])

SAMPLES = 500
# Of the answers in scope so many are right; of near misses and of small talk so many are answered.
PRECISION = 0.99
NEAR_ANSWERED = 0.10
TALK_ANSWERED = 0.02
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
    phrasings: Iterable[tuple[str, str]],
    titles: Mapping[str, str],
    seed: int = 0,
    contexts: Mapping[str, str] | None = None,
) -> Thresholds:
    """The thresholds for a base, from what `Index.build` takes. About a second; pure.

    `answer` is the lowest score at which, over at most 500 sampled phrasings, the limits above
    hold; of several leads the one is taken that answers most. `choose` is the 95th percentile of
    small talk.
    """
    pairs = list(phrasings)
    index = Index.build(pairs, titles, contexts)
    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    sample = chance.sample(pairs, min(SAMPLES, len(pairs)))
    known = Counter(entry for entry, _ in dict.fromkeys(_rows(pairs, titles)))
    inside = [_inside(index, entry, text, known[entry] == 1, chance) for entry, text in sample]
    outside = [_outside(index.find(text, 2, without=(entry,))) for entry, text in sample]
    talk = [_outside(index.find(text, 2)) for text in wording.SMALL_TALK.split()]
    choose = float(np.percentile([asked.score for asked in talk], 95))
    tried = [_at_lead(lead, inside, outside, talk) for lead in LEADS]
    _, best = max(tried, key=lambda one: one[0])
    answer = round(max(best.answer, choose), 4)
    return Thresholds(answer=answer, choose=round(min(choose, answer), 4), lead=best.lead)


def _at_lead(
    lead: float, inside: Sequence[_Asked], near: Sequence[_Asked], talk: Sequence[_Asked]
) -> tuple[int, Thresholds]:
    """The thresholds for this lead, and how many questions in scope they answer."""
    led = [one for one in inside if one.lead >= lead]
    answer = max(
        _precise(led), _exceeded(near, lead, NEAR_ANSWERED), _exceeded(talk, lead, TALK_ANSWERED)
    )
    return sum(one.score >= answer for one in led), Thresholds(answer, 0.0, lead)


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


def _precise(asked: Sequence[_Asked]) -> float:
    """The lowest score from which on PRECISION of the answers are right."""
    lowest, right = STRICTEST, 0
    for count, one in enumerate(sorted(asked, key=lambda one: -one.score), start=1):
        right += one.is_right is True
        if right >= PRECISION * count:
            lowest = one.score
    return min(lowest, STRICTEST)


def _exceeded(asked: Sequence[_Asked], lead: float, share: float) -> float:
    """The lowest score that at most this share of the questions exceeds with that lead."""
    scores = sorted((one.score for one in asked if one.lead >= lead), reverse=True)
    allowed = int(share * len(asked))
    return min(scores[allowed] + 1e-4, STRICTEST) if len(scores) > allowed else 0.0
