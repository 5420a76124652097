"""Sentences of answering an invitation: coming, leave and its reasons, one's own meetings."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.meetings import REASONS
from bot.core.text import bold, quiet
from bot.services.agenda import Mine
from bot.services.leave import Request
from bot.services.meetings import Meeting
from handlers.texts import meetings as texts

REFUSALS: dict[str, str] = {}

COMES_AFTER_ALL, INSTEAD_LEAVE, NOT_LEAVE = "能来了，我会到", "改为请假", "不请了"
CHECK_IN = "签到"
ASK_REASON = "请假是什么原因？点一个，或者打几个字。记录里只留这一类，不留您打的话。"
REST_WELL = "您先忙要紧的，多保重。具体情况不用写，也没有记下。"
APPROVE, DECLINE, APPROVE_AFTER_ALL, ROLL = "同意", "不同意", "改为同意", "点名"
_SAID = {"yes": "您已回复：会到。", "none": "您还没有回复。"}
_LEAVE = {
    "asked": "已请假（{reason}），已转告书记；书记没有另外回话，就按请假记。",
    "approved": "已请假（{reason}），书记已同意。",
    "declined": "请假（{reason}）书记没能同意，有难处请直接和书记说。",
}


def said(mine: Mine) -> str:
    if mine.reply != "leave":
        return _SAID[mine.reply]
    if not mine.is_expected:
        return "您已回复：这次来不了。"
    return _LEAVE[mine.leave_state].format(reason=REASONS.get(mine.reason, "其他"))


def invitation(mine: Mine) -> str:
    asked = texts.invitation(mine.meeting, is_guest=not mine.is_expected)
    return f"{asked}\n{bold(said(mine))}" if mine.reply != "none" else asked


def ask_reason(meeting: Meeting) -> str:
    return f"{texts.line(meeting)}\n{ASK_REASON}"


def asked(request: Request) -> str:
    """What the secretary reads."""
    lines = [
        bold(f"{request.name}请假（{REASONS[request.reason]}）"),
        texts.line(request.meeting),
        quiet("不点也行：没有回话，就按请假记。"),
    ]
    return "\n".join(lines)


def decided(request: Request) -> str:
    what = f"{request.name}请假（{REASONS[request.reason]}），{texts.line(request.meeting)}"
    word = "已同意" if request.state == "approved" else "没有同意"
    if request.is_marked:
        return f"考勤里已经登记过这个人，没有改动，也没有通知本人。要改的话请点“点名”。\n{what}"
    if request.is_repeat:
        return f"先前{word}：{what}"
    if request.is_late:
        counts = "按请假记" if request.state == "approved" else "不按请假记，没到的请点成缺席"
        return f"{word}。会议时间已过，不再通知本人；点名时{counts}：{what}"
    return f"{word}，已告诉本人：{what}"


def told_decided(request: Request) -> str:
    if request.state == "approved":
        return f"书记同意了您的请假：{texts.line(request.meeting)}。"
    return f"这次请假书记没能同意，有难处请直接和书记说：{texts.line(request.meeting)}。"


def listed(found: Sequence[Mine]) -> str:
    lines = [f"· {texts.line(each.meeting)}\n  {said(each)}" for each in found]
    return "\n".join([bold("您的会议"), *lines])


def calendar_note(meeting: Meeting) -> str:
    return f"点开附件，就能把{texts.title(meeting)}加进手机日历。"
