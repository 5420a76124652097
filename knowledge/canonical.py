"""Canonical text: one spelling for what people type in many ways, how it sounds, what it means.

Full width, capitals, traditional characters, punctuation, courtesy and the many words for one
question word all disappear here, so that search compares only what was asked. Sounds are toneless
pinyin with the pairs folded that input methods and southern speech confuse (zh=z, ang=an).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from operator import itemgetter

from knowledge import pinyin, wording
from knowledge.rewriting import Characters, Words

# A pasted page is no question. What is asked stands at its beginning or its end.
LONGEST = 300
HEAD = 200

# The dictionary's first reading of these is not the one of school and office words.
_READINGS = {"调": "tiao", "地": "di", "着": "zhe", "校": "xiao"}
_TOKEN = re.compile(r"[a-z]+|[0-9]+|.", re.DOTALL)
_LATIN = re.compile(r"[a-z]+")
_SPACES = re.compile(r"\s+")
# Private-use code points: synonym groups here, then those of `pinyin`.
_GROUPS_FROM = 0xE000


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


def refolded(text: str) -> str:
    """Canonical text that was changed since, its question words folded again."""
    return _folds().rewrite(text)


def sounds(text: str) -> str:
    """Characters as what they sound like, one private-use character a syllable."""
    return text.translate(_sounds())


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


def sounds_of_pinyin(
    text: str, likeliest: Callable[[list[str]], str] = itemgetter(0)
) -> str | None:
    """A question typed in pinyin (“jiaoshi zige diule”), courtesy left out; None if it is not.

    One private-use character a syllable as it was typed; what is no pinyin stands as it is.
    `likeliest` chooses among the ways to part a word into syllables.
    """
    words = spaced(text)
    heard = _heard(words, itemgetter(0))
    letters = sum(map(len, _LATIN.findall(words))) - sum(map(len, _LATIN.findall(heard)))
    others = sum(not char.isdigit() for char in words.replace(" ", ""))
    if letters < 2 or letters < 0.6 * others or sum(map(pinyin.is_typed, heard)) < 2:
        return None
    return _spoken_courtesy().rewrite(_heard(words, likeliest))


def as_typed(texts: Sequence[str]) -> list[str]:
    """Canonical texts as somebody would type them in pinyin, in the form of `sounds_of_pinyin`."""
    return _at_once(lambda text: _typed(_heard(text, itemgetter(0))), texts)


def folded_as_typed(sounds: str) -> str:
    """What `sounds_of_pinyin` has read, its question words folded as in canonical text."""
    return _typed_folds().rewrite(sounds)


def meaning_of_sounds(sounds: str) -> str:
    """The `meaning` of what `sounds_of_pinyin` has read."""
    return _spoken().rewrite(pinyin.folded_sounds(sounds).translate(_sounds()))


@cache
def everyday() -> frozenset[str]:
    """Characters that stand in any question, and the `meaning` tokens of their sounds."""
    return frozenset({*wording.EVERYDAY, *_encoded(wording.EVERYDAY)})


@cache
def _folds() -> Words:
    folds = {word: fold for fold, words in wording.FOLDED.items() for word in words.split()}
    # A folded word stands for itself: 怎么办 is found before 怎么.
    return Words({**{fold: fold for fold in wording.FOLDED}, **folds})


@cache
def _groups() -> dict[str, str]:
    """Canonical word → the private-use character of its synonym group."""
    found: dict[str, str] = {}
    for number, group in enumerate(re.split("[/\n]", wording.SYNONYMS)):
        for word in group.split():
            found.setdefault(_folds().rewrite(word), chr(_GROUPS_FROM + number))
    return found


@cache
def _written() -> Words:
    return Words(_groups())


@cache
def _spoken() -> Words:
    """Synonyms and question words by sound; those of one syllable say too little."""
    heard: dict[str, str] = {}
    for fold, words in wording.FOLDED.items():
        said = _groups().get(fold) or _encoded(fold)
        heard.update((_encoded(word), said) for word in words.split() if len(word) > 1)
    for word, group in _groups().items():
        if len(word) > 1:
            heard.setdefault(_encoded(word), group)
    return Words(heard)


@cache
def _spoken_courtesy() -> Words:
    return Words(dict.fromkeys(map(_typed, wording.COURTESY_IN_PINYIN.split()), ""))


@cache
def _typed_folds() -> Words:
    """Question words by sound; those of one syllable say too little."""
    said = {fold: words.split() for fold, words in wording.FOLDED.items()}
    folds = {_typed(word): _typed(fold) for fold in said for word in said[fold] if len(word) > 1}
    return Words({**folds, **{_typed(fold): _typed(fold) for fold in said}})


def _heard(words: str, likeliest: Callable[[list[str]], str]) -> str:
    """Latin words that are pinyin as syllables; spaces vanish, the rest stays."""
    return _LATIN.sub(lambda found: likeliest(pinyin.typed(found[0])), words).replace(" ", "")


def _typed(text: str) -> str:
    """One private-use character a syllable, as it would be typed."""
    return text.translate(_typed_sounds())


@cache
def _typed_sounds() -> Characters:
    def typed(char: str) -> str:
        return pinyin.typed_codes().get(_reading(char), char)

    return Characters(typed)


def _reading(char: str) -> str:
    return _READINGS.get(char) or pinyin.usual_readings().get(ord(char), char)


def _at_once(rewrite: Callable[[str], str], texts: Sequence[str]) -> list[str]:
    """The texts rewritten in one call; no word and no token goes over a line's end."""
    return rewrite("\n".join(texts)).split("\n") if texts else []


def _shortened(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:HEAD]} {text[HEAD - LONGEST + 1 :]}"


@cache
def _letters() -> Characters:
    """Letters and digits stay, simplified; joiners, accents and NUL vanish; the rest separates."""
    pairs = pinyin.data_of("zhconv", "zhcdict.json")["zh2Hans"].items()
    # Its words and sentences would be megabytes that nobody looks up here.
    simplified = {written: simple for written, simple in pairs if len(written) == 1}

    def written(char: str) -> str:
        kind = unicodedata.category(char)
        if kind[0] == "M" or kind in ("Cf", "Cc"):
            return " " if char.isspace() else ""
        return simplified.get(char, char) if char.isalnum() else " "

    return Characters(written)


def _encoded(text: str) -> str:
    """One private-use character a syllable; Latin words that are no pinyin, and numbers, stay."""
    if _LATIN.search(text):
        text = _LATIN.sub(lambda found: pinyin.encoded(found[0]), text)
    return text.translate(_sounds())


@cache
def _sounds() -> Characters:
    codes = pinyin.codes()

    def heard(char: str) -> str:
        if not char.isalnum():  # also what this module has written: pinyin has some of those
            return char
        return codes.get(pinyin.folded(_reading(char)), char)

    return Characters(heard)
