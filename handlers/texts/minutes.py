"""Sentences of minutes: what is kept of a meeting, shown back before it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core.clock import local
from bot.core.meetings import KINDS
from bot.core.text import bold, quiet, titled
from bot.services.decisions import Resolution, Vote
from bot.services.minutes import Gaps
from bot.services.records import Record, Tick
from handlers.texts import decisions as decided_texts

REFUSALS = {
    "record_gone": "没有找到这份记录，或者它不归您管。",
    "record_confirmed": "这份记录已经确认。要改的话，请用文字写一句为什么改。",
    "month_closed": "{month} 的台账已由{by}在 {on} 关账，不能再改。确实要改，请先解锁并写明原因。",
    "minutes_empty": "还没有内容，没有保存。",
    "minutes_too_long": "这一栏最多 {limit} 字，现在有 {length} 字。请删短一点。",
    "minutes_personal": "这里有像证件号、学号或手机号的数字，我不存。请去掉再发一次。",
    "minutes_not_over": "会还没有散。散会后点名，点“完成”，再确认记录。",
    "minutes_unmarked": "还有 {count} 人没有点名。先点完名，再确认记录。",
    "minutes_nameless": "主持人和记录人还没有写全，写好再确认。",
    "minutes_file": "{reason}。",
}

FIELDS = {
    "host": "主持人",
    "recorder": "记录人",
    "reported": "报告和传达",
    "discussed": "讨论发言",
    "decided": "决定事项",
    "summary": "主持人总结",
}
TITLE = "会议记录"
NONE_WAITING = "没有等着写的会议记录。以前的记录在台账里，发“台账”查看。"
SAVE, REPLACE, APPEND, DROP, ASK_IT = "保存", "换掉原来的", "接在后面", "不要", "其实是提问"
ME = "我"
CONFIRM, CORRECT, PAPER, PLAN, ROLL, BACK = (
    "确认记录",
    "更正",
    "下载 Word",
    "放片和计划",
    "点名",
    "返回",
)
DECISIONS = "决议和表决"
DROPPED = "没有保存，原来的内容不变。"
NO_LONGER_OPEN = "这一步已经过去了，内容没有动。请打开记录再来一次。"
ASK_REASON = "这份记录已经确认，改动会留下原来的内容、谁改的和什么时候改的。请写一句为什么改。"
CHANGED = "您看到的那条之后有了改动，下面是最新的。请看一下再点。"
WHICH_RECORD = "这段内容记到哪个会？"
WHICH_FIELD = "要更正哪一栏？考勤请点“点名”改。"
NO_PLANS = "那段时间没有可以在会上完成的学习或警示教育计划。"
WHICH_PLAN = "会上完成了哪一项？选中的，到会的人就不用再做一遍；再点一次取消。"
HOW = (
    "直接打字，或发 .txt、.md、.docx 文件。可以分段写“主持人：”“记录人：”“传达：”“讨论：”"
    "“决定：”“总结：”，我按这些字分栏，内容一字不改，先给您看再存。"
)
_SHOWN, _TAIL = 700, 150
_EMPTY = "（空）"
_DASH = "—"


def listing(found: Sequence[Record], total: int, offset: int) -> str:
    """A page of the records that wait."""
    if not found:
        return NONE_WAITING
    lines = [bold(f"等着写的会议记录（{total}）"), ""]
    lines += [f"{at}. {line(each)}" for at, each in enumerate(found, offset + 1)]
    return "\n".join(lines)


def line(record: Record) -> str:
    """A record in one line: day, kind, topic, unit."""
    return f"{day(record)} {KINDS[record.kind]}{titled(record.topic)}{quiet(f'　{record.unit}')}"


def which_of(mine: Sequence[Record]) -> str:
    """A joint session of several units of one secretary."""
    head = f"{titled(mine[0].topic)}在您这里有 {len(mine)} 份记录，各进各的台账。写哪一份？"
    return "\n".join([head, *(f"· {each.unit}：{counts(each)}" for each in mine)])


def whose(record: Record) -> str:
    """A record among those of one meeting, on a button."""
    return f"{record.unit}（已确认）" if record.confirmed_at else record.unit


def day(record: Record) -> str:
    here = local(record.starts_at)
    return f"{here.month}月{here.day}日"


def when(record: Record) -> str:
    """2026年11月6日 15:00—15:55; the end only when the meeting was closed."""
    start, end = local(record.starts_at), local(record.ends_at)
    until = f"—{end:%H:%M}" if record.ended_at else ""
    return f"{start.year}年{start.month}月{start.day}日 {start:%H:%M}{until}"


def counts(record: Record) -> str:
    """应到 6，实到 5（迟到 1）…: what was counted."""
    there = record.tally
    if not record.is_over:
        here = f"，已签到 {there.present}" if there.present else ""
        return f"应到 {there.expected}{here}，还没点名"
    late = f"（迟到 {there.late}）" if there.late else ""
    parts = [f"应到 {there.expected}", f"实到 {there.present}{late}"]
    parts += [f"请假 {there.leave}", f"缺席 {there.absent}"]
    parts += [f"未点 {there.unmarked}"] if there.unmarked else []
    parts += [f"列席 {there.guests}"] if there.guests else []
    return "，".join(parts)


def page(
    record: Record, resolutions: Sequence[Resolution], votes: Sequence[Vote], gaps: Gaps
) -> str:
    """A record as it stands, and what it lacks."""
    lines = [
        bold(f"{titled(record.topic)}{TITLE}"),
        f"{record.unit} · {KINDS[record.kind]}{_joint(record)}",
        f"{when(record)} {record.place}".rstrip(),
        counts(record),
        "",
        f"主持人：{record.host or _DASH}　记录人：{record.recorder or _DASH}",
    ]
    for name in ("reported", "discussed", "decided", "summary"):
        if text := getattr(record, name):
            lines.append(f"{bold(FIELDS[name])}　{shortened(text)}")
    lines += [
        f"决议 {at}：{decided_texts.resolved(each)}" for at, each in enumerate(resolutions, 1)
    ]
    lines += [f"表决 {at}：{decided_texts.counted(each)}" for at, each in enumerate(votes, 1)]
    lines += [f"已完成计划项：{each.title}" for each in record.ticks]
    if record.confirmed_at:
        return "\n".join(
            [*lines, "", quiet(f"已确认，{local(record.confirmed_at):%Y-%m-%d %H:%M}")]
        )
    if record.kind == "appraisal":
        lines.append(quiet(decided_texts.excellent(record.tally.expected)))
    return "\n".join([*lines, *_lacking(gaps), "", quiet(HOW)])


def _joint(record: Record) -> str:
    return f"（与{'、'.join(record.partners)}结对共建）" if record.partners else ""


def _lacking(gaps: Gaps) -> list[str]:
    """Hints that stop nobody."""
    lines: list[str] = []
    if gaps.unexplained:
        lines.append(f"{gaps.unexplained} 人没到，没有写原因。")
    if gaps.is_empty:
        lines.append("内容还没有写。")
    return ["", *lines] if lines else []


def shortened(text: str) -> str:
    """A long text by its beginning and end; all of it is kept."""
    if len(text) <= _SHOWN + _TAIL:
        return text
    return f"{text[:_SHOWN]}\n……（共 {len(text)} 字，全文照存）……\n{text[-_TAIL:]}"


def preview(record: Record, fields: Mapping[str, str]) -> str:
    """What will be kept, before it is."""
    lines = [quiet(f"将这样记进{titled(record.topic)}，一字不改：")]
    lines += ["", *(f"{bold(FIELDS[name])}　{shortened(text)}" for name, text in fields.items())]
    covered = [FIELDS[name] for name in fields if getattr(record, name)]
    if covered:
        lines += ["", f"{'、'.join(covered)}里已经有内容。"]
    return "\n".join(lines)


def into(name: str) -> str:
    """A button that moves the text to another field."""
    return f"记为{FIELDS[name]}"


def ask_field(name: str, record: Record) -> str:
    old = getattr(record, name)
    now = f"现在是：{shortened(old)}\n" if old else ""
    return f"{now}请写{FIELDS[name]}。打“取消”可以离开。"


def ask_name(name: str, record: Record) -> str:
    """Before a record is confirmed."""
    return (
        f"{titled(record.topic)}的记录还缺{FIELDS[name]}，补上就能确认。"
        f"{FIELDS[name]}是谁？点一下，或者直接打名字。"
    )


def roll_first(unmarked: int) -> str:
    """Instead of confirming, above the roll."""
    if unmarked:
        return bold(f"还有 {unmarked} 人没有点名，点完名再确认记录。")
    return bold("名还没有点完。点“完成”以后，再确认记录。")


def somebody(name: str, me: str) -> str:
    """A person on a button; whoever taps it is 我."""
    return f"{ME}（{name}）" if name == me else name


def confirmed(record: Record, *, is_new: bool) -> str:
    told = "已确认，进了台账。以后改动要写原因，原来的内容会留着。"
    return f"{titled(record.topic)}{told}" if is_new else f"{titled(record.topic)}早已确认过。"


def ticked(tick: Tick, *, is_on: bool) -> str:
    return f"{'✓ ' if is_on else ''}{tick.title}"


def paper_name(record: Record) -> str:
    return f"{local(record.starts_at):%Y-%m-%d} {KINDS[record.kind]}记录.docx"
