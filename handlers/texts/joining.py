"""Sentences of the ways in: invitation codes, requests, and those who decide them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.clock import local
from bot.core.moments import when
from bot.core.text import bold, quiet
from bot.services.invitations import Invitation, Outcome, Redeemed
from bot.services.joining import Decision, Request
from bot.services.people import Somebody

REFUSALS = {
    "join_bound_already": "您已经绑定身份，不用再申请。",
    "join_asked_enough": "今天的申请次数已经用完，请明天再来，或向学校要一个邀请码。",
    "join_nobody_decides": "现在没有人能确认这份申请，请联系教育局的管理员。",
    "join_not_yours": "这份申请不由您确认。",
    "join_not_candidate": "花名册刚刚变动过，这个人不在可选的名单里了。发送“加入申请”重新查看。",
}

ASK_NAME = "请发您的真实姓名（打“取消”可以离开）。"
NAME_AGAIN = "这看起来不像姓名。请只发姓名，例如“李小禾”；想查规定，就点“当作提问”。"
AS_QUESTION = "当作提问"
ASK_SCHOOL = "请发您所在的学校或单位名称。"
WHICH_SCHOOL = "您说的是哪一所？点一下就行；都不是的话，请再发一次全称。"
SCHOOL_UNKNOWN = "没有找到这个单位。请发学校的全称，例如校门口牌子上的名字。"
SENT_TO_SECRETARY = "申请已转给您支部的书记确认，有结果我马上告诉您。通常在工作时间处理。"
SENT_TO_ADMINISTRATOR = "申请已转给管理员确认，有结果我马上告诉您。通常在工作时间处理。"
YES = "确认是本人"
NO = "不是，拒绝"
NOTHING_WAITING = "现在没有等您确认的申请。"
ASK_WHOM = "请写上姓名或工号，例如：邀请 李小禾"
DECLINED_TO_GUEST = (
    "您的申请没有通过确认。如果信息有误，可以重新申请；也可以向学校要一个邀请码，直接发给我。"
)
_NOW_OPEN = "做练习、收通知都可以用了。发送“开始”看看能做什么。"
_ENDED = {"approved": "已确认", "declined": "已拒绝", "withdrawn": "对方已撤回，或已用邀请码绑定"}


def redeemed(result: Redeemed, name: str) -> str:
    if result.outcome is Outcome.BOUND:
        return f"{bold(f'{name}老师，绑定好了。')}\n{_NOW_OPEN}"
    if result.outcome is Outcome.WRONG:
        return f"这个邀请码不对，请核对后再发。还可以试 {result.tries_left} 次。"
    if result.outcome is Outcome.LOCKED and result.until is not None:
        until = local(result.until)
        return f"邀请码错了太多次，请在 {until:%H:%M} 以后再试，或改用“申请加入”。"
    return _OTHER_OUTCOMES[result.outcome]


_OTHER_OUTCOMES = {
    Outcome.USED: "这个邀请码已经用过了。每个码只能用一次，请再要一个新的。",
    Outcome.EXPIRED: "这个邀请码已经失效。请再要一个新的。",
    Outcome.GONE: "这个邀请码对应的人员已不在花名册里，请联系管理员。",
    Outcome.BOUND_ALREADY: "您已经绑定身份，不用再输入邀请码。",
}


def invitation(made: Invitation) -> str:
    until = when(made.expires_at)
    return "\n".join(
        [
            f"{made.name}（{made.number}）的邀请码：",
            bold(f"{made.code[:4]} {made.code[4:]}"),
            f"请单独转给本人，由本人发给木铎。{until}前有效，只能用一次。",
            quiet(f"也可以用深度链接，参数是 inv-{made.code}。这个码只显示这一次。"),
        ]
    )


def asked(request: Request) -> str:
    """What those who decide read."""
    lines = [
        bold("有人申请绑定身份"),
        f"姓名：{request.name}",
        f"单位：{request.school}",
    ]
    if request.called:
        lines.append(f"对方在聊天软件里的称呼：{request.called}")
    return "\n".join([*lines, "", _advice(request.candidates)])


def _advice(candidates: Sequence[Somebody]) -> str:
    if not candidates:
        return "花名册里这个单位没有这个姓名，所以不能通过。请先补充花名册，或者拒绝。"
    if len(candidates) == 1:
        return f"花名册里对应：{somebody(candidates[0])}。确认前请先向本人核实。"
    return "花名册里有同名的人，请先向本人核实，再选对应的一位。"


def somebody(person: Somebody) -> str:
    return "，".join([f"{person.name}（{person.number}）", *person.units])


def choice(person: Somebody) -> str:
    return f"是 {person.name}（{person.number}）"


def decided(decision: Decision) -> str:
    what = f"{decision.name}（{decision.school}）的申请"
    if decision.is_repeat:
        return f"{what}先前已有结果：{_ENDED[decision.status]}。"
    if decision.status == "approved":
        return f"已确认。{what}通过，已经告诉本人。"
    return f"已拒绝。{what}没有通过，已经告诉本人。"


def let_in(name: str) -> str:
    return (
        f"{bold(f'{name}老师，身份已确认。')}\n做练习、收通知都可以用了。发送“开始”看看能做什么。"
    )
