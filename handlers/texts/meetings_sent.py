"""Sentences of a meeting that was called: other branches, changes, its end, how it stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.core.text import bold, quiet
from bot.services.agenda import Standing
from bot.services.meetings import Meeting
from bot.services.units import Unit
from handlers.texts import meetings as texts

REFUSALS: dict[str, str] = {}

SHOW, MOVE, CANCEL = "看进展", "改时间地点", "取消会议"
JOIN, STAY_AWAY = "一起开，通知我们的人", "这次不参加"
JOINED_BEFORE = "您的支部已经同意一起开，所以没有改动。要退出，请联系召集的支部。"
NEW_TIME, NEW_PLACE = "改时间", "改地点"
ASK_TIME = "改到什么时候？直接打，比如“下周三下午3点”。"
ASK_PLACE, TYPE_PLACE = "改到哪里？点一下，或者直接打。", "改到哪里？直接打就行。"
WHAT_TO_MOVE = "要改什么？直接打新的时间也行，比如“下周三下午3点”。"
SEND_CHANGE, LEAVE_IT = "发出变更", "不改了"
SURE_CANCEL, KEEP = "确定取消", "不取消"
STAYED = "好，没有改动，也没有通知任何人。"
NO_LONGER_ASKED = "这一步已经过了时间，什么都没有变。要取消的话，请再点一次“取消会议”。"
HELD = "这个会已经开过、点过名，不能再取消，也不能改时间地点。"
CANCELLED_BEFORE = "这个会议先前已经取消，没有再通知。"
CHANGED_BEFORE = "时间地点已经是这样了，没有再通知。"
NONE = "您这里没有进行中的会议。发“开会”可以召集。"
ROLL, SCREEN, MINUTES = "点名", "大屏签到", "写记录"
SILENT, NO_SILENT = "谁还没回", "每个人都回复了。"
ALSO_TIME, ALSO_PLACE = "还要改时间", "还要改地点"
_STEPS = {
    "wait": "等开会",
    "on": "正在开",
    "mark": "该点名了",
    "write": "该写记录了",
    "done": "已办完",
}
_CALLED = ("write", "done")
_NEXT = {
    "wait": "下一步：等开会。",
    "on": "正在开。",
    "mark": "下一步：点名。",
    "write": "下一步：写记录。",
    "done": "已办完。",
}


def asked_to_join(meeting: Meeting, unit: Unit, name: str) -> str:
    lines = [
        bold(f"{texts.units(meeting.units)}想和{unit.name}一起开会"),
        f"{name}发起：{texts.title(meeting)}",
        *texts.details(meeting)[:2],
        "同意后，您支部的人各收到一条通知，记录记在您支部自己的台账里。",
    ]
    return "\n".join(lines)


def joined(line: str, own: str) -> str:
    return f"好，一起开：{line}\n您支部{own}。"


def told(count: int) -> str:
    return f"已通知 {count} 人。"


def stayed_away(line: str) -> str:
    return f"好，这次不参加，已告诉召集的支部：{line}"


def answered(line: str, unit: str, *, has_joined: bool) -> str:
    if has_joined:
        return f"{unit}同意一起开，已通知他们的人：{line}"
    return f"{unit}这次不参加：{line}"


def ask_change(old: Meeting, starts_at: datetime, place: str) -> str:
    lines = [bold(f"变更：{texts.title(old)}")]
    if starts_at != old.starts_at:
        lines.append(f"时间：{texts.when(old.starts_at)} → {bold(texts.when(starts_at))}")
    if place != old.place:
        lines.append(f"地点：{old.place or '未定'} → {bold(place or '另行通知')}")
    lines.append(quiet("还没有发出。发出后，每个人收到一条新通知，旧的作废。"))
    return "\n".join(lines)


def changed(line: str, count: int) -> str:
    return f"已改好，已通知 {count} 人：{line}"


def ask_cancel(line: str) -> str:
    return f"取消后，每个收到过通知的人会收到一条取消通知。确定取消吗？\n{line}"


def cancelled(line: str, count: int) -> str:
    told_them = f"已通知 {count} 人" if count else "还没有人收到通知，所以不另行通知"
    return f"已取消，{told_them}：{line}"


def stands(each: Standing) -> str:
    meeting = each.meeting
    lines = [
        bold(texts.title(meeting)),
        *texts.details(meeting),
        _answers(each) if each.step not in _CALLED else f"应到 {each.expected} 人，{_came(each)}。",
    ]
    if each.unsent:
        lines.append(f"通知正在分批送出，还有 {each.unsent} 人没有轮到，不用等着。")
    if each.is_taking and each.step not in _CALLED:
        lines.append(bold(f"已签到 {each.here} 人。"))
    if meeting.asked:
        lines.append(f"还在等{texts.units(meeting.asked)}的书记确认。")
    if meeting.state == "cancelled":
        return "\n".join([*lines, "已取消。"])
    return "\n".join([*lines, _NEXT[each.step]])


def _answers(each: Standing) -> str:
    """What people said before; of no use any more once the roll was called."""
    return (
        f"应到 {each.expected} 人：会到 {each.coming}，请假 {each.leave}，没回 {each.silent}"
        + (f"，请假没同意 {each.declined}" if each.declined else "")
        + (f"；列席 {each.guests} 人" if each.guests else "")
    )


def _came(each: Standing) -> str:
    return f"到会 {each.here} 人"


def listed(found: Sequence[Standing]) -> str:
    lines = [
        f"· {texts.line(each.meeting)}：{_STEPS[each.step]}，{_so_far(each)}" for each in found
    ]
    return "\n".join([bold("您这里的会议"), *lines])


def _so_far(each: Standing) -> str:
    if each.step in _CALLED:
        return _came(each)
    if each.is_taking and each.here:
        return f"已签到 {each.here}/{each.expected}"
    return f"会到 {each.coming}/{each.expected}，请假 {each.leave}"


def silent(names: Sequence[str]) -> str:
    if not names:
        return NO_SILENT
    return (
        f"还没回复的 {len(names)} 人：{'、'.join(names)}。\n{quiet('不回复也可以到会，不用催。')}"
    )
