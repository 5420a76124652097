"""What the meeting screen says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.core.clock import local
from bot.services.quorum import Answer, Check
from bot.services.screen import Screen, last_moment

REFUSALS = {
    "screen_unknown": "没有这块会议屏幕。请书记在会议消息里重新打开。",
    "screen_over": "《{topic}》已经结束，这个屏幕链接不再使用。",
}
_RULES = {
    "half": "半数以上（含半数）",
    "over_half": "超过半数",
    "four_fifths": "五分之四以上（含五分之四）",
    "two_thirds": "三分之二以上（含三分之二）",
}
_EXACTLY_FOUR_FIFTHS = "恰好五分之四：现行规定够，有的旧办法不够，请主持人核对"


def state(screen: Screen, at: datetime, title: Callable[[str], str]) -> dict[str, Any]:
    """What changes on the screen: counts, the line on the quorum, and what people may do now."""
    counted = screen.tally
    return {
        "present": counted.present,
        "expected": counted.expected,
        "guests": counted.guests,
        "code": screen.code if screen.is_taking(at) else "",
        "line": _line(screen, at),
        "quorum": _quorum(screen.check, title),
        "quorum_state": screen.check.answer.value,
        "is_over": screen.state == "closed",
    }


def _line(screen: Screen, at: datetime) -> str:
    if screen.state == "closed":
        return "会议已结束，签到已关闭。"
    if at > last_moment(screen.starts_at, screen.lasts):
        return "签到已经停止，请书记在木铎里收尾。"
    if not screen.is_taking(at):
        return f"{local(screen.starts_at):%H:%M} 开始，提前半小时可以签到。"
    return "扫码签到，或在木铎里发送上面六位数字。不方便的，散会后由书记代记。"


def _quorum(check: Check, title: Callable[[str], str]) -> str:
    if check.rule is None or check.answer is Answer.NO_RULE:
        return ""
    if check.caveat == "exactly_four_fifths":
        return _EXACTLY_FOUR_FIFTHS
    whose = f"《{title(check.rule.clause.source)}》{check.rule.clause.text}"
    if check.answer is Answer.MET:
        return f"已达到到会{_RULES[check.rule.name]}的要求（{whose}）"
    return f"到会要求{_RULES[check.rule.name]}，还差 {check.needed - check.have} 人（{whose}）"
