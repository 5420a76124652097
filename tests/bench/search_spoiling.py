"""Spoils questions as people do: typos, lost characters, other scripts, courtesy around them."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable

COURTEOUS_HEADS = (
    *("老师您好，", "请问", "你好，请问一下", "麻烦问下，", "想咨询一下，", "打扰了，"),
    *("在吗？", "请教各位老师："),
)
COURTEOUS_TAILS = (
    "，谢谢",
    "？谢谢！",
    "，急！",
    "呢",
    "啊？",
    "，麻烦了",
    "，在线等",
    "，多谢老师",
)


def common_characters() -> list[str]:
    """The 3,755 characters of GB 2312, level 1."""
    codes = [(high, low) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF)]
    return [bytes(code).decode("gb2312", "ignore") for code in codes]


def spoilers() -> dict[str, Callable[[str, random.Random], str]]:
    """Name → how it spoils a question. Random positions: the caller brings the chance."""
    import jieba
    import zhconv
    from pypinyin import lazy_pinyin

    jieba.setLogLevel(60)
    alike: dict[str, list[str]] = defaultdict(list)
    for char in filter(None, common_characters()):
        alike[lazy_pinyin(char)[0]].append(char)

    def homophone(text: str, chance: random.Random) -> str:
        places = [i for i, char in enumerate(text) if len(alike[lazy_pinyin(char)[0]]) > 1]
        if not places:
            return text
        at = chance.choice(places)
        others = [char for char in alike[lazy_pinyin(text[at])[0]] if char != text[at]]
        return text[:at] + chance.choice(others) + text[at + 1 :]

    def dropped(text: str, chance: random.Random) -> str:
        at = chance.randrange(len(text))
        return text[:at] + text[at + 1 :] if len(text) > 3 else text

    def full_width(text: str, _: random.Random) -> str:
        wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
        return f"　{wide}？？"

    def pinyin(text: str, _: random.Random) -> str:
        return " ".join("".join(lazy_pinyin(word)) for word in jieba.lcut(text))

    def courtesy(text: str, chance: random.Random) -> str:
        head, tail = chance.choice(COURTEOUS_HEADS), chance.choice(COURTEOUS_TAILS)
        return head + text + tail

    return {
        "homophone": homophone,
        "dropped": dropped,
        "traditional": lambda text, _: zhconv.convert(text, "zh-hant"),
        "full width": full_width,
        "pinyin": pinyin,
        "courtesy": courtesy,
    }
