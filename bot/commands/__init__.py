"""The commands of python -m bot. Each is imported when it is called: a command starts at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.commands import banks, notices, people, reminders
from bot.commands import knowledge as learnt

app = typer.Typer(
    name="muduo",
    help="木铎：师德练习、查规定、党支部工作的聊天助手。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)

app.add_typer(banks.app, name="bank")
app.add_typer(learnt.app, name="knowledge")
app.add_typer(people.app_roster, name="roster")
app.add_typer(people.app_role, name="role")
app.add_typer(notices.app, name="notice")
app.add_typer(reminders.app, name="reminders")
for _command in (people.init, people.invite, people.audit):
    app.command()(_command)

KnowledgeFolder = Annotated[
    Path | None, typer.Option("--knowledge", help="知识库文件夹，默认取 MUDUO_KNOWLEDGE")
]


@app.command()
def run() -> None:
    """启动木铎，直到按 Ctrl-C。"""
    from bot.running import run as start

    start()


@app.command()
def check(
    knowledge: KnowledgeFolder = None,
    report: Annotated[bool, typer.Option("--report", help="同时列出各项统计")] = False,
) -> None:
    """检查设置、知识库和数据库；有问题时逐条指出位置，退出码 1。"""
    from bot.commands.checking import check as examine

    examine(knowledge, with_report=report)


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="不写则从标准输入逐行读")] = None,
    knowledge: KnowledgeFolder = None,
    json: Annotated[bool, typer.Option("--json", help="每行输出一个 JSON 对象")] = False,
) -> None:
    """问一个问题，看知识库怎么答。"""
    from bot.commands.asking import ask as look_up

    look_up(question, knowledge, as_json=json)


@app.command()
def schema(
    folder: Annotated[Path, typer.Argument(help="写到哪个文件夹")] = Path(),
) -> None:
    """写出知识库文件的 JSON Schema，供编辑器使用。"""
    from bot.commands.checking import write_schema

    write_schema(folder)


@app.command()
def burden(
    weeks: Annotated[int, typer.Option("--weeks", min=1, max=52, help="看最近几个整周")] = 8,
) -> None:
    """木铎给大家添了多少负担：每人每周几条消息，办一件事点几下；没有姓名。"""
    from bot.commands.burden import burden as measure

    measure(weeks)


@app.command()
def migrate() -> None:
    """把数据库升级到当前版本的结构。"""
    from bot.opening import opened

    with opened():
        typer.echo("数据库结构已是最新。")


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="备份写到哪个文件")]) -> None:
    """把全部数据备份成一个文件，运行中也可以。"""
    from bot.commands.backup import backup as make

    make(file)


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="哪个备份文件")]) -> None:
    """用备份换掉现有数据；原来的数据会另外保存。先停止木铎。"""
    from bot.commands.backup import restore as put_back

    put_back(file)
