"""Canonical text: one spelling for what people type in many ways, and how it sounds.

Full width, capitals, traditional characters, punctuation, courtesy and the many words for one
question word all disappear here, so that search compares only what was asked. Sounds are toneless
pinyin with the pairs folded that input methods and southern speech confuse (zh=z, ang=an).
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# A pasted page is no question. What is asked stands at its beginning or its end.
LONGEST = 300
HEAD = 200

_COURTESY_HEAD = re.compile(
    r"^(?:"
    r"(?:尊敬的)?(?:各位|大家|亲爱的)?(?:老师|领导|同事|朋友|客服|木铎|机器人|小助手|管理员)?(?:们)?(?:你好|您好|好啊|大家好|早上好|上午好|下午好|晚上好)呀?"
    r"|哈喽|嗨|喂|在吗|在不在|在么|亲|hi|hello"
    r"|打扰(?:一下|您|你)?了?|不好意思|抱歉|冒昧|劳驾"
    r"|(?:麻烦|请)?(?:帮忙|帮我|帮)(?:看|查|问)(?:一?下|看|查|问)?"
    r"|(?:麻烦|拜托)(?:您|你)?(?:了|一下)?"
    r"|请教(?:一?下|您|你|各位)?|求助|求问|急"
    r"|(?:我|俺|咱)?(?:就|还)?(?:想|要|想要|来)(?:请教|请问|咨询|了解|知道|问|打听)(?:一?下|问|个问题|一个问题|您|你)?"
    r"|(?:请|烦)?问(?:一?下|问|您|你|个问题|一个问题)|请问|咨询(?:一?下)?"
    r"|(?:有没有人|有人|谁|你们?|您|哪位)(?:能)?(?:知道|晓得|清楚|了解)"
    r"|(?:能不能|可不可以|能否|可以)?(?:告诉我|跟我说|给我讲)(?:一?下)?"
    r"|(?:大家|各位)|那个|那么|就是|关于"
    r")"
)
_COURTESY_TAIL = re.compile(
    r"(?:"
    r"(?:非常|十分|万分|多|先)?(?:谢谢|感谢|多谢|谢)(?:您|你|大家|各位|老师|啦|了|啊)*"
    r"|(?:麻烦|拜托|辛苦|劳驾)(?:您|你|老师|各位)?(?:了|啦)?"
    r"|(?:在线等|挺|很|比较|十万火)*急{1,3}(?:的|啊)?|在线等|求(?:解答|指教|回复|解|助|教|告知|大神)"
    r"|(?:想|请)?(?:问|了解|咨询|知道)(?:一下)"
    r"|(?:可以|能|能不能|可不可以)?(?:告诉|帮|教)(?:一下)?我(?:一下)?(?:吗|么|吧)?"
    r"|好吗|好不好|呢|啊|呀|哦|喔|哈|吧|嘛|啦|捏|哇|唉|哎|哟|欸"
    r")$"
)
# Longer words first: the alternation takes the first that fits.
_FOLDED = {
    "怎么": "如何 怎样 怎么样 咋样 咋 咋个 怎的 怎么去 要怎么 该怎么 应该怎么 应该如何 如何去",
    "怎么办": "咋办 咋整 咋弄 怎么弄 怎么整 如何是好 如何办 怎么做 如何做 该怎么办",
    "为什么": "为啥 为何 为嘛 凭什么 凭啥 干嘛 因为什么 什么原因",
    "多久": "什么时候 啥时候 何时 几时 多长时间 多少时间 多少天 几天 什么时间 啥时间 多长",
    "能": "可以 能否 能不能 可不可以 可否 能够 是否可以 是否能 是否能够 是不是可以 是不是能"
    " 允许 准许 让不让 行不行 许不许",
    "什么": "啥 哪些 有哪些 有什么 有啥 都有什么 都有哪些 什么样的 什么样",
    "哪里": "哪儿 什么地方 啥地方 何处 去哪 上哪 在哪",
    "是": "是否 是不是",
    "要": "需要 要不要 须要 必须 需不需要 用不用 得不得",
    "会": "会不会",
    "有": "有没有 是否有",
    "没": "没有",
}
_FOLDS = {word: fold for fold, words in _FOLDED.items() for word in words.split()}
_FOLDABLE = re.compile("|".join(sorted({*_FOLDS, *_FOLDED}, key=len, reverse=True)))

# The dictionary's first reading of these is not the one of school and office words.
_READINGS = {"调": "tiao", "还": "huan", "地": "di", "着": "zhe", "和": "he", "校": "xiao"}
_SOUND_FOLDS = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_LATIN_OR_REST = re.compile(r"[a-z]+|[0-9]+|.", re.DOTALL)
_SPACED = re.compile(r"\s+")
# Readings of interjections, not syllables that anyone means when typing a word.
_NO_SYLLABLES = frozenset({"m", "n", "hm", "fiao", "ei", "den", "o", "yo", "lo"})


def canonical(text: str) -> str:
    """The text that search compares: no spaces, no courtesy, question words folded.

    Stable: canonical(canonical(x)) == canonical(x) for what people type; empty for emoji alone.
    """
    bare = without_courtesy(plain(text))
    return _FOLDABLE.sub(lambda found: _FOLDS.get(found[0], found[0]), bare)


def plain(text: str) -> str:
    """Letters, digits and characters only: NFKC, lower case, simplified, no punctuation."""
    return spaced(text).replace(" ", "")


def spaced(text: str) -> str:
    """Like `plain`, with one space wherever something else stood between two words."""
    normal = unicodedata.normalize("NFKC", _shortened(text)).lower()
    normal = normal.translate(_simplified())
    kept = [" " if _separates(char) else char for char in normal if not _vanishes(char)]
    return _shortened(_SPACED.sub(" ", "".join(kept)).strip())


def without_courtesy(text: str) -> str:
    """Strips greetings and thanks from both ends, unless nothing would remain."""
    while True:
        shorter = _COURTESY_TAIL.sub("", _COURTESY_HEAD.sub("", text, count=1), count=1)
        if shorter == text or len(shorter) < 2:
            return text
        text = shorter


def tokens(text: str) -> list[str]:
    """Single characters of canonical text, with words in Latin letters and numbers kept whole."""
    return _LATIN_OR_REST.findall(text)


def syllables(text: str) -> list[str]:
    """How canonical text sounds: one folded syllable a character; pinyin among it is split."""
    sounds: list[str] = []
    for token in _LATIN_OR_REST.findall(text):
        sounds.extend(_sounds_of(token))
    return sounds


def spelled(text: str) -> list[str] | None:
    """The syllables of a question that was typed in pinyin, or None when it was not."""
    words = [word for word in spaced(text).split(" ") if word and not word.isdigit()]
    letters = sum(len(word) for word in words if word.isascii())
    if not letters or letters < 0.6 * sum(map(len, words)):
        return None
    sounds: list[str] = []
    for token in _LATIN_OR_REST.findall(" ".join(words)):
        split = _sounds_of(token)
        if split == [token] and token.isascii() and len(token) > 1 and token not in _readable():
            return None
        sounds.extend(sound for sound in split if sound != " ")
    return sounds if len(sounds) > 1 else None


def _shortened(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:HEAD]} {text[HEAD - LONGEST + 1 :]}"


@cache
def _vanishes(char: str) -> bool:
    """Marks that join or stand on a letter: directions, NUL, joiners, accents, emoji tones."""
    return unicodedata.category(char)[0] == "M" or unicodedata.category(char) in ("Cf", "Cc")


@cache
def _separates(char: str) -> bool:
    return not char.isalnum()


@cache
def _simplified() -> dict[int, str]:
    """Traditional character → simplified, from zhconv's MediaWiki table."""
    table = _data_of("zhconv", "zhcdict.json")["zh2Hans"]
    return {ord(key): value for key, value in table.items() if len(key) == 1 == len(value)}


