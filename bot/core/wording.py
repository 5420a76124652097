"""Small judgements about what somebody wrote, by its form alone."""

from __future__ import annotations

import re
import unicodedata

_ASKING = re.compile(
    r"[?？]\s*$|[吗么呢嘛]\s*$|怎么|咋|为什么|为啥|什么|多久|多少|哪|谁|能不能|可不可以|是不是|行不行|要不要"
)


def reads_as_question(text: str) -> bool:
    """Whether a text reads as a question rather than as an answer."""
    return len(text) > 3 and _ASKING.search(text) is not None


_RECEIVED_AT_MOST = 20
_NO_WORD = re.compile(r"[\W_]+")
_RECEIVED = re.compile(
    r"(?:好的?|嗯+|行|ok|老师|领导|书记|校长|主任|我|们)*"
    r"(?:(?:已经?|都)?(?:收到|确认|知悉)了?|已阅|阅悉)+"
    r"(?:啦|哈|哦|噢|呢|的|了|好的?|非常|十分|太|谢谢?|感谢|多谢|辛苦|您|你|老师|领导|书记|校长|主任|大家)*",
    re.IGNORECASE,
)


def says_received(text: str) -> bool:
    """Whether a text says 收到 and nothing besides courtesy: 收到！ or 好的，收到，谢谢老师。"""
    words = _NO_WORD.sub("", unicodedata.normalize("NFKC", text))
    return len(words) <= _RECEIVED_AT_MOST and _RECEIVED.fullmatch(words) is not None


def says_something(text: str) -> bool:
    """Whether a text holds words, not signs and pictures alone: a reason that is kept for years."""
    return sum(each.isalnum() for each in text) > 1


_SEPARATORS = re.compile(r"(?<=\d)[ \u3000\-－—]+(?=\d)")
_PERSONAL = re.compile(r"\d{17}[xXｘＸ]|(?<!\d)1[3-9]\d{9}(?!\d)|\d{10,}|[GgＧｇ]\d{18}")


def holds_personal_number(text: str) -> bool:
    """Whether a text holds what may be an identity, pupil or phone number, however spaced.

    Numbers of documents and dates stay below ten digits.
    """
    return _PERSONAL.search(_SEPARATORS.sub("", text)) is not None
