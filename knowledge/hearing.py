"""Pinyin as characters: of those the base is written in, the likeliest row that sounds like it."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from knowledge import pinyin
from knowledge.language import PLACES, Counts, Language, Met, usual
from knowledge.tokens import Codes, Rows, changes

# So many characters of one sound are tried, the most frequent ones.
TRIED = 24
# So many ways to have heard the beginning are kept.
_KEPT = 20
# What was met after two characters counts beside so many texts of what was met after the last.
_TWO = 3.0
# And that beside so many of anything.
_ONE = 3.0
# A character that only sounds alike, zang for zhang, is so much less likely.
_CONFUSED = 0.01
# Each further reading of a character is so much rarer than the one before: 果 is hardly ever guan.
_RARER = 0.005


class _Tried(NamedTuple):
    """Characters for a sound, how likely each is at all, and the log of how far it is said so."""

    codes: Codes
    share: Counts
    exact: Counts


class _Ways(NamedTuple):
    """The likeliest ways to have heard the beginning, each with another last two characters.

    `likely` is a logarithm; `two` is below 0 after one character; `back` is the way before.
    """

    likely: Counts
    last: Codes
    two: Codes
    back: Rows


class Ear:
    """Knows which characters the base holds and which stand side by side."""

    def __init__(self, language: Language, triples: Met) -> None:
        """A triple is (first · PLACES + second) · PLACES + third."""
        self._language = language
        self._triples = triples.and_also(usual(3))
        self._by_sound = self._sounds()
        self._known: dict[str, _Tried] = {}

    def _sounds(self) -> dict[str, dict[int, dict[str, float]]]:
        """Folded sound → the characters that have it, the likeliest first, and how likely each is
        read so.
        """
        found: dict[str, dict[int, dict[str, float]]] = defaultdict(dict)
        singles = self._language.singles
        counts = dict(zip(singles.codes.tolist(), singles.counts.tolist(), strict=True))
        for char, sounds in pinyin.sounds_of([chr(code) for code in counts]).items():
            for place, sound in enumerate(sounds):
                alike = found[pinyin.folded_sounds(sound)]
                alike.setdefault(ord(char), {})[sound] = _RARER**place

        def often(one: tuple[int, dict[str, float]]) -> float:
            return -counts[one[0]] * max(one[1].values())

        return {
            sound: dict(sorted(alike.items(), key=often)[:TRIED]) for sound, alike in found.items()
        }

    def _tried(self, sound: str) -> _Tried:
        if sound not in self._known:
            alike = self._by_sound.get(pinyin.folded_sounds(sound), {ord(sound): {sound: 1.0}})
            exact = [read.get(sound, _CONFUSED * max(read.values())) for read in alike.values()]
            codes = np.array(list(alike), np.int64)
            self._known[sound] = _Tried(codes, self._language.share(codes), np.log(exact))
        return self._known[sound]

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
        first = self._tried(sounds[0])
        none = np.full(len(first.codes), -1, np.int64)
        ways = _Ways(np.log(first.share) + first.exact, first.codes, none, none.astype(np.intp))
        steps = [ways]
        for sound in sounds[1:]:
            ways = self._further(ways, self._tried(sound))
            steps.append(ways)
        at = int(ways.likely.argmax())
        likely, chars = float(ways.likely[at]), ""
        for step in reversed(steps):
            chars = chr(int(step.last[at])) + chars
            at = int(step.back[at])
        return chars, likely

    def _further(self, ways: _Ways, tried: _Tried) -> _Ways:
        """The likeliest ways with one more character."""
        singles, pairs = self._language.singles, self._language.pairs
        last, two = ways.last[:, None], ways.two[:, None]
        both = last * PLACES + tried.codes
        after_one = (pairs[both] + _ONE * tried.share) / (singles[last] + _ONE)
        met = self._triples[np.maximum(two, 0) * PLACES + tried.codes] * (two >= 0)
        beside = np.where(two >= 0, pairs[np.maximum(two, 0)], 0.0)
        after_two = (met + _TWO * after_one) / (beside + _TWO)
        likely = (ways.likely[:, None] + np.log(after_two) + tried.exact).ravel()
        # Of the ways that end in the same two characters only the likeliest can go on.
        order = np.lexsort((-likely, both.ravel()))
        best = order[changes(both.ravel()[order])]
        best = best[np.argsort(-likely[best], kind="stable")[:_KEPT]]
        back, new = np.divmod(best, len(tried.codes))
        return _Ways(likely[best], tried.codes[new], both.ravel()[best], back)
