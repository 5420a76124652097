"""What may stand in an item's `options` and `answer`, by its kind, and what is said otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator

Letter = Literal["A", "B", "C", "D", "E", "F"]
LETTERS: tuple[Letter, ...] = ("A", "B", "C", "D", "E", "F")
Kind = Literal["single", "multiple", "truth", "fill", "scenario"]
NAMES: dict[Kind, str] = {
    "single": "单选题",
    "multiple": "多选题",
    "truth": "判断题",
    "fill": "填空题",
    "scenario": "情景题",
}
_LONGEST = 200


def _form(value: object) -> object:
    """Settles text, truth or list before pydantic's union would try each and complain of all."""
    if isinstance(value, list | tuple):
        return tuple(_text(part) for part in cast("Sequence[object]", value))
    return value if isinstance(value, bool) else _text(value)


def _text(value: object) -> str:
    # Files read by another YAML reader arrive with 24 as a number; a bool is never meant as text.
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("answer 应为字母、字母列表、true/false 或文字列表；文字不明时请加引号")
    text = str(value).strip()
    if not 1 <= len(text) <= _LONGEST:
        raise ValueError(f"answer 里的文字应为 1–{_LONGEST} 个字")
    return text


Answer = Annotated[bool | str | tuple[str, ...], BeforeValidator(_form)]


def check_options(kind: Kind, options: tuple[str, ...]) -> None:
    """Raises ValueError, in words for the writer, where the options don't suit the kind."""
    if kind in ("truth", "fill"):
        if options:
            raise ValueError(f"{NAMES[kind]}没有选项，请删去 options")
    elif len(options) < 2:
        raise ValueError(f"{NAMES[kind]}至少要有两个选项，现有 {len(options)} 个")
    elif len(set(options)) != len(options):
        twice = next(option for option in options if options.count(option) > 1)
        raise ValueError(f"选项“{twice}”写了两次，每个选项应各不相同")


def check(kind: Kind, options: tuple[str, ...], answer: bool | str | tuple[str, ...]) -> None:
    """Raises ValueError, in words for the writer, where the answer doesn't suit the kind."""
    if kind == "truth":
        if not isinstance(answer, bool):
            raise ValueError("判断题的 answer 应为 true 或 false（不加引号）")
    elif kind == "fill":
        _check_accepted(answer)
    elif isinstance(answer, bool):
        raise ValueError(f"{NAMES[kind]}的 answer 应为选项字母，例如 B 或 [A, C]")
    else:
        _check_letters(kind, options, (answer,) if isinstance(answer, str) else answer)


def _check_accepted(answer: bool | str | tuple[str, ...]) -> None:
    if not isinstance(answer, tuple) or not answer:
        raise ValueError("填空题的 answer 应为可接受答案的列表，至少一个，例如 [24个月, 两年]")
    if len(set(answer)) != len(answer):
        raise ValueError("填空题的 answer 里有重复的答案，请只留一个")


def _check_letters(kind: Kind, options: tuple[str, ...], letters: tuple[str, ...]) -> None:
    allowed = LETTERS[: len(options)]
    wrong = [letter for letter in letters if letter not in allowed]
    if wrong:
        raise ValueError(
            f"answer 中的 {'、'.join(wrong)} 不在选项里，应为 {'、'.join(allowed)} 中的字母"
        )
    if len(set(letters)) != len(letters):
        raise ValueError("answer 里有重复的字母，每个字母只写一次")
    if kind == "single" and len(letters) != 1:
        raise ValueError(
            f"单选题只能有一个正确答案，现有 {len(letters)} 个；多个时用 kind: multiple"
        )
    if kind == "multiple" and len(letters) < 2:
        raise ValueError("多选题至少要有两个正确答案；只有一个时用 kind: single")
    if not letters:
        raise ValueError(f"{NAMES[kind]}至少要有一个正确答案")


_ONE = {"enum": list(LETTERS)}
_SEVERAL = {"type": "array", "items": _ONE, "minItems": 1, "uniqueItems": True}


def _when(kind: Kind, answer: dict[str, Any], *, options: bool) -> dict[str, Any]:
    also = {"required": ["options"]} if options else {"properties": {"options": {"maxItems": 0}}}
    return {
        "if": {"properties": {"kind": {"const": kind}}},
        "then": {"allOf": [{"properties": {"answer": answer}}, also]},
    }


# Lets an editor underline an answer that doesn't suit the kind while it is being typed.
BY_KIND: list[Any] = [
    _when("single", _ONE, options=True),
    _when("multiple", _SEVERAL | {"minItems": 2}, options=True),
    _when("truth", {"type": "boolean"}, options=False),
    _when(
        "fill",
        {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 1},
        options=False,
    ),
    _when("scenario", {"anyOf": [_ONE, _SEVERAL]}, options=True),
]
