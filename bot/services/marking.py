"""Whether what somebody answered is right: letters, 对 and 错, texts, numbers with their unit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from rapidfuzz import fuzz

_YES = frozenset({"对", "正确", "是", "是的", "对的", "√", "✓", "y", "yes", "true", "t"})
_NO = frozenset(
    {"错", "错误", "不对", "不是", "否", "错的", "×", "✗", "x", "n", "no", "false", "f"}
)
_LETTERS = re.compile(r"[a-f](?:[、，,和跟 ]*[a-f])*")
# What people put around a letter: 我选B, 答案是B吧, 应该是 a 和 c.
_AROUND = re.compile(
    r"^(?:我?(?:觉得|认为|猜)?(?:应该|就)?(?:选|是)?|答案是?)|(?:吧|项|选项|啊|呢|[.、。])+$"
)
_GIVING_UP = frozenset(
    {"不知道", "不会", "不清楚", "不懂", "忘了", "不记得", "看答案", "跳过", "不晓得", "想不起来"}
)
_NUMERAL = re.compile(r"\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百千万点]+")
_SAME_UNIT = {
    "个月": "月",
    "月": "月",
    "年": "年",
    "周年": "年",
    "日": "日",
    "天": "日",
    "个工作日": "工作日",
    "工作日": "工作日",
    "%": "%",
    "％": "%",
    "小时": "时",
    "个小时": "时",
    "分钟": "分",
    "名": "人",
    "人": "人",
    "位": "人",
    "个": "",
    "次": "次",
    "周": "周",
    "个星期": "周",
    "星期": "周",
}
# Below this likeness a typed text means something else; a slip of one in six characters passes.
_ALIKE = 85


def letters_of(text: str) -> str | None:
    """The letters of a typed choice, sorted and once each ("c、a" -> "AC"), or None."""
    folded = _AROUND.sub("", _fold(text))
    if folded.isascii() and folded.isdigit() and len(folded) == 1 and "1" <= folded <= "6":
        folded = "abcdef"[int(folded) - 1]
    if not _LETTERS.fullmatch(folded):
        return None
    return "".join(sorted({each.upper() for each in folded if each in "abcdef"}))


def gives_up(text: str) -> bool:
    """Whether somebody says that they don't know the answer."""
    return _fold(text).rstrip("啊呀了呢哦吧诶。") in _GIVING_UP


def truth_of(text: str) -> bool | None:
    """What 对, 错 and their like mean, or None."""
    folded = _fold(text).rstrip("。.了")
    if folded in _YES:
        return True
    return False if folded in _NO else None


def fits(text: str, accepted: Sequence[str], numbers: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a typed text is one of the accepted ones, or states one of the numbers.

    A number decides alone where there is one in what is accepted: “三十个月” is near to
    “二十个月” in letters and wrong. Without a unit the first number's unit is meant.
    """
    given = _fold(text)
    if not given:
        return False
    if any(given == _fold(each) for each in accepted):
        return True
    if numbers:
        return _states_one_of(given, numbers)
    if any(_NUMERAL.search(_fold(each)) for each in accepted):
        return any(_same_words_and_numbers(given, _fold(each)) for each in accepted)
    return any(_is_alike(given, _fold(each)) for each in accepted)


def _states_one_of(given: str, numbers: Sequence[Mapping[str, Any]]) -> bool:
    found = _quantity(given)
    if found is None:
        return False
    value, unit = found
    for number in numbers:
        if abs(value - float(number["value"])) < 1e-9 and unit in ("", _unit(number["unit"])):
            return unit != "" or number is numbers[0]
    return False


def _same_words_and_numbers(given: str, accepted: str) -> bool:
    return _with_digits(given) == _with_digits(accepted)


def _is_alike(given: str, accepted: str) -> bool:
    # One typo in a short word changes what it says, so only longer texts may differ.
    return len(accepted) >= 4 and fuzz.ratio(given, accepted) >= _ALIKE


def _quantity(text: str) -> tuple[float, str] | None:
    """The number and the unit of a text such as 不少于二十四个月; None without just one number."""
    if "百分之" in text:
        text = text.replace("百分之", "") + "%"
    found = _NUMERAL.findall(text)
    if len(found) != 1:
        return None
    value = _number(found[0])
    if value is None:
        return None
    _, _, behind = text.partition(found[0])
    return value, _unit(behind)


def _unit(text: str) -> str:
    stripped = _fold(text).rstrip("。.以上内")
    return _SAME_UNIT.get(stripped, stripped)


def _number(text: str) -> float | None:
    if text[0].isdigit():
        return float(text)
    import cn2an  # 4 MB, for the few who type numerals in characters

    try:
        return float(cn2an.cn2an(text.replace("〇", "零"), "smart"))
    except ValueError:
        return None


def _with_digits(text: str) -> str:
    def digits(match: re.Match[str]) -> str:
        value = _number(match[0])
        return match[0] if value is None else f"{value:g}"

    return _NUMERAL.sub(digits, text)


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(each for each in folded if not each.isspace() and each not in "“”\"'《》。")
