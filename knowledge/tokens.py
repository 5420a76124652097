"""Tokens as numbers, so that numpy can count and compare them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]
Rows = NDArray[np.intp]
_T = TypeVar("_T", bound=np.generic)

_RUN = re.compile(r"[a-z]{2,}|[0-9]{2,}")
# Two planes of private-use characters stand for Latin words and numbers; no base has that many.
_RUNS_FROM, _RUNS = 0xF0000, 0x1FFFF
_STRANGE = chr(_RUNS_FROM + _RUNS)
_BREAK = ord("\n")


class Alphabet:
    """Tokens as numbers: characters by code point, Latin words and numbers as they are met."""

    def __init__(self) -> None:
        self._words: dict[str, str] = {}

    def learn(self, texts: Sequence[str]) -> tuple[Codes, Codes]:
        """Codes of all tokens and the number of each one's text, (tokens,) both."""
        words = self._words

        def number(found: re.Match[str]) -> str:
            return words.setdefault(found[0], chr(_RUNS_FROM + len(words) % _RUNS))

        codes = _code_points(_RUN.sub(number, "\n".join(texts)))
        is_break = codes == _BREAK
        place = np.cumsum(is_break)
        return codes[~is_break], place[~is_break]

    def read(self, text: str) -> Codes:
        """Codes of the tokens, in order; words never met are all one."""
        return _code_points(_RUN.sub(lambda found: self._words.get(found[0], _STRANGE), text))


def once(codes: Codes) -> Codes:
    """Each once, rising. np.unique hashes, which takes ten times as long."""
    codes = np.sort(codes)
    return codes[changes(codes)]


def changes(values: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
    """Where a value differs from the one before; the first does."""
    found = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=found[1:])
    return found


def find(known: Codes, asked: Codes) -> tuple[Rows, NDArray[np.bool_]]:
    """Places among the known codes of those asked that are there, and which ones those are."""
    if not len(known):
        return np.zeros(0, np.intp), np.zeros(len(asked), np.bool_)
    places = known.searchsorted(asked)
    is_known = known.take(places, mode="clip") == asked
    return places[is_known], is_known


def spans_of(start: NDArray[np.int64], places: Rows) -> list[slice]:
    """Where the postings of these codes stand."""
    ends = zip(start[places].tolist(), start[places + 1].tolist(), strict=True)
    return [slice(*pair) for pair in ends]


def together(values: NDArray[_T], spans: Sequence[slice]) -> NDArray[_T]:
    """The values of all spans, one after the other."""
    return np.concatenate([values[span] for span in spans]) if spans else values[:0]


def _code_points(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.int64)
