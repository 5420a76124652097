"""Sentences of the ledger: its lines, the months that are closed, names of files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.core.clock import local
from bot.core.meetings import KINDS
from bot.core.text import bold, quiet, titled
from bot.services.ledger import Choice
from bot.services.months import Lock
from bot.services.records import Record
from bot.services.units import Unit
from handlers.texts import minutes

REFUSALS = {
    "ledger_not_yours": "这个支部的台账不归您管。",
    "month_not_over": "{month} 还没有过完，过完再关账。",
    "month_unconfirmed": "{month} 还有 {count} 份记录没有确认，确认以后再关账。",
    "month_not_closed": "{month} 没有关账，不用解锁。上级关的账，请上级解锁。",
    "month_reason": "请写一句为什么解锁，不超过 {limit} 字。",
}

EXPORT, PAPERS, MONTHS, KIND, OTHER = "导出表格", "导出记录", "关账", "换类型", "换支部"
ALL_KINDS, BACK, WRITE = "全部类型", "返回台账", "写记录"
CLOSE, REOPEN = "关账", "解锁"
WHICH_UNIT = "看哪个支部的台账？"
WHICH_KIND = "看哪一类？"
NO_HOME = "台账由各支部书记保管。您可以发“进度”看各支部完成情况的合计数。"
NOTHING_TO_EXPORT = "这里没有记录可以导出。"
ASK_REASON = "为什么解锁？写一句，会和解锁人、时间一起留下。打“取消”可以离开。"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_UNCONFIRMED = "未确认"


def page(
    unit: Unit, choice: Choice, found: Sequence[Record], total: int, *, offset: int, at: datetime
) -> str:
    """A page of the ledger."""
    kind = KINDS[choice.kind] if choice.kind else ""
    head = bold(f"{unit.name}　{choice.year}年{kind}台账（{total}）")
    if not found:
        return f"{head}\n\n还没有记录。"
    lines = (line(number, each, at=at) for number, each in enumerate(found, offset + 1))
    return "\n".join([head, "", *lines])


def line(number: int, record: Record, *, at: datetime) -> str:
    told = f"　应到 {record.tally.expected}，{_came(record, at)}"
    day = f"{number}. {minutes.day(record)} {KINDS[record.kind]}{titled(record.topic)}"
    return f"{day}{quiet(told)}"


def _came(record: Record, at: datetime) -> str:
    """How many came; before the roll was called nobody knows."""
    if record.is_over:
        state = "" if record.confirmed_at else f"　{_UNCONFIRMED}"
        return f"实到 {record.tally.present}{state}"
    if at < record.starts_at:
        return "还没开"
    return "正在开" if at < record.ends_at else "没点名"


def kind_label(kind: str) -> str:
    return KINDS[kind]


def year_label(year: int) -> str:
    return f"{year}年"


def month_page(unit: Unit, year: int, locks: Sequence[Lock], closable: Sequence[str]) -> str:
    """The months that are closed, and those that could be."""
    lines = [bold(f"{unit.name}　{year}年关账"), ""]
    lines += [lock_line(each) for each in locks]
    if not locks:
        lines.append("还没有关过账。")
    told = "关账后当月记录不能再改；确实要改，写明原因就能解锁，解锁也会留痕。"
    if not closable:
        told = "现在没有可以关账的月份。" + told
    return "\n".join([*lines, "", quiet(told)])


def lock_line(lock: Lock) -> str:
    closed = f"{lock.month}　{lock.locked_by} {local(lock.locked_at):%Y-%m-%d} 关账"
    if lock.unlocked_at is None:
        return f"· {closed}"
    again = f"{lock.unlocked_by} {local(lock.unlocked_at):%Y-%m-%d} 解锁：{lock.reason}"
    return f"· {closed}；{again}"


def closed(month: str) -> str:
    return f"{month} 已关账。"


def reopened(month: str) -> str:
    return f"{month} 已解锁，改完请再关账。"


def exported(count: int) -> str:
    return (
        f"共 {count} 次会议，一类一张表，最后一张是更正和关账记录。打印用 A4 横向，表头每页都有。"
    )


def papers(count: int, total: int) -> str:
    """What is in the docx; there may be more records than one file takes."""
    rest = f"记录太多，只放了最早的 {count} 份；请按类型分开导出。" if total > count else ""
    return f"共 {count} 份会议记录，每份附签到表，各自另起一页。{rest}"


def file_name(unit: Unit, choice: Choice, ending: str) -> str:
    kind = KINDS[choice.kind] if choice.kind else ""
    return f"{unit.name}{choice.year}年{kind}台账.{ending}"
