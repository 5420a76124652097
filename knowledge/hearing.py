"""Pinyin as characters: of those the base is written in, the likeliest row that sounds like it."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from knowledge import pinyin
from knowledge.tokens import Codes, find

# So many characters of one sound are tried, the most frequent ones.
TRIED = 24
# A character counts so much beside what stands before it.
_ALONE = 0.3
# A character that only sounds alike, zang for zhang, is so much less likely.
_CONFUSED = 0.1
Counts = NDArray[np.float64]


class Ear:
    """Knows which characters the base holds and which stand next to each other, by entries."""

    def __init__(
        self, singles: tuple[Codes, Codes], pairs: tuple[Codes, Codes], places: int
    ) -> None:
        """Codes and the number of entries that hold them; a pair is first · places + second."""
        self._codes, self._pairs, self._places = singles[0], pairs, places
        self._counts = singles[1].astype(np.float64)
        self._by_sound = self._sounds()

    def _sounds(self) -> dict[str, dict[int, set[str]]]:
        """Folded sound → the characters that have it, the most frequent first, and how exactly."""
        found: dict[str, dict[int, set[str]]] = defaultdict(dict)
        often = self._codes[np.argsort(-self._counts, kind="stable")].tolist()
        for char, sounds in pinyin.sounds_of([chr(code) for code in often]).items():
            for sound in sounds:
                alike = found[pinyin.folded_sounds(sound)]
                if len(alike) < TRIED:
                    alike.setdefault(ord(char), set()).add(sound)
        return dict(found)

    def _tried(self, sound: str) -> tuple[Codes, Counts]:
        """Characters for a sound, and the log of how far each one has it: (characters,) both."""
        alike = self._by_sound.get(pinyin.folded_sounds(sound), {ord(sound): {sound}})
        exact = [1.0 if sound in sounds else _CONFUSED for sounds in alike.values()]
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
