"""Sentences of the audit list: what an act is called, a line of it, a page of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from bot.core.clock import local
from bot.core.text import bold, quiet
from bot.files import workbook
from bot.services.audit import Act

REFUSALS = {
    "audit_day_wrong": "没有“{text}”这一天，请核对日期。写法如 2026-11-01。",
}

ACTS = {
    "role.grant": "授予职责",
    "role.revoke": "收回职责",
    "roster.import": "导入花名册",
    "invite": "生成邀请码",
    "join.approved": "确认加入申请",
    "join.declined": "拒绝加入申请",
    "unbind": "解除绑定",
    "data.done": "办理数据请求",
    "data.declined": "不予办理数据请求",
    "init": "建立数据库",
    "spared": "设为暂不提醒",
    "spared.ended": "恢复提醒",
    "question.answered": "答复转交的问题",
    "question.declined": "不予答复转交的问题",
    "item.reports_closed": "处理题目反馈",
    "notice.sent": "发通知",
    "notice.approved": "同意紧急通知",
    "notice.declined": "不同意紧急通知",
    "notice.stopped": "停发通知",
    "notice.withdrawn": "撤回通知",
    "notice.corrected": "更正通知",
    "notice.nudged": "提醒未确认的人",
    "knowledge.added": "增补知识",
    "knowledge.withdrawn": "撤下增补的知识",
    "knowledge.merged": "增补的知识已并入文件",
    "knowledge.dismissed": "不采用知识增补",
    "reminder.skipped": "跳过一次提醒",
    "reminder.moved": "改一次提醒的时间",
    "reminder.late": "补发一次提醒",
    "reminder.restored": "恢复一次提醒",
    "month.close": "台账关账",
    "month.reopen": "台账解锁",
    "cadence.lecture": "设定党课频次",
    "term.enter": "填写当选日期",
}
NAME = "操作记录.xlsx"
_CELL = 30_000  # what a cell of a spreadsheet holds
NEXT, PREVIOUS, EXPORT = "下一页", "上一页", "导出表格"
NOTHING = "没有找到操作记录。"
CONSOLE = "命令行"
_ROLES = {"secretary": "书记", "administrator": "管理员"}
_SHOWN = {
    "from": "自",
    "to": "至",
    "people": "人数",
    "added": "新增",
    "changed": "更改",
    "moved": "调动",
    "returned": "恢复",
    "left": "标记离开",
    "roles_ended": "结束职责",
    "units_added": "新增单位",
    "units_changed": "更改单位",
    "moved_who": "调动的人",
    "left_who": "离开的人",
    "ended": "结束的职责",
    "units": "单位",
}
_IN_LINE = ("added", "changed", "moved", "returned", "left", "roles_ended", "units_added")
_SUBJECTS = {
    "questions": "问题",
    "addition": "补充",
    "misses": "没答上的问题",
    "item": "题目",
    "notice": "通知",
}


def page(acts: Sequence[Act], text: str, number: int) -> str:
    if not acts:
        return NOTHING
    head = f"操作记录：{text}" if text else "操作记录"
    hint = quiet("查找：/audit 姓名、工号或单位；按日期：/audit 2026-11-01 2026-11-30")
    return "\n".join([bold(f"{head}（第 {number + 1} 页）"), *map(line, acts), "", hint])


def line(act: Act) -> str:
    here = local(act.at)
    return f"{here:%m-%d %H:%M} {who(act)} {what(act)} {subject(act)}{_counted(act)}".rstrip()


def subject(act: Act) -> str:
    """What it was done to, as people call it: 问题 3."""
    kind, colon, rest = act.subject.partition(":")
    return f"{_SUBJECTS[kind]} {rest}" if colon and kind in _SUBJECTS else act.subject


def _counted(act: Act) -> str:
    if act.act != "roster.import":
        return ""
    found = [f"{_SHOWN[name]} {act.detail[name]}" for name in _IN_LINE if act.detail.get(name)]
    return f"（{'，'.join(found)}）" if found else ""


def who(act: Act) -> str:
    return act.actor or CONSOLE


def what(act: Act) -> str:
    return ACTS.get(act.act, act.act) + _role(act.detail)


def _role(detail: Mapping[str, Any]) -> str:
    role = _ROLES.get(str(detail.get("role")), "")
    return f"（{'代理' if detail.get('deputy') else ''}{role}）" if role else ""


def details(detail: Mapping[str, Any]) -> str:
    """All that is known of an act, for the file; the last day as it was told."""
    found = [f"{_SHOWN[k]} {_value(k, v)}" for k, v in detail.items() if k in _SHOWN and v]
    return "；".join(found)[:_CELL]


def _value(name: str, value: Any) -> str:
    if name == "to":
        return str(date.fromisoformat(str(value)) - timedelta(days=1))
    if name == "ended":
        return "、".join(f"{who} {unit}{_ROLES.get(role, role)}" for who, role, unit in value)
    return "、".join(value) if isinstance(value, list) else str(value)


def table(acts: Sequence[Act]) -> bytes:
    rows = [
        [
            f"{local(act.at):%Y-%m-%d %H:%M:%S}",
            who(act),
            what(act),
            subject(act),
            details(act.detail),
        ]
        for act in acts
    ]
    headings = ["时间", "谁", "做了什么", "对象", "细节"]
    return workbook.write([workbook.Sheet("操作记录", headings, rows, (20, 14, 24, 50, 30))])
