"""Sentences of meetings: what, when, where; the invitation, its change, its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

from bot.core.meetings import KINDS
from bot.core.moments import when
from bot.core.text import bold, quiet
from bot.services.changing import Change
from bot.services.meetings import Meeting
from bot.services.units import Unit

REFUSALS = {
    "date_unread": "“{text}”没有看懂是什么时候。可以写“下周三下午3点”“12-5 15:00”“明晚七点半”。",
    "date_impossible": "没有“{text}”这个时间，请再写一次。",
    "date_past": "“{text}”已经过去了，请写一个以后的时间。",
    "date_ahead": "“{text}”还没有到。补记的是已经开过的会；要召集会议，请发“开会”。",
    "date_wrong_weekday": "{month}月{day}日是周{real}，不是周{said}。请再核对一下日期。",
    "meeting_not_your_unit": "这个单位的会议不归您召集。",
    "meeting_kind_unfit": "这个单位开不了这种会，请换一个单位或会议类型。",
    "meeting_purpose_unfit": "这种会上不能作这样的表决。请点“更多”里的“有表决事项”重新选。",
    "meeting_in_past": "开会时间已经过了，请改一个时间再发。",
    "meeting_not_held": "补记的会要已经开完，而且在一年以内。请再写一次时间。",
    "meeting_too_far": "开会时间太远了，一年以内的会议才能召集。",
    "meeting_nobody": "按花名册，那一天没有人要参加这个会，所以没有发出。请先核对花名册。",
    "meeting_gone": "没有找到这个会议。",
    "meeting_not_yours": "这个会议不是您的单位召集的，所以您不能处理。",
    "meeting_over": "这个会议已经开始、结束或取消，不能再改。",
    "meeting_ended": "《{topic}》已经散会，不用再回复了。没能到会的话，和书记说一声就行。",
    "meeting_not_invited": "这个会议的名单里没有您。如果应该有，请联系支部书记。",
    "leave_here": "《{topic}》您已经签到了，不用再回复。临时要走，和书记说一声就行。",
    "leave_gone": "这个请假已经撤回，或者会议已经取消，不用再处理。",
    "draft_gone": "这份草稿已经发出，或者已经放下了。发“开会”可以重新开始。",
}

COME, LEAVE, CALENDAR = "我会到", "请假", "加入日历"
SUPERSEDED = "这条通知已作废，以下面为准。"
CALENDAR_NAME = "会议.ics"
NONE_MINE = "近期没有您要参加的会议。"
_STATES = {"planned": "", "open": "（正在开）", "closed": "（已结束）", "cancelled": "（已取消）"}


def span(starts_at: datetime, lasts: int) -> str:
    return f"{when(starts_at)}，{length(lasts)}"


def length(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"约 {rest} 分钟"
    return f"约 {hours} 小时" + ("半" if rest == 30 else f" {rest} 分钟" if rest else "")


def hour(at: time) -> str:
    return f"{at:%H:%M}"


def default_topic(kind: str, on: date) -> str:
    return f"{on.month}月{KINDS[kind]}"


def title(meeting: Meeting) -> str:
    """The topic, with the kind before it where it does not say so itself."""
    kind = KINDS[meeting.kind]
    return meeting.topic if kind in meeting.topic else f"{kind}：{meeting.topic}"


def units(found: Sequence[Unit]) -> str:
    return "、".join(unit.name for unit in found)


def details(meeting: Meeting) -> list[str]:
    return [
        f"时间：{span(meeting.starts_at, meeting.lasts)}",
        f"地点：{meeting.place or '另行通知'}",
        f"召集：{units(meeting.units)}",
    ]


def invitation(meeting: Meeting, *, is_guest: bool = False) -> str:
    asked = "请您列席。" if is_guest else "请您参加。"
    return "\n".join([bold(title(meeting)), *details(meeting), asked])


def superseded(meeting: Meeting) -> str:
    if meeting.state == "cancelled":
        return cancelled(meeting)
    return "\n".join([SUPERSEDED, "", invitation(meeting)])


def outdated(text: str, *, is_cancelled: bool) -> str:
    """In the place of an invitation, with what it said below."""
    if is_cancelled:
        said = "这个会议取消了，不用参加。"
    else:
        said = "这条通知已作废，以新的通知为准。发“我的会议”可以看现在的安排。"
    return "\n".join([bold(said), *(quiet(line) for line in text.splitlines() if line)])


def changed(change: Change, *, is_guest: bool = False, has_leave: bool = False) -> str:
    old, new = change.old, change.new
    what = "时间和地点" if change.is_moved and old.place != new.place else "时间"
    what = what if change.is_moved else "地点"
    lines = [bold(f"会议{what}有变：{title(new)}")]
    if change.is_moved:
        lines.append(f"时间：{when(old.starts_at)} → {bold(when(new.starts_at))}")
    else:
        lines.append(f"时间：{when(new.starts_at)}（不变）")
    if old.place != new.place:
        lines.append(f"地点：{old.place or '未定'} → {bold(new.place or '另行通知')}")
    else:
        lines.append(f"地点：{new.place or '另行通知'}（不变）")
    lines.append("以这条为准，此前的通知作废。")
    if change.is_moved and not has_leave:
        lines.append("先前回复过的，麻烦按新时间再点一次。")
    if has_leave:
        lines.append("您请过的假仍然有效；能来的话，点一下“我会到”。")
    elif is_guest:
        lines.append("请您列席。")
    return "\n".join(lines)


def cancelled(meeting: Meeting) -> str:
    lines = [bold(f"会议取消：{title(meeting)}"), f"原定 {when(meeting.starts_at)}，不开了。"]
    return "\n".join([*lines, "不用回复。"])


def no_longer(meeting: Meeting) -> str:
    return (
        f"{when(meeting.starts_at)}的{title(meeting)}，按花名册您那一天不在参加范围里，"
        "所以不用参加了。"
    )


def reminder(meeting: Meeting) -> str:
    return "\n".join([bold(f"提醒：{title(meeting)}"), *details(meeting)[:2]])


def state(meeting: Meeting) -> str:
    return _STATES[meeting.state]


def line(meeting: Meeting) -> str:
    place = f"，{meeting.place}" if meeting.place else ""
    return f"{when(meeting.starts_at)} {title(meeting)}{place}{state(meeting)}"


def small(text: str) -> str:
    return quiet(text)
