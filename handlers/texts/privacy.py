"""Sentences about the reader's own data, and about the requests to correct or erase it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.core.clock import local
from bot.core.text import bold, quiet
from bot.files.roster_xlsx import STATUSES
from bot.services.privacy import DataRequest, Overview, Place
from handlers.texts import platforms

REFUSALS = {
    "address_unbound": "这个地址已经没有绑定任何人。",
    "data_request_enough": "您有三份请求还在处理，请等有了结果再提。",
    "data_request_gone": "这份请求已经有了结果，或本人已经撤回。",
}

EXPORT = "导出表格"
UNBIND, UNBIND_SURE, STAY = "解除绑定", "确认解除", "不解除"
CORRECT, ERASE = "要求更正", "要求删除"
ERASE_SURE = "确认提出"
SUBMIT, NEVER_MIND, TAKE_BACK = "提交", "不提了", "撤回"
LOOK_UP, WRITE = "查规定", "就写这句"
WRITE_OR_ASK = "您是想查规定，还是就把这句话写进更正请求？"
NO_LONGER_ASKED = "这一步已经取消或过了时间，什么都没有变。要办的话，请从头再点一次。"
DROPPED = "好，没有提交。"
TAKEN_BACK = "已撤回，管理员不用再处理。"
TOO_LATE_TO_TAKE_BACK = "这份请求已经有了结果，撤不回来了。"
ERASE_NOW, NOT_YET = "确认删除", "先不处理"
LEFT_OPEN = "好，这份请求还留着，没有改动。"
DONE, DECLINE = "已处理", "不予处理"
ASK_WHAT_IS_WRONG = "请用一句话说明哪里不对、应当是什么，提交前会先给您看。打“取消”可以离开。"
ASK_WHY_NOT = "请写一句不予处理的理由，会原样发给本人。"
TOLD = "请求已转给负责的管理员，有结果我告诉您；改了主意可以撤回。"
STAYED = "好，绑定照旧。"
UNBOUND = "已解除绑定。以后这里收不到通知；要再用，请重新绑定。"
NOTHING_WAITING = "现在没有等您处理的数据请求。"
ASK_WHOM = "请写上姓名或工号，例如：解绑 李小禾"
EXPORTED = "您的数据在附件里。"
CONFIRM_UNBIND = "解除后，这里收不到通知，也不能做练习；已有的记录保留。确定解除吗？"
CONFIRM_ERASE = "\n".join(
    [
        "提出后由管理员核实办理。办理后：",
        "· 姓名、工号、聊天内容、练习记录都会删除，绑定解除，账号不能再用",
        "· 依规必须留存的操作记录保留",
        "在职人员一般不宜删除，可以先要求更正。",
    ]
)
_KINDS = {"correct": "更正", "erase": "删除"}


def overview(held: Overview) -> str:
    bound = "、".join(dict.fromkeys(map(platforms.name, held.addresses))) or "无"
    vote = "有" if held.has_vote else "无"
    lines = [
        bold("我的数据"),
        "用途：师德练习、查规定、党支部工作的通知和记录。",
        "谁能看到：师德练习的作答和结果只有您自己能看到；花名册信息，负责您所在单位的人也能看到。",
        "",
        f"姓名、工号：{held.name}，{held.number}",
        f"单位：{'、'.join(held.units) or '无'}",
        f"政治面貌：{STATUSES[held.party_status]}；表决权：{vote}；职务：{held.duties or '无'}",
        f"绑定的聊天：{bound}",
        f"练习作答 {held.answers} 条，消息 {held.events} 条，文件 {held.files} 份",
        "",
        f"消息和文件保留 {held.keep_days} 天后自动删除。花名册和练习记录在岗期间保留；"
        "离开后只留历史记录，您可以要求删除。",
        f"没答上的问题，文字留 {held.keep_days} 天，不带姓名给管理员看，用来补充知识。",
        quiet("木铎不收身份证号、学籍号和手机号，也不收学生的信息。"),
    ]
    return "\n".join(lines)


def preview(text: str) -> str:
    return "\n".join(
        [
            bold("更正请求"),
            text,
            "",
            "会转给负责的管理员，并带上您的姓名。",
            quiet("要改的话，直接再打一遍。"),
        ]
    )


def confirm_erasure(request: DataRequest) -> str:
    who = f"{request.name}（{request.number}）"
    return f"会立即删除{who}的姓名、工号、聊天内容和练习记录，不能恢复。确定删除吗？"


def confirm_unbind_other(name: str) -> str:
    return f"解除后，{name}在那里收不到通知，也不能做练习；已有的记录保留。确定解除吗？"


def asked(request: DataRequest) -> str:
    lines = [
        bold(f"数据{_KINDS[request.kind]}请求"),
        f"{request.name}（{request.number}），{_day(request.made_at)}",
    ]
    if request.text:
        lines.append(f"说明：{request.text}")
    if request.kind == "erase":
        lines.append("点“已处理”并确认后，会删除这个人的姓名、工号、聊天内容和练习记录，不能恢复。")
    else:
        lines.append("请先改好花名册，再点“已处理”。")
    return "\n".join(lines)


def settled(request: DataRequest, *, done: bool) -> str:
    result = "已处理" if done else "已答复不予处理"
    return f"{request.name}（{request.number}）的{_KINDS[request.kind]}请求：{result}。"


def answer(request: DataRequest, why_not: str | None) -> str:
    """What the person reads who asked."""
    kind = _KINDS[request.kind]
    if why_not is None:
        return f"您要求{kind}数据，已经办好。发送“我的数据”可以查看。"
    return f"您要求{kind}数据，管理员答复不予处理：{why_not}"


def places(name: str, found: Sequence[Place]) -> str:
    if not found:
        return f"{name}没有绑定任何聊天。"
    return f"{name}绑定了 {len(found)} 处，点一下解除："


def place(each: Place) -> str:
    since = f"，{_day(each.bound_at)}起" if each.bound_at else ""
    return f"解除 {platforms.name(each.platform)}{since}"


def unbound(name: str) -> str:
    return f"已解除{name}的这处绑定。"


def _day(at: datetime) -> str:
    here = local(at)
    return f"{here.year}年{here.month}月{here.day}日"
