"""Canonical text: one spelling for what people type in many ways, how it sounds, what it means.

Full width, capitals, traditional characters, punctuation, courtesy and the many words for one
question word all disappear here, so that search compares only what was asked. Sounds are toneless
pinyin with the pairs folded that input methods and southern speech confuse (zh=z, ang=an).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from sys import intern
from typing import Any

from knowledge import wording

# A pasted page is no question. What is asked stands at its beginning or its end.
LONGEST = 300
HEAD = 200

# The dictionary's first reading of these is not the one of school and office words.
_READINGS = {"调": "tiao", "地": "di", "着": "zhe", "校": "xiao"}
_SOUND_FOLDS = {"zh": "z", "ch": "c", "sh": "s"}
_TONES = frozenset("\u0304\u0301\u030c\u0300\u0302")
_TOKEN = re.compile(r"[a-z]+|[0-9]+|.", re.DOTALL)
_LATIN = re.compile(r"[a-z]+")
_SPACES = re.compile(r"\s+")
# Readings of interjections, not syllables that anyone means when typing a word.
_NO_SYLLABLES = frozenset({"m", "n", "hm", "fiao", "ei", "den", "o", "yo", "lo"})
# Private-use code points: synonym groups first, syllables from here.
_GROUPS_FROM, _SOUNDS_FROM = 0xE000, 0xE800


def canonical(text: str) -> str:
    """The text that search compares: no spaces, no courtesy, question words folded.

    Empty for what holds no letter or digit, such as emoji alone.
    """
    return _folds().rewrite(without_courtesy(plain(text)))


def canonicals(texts: Sequence[str]) -> list[str]:
    """`canonical` of many texts, in a third of the time."""
    return _at_once(_folds().rewrite, [without_courtesy(plain(text)) for text in texts])


def plain(text: str) -> str:
    """Letters, digits and characters only: NFKC, lower case, simplified, no punctuation."""
    return spaced(text).replace(" ", "")


def spaced(text: str) -> str:
    """Like `plain`, with one space wherever something else stood between two words."""
    normal = unicodedata.normalize("NFKC", _shortened(text)).lower()
    return _shortened(_SPACES.sub(" ", normal.translate(_letters())).strip())


def without_courtesy(text: str) -> str:
    """Strips greetings and thanks from both ends, unless hardly anything would remain."""
    while True:
        shorter = wording.COURTESY_TAIL.sub(
            "", wording.COURTESY_HEAD.sub("", text, count=1), count=1
        )
        if shorter == text or len(shorter) < 2:
            return text
        text = shorter


def tokens(text: str) -> list[str]:
    """Single characters of canonical text; words in Latin letters and numbers are kept whole."""
    return _TOKEN.findall(text)


def meaning(text: str) -> str:
    """Canonical text as what it sounds like and means, for comparing across spellings.

    One private-use character a synonym group or else a syllable; written words are looked up
    before spoken ones, so that 换 is not taken for 还. Latin words and numbers stay as they are.
    """
    return _spoken().rewrite(_encoded(_written().rewrite(text)))


def meanings(texts: Sequence[str]) -> list[str]:
    """`meaning` of many canonical texts, in a third of the time."""
    return _at_once(meaning, texts)


def meaning_of_pinyin(text: str) -> str | None:
    """The `meaning` of a question typed in pinyin (“jiaoshi zige diule”), or None if it is not."""
    words = [word for word in spaced(text).split(" ") if word and not word.isdigit()]
    letters = sum(len(word) for word in words if word.isascii())
    if not letters or letters < 0.6 * sum(map(len, words)):
        return None
    heard = _encoded(" ".join(words)).replace(" ", "")
    if len(heard) < 2 or heard.isascii() or _LATIN.search(heard):
        return None
    return _spoken().rewrite(_spoken_courtesy().rewrite(heard))


def folded(syllable: str) -> str:
    """One spelling for syllables that are easily confused: zhang, zang, zan → zan."""
    syllable = _SOUND_FOLDS.get(syllable[:2], syllable[:2]) + syllable[2:]
    return syllable[:-1] if syllable[-3:] in ("ang", "eng", "ing") else syllable


@cache
def everyday() -> frozenset[str]:
    """Characters that stand in any question, and the `meaning` tokens of their sounds."""
    return frozenset({*wording.EVERYDAY, *_encoded(wording.EVERYDAY)})


class _Words:
    """Words and what to write for them, the longest word first."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = words
        tree: _Tree = {}
        for word in words:
            node = tree
            for char in word:
                node = node.setdefault(char, {})
            node[""] = {}
        # As a tree of characters: an alternation of 800 words would try each at every place.
        self._any = re.compile(_pattern(tree))

    def rewrite(self, text: str) -> str:
        """The text with every word replaced, from the left."""
        return self._any.sub(lambda found: self._words[found[0]], text)


_Tree = dict[str, "_Tree"]


def _pattern(tree: _Tree) -> str:
    """A regular expression for the words of the tree; "" marks the end of one."""
    ways = [re.escape(char) + _pattern(node) for char, node in tree.items() if char]
    if not ways:
        return ""
    return f"(?:{'|'.join(ways)}){'?' if '' in tree else ''}"


