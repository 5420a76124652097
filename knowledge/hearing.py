"""Pinyin as characters: of those the base is written in, the likeliest row that sounds like it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from knowledge import pinyin, wording
from knowledge.tokens import Codes, changes, find

# So many characters of one sound are tried, the most frequent ones.
TRIED = 24
# A character counts so much beside what stands before it.
_ALONE = 1.0
# A character that only sounds alike, zang for zhang, is so much less likely.
_CONFUSED = 0.05
# Each further reading of a character is so much rarer than the one before: 果 is hardly ever guan.
_RARER = 0.05
# A usual word counts like so many entries that hold it.
_USUAL = 1.0
Counts = NDArray[np.float64]


class Ear:
    """Knows which characters the base holds and which stand next to each other, by entries, and
    what is said everywhere: a small base has few of the words around its own.
    """

    def __init__(
        self, singles: tuple[Codes, Codes], pairs: tuple[Codes, Codes], places: int
    ) -> None:
        """Codes and the number of entries that hold them; a pair is first · places + second."""
        texts = _usual()
        chars = [ord(char) for text in texts for char in text]
        next_to = [ord(one) * places + ord(two) for text in texts for one, two in pairwise(text)]
        self._codes, self._counts = _counted(*singles, chars)
        self._pairs, self._places = _counted(*pairs, next_to), places
        self._by_sound = self._sounds()

    def _sounds(self) -> dict[str, dict[int, dict[str, float]]]:
        """Folded sound → the characters that have it, the likeliest first, and how likely each is
        read so.
        """
        found: dict[str, dict[int, dict[str, float]]] = defaultdict(dict)
        counts = dict(zip(self._codes.tolist(), self._counts.tolist(), strict=True))
        for char, sounds in pinyin.sounds_of([chr(code) for code in counts]).items():
            for place, sound in enumerate(sounds):
                alike = found[pinyin.folded_sounds(sound)]
                alike.setdefault(ord(char), {})[sound] = _RARER**place

        def often(one: tuple[int, dict[str, float]]) -> float:
            return -counts[one[0]] * max(one[1].values())

        return {
            sound: dict(sorted(alike.items(), key=often)[:TRIED]) for sound, alike in found.items()
        }

    def _tried(self, sound: str) -> tuple[Codes, Counts]:
        """Characters for a sound, and the log of how far each one has it: (characters,) both."""
        alike = self._by_sound.get(pinyin.folded_sounds(sound), {ord(sound): {sound: 1.0}})
        exact = [read.get(sound, _CONFUSED * max(read.values())) for read in alike.values()]
        return np.array(list(alike), np.int64), np.log(exact)

    def likeliest(self, ways: list[str]) -> str:
        """Of several rows of sounds the one with the likeliest row of characters."""
        return max(ways, key=lambda sounds: self._heard(sounds)[1]) if len(ways) > 1 else ways[0]

    def characters(self, sounds: str) -> str:
        """One character a sound; where the base has none, the sound itself stays."""
        return self._heard(sounds)[0]

    def _heard(self, sounds: str) -> tuple[str, float]:
        """The likeliest characters, and the log of how likely they are."""
        if not sounds:
            return "", 0.0
        tried = [self._tried(sound) for sound in sounds]
        steps = [codes for codes, _ in tried]
        best = np.log(self._share(steps[0])) + tried[0][1]
        ways: list[NDArray[np.intp]] = []
        for (before, _), (after, exact) in pairwise(tried):
            likely = best[:, None] + self._follows(before, after)
            ways.append(likely.argmax(axis=0))
            best = likely.max(axis=0) + exact
        row = [int(best.argmax())]
        for way in reversed(ways):
            row.append(int(way[row[-1]]))
        chars = (chr(int(step[at])) for step, at in zip(steps, reversed(row), strict=True))
        return "".join(chars), float(best.max())

    def _follows(self, before: Codes, after: Codes) -> Counts:
        """Log probability of each character after each, (before, after)."""
        asked = (before[:, None] * self._places + after[None, :]).ravel()
        places, is_known = find(self._pairs[0], asked)
        together = np.zeros(len(asked))
        together[is_known] = self._pairs[1][places]
        together = together.reshape(len(before), len(after))
        held = self._held(before)[:, None]
        return np.log((together + _ALONE * self._share(after)) / (held + _ALONE))

    def _share(self, codes: Codes) -> Counts:
        return (self._held(codes) + 0.1) / (self._counts.sum() + 0.1)

    def _held(self, codes: Codes) -> Counts:
        places, is_known = find(self._codes, codes)
        held = np.zeros(len(codes))
        held[is_known] = self._counts[places]
        return held


def _counted(codes: Codes, counts: Codes, more: Sequence[int]) -> tuple[Codes, Counts]:
    """Codes, rising, and how often they were met, with those of more texts."""
    every = np.append(codes, np.array(more, np.int64))
    weights = np.append(counts.astype(np.float64), np.full(len(more), _USUAL))
    order = np.argsort(every, kind="stable")
    starts = np.flatnonzero(changes(every[order]))
    summed = np.add.reduceat(weights[order], starts) if len(starts) else weights
    return every[order][starts], summed


@cache
def _usual() -> list[str]:
    """What is said everywhere: question words, and the words of schools and offices."""
    words = [word for fold, others in wording.FOLDED.items() for word in (fold, *others.split())]
    return [
        *words,
        *re.findall(r"[^\s/]+", wording.SYNONYMS),
        *wording.SMALL_TALK.split(),
        *wording.EVERYDAY,
    ]
