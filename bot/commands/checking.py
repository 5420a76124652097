"""check and schema: what is wrong with settings, knowledge or database, and where."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from bot.core.clock import SystemClock, local_day
from bot.core.errors import SettingsFault
from bot.opening import opened
from bot.services import audience, reminders, semesters
from bot.settings import Settings, load
from handlers.texts import reminders as texts
from knowledge.json_schema import json_schema
from knowledge.likeness import near_duplicates
from knowledge.loader import Library, read
from knowledge.report import Report, report

console = Console()
KINDS = {"single": "单选", "multiple": "多选", "truth": "判断", "fill": "填空", "scenario": "情景"}


def check(folder: Path | None, *, with_report: bool) -> None:
    """Examine everything; exit code 1 when there is a fault."""
    settings = load()
    library, faults, warnings = read(folder or settings.knowledge)
    said = [str(fault) for fault in faults]
    if library is not None:
        said += map(str, library.rulebook.ended(local_day(SystemClock().now())))
    if folder is None:
        said += _database_faults(settings, library)
    _say(said, "red")
    if library is not None:
        _say([f"提醒 {each}" for each in (*warnings, *near_duplicates(library))], "yellow")
        _say([_counts(library)], "")
        if with_report:
            _print_report(report(library))
    if said:
        _say([f"共 {len(said)} 处需要改正。"], "red")
        raise typer.Exit(1)
    _say(["没有发现问题。"], "green")


def write_schema(folder: Path) -> None:
    """Write the JSON Schema of the knowledge files into the folder."""
    path = folder / "knowledge.schema.json"
    path.write_text(json.dumps(json_schema(), ensure_ascii=False, indent=2), encoding="utf-8")
    _say([f"已写出 {path}"], "")


def _say(lines: Sequence[str], style: str) -> None:
    # Paths and what people wrote are neither markup nor to be broken at the terminal's width.
    for line in lines:
        console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)


def _database_faults(settings: Settings, library: Library | None) -> list[str]:
    """What is wrong with the database, and what reminders name that it does not know."""
    try:
        with opened(settings) as database, database.read() as session:
            if library is None:
                return []
            book, now = library.rulebook, SystemClock().now()
            terms = semesters.known(session, at=now, set_to=settings.terms)
            said = [str(fault) for fault in reminders.faults(session, book, at=now)]
            if reminders.needs_terms(book, terms, at=now):
                said.append(texts.TERMLESS)
            return said if _has_people(session) else []
    except SettingsFault as fault:
        return [str(fault)]


def _has_people(session: Session) -> bool:
    """Before a roster is there, nobody can be reached anyway."""
    return bool(audience.count(session, audience.EVERYBODY, on=local_day(SystemClock().now())))


def _counts(library: Library) -> str:
    parts = (len(library.entries), len(library.items), len(library.sources))
    return "知识库：{} 条目，{} 题，{} 份文件。".format(*parts)


def _print_report(found: Report) -> None:
    kinds = {KINDS[kind]: count for kind, count in found.items_by_kind.items()}
    levels = {f"难度 {level}": count for level, count in found.items_by_difficulty.items()}
    truths = {"对": found.right_truths[True], "错": found.right_truths[False]}
    for title, counts in (
        ("按文件：条目", found.entries_by_source),
        ("按文件：题", found.items_by_source),
        ("按主题：题", found.items_by_topic),
        ("按题型", kinds),
        ("按难度", levels),
        ("单个正确选项的位置", found.right_letters),
        ("判断题的答案", truths),
    ):
        _print_table(title, counts, share_of=sum(counts.values()))
    _say([f"正确选项独为最长：{found.longest_is_right:.0%}"], "")
    for title, ids in (
        ("没有题的条目", found.without_items),
        ("待核的文件", found.pending_sources),
        ("待核的条目", found.pending_entries),
        ("待核的题（含条目待核）", found.pending_items),
        ("没有条目的文件", found.unused_sources),
    ):
        _say([f"{title}（{len(ids)}）：{'、'.join(ids) or '无'}"], "")


def _print_table(title: str, counts: Mapping[str, int], *, share_of: int) -> None:
    table = Table(title=title, title_justify="left")
    table.add_column("项目", overflow="fold")
    table.add_column("数量", justify="right")
    table.add_column("占比", justify="right")
    for name, count in counts.items():
        table.add_row(name, str(count), f"{count / max(share_of, 1):.0%}")
    console.print(table)
