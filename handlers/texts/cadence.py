"""Sentences of the rhythm: what was held, what is due, with the clause; the word before an end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.core.meetings import KINDS
from bot.core.text import bold, quiet
from bot.files.cadence_picture import Bar, Row
from bot.services.cadence import Count, Overview
from bot.services.quorum import Clause
from bot.services.rhythm import Every, Line, Step
from bot.services.units import Unit
from handlers.texts.clauses import cited, cited_all

REFUSALS = {"cadence_not_yours": "这个支部的进度不归您管。"}

LECTURE, TERM, LEDGER, OTHER = "党课频次", "换届日期", "台账", "看一个支部"
SEE, WRITE_DOWN, BACK = "看进度", "补记会议", "返回进度"
WHICH_UNIT = "看哪个支部的进度？"
NO_BRANCHES = "您负责的范围里还没有党支部。"
PNG = "image/png"
EVERY: dict[Every | None, str] = {
    "month": "每月 1 次",
    "quarter": "每季度 1 次",
    "half": "每半年 1 次",
    "year": "每年 1 次",
    None: "没有设定",
}
ASK_LECTURE = (
    "党课多久开一次？条例没有规定每季度一课，由单位自己定；党委（党组）书记每年至少讲一次。"
    "选“没有设定”，就只记次数，不提醒。"
)
_SPANS: dict[Every, str] = {"month": "本月", "quarter": "本季度", "half": "本半年", "year": "今年"}
_STATES = {"done": "已开", "planned": "已召集", "due": "待开", "past": "没有记录", "ahead": ""}
_LATER = "年度组织生活会和民主评议常随上级通知放到次年一至三月，以通知为准。"


def every(line: Line) -> str:
    return EVERY[line.duty.every]


def clause(line: Line) -> str:
    """Where it stands; of 党课 the rules name no number."""
    own = "（次数由单位自定）" if line.duty.kind == "lecture" else ""
    return f"{cited(line.duty.clause)}{own}"


def overview(found: Overview) -> str:
    """The current periods in words, so that nobody needs the picture."""
    lines = [bold(f"{found.unit.name}　{found.on.year}年"), ""]
    lines += [_line(each) for each in found.lines]
    notes: list[str] = []
    if not found.has_committee:
        notes.append("正式党员不足 7 人，不设支委会的支部没有支委会这一行。")
    if any(each.duty.every == "year" and _is_open(each) for each in found.lines):
        notes.append(_LATER)
    if found.lines:
        notes.append(f"依据：{cited_all(_clauses(found.lines))}。党课次数由单位自定。")
    return "\n".join([*lines, "", *(quiet(note) for note in notes)])


def _line(line: Line) -> str:
    name = KINDS[line.duty.kind]
    if line.now is None or line.duty.every is None:
        return f"· {name}：今年 {line.held} 次"
    span, state = _SPANS[line.duty.every], _STATES[line.now.state]
    part = f"（{line.now.held}/{line.now.of} 个小组）" if line.now.of > 1 else ""
    return f"· {name}：{span}{state}{part}，今年共 {line.held} 次"


def _is_open(line: Line) -> bool:
    return line.now is not None and line.now.state == "due"


def rows(found: Overview) -> list[Row]:
    """The same for the picture."""
    return [
        Row(KINDS[line.duty.kind], every(line), [_bar(step) for step in line.steps], _count(line))
        for line in found.lines
    ]


def picture_titles(found: Overview) -> tuple[str, str]:
    day = f"{found.on.year}年{found.on.month}月{found.on.day}日"
    return found.unit.name, f"{found.on.year}年组织生活进度，截至{day}"


def by_month(line: Line) -> list[str]:
    """The state of each period in its last month's column, for the table."""
    cells = [""] * 12
    for step in line.steps:
        cells[step.ends_on.month - 1] = _STATES[step.state]
    return cells


def counts(branches: int, found: Sequence[Count]) -> str:
    """What goes further up: how many of how many, and never which."""
    lines = [bold(f"{branches} 个党支部，本期完成情况"), ""]
    for each in found:
        span = _SPANS[each.duty.every] if each.duty.every else ""
        planned = f"，另有 {each.planned} 个已召集" if each.planned else ""
        lines.append(f"· {KINDS[each.duty.kind]}：{span}{each.done}/{each.of} 个支部已开{planned}")
    return "\n".join([*lines, "", quiet("只有合计数，不列支部名单，不排名。")])


def reminder(found: Overview) -> str:
    """One private word to the secretary, ten days before a period ends."""
    lines = [f"{found.unit.name}这一期快结束了，下面几项还没有开会记录："]
    for line in found.missing():
        assert line.now is not None
        lines.append(f"· {KINDS[line.duty.kind]}（{_until(line.now.ends_on)}）{_part(line.now)}")
    notes = [f"依据：{cited_all(_clauses(found.missing()))}。"]
    if any(line.duty.every == "year" for line in found.missing()):
        notes.append(_LATER)
    notes.append("如果已经开过，点“补记会议”记下来就好；有特殊情况，不用理会这条。")
    return "\n".join([*lines, "", *(quiet(note) for note in notes)])


def _clauses(lines: Sequence[Line]) -> list[Clause]:
    return [line.duty.clause for line in lines]


def lecture_set(unit: Unit, chosen: Every | None) -> str:
    return f"{unit.name}的党课：{EVERY[chosen]}。"


def picture_name(found: Overview) -> str:
    return f"{found.unit.name}{found.on.year}年进度.png"


def _bar(step: Step) -> Bar:
    note = f"{step.held}/{step.of}" if step.of > 1 and step.held else ""
    return Bar(step.starts_on.month, step.ends_on.month, step.state, note)


def _count(line: Line) -> str:
    return f"今年 {line.held} 次"


def _part(step: Step) -> str:
    return f"，{step.of} 个小组开了 {step.held} 个" if step.of > 1 else ""


def _until(day: date) -> str:
    return f"{day.month}月{day.day}日前"