@cache
def _sounds_of(token: str) -> list[str]:
    """Folded syllables of one character or one run of Latin letters."""
    if len(token) == 1 and not token.isascii():
        return [_sound(token)]
    if token.isascii() and token.isalpha():
        return _split(token) or [token]
    return [token]


def _sound(char: str) -> str:
    reading = _READINGS.get(char) or _toneless(_readings().get(str(ord(char)), char))
    return folded(reading)


def folded(syllable: str) -> str:
    """One spelling for syllables that are easily confused: zhang, zang, zan → zan."""
    for long, short in _SOUND_FOLDS:
        if syllable.startswith(long):
            syllable = short + syllable[2:]
    return syllable[:-1] if syllable.endswith("ng") and syllable[-3:-2] in "aei" else syllable


@cache
def _split(word: str) -> list[str] | None:
    """Latin letters as the fewest pinyin syllables, longest first, or None."""
    best: list[list[str] | None] = [[]] + [None] * len(word)
    readable = _readable()
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 6), end):
            head = best[start]
            if head is None or word[start:end] not in readable:
                continue
            known = best[end]
            if known is None or len(head) + 1 < len(known):
                best[end] = [*head, word[start:end]]
    found = best[-1]
    return None if not found else [folded(syllable) for syllable in found]


@cache
def _readings() -> dict[str, str]:
    """Code point as decimal text → readings with tone marks, the usual one first."""
    return _data_of("pypinyin", "pinyin_dict.json")


@cache
def _readable() -> frozenset[str]:
    """Every toneless syllable as it is typed, such as zhang, lv."""
    usual = (text for code, text in _readings().items() if 0x4E00 <= int(code) <= 0x9FFF)
    found = {_toneless(reading) for reading in usual}
    return frozenset({syllable for syllable in found if syllable.isascii()} - _NO_SYLLABLES)


def _toneless(readings: str) -> str:
    """The first reading without its tone mark; ü is typed v."""
    marked = unicodedata.normalize("NFD", readings.partition(",")[0])
    letters = unicodedata.normalize("NFC", "".join(c for c in marked if c not in _TONES))
    return letters.replace("ü", "v")


_TONES = frozenset("\u0304\u0301\u030c\u0300\u0302")


def _data_of(package: str, name: str) -> Any:
    """A JSON table that a package carries.

    Read without importing the package: pypinyin's import costs 0.4 s and 60 MB for its phrases,
    zhconv's looks for setuptools, and we need neither.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(package)
    path = Path(spec.submodule_search_locations[0], name)
    return json.loads(path.read_text(encoding="utf-8"))
