"""notice: send, status, withdraw; the work is in a module that is imported when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="通知：发送、看进展、撤回。", no_args_is_help=True)

_Number = Annotated[int, typer.Argument(metavar="NUMBER", help="通知的编号")]


@app.command("send")
def send(  # noqa: PLR0913 - one parameter for each option of the command
    *,
    to: Annotated[str, typer.Option("--to", help="发给谁，例如“全体党员，除了青山小学”")],
    text_file: Annotated[Path, typer.Option("--text-file", help="通知内容，UTF-8 文本文件")],
    kind: Annotated[str, typer.Option("--kind", help="普通、需确认或紧急")] = "普通",
    due: Annotated[str | None, typer.Option("--due", help="什么时候以前确认")] = None,
    at: Annotated[str | None, typer.Option("--at", help="什么时候发，默认现在")] = None,
    file: Annotated[list[Path] | None, typer.Option("--file", help="附件，可以多个")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="看过人数不再询问")] = False,
    key: Annotated[str | None, typer.Option("--key", help="同一个 key 只发一次，给脚本用")] = None,
) -> None:
    """发通知：先说发给谁、多少人，再排队；由正在运行的木铎送出。"""
    from bot.commands.notices_run import Order
    from bot.commands.notices_run import send as order

    order(Order(to, text_file, kind, due, at, tuple(file or ()), yes, key))


@app.command("status")
def status(
    number: Annotated[int | None, typer.Argument(metavar="NUMBER", help="不写则列最近的")] = None,
) -> None:
    """看一条通知送达、确认了多少，或列出最近发的。"""
    from bot.commands.notices_run import status as tell

    tell(number)


@app.command("withdraw")
def withdraw(number: _Number) -> None:
    """撤回一条通知。"""
    from bot.commands.notices_run import withdraw as take_back

    take_back(number)
