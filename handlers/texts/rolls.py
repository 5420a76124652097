"""Sentences of the roll: who is missing, what it came to, what can still be changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.core.meetings import REASONS, STATUSES
from bot.core.moments import when
from bot.core.text import bold, quiet, titled
from bot.services.quorum import Answer, Check
from bot.services.rolls import Line, Roll
from handlers.texts.clauses import cited

REFUSALS = {
    "roll_early": "《{topic}》还没到点名的时候，{opens} 起可以点。",
    "roll_nobody": "名单里没有这个人，可能刚刚变动过。请重新打开点名。",
}
FINISH = "完成"
UNDO = "撤销完成"
MINUTES = "写会议记录"
REFRESH = "刷新"
OTHERS = "改某个人"
BACK = "返回点名"
GUEST = "加列席"
SCREEN = "会议屏幕"
ROLL = "点名"
LATE, LEAVE, ABSENT, CAME, UNMARKED = "迟到", "请假", "缺席", "到会", "改回未记"
GUEST_CAME, GUEST_AWAY = "列席", "没来"
NO_REASON = "不写原因"
OPEN_SCREEN = "打开会议屏幕"
WHOM = "要改哪一位？"
ASK_GUEST = "请发列席人的姓名或工号（打“取消”可以离开）。花名册里没有的人，请写进会议记录。"
_HOW = "请点没到的人，再点“完成”；其余的人记为到会。"
_WHO_HERE = {
    "present": "✓ ",
    "late": "✓ ",
    "leave": "假 ",
    "absent": "× ",
}
_RULES = {
    "half": "半数以上（含半数）",
    "over_half": "超过半数",
    "four_fifths": "五分之四以上（含五分之四）",
    "two_thirds": "三分之二以上（含三分之二）",
}


def label(line: Line) -> str:
    """A person on a button: how they are marked, the name, the number when two share the name."""
    name = f"{line.name} {line.number}" if line.has_twin else line.name
    name = name if line.is_expected else f"{name}（列席）"
    return f"{_WHO_HERE.get('leave' if line.is_away else line.status, '')}{name}"


def calling(roll: Roll) -> str:
    """The roll while it is being called."""
    said = quorum(roll.check)
    lines = [_head(roll), _counts(roll), *([quiet(said)] if said else []), *_listed(roll)]
    return "\n".join([*lines, "", _HOW])


def not_yet(roll: Roll) -> str:
    return "\n".join([_head(roll), _counts(roll), *_listed(roll), "", "开始前半小时起可以点名。"])


def done(roll: Roll) -> str:
    """What the roll came to."""
    counted = roll.tally
    late = f"（迟到 {counted.late}）" if counted.late else ""
    parts = [f"应到 {counted.expected}", f"到会 {counted.present}{late}"]
    parts += [f"请假 {counted.leave}", f"缺席 {counted.absent}"]
    parts += [f"列席 {counted.guests}"] if counted.guests else []
    lines = [_head(roll), bold("点名完成。"), "，".join(parts) + "。", *_listed(roll)]
    if said := quorum(roll.check):
        lines.append(quiet(said))
    return "\n".join(lines)


def after_time(roll: Roll) -> str:
    """Brought to the secretary by itself when the meeting's time is over."""
    return "\n".join([bold("会议时间到了，点一下名就能收尾。"), calling(roll)])


def quorum(check: Check) -> str:
    """The line on the quorum, with its clause; empty where no clause demands a number."""
    if check.rule is None or check.answer is Answer.NO_RULE:
        return ""
    if check.caveat == "exactly_four_fifths":
        return "到会恰好五分之四：现行规定够，有的旧办法不够，请主持人核对。"
    whose = cited(check.rule.clause)
    if check.answer is Answer.MET:
        return f"已达到到会{_RULES[check.rule.name]}的要求（{whose}）。"
    missing = check.needed - check.have
    return f"到会要求{_RULES[check.rule.name]}，还差 {missing} 人（{whose}）。"


def person(line: Line) -> str:
    return f"{bold(label_of(line))}：{_standing(line)}。改成："


def label_of(line: Line) -> str:
    return f"{line.name}（{line.number}）" if line.has_twin else line.name


def why(line: Line, status: str) -> str:
    return f"{bold(label_of(line))}{STATUSES[status]}的原因是："


def ask_note(line: Line, status: str) -> str:
    return (
        f"这次会议的记录已经确认。要把{label_of(line)}改为{STATUSES[status]}，"
        "请写一句为什么改（打“取消”可以离开）。"
    )


def screen(topic: str) -> str:
    return (
        f"{titled(topic)}的会议屏幕。在连着投影的电脑上打开，大家扫码或输入数字签到；"
        "屏幕上只有人数，没有名字。"
    )


def guest_added(name: str, *, is_new: bool) -> str:
    return f"{name}记为列席了。" if is_new else f"{name}已经在名单里。"


def _head(roll: Roll) -> str:
    return f"{bold(titled(roll.meeting.topic))}\n{quiet(when(roll.meeting.starts_at))}"


def _counts(roll: Roll) -> str:
    counted = roll.tally
    return f"应到 {counted.expected} 人，已签到 {counted.present} 人。"


def _listed(roll: Roll) -> list[str]:
    lines = roll.lines
    groups = [
        ("请假", [_with_reason(each) for each in lines if each.is_away]),
        ("缺席", [_with_reason(each) for each in lines if each.status == "absent"]),
        ("迟到", [_late(each) for each in lines if each.status == "late" and each.is_expected]),
        ("列席", _names(each for each in lines if not each.is_expected and _came(each))),
    ]
    found = [f"{word}：{'、'.join(names)}" for word, names in groups if names]
    visitors = roll.meeting.visitors
    return [*found, *([f"外请：{'、'.join(visitors)}"] if visitors else [])]


def _names(lines: Iterable[Line]) -> Sequence[str]:
    return [label_of(each) for each in lines]


def _came(line: Line) -> bool:
    return line.status in ("present", "late")


def _late(line: Line) -> str:
    return f"{label_of(line)}（{line.late_by} 分钟）" if line.late_by else label_of(line)


def _with_reason(line: Line) -> str:
    said = [REASONS.get(line.reason, "")] if line.reason else []
    said += ["待批"] if line.status == "none" and line.leave_state == "asked" else []
    return f"{label_of(line)}（{'，'.join(said)}）" if said else label_of(line)


def _standing(line: Line) -> str:
    if not line.is_expected:
        return STATUSES["guest"] if _came(line) else STATUSES["none"]
    if line.status == "none" and line.is_away:
        return "请假（待批）" if line.leave_state == "asked" else "请假"
    reason = REASONS.get(line.reason, "") if line.status in ("leave", "absent") else ""
    return STATUSES[line.status] + (f"（{reason}）" if reason else "")
