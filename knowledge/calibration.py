"""Where answering and offering begin in a knowledge base, found by asking it its own phrasings.

In scope is each phrasing asked with itself removed; out of scope is the same phrasing with its
entry removed, which leaves the nearest misses that the base can offer, and small talk. A logistic
regression over these weighs what speaks for the first hit; the limits are then the lowest that
keep what the search's acceptance asks for.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace

import numpy as np

from knowledge import canonical, wording
from knowledge.deciding import Line, Signs, Values, fitted
from knowledge.search import Hit, Index
from knowledge.semantic import Remembering


@dataclass(frozen=True)
class Thresholds:
    """What is answered at once, and what is offered as a choice; the rest is unknown."""

    answer: Line
    choose: Line


# Serves until the first calibration is done: strict enough for any base measured so far.
DEFAULT = Thresholds(answer=Line(7.0, score=4.0, said=4.0, sure=4.0), choose=Line(3.0, score=6.0))

SAMPLES = 500
# Of the questions in scope so many are answered wrongly, of near misses and of small talk so many
# at all. The first two are stricter than they look: a removed phrasing is often the only one of its
# kind, and where an entry is removed another one often answers as well. On two sets of questions
# by other people they came to .01 and .05.
WRONGLY_ANSWERED = 0.03
NEAR_ANSWERED = 0.055
TALK_ANSWERED = 0.02
# So much of small talk and of near misses is offered a choice at most.
TALK_OFFERED = 0.1
NEAR_OFFERED = 0.6
# As many are offered as a choice.
SHOWN = 3
# What a paraphrase shares with its entry's only phrasing.
KEPT = 0.7


@dataclass(frozen=True)
class _Asked:
    """How the questions of one kind went: their signs, whether the first hit was right, and whether
    any of those was that would be shown.
    """

    signs: Sequence[Signs]
    is_first: Sequence[bool]
    is_shown: Sequence[bool]

    @classmethod
    def of(cls, found: Sequence[Sequence[Hit]], meant: Sequence[str] = ()) -> _Asked:
        """Without `meant`, the entry for each, nothing is right."""
        places = [
            next((at for at, hit in enumerate(hits) if hit.id == entry), SHOWN)
            for hits, entry in zip(found, meant or [""] * len(found), strict=True)
        ]
        signs = [Signs.of(hits) for hits in found]
        return cls(signs, [at == 0 for at in places], [at < SHOWN for at in places])


def calibrate(
    phrasings: Iterable[tuple[str, str]],
    titles: Mapping[str, str],
    seed: int = 0,
    contexts: Mapping[str, str] | None = None,
    encoder: Remembering | None = None,
) -> Thresholds:
    """The thresholds for a base, from what `Index.build` takes. Some seconds; pure."""
    pairs = list(phrasings)
    index = Index.build(pairs, titles, contexts, encoder)
    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    sample = chance.sample(pairs, min(SAMPLES, len(pairs)))
    if not sample:
        return DEFAULT
    known = Counter(entry for entry, _ in dict.fromkeys(_rows(pairs, titles)))
    inside = _Asked.of(
        [_inside(index, entry, text, known[entry] == 1, chance) for entry, text in sample],
        [entry for entry, _ in sample],
    )
    near = _Asked.of([index.find(text, SHOWN, without=(entry,)) for entry, text in sample])
    talk = _Asked.of([index.find(text, SHOWN) for text in wording.SMALL_TALK.split()])
    return Thresholds(_answer(inside, near, talk), _choose(inside, near, talk))


def _answer(inside: _Asked, near: _Asked, talk: _Asked) -> Line:
    line = _fitted([(each, each.is_first) for each in (inside, near, talk)])
    wrong = [s for s, right in zip(inside.signs, inside.is_first, strict=True) if not right]
    limit = max(
        _exceeded(line, wrong, WRONGLY_ANSWERED * len(inside.signs)),
        _exceeded(line, near.signs, NEAR_ANSWERED * len(near.signs)),
        _exceeded(line, talk.signs, TALK_ANSWERED * len(talk.signs)),
    )
    return replace(line, limit=limit)


def _choose(inside: _Asked, near: _Asked, talk: _Asked) -> Line:
    line = _fitted([(each, each.is_shown) for each in (inside, near, talk)])
    limit = max(
        _exceeded(line, near.signs, NEAR_OFFERED * len(near.signs)),
        _exceeded(line, talk.signs, TALK_OFFERED * len(talk.signs)),
    )
    return replace(line, limit=limit)


def _fitted(kinds: Sequence[tuple[_Asked, Sequence[bool]]]) -> Line:
    """The line without its limit. Where nothing can be learned the score alone decides."""
    values: Values = np.array([astuple(s) for asked, _ in kinds for s in asked.signs], np.float64)
    good = np.array([is_good for _, every in kinds for is_good in every], np.float64)
    weights = fitted(values, good, np.ones(len(good)))
    if not weights.any():
        return Line(0.0, score=1.0)
    return Line(0.0, *(round(float(w), 4) for w in weights))


def _exceeded(line: Line, signs: Sequence[Signs], allowed: float) -> float:
    """The lowest limit that at most so many of these reach."""
    values = sorted((line.value(each) for each in signs), reverse=True)
    at = int(allowed)
    return round(values[at] + 1e-4, 4) if len(values) > at else 0.0


def _rows(pairs: Sequence[tuple[str, str]], titles: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    return ((entry, canonical.canonical(text)) for entry, text in [*pairs, *titles.items()])


def _inside(
    index: Index, entry: str, text: str, is_only: bool, chance: random.Random
) -> Sequence[Hit]:
    if is_only:
        return index.find(_paraphrased(text, chance), SHOWN)
    return index.find(text, SHOWN, without=(entry, text))


def _paraphrased(text: str, chance: random.Random) -> str:
    """The text with about a third of its characters gone and its halves exchanged half the time.

    A stand-in for a paraphrase, where the base gives no second phrasing to ask.
    """
    kept = [char for char in text if chance.random() < KEPT] or list(text)
    middle = len(kept) // 2 if chance.random() < 0.5 else 0
    return "".join(kept[middle:] + kept[:middle])
