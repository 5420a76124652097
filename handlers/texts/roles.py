"""Sentences of roles: who holds what, granting and revoking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from bot.core.roles import Role
from bot.core.text import bold, quiet
from bot.services.people import Somebody
from bot.services.roles import Held
from bot.services.units import Unit

REFUSALS = {
    "role_not_grantable": "能授予的职责只有书记和管理员。",
    "role_wrong_tree": "“{unit}”不能设这个职责：书记设在党组织，管理员设在教育局或学校。",
    "role_days_wrong": "截止日期要在开始日期之后。",
    "role_not_held": "这个人现在没有这项职责。",
    "last_administrator": "这是教育局最后一位管理员，不能撤下。请先授予另一位。",
    "day_unknown": "“{text}”看不出是哪一天。请写成 2026-12-31、12月31日，或 30天。",
}
NAMES = {Role.SECRETARY: "书记", Role.ADMINISTRATOR: "管理员"}
LISTED = 10

GRANT = "授予职责"
SECRETARY, DEPUTY, ADMINISTRATOR = "书记", "代理书记", "管理员"
ASK_PERSON = "授予谁？请发姓名或工号。打“取消”可以离开。"
NOBODY = "在您负责的单位里没有找到这个人。请核对姓名，或改用工号。"
WHICH_PERSON = "请选一位："
WHICH_ROLE = "授予什么职责？"
WHICH_UNIT = "在哪个单位？点一下，或者打出单位名称。"
UNIT_UNKNOWN = "没有找到这样的单位，请再打一次名称。"
ASK_UNTIL = "代理到哪一天（含当天）？例如 2026-12-31、12月31日，或 30天。"
YES, NO = "确认收回", "不收回"
STAYED = "好，没有改动。"
NO_LONGER_ASKED = "这一步已经取消或过了时间，什么都没有变。要收回的话，请从头再点一次。"
_EMPTY = "没有找到在任的书记或管理员。"


def shown(found: Sequence[Held], text: str) -> str:
    if not found:
        return _EMPTY
    lines = [bold("职责"), *(f"· {line(each)}" for each in found[:LISTED])]
    if len(found) > LISTED:
        lines.append(quiet(f"还有 {len(found) - LISTED} 项。查一个人：/roles 姓名"))
    elif not text:
        lines.append(quiet("查一个人：/roles 姓名"))
    return "\n".join(lines)


def line(held: Held) -> str:
    role = _role(held.role, is_deputy=held.is_deputy)
    return f"{held.unit} {role}：{held.name}（{held.number}）{_until(held.to_on)}"


def revoke_label(held: Held) -> str:
    return f"收回 {held.name} {held.unit}{NAMES[held.role]}"


def ask_revoke(held: Held) -> str:
    return f"收回后立即生效，历史记录保留。确定收回吗？\n{line(held)}"


def person(each: Somebody) -> str:
    return "，".join([f"{each.name}（{each.number}）", *each.units])


def granted(name: str, role: Role, unit: Unit, last: date | None) -> str:
    until = f"，到 {last} 为止" if last else ""
    return (
        f"已授予：{unit.name} {_role(role, is_deputy=last is not None)}，{name}{until}。立即生效。"
    )


def there_already(name: str, role: Role, unit: Unit) -> str:
    return f"{name}已经是{unit.name}的{NAMES[role]}，没有改动。"


def told_granted(role: Role, unit: Unit, last: date | None) -> str:
    until = f"，到 {last} 为止" if last else ""
    title = _role(role, is_deputy=last is not None)
    return f"您现在是{unit.name}的{title}{until}。发送“帮助”看能做什么。"


def told_revoked(role: Role, unit: Unit) -> str:
    return f"您在{unit.name}的{NAMES[role]}职责已经结束，有疑问请联系管理员。"


def revoked(name: str, role: Role, unit: Unit) -> str:
    return f"已收回{name}在{unit.name}的{NAMES[role]}职责。"


def _role(role: Role, *, is_deputy: bool) -> str:
    return f"代理{NAMES[role]}" if is_deputy else NAMES[role]


def _until(to_on: date | None) -> str:
    return f"，到 {to_on - timedelta(days=1)}" if to_on else ""
