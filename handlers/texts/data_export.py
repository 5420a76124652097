"""The reader's own data as a table that can be read: Chinese headings, local times, no ids.

Columns are named one by one: what is internal, and the answer of a question still open, stays out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.core.clock import local
from bot.core.meetings import REASONS
from bot.core.meetings import STATUSES as ATTENDED
from bot.core.text import plain
from bot.files import workbook
from bot.files.roster_xlsx import STATUSES
from handlers.texts import platforms
from handlers.texts import wishes as texts
from handlers.texts.ledger_export import attended
from handlers.texts.roles import NAMES
from knowledge.library import Library

Row = Mapping[str, Any]
Value = Callable[[Row], object]

_MODES = {
    "random": "随机五题",
    "topic": "按主题",
    "wrong": "做错的",
    "due": "该复习的",
    "plan": "学习计划",
}
_STATES = {"sent": "已送达", "queued": "待发", "sending": "发送中", "withdrawn": "已撤回"}
_REQUESTS = {"open": "处理中", "done": "已办理", "declined": "不予处理", "withdrawn": "已撤回"}
_KINDS = {"correct": "更正", "erase": "删除"}
_WAYS = {"receipt": "自己点的", "quiz": "答题", "meeting": "在会上"}
_TREES = {"admin": "行政", "party": "党组织"}
_ROLES = {role.value: name for role, name in NAMES.items()}
_ANSWERS = {"none": "没有回复", "yes": "会到", "leave": "请假"}
_NOTHING = "（无）"


def workbook_of(data: Mapping[str, Sequence[Row]], library: Library) -> bytes:
    """One sheet for each kind of data, also when it holds nothing."""
    return workbook.write(
        [_sheet(title, columns, data[kind]) for kind, title, columns in _sheets(library)]
    )


def _sheet(title: str, columns: Mapping[str, Value], rows: Sequence[Row]) -> workbook.Sheet:
    cells = [[value(row) for value in columns.values()] for row in rows]
    return workbook.Sheet(title, list(columns), cells or [[_NOTHING]], (22,))


def _sheets(library: Library) -> list[tuple[str, str, dict[str, Value]]]:
    def question(row: Row) -> str:
        item = library.items.get(str(row.get("item_id")))
        return item.question if item else "（这道题已不在题库）"

    def studied(row: Row) -> str:
        return _studied(str(row["key"]), library)

    return [
        ("roster", "花名册", _ROSTER),
        ("memberships", "所在单位", _MEMBERSHIPS),
        ("roles", "职责", _HELD),
        ("addresses", "绑定", _ADDRESSES),
        ("sittings", "练习", _SITTINGS),
        ("answers", "作答", {"题目": question, **_ANSWERED}),
        ("cards", "复习", {"题目": question, "下次复习": _time("due_at")}),
        ("completions", "学习完成", {"内容": studied, **_COMPLETED}),
        ("events", "消息", {"时间": _time("received_at"), "您发的": _said, "木铎答的": _replied}),
        ("questions", "转交的问题", _ASKED),
        ("unanswered", "没答上的问题", _ASKED),
        ("feedback", "题目反馈", {"题目": question, **_REPORTED}),
        ("meetings", "会议", _MEETINGS),
        ("corrections", "考勤更正", _CORRECTIONS),
        ("deliveries", "收到的通知", _DELIVERIES),
        ("receipts", "通知确认", _RECEIPTS),
        ("tags", "标签", {"标签": _text("tag")}),
        ("wishes", "免打扰", _WISHES),
        ("requests", "数据请求", _DATA_REQUESTS),
    ]


def _studied(key: str, library: Library) -> str:
    """The title of what was done; a plan that is gone from the files has none any more."""
    plan_id, _, rest = key.removeprefix("plan:").partition("/")
    item_id, _, period = rest.partition("/")
    for plan in library.rulebook.plans:
        for item in plan.items:
            if (plan.id, item.id) == (plan_id, item_id):
                return f"{plan.title}：{item.title}（{period}）"
    return "（这项学习已不在计划里）"


def _text(name: str) -> Value:
    return lambda row: row.get(name) or ""


def _named(name: str, words: Mapping[str, str]) -> Value:
    return lambda row: words.get(str(row.get(name)), "其他")


def _time(name: str) -> Value:
    """An instant as it was here: 2026-11-23 12:00."""

    def value(row: Row) -> str:
        at = row.get(name)
        return f"{local(datetime.fromisoformat(str(at))):%Y-%m-%d %H:%M}" if at else ""

    return value


def _said(row: Row) -> str:
    payload = row["payload"]
    if payload.get("tap"):
        return "（点了按钮）"
    if payload.get("file"):
        return f"（文件）{payload['file'].get('name', '')} {payload.get('text', '')}".strip()
    if payload.get("open"):
        return "（打开链接）"
    return str(payload.get("text") or ("（位置）" if payload.get("place") else "（没有留存）"))


def _replied(row: Row) -> str:
    said = (plain(str(each.get("text", ""))) for each in row.get("replies") or ())
    return "\n".join(said)[:32_000]


def _notice(row: Row) -> str:
    return plain(str((row["message"] or {}).get("text", "")))[:32_000]


_ROSTER: dict[str, Value] = {
    "姓名": _text("name"),
    "工号": _text("number"),
    "政治面貌": _named("party_status", STATUSES),
    "职务": _text("duties"),
    "表决权": lambda row: "有" if row.get("has_vote") else "无",
    "离开日期": _text("left_on"),
}
_SINCE_UNTIL: dict[str, Value] = {"开始": _text("from_on"), "结束": _text("to_on")}
_MEMBERSHIPS: dict[str, Value] = {
    "单位": _text("unit"),
    "类别": _named("tree", _TREES),
    **_SINCE_UNTIL,
}
_HELD: dict[str, Value] = {"职责": _named("role", _ROLES), "单位": _text("unit"), **_SINCE_UNTIL}
_ANSWERED: dict[str, Value] = {
    "您答的": lambda row: row.get("given") or "不会",
    "结果": lambda row: "对" if row["is_right"] else "错",
    "时间": _time("at"),
}
_COMPLETED: dict[str, Value] = {"怎样完成": _named("how", _WAYS), "时间": _time("at")}
_ASKED: dict[str, Value] = {"问题": _text("text"), "时间": _time("asked_at")}
_REPORTED: dict[str, Value] = {"您写的": _text("text"), "时间": _time("made_at")}
_ADDRESSES: dict[str, Value] = {
    "聊天软件": lambda row: platforms.name(str(row["platform"])),
    "称呼": _text("name"),
    "绑定时间": _time("bound_at"),
    "最近使用": _time("last_used_at"),
}
_SITTINGS: dict[str, Value] = {
    "练习方式": _named("mode", _MODES),
    "主题": _text("topic"),
    "题数": lambda row: len(row["items"]),
    "开始": _time("started_at"),
    "结束": _time("ended_at"),
}
_MEETINGS: dict[str, Value] = {
    "时间": _time("starts_at"),
    "会议": _text("topic"),
    "单位": _text("unit"),
    "您的回复": _named("reply", _ANSWERS),
    "请假类别": lambda row: REASONS.get(str(row.get("reason")), ""),
    "到会": _named("status", ATTENDED),
}
_CORRECTIONS: dict[str, Value] = {
    "时间": _time("made_at"),
    "会议": _text("topic"),
    "原来": lambda row: attended(str(row["old"])),
    "现在": lambda row: attended(str(row["new"])),
    "原因": _text("reason"),
}
_DELIVERIES: dict[str, Value] = {
    "内容": _notice,
    "时间": _time("made_at"),
    "结果": lambda row: _STATES.get(str(row["state"]), "没有送达"),
}
_RECEIPTS: dict[str, Value] = {
    "通知": lambda row: "专送" if row["kind"] == "confidential" else str(row["text"])[:32_000],
    "您确认的时间": _time("at"),
    "您答的": _text("answer"),
}
_WISHES: dict[str, Value] = {
    "钟点": _text("hour"),
    "星期": lambda row: texts.weekday_of(int(row["weekday"])) if "weekday" in row else "",
    "只收必须的": lambda row: "是" if row.get("only_musts") == "True" else "否",
    "暂不提醒到": _text("exempt_until"),
}
_DATA_REQUESTS: dict[str, Value] = {
    "类别": _named("kind", _KINDS),
    "说明": _text("text"),
    "结果": _named("status", _REQUESTS),
    "答复": _text("outcome"),
    "提出时间": _time("made_at"),
}
