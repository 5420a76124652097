"""The beginning, the menu, help, leaving, and what nobody else answers."""

from __future__ import annotations

from bot.core.chat import Button, Reply
from bot.core.roles import Role
from bot.routing import Router, Turn
from handlers.texts import start as texts

router = Router()


@router.command(
    "start",
    help="从头开始",
    words=("开始", "菜单", "你好", "您好"),
    audience=Role.GUEST,
    is_read_only=True,
    in_groups=True,
)
def begin(turn: Turn) -> Reply:
    if turn.member.is_guest:
        return Reply(texts.GUEST, buttons=[Button("申请加入", "joining.request")])
    return Reply(texts.welcome(turn.member.name), buttons=_offered(turn))


def _offered(turn: Turn) -> list[list[Button]]:
    """What this person comes for most: those responsible have more."""
    rows: list[list[Button]] = []
    if any(held.role is Role.SECRETARY for held in turn.member.roles):
        rows.append([Button("开会", "meetings.begin"), Button("台账", "ledger.show")])
    if turn.member.may(Role.SECRETARY):
        rows.append([Button("发通知", "notices.menu"), Button("待办", "queues.show")])
    if turn.member.may(Role.ADMINISTRATOR):
        rows.append([Button("花名册", "roster.show"), Button("职责", "roles.show")])
    return [*rows, [Button("练习", "quiz.choose"), Button("我的学习", "plans.mine")]]


@router.command(
    "help",
    help="能做什么",
    words=("帮助", "能做什么", "我能做什么"),
    audience=Role.GUEST,
    is_read_only=True,
    in_groups=True,
)
def show_help(turn: Turn) -> Reply:
    """What one's own role adds comes first; the rest is what everybody has."""
    parts: dict[Role, list[texts.Line]] = {role: [] for role in reversed(Role)}
    for each in turn.commands(turn.member.rank):
        parts[each.audience].append((each.name, each.help, each.words))
    parts[Role.TEACHER] += parts.pop(Role.GUEST)
    return Reply(texts.help_page(parts))


@router.command(
    "cancel",
    help="离开正在做的事",
    words=("取消", "退出", "算了"),
    audience=Role.GUEST,
    in_groups=True,
)
def leave(turn: Turn) -> Reply:
    if turn.state is None:
        return Reply(f"{texts.NOTHING_OPEN}{texts.ASK}")
    turn.close()
    return Reply(texts.CANCELLED)


@router.fallback("file")
def unexpected_file(turn: Turn) -> Reply:
    return Reply(texts.FILE_UNEXPECTED)


@router.fallback("place")
def unexpected_place(turn: Turn) -> Reply:
    return Reply(texts.PLACE_UNEXPECTED)


@router.fallback("link")
def unknown_link(turn: Turn) -> Reply:
    return Reply(texts.LINK_UNKNOWN)
