"""init, invite, role, audit: members and their roles from the command line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import typer
from sqlalchemy.orm import Session

from bot.commands.speaking import house, say, show, write
from bot.core.clock import local
from bot.core.roles import GRANTABLE, Role
from bot.services import audit as acts
from bot.services import founding, invitations, people, roles, units
from bot.services.audit import Query
from bot.services.roles import Term
from bot.services.units import Unit
from handlers.texts import audit as audit_texts
from handlers.texts import roles as texts

_ROLES = {each.value: each for each in GRANTABLE} | {
    "书记": Role.SECRETARY,
    "管理员": Role.ADMINISTRATOR,
}
Named = tuple[str, str, str]


def init(bureau: str, name: str, number: str) -> None:
    """An empty real database, its bureau, and its first administrator with a code."""
    with house() as (database, at):
        with database.begin() as session:
            made = founding.found(session, bureau, name, number, at=at)
        say(f"数据库已建立：{bureau}，第一位管理员 {name}（{number}）。")
        say(f"管理员的邀请码：{made.code}，{local(made.expires_at):%Y-%m-%d %H:%M} 前有效。")
        say("启动木铎后，把邀请码发给它即可绑定。接下来可以用 roster template 取花名册模板。")


def invite(who: Sequence[str]) -> None:
    with house() as (database, at), database.begin() as session:
        found = [people.one(session, None, each) for each in who]
        void = invitations.open_for(session, [each.id for each in found], at=at)
        made = invitations.invite(session, None, [each.id for each in found], at=at)
        rows = [
            (each.name, each.number, each.code, f"{local(each.expires_at):%Y-%m-%d %H:%M}")
            for each in made
        ]
    show(("姓名", "工号", "邀请码", "有效期至"), rows)
    if former := [each.name for each in made if each.member_id in void]:
        say(f"{'、'.join(former)}之前的邀请码已作废，只有新码有效。")
    say("每个码只能用一次，只显示这一次。请分别转给本人，由本人发给木铎。")


def grant(named: Named, days: tuple[date | None, date | None], *, is_deputy: bool) -> None:
    with house() as (database, at), database.begin() as session:
        name, holder, unit = _holder(session, named)
        last = days[1]
        term = Term(days[0], last + timedelta(days=1) if last else None, is_deputy)
        is_new = roles.grant(session, None, holder, term, at=at)
    if is_new:
        say(texts.granted(name, holder[1], unit, last))
    else:
        say(texts.there_already(name, holder[1], unit))


def revoke(named: Named) -> None:
    with house() as (database, at), database.begin() as session:
        name, holder, unit = _holder(session, named)
        roles.revoke(session, None, holder, at=at)
    say(texts.revoked(name, holder[1], unit))


def audit(text: str, from_on: date | None, to_on: date | None, file: Path | None) -> None:
    with house() as (database, _), database.read() as session:
        found = acts.export(session, None, Query(text, from_on, to_on))
    if file is not None:
        write(file, audit_texts.table(found))
        say(f"操作记录共 {len(found)} 条，已写到 {file}。")
        return
    rows = [
        (
            f"{local(act.at):%Y-%m-%d %H:%M}",
            audit_texts.who(act),
            audit_texts.what(act),
            audit_texts.subject(act),
        )
        for act in found
    ]
    if rows:
        show(("时间", "谁", "做了什么", "对象"), rows)
    else:
        say(audit_texts.NOTHING)


def _holder(session: Session, named: Named) -> tuple[str, tuple[int, Role, int], Unit]:
    """The member, role and unit that were named. Exit code 1 with a sentence when one is not."""
    who, role_name, unit_name = named
    role = _ROLES.get(role_name)
    if role is None:
        say(f"“{role_name}”不认识。职责只有 secretary（书记）和 administrator（管理员）。")
        raise typer.Exit(1)
    member = people.one(session, None, who)
    tree = units.PARTY if role is Role.SECRETARY else units.ADMIN
    unit = units.find(session, unit_name, tree) or units.find(session, unit_name)
    if unit is None:
        near = units.nearest(unit_name, units.every(session, tree=tree))
        names = "、".join(each.name for each in near)
        say(f"没有“{unit_name}”这个单位。" + (f"是不是：{names}？" if names else ""))
        raise typer.Exit(1)
    return member.name, (member.id, role, unit.id), unit
