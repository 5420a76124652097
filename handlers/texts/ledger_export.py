"""The ledger as a workbook: the year's rhythm, one sheet a kind, decisions, votes, corrections."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.core.clock import local
from bot.core.meetings import KINDS, REASONS, STATUSES
from bot.files import workbook
from bot.services.cadence import Overview
from bot.services.corrections import Correction
from bot.services.decisions import Vote
from bot.services.ledger import Attendee, Entry
from bot.services.months import Lock
from bot.services.quorum import Count
from bot.services.records import Record
from handlers.texts import cadence as cadence_texts
from handlers.texts import decisions as decision_texts
from handlers.texts import minutes

Value = Callable[[Entry], object]
_NOTHING = "（无）"
_FIELDS = {
    **minutes.FIELDS,
    "attendance": "考勤",
    "resolution": "决议",
    "vote": "表决",
    "ticks": "计划项",
}


def write(
    entries: Sequence[Entry],
    corrections: Sequence[Correction],
    locks: Sequence[Lock],
    year: Overview | None,
) -> bytes:
    """One xlsx; what holds nothing has no sheet, but the last one is always there."""
    sheets = [_rhythm(year)] if year else []
    for kind, name in KINDS.items():
        mine = [entry for entry in entries if entry.record.kind == kind]
        if mine:
            sheets.append(_meetings(name, mine))
    spoken = [entry for entry in entries if _has_words(entry)]
    if spoken:
        sheets.append(_words(spoken))
    if any(entry.resolutions for entry in entries):
        sheets.append(_resolutions(entries))
    if any(entry.votes for entry in entries):
        sheets.append(_votes(entries))
    return workbook.write([*sheets, _trail(entries, corrections, locks)])


def _has_words(entry: Entry) -> bool:
    record = entry.record
    return any((record.reported, record.discussed, record.decided, record.summary))


def away(attendees: Sequence[Attendee]) -> str:
    """Who was expected and did not come, with the reason (TZ03)."""
    missing = [each for each in attendees if each.is_expected and each.status in _AWAY]
    return "；".join(f"{each.name}{why(each)}" for each in missing)


def why(attendee: Attendee) -> str:
    return (
        f"（{'，'.join(part for part in (STATUSES[attendee.status], reason(attendee)) if part)}）"
    )


def reason(attendee: Attendee) -> str:
    """The category of an absence, or nothing."""
    return REASONS.get(attendee.reason, "")


def field(correction: Correction) -> str:
    """What was changed; with the person for attendance."""
    return " ".join(part for part in (_FIELDS[correction.field], correction.person) if part)


def guests(entry: Entry) -> str:
    """Guests: those of the roster who came, and others as they were named."""
    there = [each.name for each in entry.attendees if each.status == "guest"]
    return "、".join([*there, *entry.record.visitors])


def said(correction: Correction, value: str) -> str:
    """A value of the trail as people read it."""
    if not value:
        return _NOTHING
    if correction.field == "attendance":
        return attended(value)
    if correction.field == "vote":
        subject, purpose, *numbers = json.loads(value)
        return decision_texts.counted(Vote(0, 0, subject, purpose, Count(*numbers)))
    return value


def attended(value: str) -> str:
    """A status as the trail keeps it (absent:duty) in words."""
    status, _, why_not = value.partition(":")
    told = REASONS.get(why_not, "")
    return STATUSES.get(status, status) + (f"（{told}）" if told else "")


_AWAY = ("leave", "absent")


def _decided(entry: Entry) -> str:
    """What was typed as decided, else the resolutions, which stand with their days on a sheet."""
    return entry.record.decided or "；".join(each.text for each in entry.resolutions)


def _counted(entry: Entry, what: str) -> int | None:
    """A number of the roll; nothing before it was called, since nobody knows."""
    return getattr(entry.record.tally, what) if entry.record.is_over else None


def _state(record: Record) -> str:
    if not record.is_over:
        return "还没点名"
    return "已确认" if record.confirmed_at else "未确认"


_MEETING: Mapping[str, tuple[int, Value]] = {
    "日期": (12, lambda entry: local(entry.record.starts_at).date()),
    "开始": (7, lambda entry: local(entry.record.starts_at).time()),
    "分钟": (6, lambda entry: entry.record.lasts),
    "党组织": (18, lambda entry: entry.record.unit),
    "主题": (26, lambda entry: entry.record.topic),
    "地点": (12, lambda entry: entry.record.place),
    "主持人": (9, lambda entry: entry.record.host),
    "记录人": (9, lambda entry: entry.record.recorder),
    "应到": (6, lambda entry: entry.record.tally.expected),
    "实到": (6, lambda entry: _counted(entry, "present")),
    "迟到": (6, lambda entry: _counted(entry, "late")),
    "请假": (6, lambda entry: _counted(entry, "leave")),
    "缺席": (6, lambda entry: _counted(entry, "absent")),
    "应到有表决权": (8, lambda entry: entry.record.tally.entitled),
    "实到有表决权": (8, lambda entry: _counted(entry, "voting")),
    "未到人员及原因": (22, lambda entry: away(entry.attendees)),
    "列席": (12, guests),
    "决定事项": (34, _decided),
    "结对单位": (14, lambda entry: "、".join(entry.record.partners)),
    "状态": (8, lambda entry: _state(entry.record)),
}
# Left out where they say nothing, so that a line fits on paper.
_IF_ANY = ("列席", "结对单位")
_IF_SEVERAL = ("党组织",)
_WITH_VOTES = ("应到有表决权", "实到有表决权")
_WORDS: Mapping[str, tuple[int, Value]] = {
    "日期": (12, lambda entry: local(entry.record.starts_at).date()),
    "类型": (13, lambda entry: KINDS[entry.record.kind]),
    "主题": (22, lambda entry: entry.record.topic),
    "报告和传达": (34, lambda entry: entry.record.reported),
    "讨论发言": (44, lambda entry: entry.record.discussed),
    "决定事项": (34, lambda entry: entry.record.decided),
    "主持人总结": (24, lambda entry: entry.record.summary),
}


def _meetings(name: str, entries: Sequence[Entry]) -> workbook.Sheet:
    return _columns(
        name, {head: each for head, each in _MEETING.items() if _says(head, entries)}, entries
    )


def _says(heading: str, entries: Sequence[Entry]) -> bool:
    if heading in _WITH_VOTES:
        return entries[0].record.kind == "congress"
    values = {_MEETING[heading][1](entry) for entry in entries}
    if heading in _IF_SEVERAL:
        return len(values) > 1
    return heading not in _IF_ANY or values != {""}


def _words(entries: Sequence[Entry]) -> workbook.Sheet:
    """What was said, apart from the numbers: long texts would not fit beside them."""
    return _columns("记录内容", _WORDS, entries)


def _columns(
    name: str, columns: Mapping[str, tuple[int, Value]], entries: Sequence[Entry]
) -> workbook.Sheet:
    rows = [[value(entry) for _, value in columns.values()] for entry in entries]
    return _sheet(name, list(columns), rows, [width for width, _ in columns.values()])


def _resolutions(entries: Sequence[Entry]) -> workbook.Sheet:
    rows = [
        [
            local(entry.record.starts_at).date(),
            KINDS[entry.record.kind],
            entry.record.topic,
            each.text,
            each.responsible,
            each.due_on,
            local(each.done_at).date() if each.done_at else None,
        ]
        for entry in entries
        for each in entry.resolutions
    ]
    headings = ["会议日期", "类型", "会议", "决议", "责任人", "完成期限", "完成日期"]
    return _sheet("决议", headings, rows, (12, 14, 26, 40, 12, 12, 12))


def _votes(entries: Sequence[Entry]) -> workbook.Sheet:
    rows = [
        [
            local(entry.record.starts_at).date(),
            entry.record.topic,
            each.subject,
            decision_texts.PURPOSES[each.purpose],
            *vars(each.count).values(),
            "\n".join(decision_texts.hints(each)),
        ]
        for entry in entries
        for each in entry.votes
    ]
    numbers = ["应到", "实到", "同意", "反对", "弃权", "书面同意"]
    headings = ["会议日期", "会议", "表决事项", "类别", *numbers, "计算提示（不是认定）"]
    return _sheet("表决", headings, rows, (12, 22, 26, 14, 7, 7, 7, 7, 7, 8, 50))


def _trail(
    entries: Sequence[Entry], corrections: Sequence[Correction], locks: Sequence[Lock]
) -> workbook.Sheet:
    """What was changed after it was confirmed, and months closed and opened again."""
    of = {entry.record.id: entry.record for entry in entries}
    rows: list[list[Any]] = [
        [
            local(each.made_at).replace(tzinfo=None),
            each.made_by,
            local(of[each.record_id].starts_at).date(),
            of[each.record_id].topic,
            field(each),
            said(each, each.old),
            said(each, each.new),
            each.reason,
        ]
        for each in corrections
    ]
    for lock in locks:
        rows.append(_lock_row(lock.locked_at, lock.locked_by, lock.month, "关账", ""))
        if lock.unlocked_at:
            again = (lock.unlocked_at, lock.unlocked_by, lock.month, "解锁", lock.reason)
            rows.append(_lock_row(*again))
    rows.sort(key=lambda row: row[0])
    headings = ["时间", "谁", "会议日期", "会议", "改了什么", "原来", "现在", "原因"]
    return _sheet("更正和关账", headings, rows or [[_NOTHING]], (17, 10, 12, 24, 16, 34, 34, 24))


def _lock_row(at: Any, by: str, month: str, what: str, reason: str) -> list[Any]:
    return [local(at).replace(tzinfo=None), by, None, f"{month} 台账", what, "", "", reason]


def _rhythm(year: Overview) -> workbook.Sheet:
    headings = ["项目", "依据", "频次", "今年已开", *(f"{month}月" for month in range(1, 13))]
    rows = [
        [
            KINDS[line.duty.kind],
            cadence_texts.clause(line),
            cadence_texts.every(line),
            line.held,
            *cadence_texts.by_month(line),
        ]
        for line in year.lines
    ]
    return _sheet("进度", headings, rows, (16, 44, 10, 9, *([8] * 12)))


def _sheet(
    title: str, headings: Sequence[str], rows: Sequence[Sequence[object]], widths: Sequence[int]
) -> workbook.Sheet:
    return workbook.Sheet(title, headings, rows, widths, is_printed=True)
