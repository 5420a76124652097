"""What a draft may hold, kind by kind: the schema's limits in the words of a bank."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from knowledge.answers import LETTERS, NAMES, Kind
from knowledge.banks.drafts import Draft

Wrong = Iterator[tuple[str, str]]  # a part of the draft, and what is wrong with it

_LONGEST = {"question": 600, "explanation": 600, "clause": 200, "topic": 200, "title": 200}
_NAMES = {
    "question": "题目",
    "explanation": "解析",
    "clause": "条款",
    "topic": "主题",
    "title": "条目标题",
}


def wrong(draft: Draft) -> Wrong:
    """Part and sentence of all that the schema would refuse."""
    if not draft.question:
        yield "question", "没有题干，请写上"
    yield from _too_long(draft)
    if draft.numbers and draft.kind not in (None, "fill"):
        yield "numbers", "数值只用于填空题，请删去"
    if draft.kind is not None:
        yield from _wrong_options(draft.kind, draft.options)
        if draft.answer is not None:
            yield from _CHECKS[draft.kind](draft)


def _too_long(draft: Draft) -> Wrong:
    for part, most in _LONGEST.items():
        length = len(getattr(draft, part))
        if length > most:
            yield part, f"{_NAMES[part]}有 {length} 个字，最多 {most} 个，请缩短"
    for ask in draft.asks:
        if len(ask) > 200:
            yield "asks", f"一句问法有 {len(ask)} 个字，最多 200 个；几句之间用；隔开"


def _wrong_options(kind: Kind, options: tuple[str, ...]) -> Wrong:
    if kind in ("truth", "fill"):
        if options:
            yield "options.A", f"{NAMES[kind]}没有选项，请删去选项，或改题型"
        return
    if not 2 <= len(options) <= len(LETTERS):
        yield "options.A", f"选项应为 2–{len(LETTERS)} 个，现有 {len(options)} 个"
    for letter, option in zip(LETTERS, options, strict=False):
        if len(option) > 200:
            yield f"options.{letter}", f"选项 {letter} 有 {len(option)} 个字，最多 200 个，请缩短"
        if letter != LETTERS[options.index(option)]:
            yield (
                f"options.{letter}",
                f"选项 {LETTERS[options.index(option)]} 和 {letter} 相同，请改正",
            )


def _wrong_letters(draft: Draft) -> Wrong:
    assert draft.kind is not None
    assert isinstance(draft.answer, tuple)
    allowed = LETTERS[: len(draft.options)]
    outside = [letter for letter in draft.answer if letter not in allowed]
    if outside and len(allowed) >= 2:
        yield "answer", f"答案 {'、'.join(outside)} 不在选项里，应为 {'、'.join(allowed)} 中的字母"
    count = len(set(draft.answer))
    if draft.kind == "single" and count != 1:
        yield "answer", f"单选题只能有一个答案，现有 {count} 个；有几个时题型应为多选题"
    if draft.kind == "multiple" and count < 2:
        yield "answer", "多选题至少要有两个答案；只有一个时题型应为单选题"


def _wrong_truth(draft: Draft) -> Wrong:
    if not isinstance(draft.answer, bool):
        yield "answer", "判断题的答案应为 对 或 错"


def _wrong_texts(draft: Draft) -> Wrong:
    texts = draft.answer if isinstance(draft.answer, tuple) else ()
    if not texts:
        yield "answer", "填空题至少要有一个可接受的答案"
    for text in texts:
        if len(text) > 200:
            yield "answer", f"一个答案有 {len(text)} 个字，最多 200 个；几个之间用；隔开"


_CHECKS: dict[Kind, Callable[[Draft], Wrong]] = {
    "single": _wrong_letters,
    "multiple": _wrong_letters,
    "scenario": _wrong_letters,
    "truth": _wrong_truth,
    "fill": _wrong_texts,
}
