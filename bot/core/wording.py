"""Small judgements about what somebody wrote, by its form alone."""

from __future__ import annotations

import re

_ASKING = re.compile(
    r"[?？]\s*$|[吗么呢嘛]\s*$|怎么|咋|为什么|为啥|什么|多久|多少|哪|谁|能不能|可不可以|是不是|行不行|要不要"
)


def reads_as_question(text: str) -> bool:
    """Whether a text reads as a question rather than as an answer."""
    return len(text) > 3 and _ASKING.search(text) is not None


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
