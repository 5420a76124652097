"""reminders: what is to go out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="提醒：接下来发什么，发给多少人。", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `next` a command of its own, although it is the only one."""


@app.command("next")
def coming(
    days: Annotated[int, typer.Option("--days", min=1, max=400, help="往后看几天")] = 60,
    knowledge: Annotated[Path | None, typer.Option("--knowledge", help="知识库文件夹")] = None,
) -> None:
    """列出接下来要发的提醒：何时、多少人、为什么顺延或不发。"""
    from bot.commands.reminders_next import coming as list_them

    list_them(days, knowledge)
