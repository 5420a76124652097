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
from dataclasses import dataclass, replace

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
DEFAULT = Thresholds(answer=Line(8.5, score=6.0, lead=4.0, ahead=12.0), choose=Line(3.0, score=6.0))

SAMPLES = 500
# Of the questions in scope so many are answered wrongly, of near misses and of small talk so many
# at all. The first is three times what people may meet: a removed phrasing is often the only one of
# its kind, and another entry that answers as well counts as wrong here. The second is half of it:
# at .10 the open half of the benchmark let .12 through. Samples differ by as much.
WRONGLY_ANSWERED = 0.03
NEAR_ANSWERED = 0.035
TALK_ANSWERED = 0.02
# So much of small talk is offered a choice: worried questions are made of the same everyday words.
TALK_OFFERED = 0.3
# A near miss counts so much: in a base whose entries overlap the neighbour often answers as well.
_NEAR_COUNTS = 0.5
# What a paraphrase shares with its entry's only phrasing.
KEPT = 0.7


@dataclass(frozen=True)
class _Asked:
    """How the questions of one kind went: their signs, and whether the first hit was right."""

    signs: Sequence[Signs]
    is_right: Sequence[bool]

    @classmethod
    def out_of_scope(cls, found: Sequence[Sequence[Hit]]) -> _Asked:
        return cls([Signs.of(hits) for hits in found], [False] * len(found))


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
    found = [_inside(index, entry, text, known[entry] == 1, chance) for entry, text in sample]
    right = [
        bool(hits) and hits[0].id == entry for (entry, _), hits in zip(sample, found, strict=True)
    ]
    inside = _Asked([Signs.of(hits) for hits in found], right)
    near = _Asked.out_of_scope([index.find(text, 2, without=(entry,)) for entry, text in sample])
    talk = _Asked.out_of_scope([index.find(text, 2) for text in wording.SMALL_TALK.split()])
    return Thresholds(_answer(inside, near, talk), _choose(inside, talk))


def _answer(inside: _Asked, near: _Asked, talk: _Asked) -> Line:
    columns = ("score", "lead", "ahead")
    line = _fitted(columns, [(inside, 1.0), (near, _NEAR_COUNTS), (talk, 1.0)])
    wrong = [s for s, right in zip(inside.signs, inside.is_right, strict=True) if not right]
    limit = max(
        _exceeded(line, wrong, WRONGLY_ANSWERED * len(inside.signs)),
        _exceeded(line, near.signs, NEAR_ANSWERED * len(near.signs)),
        _exceeded(line, talk.signs, TALK_ANSWERED * len(talk.signs)),
    )
    return replace(line, limit=limit)


def _choose(inside: _Asked, talk: _Asked) -> Line:
    """By what the entry covers, which tells small talk best; by the score where it covers none."""
    covers = any(signs.covered > 0 for signs in inside.signs)
    line = Line(0.0, covered=1.0) if covers else Line(0.0, score=1.0)
    limit = _exceeded(line, talk.signs, TALK_OFFERED * len(talk.signs))
    return replace(line, limit=limit)


def _fitted(columns: Sequence[str], asked: Sequence[tuple[_Asked, float]]) -> Line:
    """The line without its limit. Where nothing can be learned the score alone decides."""
    values: Values = np.array(
        [[getattr(s, c) for c in columns] for kind, _ in asked for s in kind.signs], np.float64
    )
    good = np.array([right for kind, _ in asked for right in kind.is_right], np.float64)
    counts = np.concatenate([np.full(len(kind.signs), count) for kind, count in asked])
    weights = fitted(values, good, counts)
    if not weights.any():
        return Line(0.0, score=1.0)
    return Line(0.0, **{c: round(float(w), 4) for c, w in zip(columns, weights, strict=True)})


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
        return index.find(_paraphrased(text, chance), 2)
    return index.find(text, 2, without=(entry, text))


def _paraphrased(text: str, chance: random.Random) -> str:
    """The text with about a third of its characters gone and its halves exchanged half the time.

    A stand-in for a paraphrase, where the base gives no second phrasing to ask.
    """
    kept = [char for char in text if chance.random() < KEPT] or list(text)
    middle = len(kept) // 2 if chance.random() < 0.5 else 0
    return "".join(kept[middle:] + kept[:middle])
