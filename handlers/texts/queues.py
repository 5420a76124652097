"""Sentences of what waits for those responsible."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.text import bold, quiet

REFUSALS: dict[str, str] = {}

NOTHING = "现在没有等着处理的事。"
APPROVALS = "等您同意的紧急通知"
JOINS = "加入申请"
QUESTIONS = "转来的问题"
UNANSWERED = "没答上的问题"
REPORTS = "题目有误"
DATA = "数据请求"


def todo(counts: Sequence[tuple[str, int]]) -> str:
    """What waits, one line a queue; queues without anything are left out before."""
    if not counts:
        return NOTHING
    lines = [bold("等着处理的"), *(f"· {label}：{count}" for label, count in counts)]
    return "\n".join([*lines, quiet("点下面的按钮查看，不急的可以明天再来。")])


def button(label: str, count: int) -> str:
    return f"{label}（{count}）"
