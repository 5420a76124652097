"""Sentences of the burden: numbers about the load on people, and never a name."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.text import bold, quiet
from bot.services.burden import Burden, Effort

REFUSALS: dict[str, str] = {}
TASKS = {
    "receipts": "确认一条通知",
    "meetings": "回复一次会议通知",
    "rolls": "给一次会议点名",
    "minutes": "写好一份会议记录",
    "notices": "发一条通知",
    "quiz": "答一道题",
    "plans": "完成一项学习",
}
_HELD = {
    "quiet": "休息时间",
    "day_off": "休息日",
    "wish": "本人选的时间",
    "cap_day": "当天已有一条",
    "cap_week": "这周已有三条",
    "joins": "等着合成一条",
}
_SPARED = {
    "done": "已经办完",
    "wish": "本人只收必须的",
    "exempt": "在少收提醒的期间",
    "too_late": "过了有用的时间",
    "withdrawn": "发的人撤回",
}


def shown(found: Burden) -> str:
    lines = [bold(f"负担（最近 {found.weeks} 个整周，{found.people} 人）"), *table(found)]
    return "\n".join([*lines, "", quiet("这里只有合计，没有姓名，也不用于考核任何人。")])


def table(found: Burden) -> list[str]:
    """The lines of the table, without emphasis."""
    weekly = found.weekly
    lines = [
        "每人每周收到的、自己没有要的消息：",
        f"　一半的人不超过 {weekly.median} 条，95% 不超过 {weekly.p95} 条，最多 {weekly.worst} 条",
        f"合成一条而少发的：{found.merged} 条",
        f"没有再发的：{_by_reason(found.spared, _SPARED)}",
        f"现在等着发的：{_by_reason(found.held, _HELD)}",
        f"会议记录 {found.records} 份，由此登记完成 {found.reused} 人次，没有另外再问",
    ]
    if found.efforts:
        lines.append("办一件事平均点几下：")
        lines += [f"　{effort(each)}" for each in found.efforts]
    return lines


def effort(each: Effort) -> str:
    taps = f"{each.taps / each.done:.1f}".removesuffix(".0")
    return f"{TASKS[each.task]}：{taps} 下（{each.done} 件）"


def _by_reason(counts: Mapping[str, int], words: Mapping[str, str]) -> str:
    if not counts:
        return "没有"
    total = sum(counts.values())
    parts = "，".join(f"{words[reason]} {number}" for reason, number in counts.items())
    return f"{total} 条（{parts}）"
