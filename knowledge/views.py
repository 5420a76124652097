"""A question in all its spellings, and how much what each of them finds counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from knowledge import canonical
from knowledge.channels import Floats, Question, either
from knowledge.evidence import Spelling

# Shares of the spellings in the likeness of a phrasing; what is missing to 1 is the string's.
MEANING, CHARACTERS = np.float32(0.45), np.float32(0.35)
# And in what an entry covers.
HEARD, WRITTEN = np.float32(0.3), np.float32(0.7)
# Of a question in pinyin the characters are guessed, so its syllables count beside them.
CHARACTERS_OF_PINYIN, SYLLABLES = np.float32(0.15), np.float32(0.2)
HEARD_OF_PINYIN, WRITTEN_OF_PINYIN, TYPED = np.float32(0.3), np.float32(0.4), np.float32(0.3)

# Which of the views is by characters.
WRITTEN_VIEW = 1


class View(NamedTuple):
    """The question in one spelling."""

    spelling: Spelling
    text: str
    spelled: Callable[[str], str]  # canonical text in this spelling
    alike: np.float32
    covers: np.float32


def views_of(asked: Question, meant: Spelling, written: Spelling) -> list[View]:
    """Of a question in characters."""
    return [
        View(meant, asked.meaning, canonical.meaning, MEANING, HEARD),
        View(written, asked.text, str, CHARACTERS, WRITTEN),
    ]


def views_of_pinyin(
    asked: Question, meant: Spelling, written: Spelling, typed: Spelling
) -> list[View]:
    """Of a question in pinyin."""
    return [
        View(meant, asked.meaning, canonical.meaning, MEANING, HEARD_OF_PINYIN),
        View(written, asked.text, str, CHARACTERS_OF_PINYIN, WRITTEN_OF_PINYIN),
        View(typed, asked.syllables, _as_typed, SYLLABLES, TYPED),
    ]


def likeness(views: Iterable[View]) -> Floats:
    """How like the question each phrasing is, the string left out: float32 (phrasings,)."""
    return _sum(view.spelling.likeness(view.text) * view.alike for view in views)


class Coverage(NamedTuple):
    """How much of the question each entry covers, and how much it says of it: see `coverage`."""

    covered: Floats
    said: Floats


def coverage(views: Sequence[View], out: tuple[int, str] | None) -> Coverage:
    """How much of the question each entry covers, singles and pairs being two pieces of
    evidence: float32 (entries,).

    More by characters than by sound: in a long text nearly every syllable occurs. `said` counts
    single characters alone, and a short question for less: what tells whether the entry has
    anything to do with it. `out` is a phrasing that must not count: its entry's number and its
    canonical text.
    """
    outs = [(out[0], view.spelled(out[1])) if out else None for view in views]
    every = list(zip(views, outs, strict=True))
    each = [v.spelling.singles(v.text, gone) for v, gone in every]
    said = each[WRITTEN_VIEW] * views[WRITTEN_VIEW].spelling.fullness(views[WRITTEN_VIEW].text)
    singles = _sum(single * view.covers for single, view in zip(each, views, strict=True))
    pairs = _sum(v.spelling.pairs(v.text, gone) * v.covers for v, gone in every)
    return Coverage(either(singles, pairs), said)


def _sum(shares: Iterable[Floats]) -> Floats:
    first, *others = shares
    for other in others:
        first += other
    return first


def _as_typed(text: str) -> str:
    return canonical.as_typed([text])[0]
