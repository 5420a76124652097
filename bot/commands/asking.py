"""ask: one question or many, answered from a knowledge folder as the bot would."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import typer
from rich.console import Console

from bot.core.clock import SystemClock, local_day
from bot.services import answering
from bot.services.answering import Judged
from bot.settings import load
from knowledge.live import Knowledge
from knowledge.loader import read
from knowledge.semantic import installed
from knowledge.thresholds import Kept

console = Console()


def ask(question: str | None, folder: Path | None, *, as_json: bool) -> None:
    """Answer the question, or each line of standard input. Exit code 1 for faulty knowledge."""
    settings = load()
    kept = Kept(settings.data, installed() if settings.semantic else None)
    knowledge = _open(folder or settings.knowledge, kept)
    for text in [question] if question is not None else _lines(sys.stdin):
        judged = answering.hits(knowledge, text, local_day(SystemClock().now()))
        if as_json:
            sys.stdout.write(_json(text, judged) + "\n")
            sys.stdout.flush()
        else:
            _print(text, judged, knowledge)


def _open(folder: Path, kept: Kept) -> Knowledge:
    library, faults, _ = read(folder)
    if library is None:
        for fault in faults:
            sys.stderr.write(f"{fault}\n")
        raise typer.Exit(1)
    return Knowledge.of(library, kept.find(library), kept.encoder)


def _lines(stream: Iterable[str]) -> Iterator[str]:
    return (line.strip() for line in stream if line.strip())


def _json(text: str, judged: Judged) -> str:
    hits = [{"id": hit.id, "score": round(hit.score, 4), "title": hit.title} for hit in judged.hits]
    said = {"question": text, "outcome": judged.verdict, "hits": hits}
    return json.dumps(said, ensure_ascii=False)


def _print(text: str, judged: Judged, knowledge: Knowledge) -> None:
    words = {"answer": "答", "choose": "请选", "unknown": "不知道"}
    console.print(f"{text}  →  {words[judged.verdict]}", style="bold", markup=False)
    shown = judged.hits[: 1 if judged.verdict == "answer" else 3]
    for hit in shown if judged.verdict != "unknown" else ():
        entry = knowledge.library.entries[hit.id]
        source = knowledge.library.sources[entry.source]
        console.print(f"  {hit.score:.2f} {hit.title}", markup=False, highlight=False)
        if judged.verdict == "answer":
            console.print(f"  {entry.answer}", markup=False, highlight=False)
            console.print(f"  《{source.title}》{entry.clause}", style="dim", markup=False)
