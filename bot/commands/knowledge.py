"""knowledge: what was added in chat, out into files for review, and out of use when it is there."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.services.additions import Addition
    from knowledge.additions import Combined
    from knowledge.library import Library

app = typer.Typer(help="聊天里补充的知识：列出、导出、并入后清理。", no_args_is_help=True)

_Knowledge = Annotated[
    Path | None, typer.Option("--knowledge", help="知识库文件夹，默认取 MUDUO_KNOWLEDGE")
]
_IDLE = {
    "shipped": "知识库文件里已有，可以清理",
    "no_entry": "所属的条目不在了",
    "no_source": "所依的文件不在了",
    "faulty": "内容读不出来",
}


@app.command("list")
def show(knowledge: _Knowledge = None) -> None:
    """列出聊天里补充的问法和条目。"""
    from bot.services import additions

    with _opened(knowledge) as known:
        found = reversed(additions.listed(known.session))
        lines = [_line(each, known.combined.idle.get(each.id)) for each in found]
    _say(lines or ["聊天里还没有补充过问法或条目。"])


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="写到哪个文件夹，须是新的或空的")],
    knowledge: _Knowledge = None,
) -> None:
    """把补充的问法和条目写成知识库文件，供核对后并入。"""
    from knowledge import merging
    from knowledge.banks import writing

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        _fail([f"{folder} 已有内容。请换一个新的或空的文件夹。"])
    with _opened(knowledge) as known:
        texts = merging.texts(known.folder, known.shipped, known.combined)
    if not texts:
        _say(["没有要导出的：聊天里还没有补充过，或者文件里都已经有了。"])
        return
    laid = {known.folder / name: text for name, text in texts.items()}
    _, faults = writing.rehearse(laid, known.folder)
    if faults:
        _fail(["和知识库放在一起读不通，没有导出：", *map(str, faults)])
    _write(folder, texts)
    phrasings = sum(map(len, known.combined.phrasings.values()))
    _say(
        [
            f"{phrasings} 句问法、{len(known.combined.entries)} 个新条目，写到 {folder}：",
            *(f"  {name}" for name in texts),
            f"核对后放进 {known.folder}，同名的覆盖，再运行 python -m bot knowledge merged。",
        ]
    )


@app.command()
def merged(knowledge: _Knowledge = None) -> None:
    """知识库文件里已有的，标为已并入，不再从数据库里加载。"""
    from bot.core.clock import SystemClock
    from bot.services import additions

    with _opened(knowledge) as known:
        idle = known.combined.idle
        there = [number for number, why in idle.items() if why == "shipped"]
        count = additions.merge(known.session, there, at=SystemClock().now())
        left = additions.count(known.session)
    _say([f"{count} 条已并入。" + (f"还有 {left} 条文件里没有，照旧起作用。" if left else "")])


@app.command()
def remove(
    numbers: Annotated[list[int], typer.Argument(help="编号，见 knowledge list")],
) -> None:
    """撤销聊天里补充的某几条。"""
    from bot.core.clock import SystemClock
    from bot.core.errors import Refused
    from bot.opening import opened
    from bot.services import learning
    from handlers.texts import words_for

    with opened() as database:
        try:
            with database.begin() as session:
                for number in numbers:
                    learning.undo(session, None, number, at=SystemClock().now())
        except Refused as refused:
            _fail([f"{words_for(refused)}什么也没有改。"])
    _say([f"已撤销 {len(numbers)} 条，运行中的木铎两秒内生效。"])


@dataclass(frozen=True)
class _Known:
    """The knowledge folder, and what was added to it in the database of an open session."""

    folder: Path
    shipped: Library
    combined: Combined
    session: Session


@contextmanager
def _opened(folder: Path | None) -> Generator[_Known]:
    from bot.opening import opened
    from bot.services import additions
    from bot.settings import load
    from knowledge.additions import combine
    from knowledge.loader import read

    settings = load()
    folder = folder or settings.knowledge
    shipped, faults, _ = read(folder)
    if shipped is None:
        _fail([*map(str, faults), "知识库有错，请先改正。"])
    with opened(settings) as database, database.begin() as session:
        yield _Known(folder, shipped, combine(shipped, additions.load(session)), session)


def _line(addition: Addition, idle: str | None) -> str:
    from bot.core.clock import local_day

    is_entry = addition.kind == "entry"
    text = f"《{addition.text}》" if is_entry else f"“{addition.text}” → {addition.entry_id}"
    note = f"  （{_IDLE[idle]}）" if idle else ""
    return f"{addition.id}  {text}  {local_day(addition.made_at)} {addition.made_by}{note}"


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    try:
        for name, text in texts.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        _fail([f"写不进 {error.filename or folder}（{error.strerror}）。"])


def _say(lines: Sequence[str], style: str = "") -> None:
    from rich.console import Console

    for line in lines:
        Console().print(line, style=style, markup=False, highlight=False, soft_wrap=True)


def _fail(lines: Sequence[str]) -> NoReturn:
    _say(lines, "red")
    raise typer.Exit(1)
