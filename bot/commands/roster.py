"""roster template, import, export: the whole house's roster from and to files."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import typer
from rich.progress import Progress

from bot.commands.speaking import house, now, say, show, write
from bot.core.clock import local_day
from bot.db.engine import Database
from bot.files import roster_xlsx
from bot.intake import read
from bot.services import facts, roster, roster_export, roster_plan
from bot.services.roster import Job
from bot.services.roster_plan import Plan
from handlers import roster as chat
from handlers.texts import roster as texts

# Between two pieces, so that a bot that runs on the same database gets its turn.
_BREATH = 0.01
_LISTED = 20


def template(file: Path) -> None:
    write(file, roster_xlsx.template())
    say(f"模板已写到 {file}。填好后用 roster import 导入，或直接发给木铎。")


def export(file: Path) -> None:
    with house() as (database, _), database.read() as session:
        people = [texts.person_row(row) for row in roster_export.people_rows(session, None)]
        units = [texts.unit_row(row) for row in roster_export.unit_rows(session, None)]
    write(file, roster_xlsx.export(people, units))
    say(f"花名册共 {len(people)} 位，已写到 {file}。")


def bring_in(file: Path, *, is_dry: bool, with_leavers: bool, is_sure: bool) -> None:
    """Check the whole file, show what would change, and carry it out unless it is a dry run."""
    try:
        content = file.read_bytes()
    except FileNotFoundError as error:
        say(f"没有文件 {file}，请检查路径。")
        raise typer.Exit(1) from error
    except OSError as error:
        say(f"文件 {file} 读不了，请检查它是不是文件、有没有读取权限。")
        raise typer.Exit(1) from error
    with house() as (database, at):
        sheets = read(file.name, content)
        del content
        _finish(database)
        with database.read() as session:
            plan = roster_plan.make(session, None, sheets, on=local_day(at))
            is_demo = facts.is_demo(session)
        _show(file.name, plan, with_leavers=with_leavers)
        if plan.faults:
            raise typer.Exit(1)
        if is_dry or plan.is_empty or not (plan.steps or with_leavers):
            say("没有写入。" if is_dry else "没有要写入的。")
            return
        if not is_sure:
            _ask(plan, with_leavers=with_leavers)
        _carry_out(database, file.name, plan, with_leavers=with_leavers)
        if is_demo:
            say("提示：这是内置的演示数据库。正式使用请先用 init 建立自己的数据库。")


def _show(name: str, plan: Plan, *, with_leavers: bool) -> None:
    if plan.faults:
        say(f"《{name}》有 {len(plan.faults)} 处要改，什么也没有写入：")
        rows = [(each.sheet, each.row, each.column, texts.reason(each)) for each in plan.faults]
        show(("表", "行", "列", "原因"), rows)
        return
    say(texts.preview(name, plan))
    if plan.missing:
        show(
            ("工号", "文件里没有的人"), [(number, who) for _, number, who in plan.missing[:_LISTED]]
        )
        rest = len(plan.missing) - _LISTED
        more = f"还有 {rest} 位没有列出。" if rest > 0 else ""
        say(more + ("将标记为离开。" if with_leavers else "加 --leavers 才会标记为离开。"))


def _ask(plan: Plan, *, with_leavers: bool) -> None:
    """Go on only after a yes; where nobody can be asked, --yes must have been given."""
    if not sys.stdin.isatty():
        say("没有写入。这里没有终端可以确认，看过预览后请加 --yes 再运行。")
        raise typer.Exit(1)
    marks = f"，并把 {len(plan.missing)} 人标记为离开" if with_leavers and plan.missing else ""
    if not typer.confirm(f"确定导入{marks}吗"):
        say("没有写入。")
        raise typer.Exit(1)


def _carry_out(database: Database, name: str, plan: Plan, *, with_leavers: bool) -> None:
    mine, leaving = roster.pieces(plan)
    at = now(database)
    with database.begin() as session:
        job_id = roster.draft(session, "console", name, plan, at=at)
    for number, piece in enumerate([*mine, *leaving]):
        with database.begin() as session:
            roster.keep(session, job_id, number, piece, at=at)
        _breathe(database)
    with database.begin() as session:
        roster.make_ready(session, job_id, pieces=len(mine), leaving=len(leaving))
    with database.begin() as session:
        job = roster.start(session, None, job_id, with_leavers=with_leavers, at=at)
    with Progress(transient=True) as progress:
        task = progress.add_task("导入", total=job.total)
        while (done := _progress(database, job_id)) is not None and not done.is_done:
            _step(database)
            progress.update(task, completed=done.position)
    say(texts.done(_progress(database, job_id) or job))


def _finish(database: Database) -> None:
    """Carry out what an import that was cut off has left."""
    while _step(database):
        pass


def _step(database: Database) -> bool:
    with database.begin() as session:
        went_on = chat.advance(session, at=now(database))
    _breathe(database)
    return went_on


def _progress(database: Database, job_id: int) -> Job | None:
    with database.read() as session:
        return roster.progress(session, None, job_id)


def _breathe(database: Database) -> None:
    if database.is_sqlite:
        threading.Event().wait(_BREATH)
