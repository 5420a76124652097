"""Sentences of checking in: done, done before, late, and what stands in the way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.core.clock import local
from bot.core.moments import when
from bot.core.text import bold, titled
from bot.services.attendance import Arrival, Entered, Entry, Waiting

REFUSALS = {
    "check_in_gone": "没有找到这场会议。",
    "check_in_not_expected": (
        "《{topic}》的应到名单里没有您。您是来列席的话，请书记替您登记一下。"
    ),
    "check_in_cancelled": "《{topic}》已经取消，不用签到。",
    "check_in_early": "《{topic}》还没到签到时间，{opens} 起可以签到。",
    "check_in_over": "《{topic}》已经散会，签到关闭了。您到会了的话，请书记补记。",
    "check_in_marked": "《{topic}》里书记已经替您登记过了。有出入的话，请书记改一下。",
    "scan_unknown": "这不是会议屏幕上的二维码。请扫屏幕上的那一个，或输入下面的六位数字。",
    "scan_stale": "《{topic}》的这个二维码已经换了。请扫屏幕上现在的那一个。",
}
CHECK_IN = "签到"
UNDO = "点错了，撤销"
UNDONE = "签到撤销了。到会后再点一次“签到”就行。"
NOT_THERE = "您还没有签到。"
JOIN = "申请加入"
BIND_FIRST = "这是会议的签到码吧？请先绑定身份：发邀请码给我，或点“申请加入”。绑定好以后再发一次。"
NOTHING_NOW = "现在没有要您签到的会议。"
WHICH = "您现在有几场会议可以签到，到了哪一场？"


def arrived(arrival: Arrival) -> str:
    said = "您已签到" if arrival.is_repeat else "签到成功"
    return f"{said}：{titled(arrival.topic)}{_beside(arrival)}"


def _beside(arrival: Arrival) -> str:
    if arrival.is_guest:
        return "（列席）"
    return f"（迟到 {arrival.late_by} 分钟）" if arrival.late_by else ""


def since_scan(arrival: Arrival) -> str:
    """Told after binding to whoever had scanned before."""
    return f"刚才扫的码算数。{arrived(arrival)}"


def bind_until(until: datetime) -> str:
    head = bold("扫码收到了，位置给您留五分钟。")
    return (
        f"{head}\n{local(until):%H:%M} 前绑定好身份，就按刚才扫码的时间签到："
        "发邀请码给我，或点“申请加入”请书记确认。"
    )


def wrong(entered: Entered) -> str:
    if entered.entry is Entry.LOCKED and entered.until is not None:
        return (
            f"签到码错了太多次，{local(entered.until):%H:%M} 以后再试。"
            "着急的话，扫屏幕上的二维码，或点会议通知里的“签到”。"
        )
    return f"这个签到码不对，请看一下屏幕上的六位数字。还可以试 {entered.tries_left} 次。"


def next_one(meeting: Waiting) -> str:
    return (
        f"现在还不能签到。下一场是{titled(meeting.topic)}，"
        f"{when(meeting.starts_at)}开始，提前半小时可以签到。"
    )


def choices(meetings: Sequence[Waiting]) -> list[str]:
    return [f"{local(each.starts_at):%H:%M} {each.topic}" for each in meetings]