class _Characters(dict[int, str]):
    """A table for str.translate that works each character out when it first meets it."""

    def __init__(self, work_out: Callable[[str], str]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, code: int) -> str:
        self[code] = self._work_out(chr(code))
        return self[code]


@cache
def _folds() -> _Words:
    folds = {word: fold for fold, words in wording.FOLDED.items() for word in words.split()}
    # A folded word stands for itself: 怎么办 is found before 怎么.
    return _Words({**{fold: fold for fold in wording.FOLDED}, **folds})


@cache
def _groups() -> dict[str, str]:
    """Canonical word → the private-use character of its synonym group."""
    found: dict[str, str] = {}
    for number, group in enumerate(re.split("[/\n]", wording.SYNONYMS)):
        for word in group.split():
            found.setdefault(_folds().rewrite(word), chr(_GROUPS_FROM + number))
    return found


@cache
def _written() -> _Words:
    return _Words(_groups())


@cache
def _spoken() -> _Words:
    """Synonyms and question words by sound; those of one syllable say too little."""
    heard: dict[str, str] = {}
    for fold, words in wording.FOLDED.items():
        said = _groups().get(fold) or _encoded(fold)
        heard.update((_encoded(word), said) for word in words.split() if len(word) > 1)
    for word, group in _groups().items():
        if len(word) > 1:
            heard.setdefault(_encoded(word), group)
    return _Words(heard)


@cache
def _spoken_courtesy() -> _Words:
    return _Words({_encoded(words): "" for words in wording.COURTESY_IN_PINYIN.split()})


def _at_once(rewrite: Callable[[str], str], texts: Sequence[str]) -> list[str]:
    """The texts rewritten in one call; no word and no token goes over a line's end."""
    return rewrite("\n".join(texts)).split("\n") if texts else []


def _shortened(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:HEAD]} {text[HEAD - LONGEST + 1 :]}"


@cache
def _letters() -> _Characters:
    """Letters and digits stay, simplified; joiners, accents and NUL vanish; the rest separates."""
    pairs = _data_of("zhconv", "zhcdict.json")["zh2Hans"].items()
    # Its words and sentences would be megabytes that nobody looks up here.
    simplified = {written: simple for written, simple in pairs if len(written) == 1}

    def written(char: str) -> str:
        kind = unicodedata.category(char)
        if kind[0] == "M" or kind in ("Cf", "Cc"):
            return " " if char.isspace() else ""
        return simplified.get(char, char) if char.isalnum() else " "

    return _Characters(written)


def _encoded(text: str) -> str:
    """One private-use character a syllable; Latin words that are no pinyin, and numbers, stay."""
    if _LATIN.search(text):
        text = _LATIN.sub(lambda found: _encoded_pinyin(found[0]), text)
    return text.translate(_sounds())


@cache
def _sounds() -> _Characters:
    codes = _codes()

    def heard(char: str) -> str:
        if not char.isalnum():  # also what this module has written: pinyin has some of those
            return char
        reading = _READINGS.get(char) or _usual_readings().get(ord(char), char)
        return codes.get(folded(reading), char)

    return _Characters(heard)


def _encoded_pinyin(word: str) -> str:
    sounds = _split(word)
    return "".join(_codes()[sound] for sound in sounds) if sounds else word


@cache
def _codes() -> dict[str, str]:
    """Folded syllable → its private-use character."""
    sounds = sorted({folded(syllable) for syllable in _readable()})
    return {sound: chr(_SOUNDS_FROM + number) for number, sound in enumerate(sounds)}


def _split(word: str) -> list[str] | None:
    """Latin letters as the fewest pinyin syllables, the longest at the end, or None."""
    best: list[list[str] | None] = [[]]
    for end in range(1, len(word) + 1):
        starts = range(max(0, end - 6), end)
        heads = [
            [*head, folded(word[start:end])]
            for start in starts
            if (head := best[start]) is not None and word[start:end] in _readable()
        ]
        best.append(min(heads, key=len, default=None))
    return best[-1]


@cache
def _usual_readings() -> dict[int, str]:
    """Code point → the usual reading without tone, for the characters in common use.

    The whole table would be 8 MB; its 400 syllables are kept once each.
    """
    every = ((int(code), text) for code, text in _data_of("pypinyin", "pinyin_dict.json").items())
    return {code: intern(_toneless(text)) for code, text in every if 0x4E00 <= code <= 0x9FFF}


@cache
def _readable() -> frozenset[str]:
    """Every toneless syllable as it is typed, such as zhang, lv."""
    found = {reading for reading in _usual_readings().values() if reading.isascii()}
    return frozenset(found - _NO_SYLLABLES)


def _toneless(readings: str) -> str:
    """The first reading without its tone mark; ü is typed v."""
    marked = unicodedata.normalize("NFD", readings.partition(",")[0])
    letters = unicodedata.normalize("NFC", "".join(c for c in marked if c not in _TONES))
    return letters.replace("ü", "v")


def _data_of(package: str, name: str) -> Any:
    """A JSON table that a package carries.

    Read without importing the package: pypinyin's import costs 0.4 s and 60 MB for its phrases,
    zhconv's looks for setuptools, and neither is needed.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(package)
    path = Path(spec.submodule_search_locations[0], name)
    return json.loads(path.read_text(encoding="utf-8"))
