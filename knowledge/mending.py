"""A question's slip of the finger mended: one character that only sounds like the one meant.

胰务教育 is nowhere in the base, 义务教育 is: the likelier a character is between its neighbours,
beside the one that was typed, the surer it is that it was meant. Characters that were lost are not
guessed: on held-out phrasings that found as much that is wrong as what was right.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from knowledge import canonical
from knowledge.language import PLACES, Counts, Language
from knowledge.tokens import Codes, Rows, changes

# So much likelier, as a logarithm, must the mended text be; less would mend what is right.
SURE = 10.0
# Two neighbours that so little of a text holds may be a slip.
_ODD = 0.25
_SHORTEST, _LONGEST = 3, 40
_HAN = (0x4E00, 0x9FFF)


class Mender:
    """Mends texts in the words of a base."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def mended(self, text: str) -> str:
        """The text, canonical as what comes, with its likeliest slip mended, or as it is."""
        if not _SHORTEST <= len(text) <= _LONGEST:
            return text
        codes = np.array([ord(char) for char in text], np.int64)
        at, tried = self._candidates(codes)
        if not len(at):
            return text
        gains = self._beside(codes, at, tried) - self._beside(codes, at, codes[at])
        best = int(gains.argmax())
        if gains[best] < SURE:
            return text
        place = int(at[best])
        return canonical.refolded(f"{text[:place]}{chr(tried[best])}{text[place + 1 :]}")

    def _candidates(self, codes: Codes) -> tuple[Rows, Codes]:
        """Places that stand oddly on both sides, and what sounds like them: (candidates,) both."""
        is_odd = self._language.pairs[codes[:-1] * PLACES + codes[1:]] < _ODD
        is_odd = np.append(is_odd, is_odd[-1]) & np.append(is_odd[0], is_odd)
        places = np.flatnonzero(is_odd & _is_han(codes))
        none = codes[:0]
        alike = [self._by_sound.get(canonical.sounds(chr(codes[at])), none) for at in places]
        return np.repeat(places, [len(each) for each in alike]), np.concatenate([*alike, none])

    def _beside(self, codes: Codes, at: Rows, tried: Codes) -> Counts:
        """Log of how likely characters are in these places, with what stands beside them."""
        language, last = self._language, len(codes) - 1
        before = np.where(at > 0, language.follows(codes[at - 1], tried), language.share(tried))
        after = language.follows(tried, codes[np.minimum(at + 1, last)])
        return np.log(before * np.where(at < last, after, 1.0))

    @cached_property
    def _by_sound(self) -> dict[str, Codes]:
        """Sound → the characters of the base that have it."""
        codes = self._language.singles.codes
        codes = codes[_is_han(codes)]
        sounds = canonical.sounds("".join(map(chr, codes.tolist())))
        heard = np.array([ord(sound) for sound in sounds], np.int64)
        order = np.argsort(heard, kind="stable")
        starts = np.flatnonzero(changes(heard[order]))
        groups = np.split(codes[order], starts[1:])
        return {
            chr(heard[order[start]]): group for start, group in zip(starts, groups, strict=False)
        }


def _is_han(codes: Codes) -> NDArray[np.bool_]:
    return (codes >= _HAN[0]) & (codes <= _HAN[1])
