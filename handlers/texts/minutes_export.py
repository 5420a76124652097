"""Minutes as papers: the fields of chapter 16 of party.md, each with its attendance sheet."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.clock import local
from bot.core.meetings import KINDS, STATUSES
from bot.files.minutes_docx import Paper, Part, Table
from bot.services.corrections import Correction
from bot.services.decisions import Vote
from bot.services.ledger import Attendee, Entry
from bot.services.records import Record
from handlers.texts import decisions as decision_texts
from handlers.texts import ledger_export, minutes

_NONE, _LINE = "（无）", "＿＿＿＿＿＿"
_CAME = ("present", "late")
_NUMERALS = "一二三四五六七八九"
_STANDING = {
    "full": "正式党员",
    "no_vote": "正式党员（无表决权）",
    "probationary": "预备党员",
    "committee": "委员",
    "staff": "教职工",
    "activist": "入党积极分子",
    "guest": "列席",
}


def paper(entry: Entry, corrections: Sequence[Correction]) -> Paper:
    """One record with all that belongs to it."""
    record = entry.record
    return Paper(
        f"{record.unit}{_of_branch(record)}记录",
        _facts(entry),
        _parts(entry, corrections),
        (f"主持人（签字）：{_LINE}", f"记录人（签字）：{_LINE}"),
        f"{KINDS[record.kind]}签到表",
        _sheet(entry.attendees),
        [
            f"{record.topic}　{minutes.when(record)}",
            minutes.counts(record) + "。",
            f"记录人：{record.recorder or _LINE}　　记录时间：{_written_at(entry)}",
        ],
    )


def _of_branch(record: Record) -> str:
    """The kind behind the unit's name, without saying 支部 twice."""
    kind = KINDS[record.kind]
    return kind.removeprefix("支部") if record.unit.endswith("支部") else kind


def _facts(entry: Entry) -> list[tuple[str, str]]:
    record = entry.record
    facts = [
        ("会议名称", record.topic),
        ("时间", minutes.when(record)),
        ("地点", record.place or _NONE),
        ("主持人", record.host or _NONE),
        ("记录人", record.recorder or _NONE),
        ("人数", minutes.counts(record)),
        ("出席", "、".join(_came(entry.attendees)) or _NONE),
        ("未到及原因", ledger_export.away(entry.attendees) or _NONE),
        ("列席", ledger_export.guests(entry) or _NONE),
    ]
    if record.confirmed_at is None:
        facts.append(("状态", "未确认"))
    if record.partners:
        facts.append(("结对单位", "、".join(record.partners)))
    if record.tally.entitled and record.is_over:
        facts.append(
            ("表决权", f"应到有表决权 {record.tally.entitled}，实到 {record.tally.voting}")
        )
    return facts


def _came(attendees: Sequence[Attendee]) -> list[str]:
    return [each.name for each in attendees if each.is_expected and each.status in _CAME]


def _parts(entry: Entry, corrections: Sequence[Correction]) -> list[Part]:
    record = entry.record
    elsewhere = "见下面“决议和责任”。" if entry.resolutions else ""
    texts = [
        ("报告和传达", record.reported),
        ("讨论发言", record.discussed),
        ("决定事项", record.decided or elsewhere),
    ]
    parts = [Part(heading, text or _NONE) for heading, text in texts]
    if entry.resolutions:
        parts.append(Part("决议和责任", table=_resolutions(entry)))
    if entry.votes:
        lines = [line for vote in entry.votes for line in _vote(vote)]
        parts.append(Part("表决", "\n".join([*lines, decision_texts.ONLY_A_HINT])))
    if record.ticks:
        parts.append(Part("完成的计划项", "\n".join(each.title for each in record.ticks)))
    parts.append(Part("主持人总结", record.summary or _NONE))
    if corrections:
        parts.append(Part("更正", "\n".join(_corrected(each) for each in corrections)))
    return [
        Part(f"{_NUMERALS[at]}、{part.heading}", part.text, part.table)
        for at, part in enumerate(parts)
    ]


def _vote(vote: Vote) -> list[str]:
    return [decision_texts.counted(vote), *decision_texts.hints(vote)]


def _resolutions(entry: Entry) -> Table:
    rows = [
        [
            str(at),
            each.text,
            each.responsible or _NONE,
            each.due_on.isoformat() if each.due_on else _NONE,
            f"{local(each.done_at):%Y-%m-%d}" if each.done_at else "",
        ]
        for at, each in enumerate(entry.resolutions, 1)
    ]
    return Table(("序号", "决议", "责任人", "完成期限", "完成"), rows, (1, 8, 2, 3, 3))


def _corrected(each: Correction) -> str:
    what = ledger_export.field(each)
    old, new = ledger_export.said(each, each.old), ledger_export.said(each, each.new)
    at = f"{local(each.made_at):%Y-%m-%d %H:%M}"
    return f"{at} {each.made_by}：{what}由“{old}”改为“{new}”，原因：{each.reason}"


def _sheet(attendees: Sequence[Attendee]) -> Table:
    """The attendance sheet (TZ09). Who was invited to listen and did not come isn't in it."""
    there = [each for each in attendees if each.is_expected or each.status == "guest"]
    rows = [
        [str(at), each.name, _STANDING.get(each.why, ""), STATUSES[each.status], _remark(each)]
        for at, each in enumerate(there, 1)
    ]
    return Table(("序号", "姓名", "身份", "状态", "备注"), rows, (1, 3, 4, 2, 4))


def _remark(each: Attendee) -> str:
    if each.status == "late" and each.late_by:
        return f"迟到 {each.late_by} 分钟"
    if each.status in ("leave", "absent"):
        return ledger_export.reason(each)
    return ""


def _written_at(entry: Entry) -> str:
    confirmed_at = entry.record.confirmed_at
    return f"{local(confirmed_at):%Y-%m-%d %H:%M}" if confirmed_at else _LINE
