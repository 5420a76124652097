"""Pinyin: syllables in Latin letters, their codes, and the sounds of characters."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Collection
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from sys import intern
from typing import Any

_SOUND_FOLDS = {"zh": "z", "ch": "c", "sh": "s"}
_TONES = frozenset("\u0304\u0301\u030c\u0300\u0302")
# Readings of interjections, not syllables that anyone means when typing a word.
_NO_SYLLABLES = frozenset({"m", "n", "hm", "fiao", "ei", "den", "o", "yo", "lo"})
# Syllables that no character has for its usual reading: 得, 谁 and 这 as they are spoken.
_SPOKEN = frozenset({"dei", "shei", "zhei"})
# So many ways to part one word into syllables are tried.
_WAYS = 4
# Private-use code points of syllables: folded, and as they were typed.
_SOUNDS_FROM, _TYPED_FROM, _TYPED_TO = 0xE800, 0xF000, 0xF8FF


def sounds_of(chars: Collection[str]) -> dict[str, list[str]]:
    """The sounds that each character may have, as in `sounds_of_pinyin`.

    Reads the whole table anew: few ever type pinyin, and it would be 8 MB.
    """
    readings = data_of("pypinyin", "pinyin_dict.json")
    found: dict[str, list[str]] = {}
    for char in chars:
        each = str(readings.get(str(ord(char)), "")).split(",")
        sounds = [typed_codes().get(_toneless(reading)) for reading in each]
        found[char] = [sound for sound in dict.fromkeys(sounds) if sound]
    return found


def folded_sounds(sounds: str) -> str:
    """Syllables as they were typed, as those that can't be confused."""
    return sounds.translate(_folded_codes())


def folded(syllable: str) -> str:
    """One spelling for syllables that are easily confused: zhang, zang, zan → zan."""
    syllable = _SOUND_FOLDS.get(syllable[:2], syllable[:2]) + syllable[2:]
    return syllable[:-1] if syllable[-3:] in ("ang", "eng", "ing") else syllable


def encoded(word: str) -> str:
    ways = _split(word)
    return "".join(codes()[folded(sound)] for sound in ways[0]) if ways else word


def typed(word: str) -> list[str]:
    """All ways to read the word as the fewest syllables: fangan is fan-gan or fang-an.

    The word itself where it is no pinyin.
    """
    return ["".join(typed_codes()[sound] for sound in way) for way in _split(word)] or [word]


def is_typed(char: str) -> bool:
    return _TYPED_FROM <= ord(char) <= _TYPED_TO


@cache
def codes() -> dict[str, str]:
    """Folded syllable → its private-use character."""
    sounds = sorted({folded(syllable) for syllable in _readable()})
    return {sound: chr(_SOUNDS_FROM + number) for number, sound in enumerate(sounds)}


@cache
def typed_codes() -> dict[str, str]:
    """Syllable as it is typed → its private-use character."""
    return {sound: chr(_TYPED_FROM + number) for number, sound in enumerate(sorted(_readable()))}


@cache
def _folded_codes() -> dict[int, str]:
    return {ord(code): codes()[folded(sound)] for sound, code in typed_codes().items()}


def _split(word: str) -> list[list[str]]:
    """Latin letters as the fewest pinyin syllables, the longest at the end first."""
    best: list[list[list[str]]] = [[[]]]
    for end in range(1, len(word) + 1):
        ways = [
            [*way, word[start:end]]
            for start in range(max(0, end - 6), end)
            if word[start:end] in _readable()
            for way in best[start]
        ]
        fewest = min(map(len, ways), default=0)
        best.append([way for way in ways if len(way) == fewest][:_WAYS])
    return best[-1]


@cache
def usual_readings() -> dict[int, str]:
    """Code point → the usual reading without tone, for the characters in common use.

    The whole table would be 8 MB; its 400 syllables are kept once each.
    """
    every = ((int(code), text) for code, text in data_of("pypinyin", "pinyin_dict.json").items())
    return {code: intern(_toneless(text)) for code, text in every if 0x4E00 <= code <= 0x9FFF}


@cache
def _readable() -> frozenset[str]:
    """Every toneless syllable as it is typed, such as zhang, lv."""
    found = {reading for reading in usual_readings().values() if reading.isascii()}
    return frozenset((found | _SPOKEN) - _NO_SYLLABLES)


def _toneless(readings: str) -> str:
    """The first reading without its tone mark; ü is typed v."""
    marked = unicodedata.normalize("NFD", readings.partition(",")[0])
    letters = unicodedata.normalize("NFC", "".join(c for c in marked if c not in _TONES))
    return letters.replace("ü", "v")


def data_of(package: str, name: str) -> Any:
    """A JSON table that a package carries.

    Read without importing the package: pypinyin's import costs 0.4 s and 60 MB for its phrases,
    zhconv's looks for setuptools, and neither is needed.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(package)
    path = Path(spec.submodule_search_locations[0], name)
    return json.loads(path.read_text(encoding="utf-8"))
