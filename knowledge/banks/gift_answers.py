"""What stands between the braces of a GIFT question: its kind, its options and what is right."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from knowledge.answers import LETTERS, Kind
from knowledge.banks.drafts import line
from knowledge.banks.gift_text import Misread, plain


@dataclass(frozen=True)
class Answers:
    """Kind, options, answer and explanation, in the form of a Draft."""

    kind: Kind
    answer: bool | tuple[str, ...]
    options: tuple[str, ...] = ()
    explanation: str = ""


class _Part(NamedTuple):
    """One alternative: its mark, its weight if one is written, its text and its feedback."""

    mark: str
    weight: float | None
    text: str
    feedback: str
    offset: int


_PARTS = re.compile(r"([~=])([^~=]*)")
_WEIGHT = re.compile(r"\s*%(-?\d{1,3}(?:\.\d*)?)%")
_NUMERIC = re.compile(r"[+-]?\d+(?:\.\d+)?")
_TRUE, _FALSE = ("T", "TRUE"), ("F", "FALSE")


def read(body: str, default: str) -> Answers:
    """Reads what stands between the braces, shielded. `default` is the format of the question.

    Raises Misread, with the offset in the body.
    """
    main, found, general = body.rpartition("####")
    if not found:
        main, general = body, ""
    overall = plain(general, default)
    stripped = main.strip()
    if not stripped:
        raise Misread(
            "这是论述题（大括号里没有答案），没有标准答案就不能自动判分，请删去或改成其他题型"
        )
    if stripped.startswith("#"):
        return _numeric(main, default, overall)
    if "~" in main:
        return _choice(main, default, overall)
    if stripped.partition("#")[0].strip().upper() in (*_TRUE, *_FALSE):
        return _truth(stripped, default, overall)
    if "=" in main and "->" in main:
        raise Misread("这是配对题（含 ->），这里没有这种题型，请拆成几道单选题")
    return _fill(main, default, overall)


def _parts(main: str, default: str) -> list[_Part]:
    start = re.search(r"[~=]", main)
    if start is None or main[: start.start()].strip():
        raise Misread(_BEGIN, len(main) - len(main.lstrip()))
    return [_part(found, default) for found in _PARTS.finditer(main)]


_BEGIN = "大括号里每个答案前应有 =（正确）或 ~（错误）；判断题写 {T} 或 {F}"


def _part(found: re.Match[str], default: str) -> _Part:
    text, _, feedback = found[2].partition("#")
    weighed = _WEIGHT.match(text)
    if weighed:
        text = text[weighed.end() :]
    try:
        said = line(plain(text, default))
        told = plain(feedback, default)
    except Misread as misread:
        raise Misread(misread.message, found.start()) from misread
    if not said:
        raise Misread(f"{found[1]} 后面没有文字，请补上或删去这个符号", found.start())
    return _Part(found[1], float(weighed[1]) if weighed else None, said, told, found.start())


def _choice(main: str, default: str, overall: str) -> Answers:
    parts = _parts(main, default)
    if len(parts) > len(LETTERS):
        raise Misread(
            f"有 {len(parts)} 个选项，最多 {len(LETTERS)} 个，请减少", parts[len(LETTERS)].offset
        )
    right = [part for part in parts if part.mark == "="]
    kind: Kind = "single"
    if right:
        _check_single(parts, right)
    else:
        right = [part for part in parts if (part.weight or 0) > 0]
        kind = "single" if len(right) == 1 else "multiple"
        _check_weights(right)
    letters = tuple(LETTERS[parts.index(part)] for part in right)
    told = [f"{LETTERS[i]} 项：{part.feedback}" for i, part in enumerate(parts) if part.feedback]
    return Answers(kind, letters, tuple(part.text for part in parts), _joined(overall, told))


def _check_single(parts: list[_Part], right: list[_Part]) -> None:
    if len(right) > 1:
        raise Misread(
            "标了两个 =，单选题只有一个正确选项；多选题每个正确选项写成 ~%50% 这样，合计 100",
            right[1].offset,
        )
    for part in parts:
        weight = part.weight or 0
        if (part.mark == "=" and weight not in (0, 100)) or (part.mark == "~" and weight > 0):
            raise Misread("不能部分得分：单选题只写一个 =，其余写 ~ 不带正的百分数", part.offset)


def _check_weights(right: list[_Part]) -> None:
    if not right:
        raise Misread("没有标出正确选项：单选题在它前面写 =，多选题每个写 ~%50% 这样，合计 100")
    total = sum(part.weight or 0 for part in right)
    if not 99 <= total <= 101:
        raise Misread(
            f"正确选项的百分数合计为 {total:g}，应为 100（例如两个各 50，三个各 33.33333）",
            right[0].offset,
        )


def _truth(main: str, default: str, overall: str) -> Answers:
    word, *told = main.split("#", 2)
    # The format has the feedback on a wrong answer first.
    texts = [plain(text, default) for text in reversed(told)]
    return Answers("truth", word.strip().upper() in _TRUE, (), _joined(overall, texts))


def _fill(main: str, default: str, overall: str) -> Answers:
    parts = _parts(main, default)
    # A weight of nothing is how feedback on a wrong answer is written: no answer that is accepted.
    right = [part for part in parts if part.weight != 0]
    for part in right:
        if part.weight not in (None, 100):
            raise Misread("填空题不能部分得分，请删去百分数，或删去这个答案", part.offset)
        if "*" in part.text:
            raise Misread("不能用通配符 *，请把可接受的答案逐个写出来", part.offset)
    if not right:
        raise Misread("没有可接受的答案，请至少写一个 =答案")
    told = [part.feedback for part in parts]
    return Answers("fill", _once(part.text for part in right), (), _joined(overall, told))


def _numeric(main: str, default: str, overall: str) -> Answers:
    start = main.index("#") + 1
    numbers, _, wrong = main[start:].partition("~")
    parts = [part for part in numbers.split("=") if part.strip()]
    if not parts:
        raise Misread("# 后面没有数，应如 {#24} 或 {#24:0}", start - 1)
    accepted, told = [], []
    for part in parts:
        text, _, feedback = part.partition("#")
        accepted.append(_number(text, start))
        told.append(plain(feedback, default))
    told.append(plain(wrong.partition("#")[2], default))
    return Answers("fill", _once(accepted), (), _joined(overall, told))


def _number(text: str, offset: int) -> str:
    """The one number of “24”, “24:0”, “%100%24” or “24..24”."""
    weighed = _WEIGHT.match(text)
    if weighed:
        if float(weighed[1]) != 100:
            raise Misread("数值题不能部分得分，请删去百分数或这个答案", offset)
        text = text[weighed.end() :]
    low, is_range, high = text.strip().partition("..")
    low, has_margin, margin = low.partition(":")
    value = low.strip()
    if not _NUMERIC.fullmatch(value) or (is_range and not _NUMERIC.fullmatch(high.strip())):
        raise Misread(f"“{text.strip()}”不是数，应如 {{#24}} 或 {{#24:0}}", offset)
    if (is_range and float(high) != float(value)) or (has_margin and not _is_zero(margin)):
        raise Misread("不能有误差范围：请写确切的数，例如 {#24:0}，或改成单选题", offset)
    return value


def _is_zero(text: str) -> bool:
    return bool(_NUMERIC.fullmatch(text.strip())) and float(text) == 0


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _joined(overall: str, told: list[str]) -> str:
    return "\n".join(dict.fromkeys(text for text in [overall, *told] if text))
