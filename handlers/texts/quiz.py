"""Sentences of quiz practice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.core.text import bold, quiet
from handlers.texts.citation import cite

REFUSALS = {
    "quiz_no_topic": "这个主题现在没有可练的题。换一个主题试试。",
    "quiz_none_wrong": "没有做错还没改正的题。",
    "quiz_none_due": "今天没有到期要复习的题。",
    "quiz_no_items": "题库现在是空的，请联系管理员。",
    "quiz_one_letter": "这是单选题，只选一个字母就好。",
    "quiz_no_such_letter": "没有这个选项，选项只到 {last}。",
    "quiz_not_a_letter": "请点选项，或者打选项的字母，比如 A。",
    "quiz_not_a_truth": "请点“对”或“错”，打字也行。",
}

KINDS = {
    "single": "单选",
    "multiple": "多选",
    "truth": "判断",
    "fill": "填空",
    "scenario": "情景",
}
CHOOSE = "\n".join(
    [bold("想怎么练？"), "每次五题，不计时，不排名，随时可以停；练了什么只有您自己看得到。"]
)
CHOOSE_TOPIC = bold("选一个主题")
STALE = "这道题已经过去了，答案早先已经记下。"
ENDED = "这一轮练习已经结束。"
LEFT = "好，先到这里。想练的时候随时打“练习”。"
CHOSEN_NONE = "先点选项，再点“确认”。"
ANSWER_OR_ASK = "您是想用这句话作答，还是想查规定？"


def question(at: tuple[int, int], current: Mapping[str, Any], chosen: str = "") -> str:
    """The open question; `at` is (number, of how many)."""
    hint = f"\n{quiet('直接打字回答。')}" if current["kind"] == "fill" else ""
    return _asked(at, current, chosen) + hint


def verdict(at: tuple[int, int], current: Mapping[str, Any], given: str, *, is_right: bool) -> str:
    """Right or not, the right answer, why, and the clause."""
    lines = [_asked(at, current), ""]
    lines.append(bold("✓ 答对了") if is_right else f"{bold('✗ 不对')}，您答的是：{given or '不会'}")
    if not is_right or current["kind"] == "fill":
        lines.append(f"正确答案：{bold(right_answer(current))}")
    lines += [str(current["explanation"]), cite_current(current)]
    return "\n".join(lines)


def right_answer(current: Mapping[str, Any]) -> str:
    if current["kind"] == "truth":
        return "对" if current["answer"] else "错"
    if current["kind"] == "fill":
        return str(current["answer"][0])
    return "；".join(
        f"{letter} {current['options'][ord(letter) - ord('A')]}" for letter in current["answer"]
    )


def cite_current(current: Mapping[str, Any]) -> str:
    return cite(current["source"], current["clause"], current["since"])


def summary(right: int, total: int, missed: Sequence[Mapping[str, Any]]) -> str:
    """What a round came to, and what to read again."""
    lines = [bold("这一轮练完了。"), f"{total} 题答对 {right} 题。"]
    if missed:
        lines += ["", "可以再看看："]
        lines += [f"· {each['title']}\n{quiet(_where(each))}" for each in missed]
    return "\n".join(lines)


def _asked(at: tuple[int, int], current: Mapping[str, Any], chosen: str = "") -> str:
    several = "，可多选" if current["several"] and current["kind"] != "multiple" else ""
    head = quiet(f"第 {at[0]} 题，共 {at[1]} 题 · {KINDS[current['kind']]}{several}")
    options = [_option(index, text, chosen) for index, text in enumerate(current["options"])]
    return "\n".join([head, str(current["question"]), *options])


def _where(reading: Mapping[str, Any]) -> str:
    return f"《{reading['source']}》{reading['clause']}"


def _option(index: int, text: str, chosen: str) -> str:
    letter = chr(ord("A") + index)
    return f"{letter}. {text}" + ("　✓" if letter in chosen else "")
