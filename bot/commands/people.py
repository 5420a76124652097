"""init, roster, role, invite, audit: the people commands, each doing its work in a module of its
own that is imported when it is called."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

app_roster = typer.Typer(help="花名册：模板、导入、导出。", no_args_is_help=True)
app_role = typer.Typer(help="职责：授予和收回书记、管理员。", no_args_is_help=True)

_Day = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="从哪一天起")]
_LastDay = Annotated[
    datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="到哪一天（含当天）")
]
_Who = Annotated[str, typer.Argument(metavar="MEMBER", help="姓名或工号")]
_Role = Annotated[
    str, typer.Argument(metavar="ROLE", help="secretary 书记，或 administrator 管理员")
]
_Unit = Annotated[str, typer.Argument(metavar="UNIT", help="单位全称")]


def init(
    bureau: Annotated[str, typer.Option(prompt="教育局名称", help="教育局名称")],
    name: Annotated[str, typer.Option(prompt="第一位管理员的姓名", help="第一位管理员的姓名")],
    number: Annotated[str, typer.Option(prompt="管理员的工号", help="管理员的工号")],
) -> None:
    """建立一个正式的空数据库和第一位管理员，给出管理员的邀请码。"""
    from bot.commands.members import init as begin

    begin(bureau, name, number)


def invite(
    who: Annotated[list[str], typer.Argument(metavar="MEMBER...", help="姓名或工号，可以多个")],
) -> None:
    """生成邀请码：单次有效，七天。"""
    from bot.commands.members import invite as make

    make(who)


def audit(
    text: Annotated[str, typer.Argument(help="要找的姓名、工号或单位")] = "",
    from_: _Day = None,
    to: _LastDay = None,
    export: Annotated[Path | None, typer.Option("--export", help="写到 .xlsx 文件")] = None,
) -> None:
    """查看或导出操作记录。"""
    from bot.commands.members import audit as show

    show(text, from_.date() if from_ else None, to.date() if to else None, export)


@app_roster.command("template")
def write_template(
    file: Annotated[Path, typer.Argument(help="写到哪个 .xlsx 文件")],
) -> None:
    """写出空的花名册模板。"""
    from bot.commands.roster import template

    template(file)


@app_roster.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help=".xlsx 或 .csv 文件")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看预览，不写入")] = False,
    leavers: Annotated[bool, typer.Option("--leavers", help="把文件里没有的人标记为离开")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="看过预览不再询问，直接写入")] = False,
) -> None:
    """导入花名册；有问题时逐行列出，退出码 1，什么也不写入。"""
    from bot.commands.roster import bring_in

    bring_in(file, is_dry=dry_run, with_leavers=leavers, is_sure=yes)


@app_roster.command("export")
def export_file(file: Annotated[Path, typer.Argument(help="写到哪个 .xlsx 文件")]) -> None:
    """导出整份花名册，改好后可以再导入。"""
    from bot.commands.roster import export

    export(file)


@app_role.command("grant")
def grant_role(
    member: _Who,
    role: _Role,
    unit: _Unit,
    from_: _Day = None,
    to: _LastDay = None,
    deputy: Annotated[bool, typer.Option("--deputy", help="代理")] = False,
) -> None:
    """授予职责，立即或从某一天起。"""
    from bot.commands.members import grant

    days = from_.date() if from_ else None, to.date() if to else None
    grant((member, role, unit), days, is_deputy=deputy)


@app_role.command("revoke")
def revoke_role(member: _Who, role: _Role, unit: _Unit) -> None:
    """收回职责，今天起生效，历史保留。"""
    from bot.commands.members import revoke

    revoke((member, role, unit))
