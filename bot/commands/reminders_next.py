"""reminders next: what goes out in the coming days, when, to how many, and what holds it back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import typer

from bot.commands.speaking import house, say, show
from bot.services import firings, reminders, semesters
from bot.services.reminders import Prospect
from bot.settings import load
from handlers.texts import reminders as texts
from knowledge.library import Library
from knowledge.loader import read


def coming(days: int, knowledge: Path | None) -> None:
    """List them, then what is queued, and what reaches nobody."""
    settings = load()
    library = _open(knowledge or settings.knowledge)
    with house() as (database, now), database.read() as session:
        terms = semesters.known(session, at=now, set_to=settings.terms)
        until = now + timedelta(days=days)
        found = firings.between(session, library.rulebook, terms, now, until)
        rows = list(_rows(reminders.prospects(session, found)))
        held = reminders.held(session, library.rulebook, at=now)
        unclear = reminders.faults(session, library.rulebook, at=now)
        termless = reminders.needs_terms(library.rulebook, terms, at=now)
    if rows:
        show(("何时", "提醒", "多少人", "说明"), rows)
    else:
        say(texts.NOTHING.format(days=days))
    for each in held:
        say(f"已排队：{texts.held_back(each)}")
    for fault in unclear:
        say(f"发不到人：{fault}")
    if termless:
        say(texts.TERMLESS)


def _rows(found: Iterable[Prospect]) -> Iterable[tuple[object, ...]]:
    for each in found:
        title = each.firing.saying.title
        name = each.firing.saying.occasion.name
        yield (
            texts.when(each.firing.due_at),
            f"{title}（{name}）" if name else title,
            each.people,
            texts.why(each),
        )


def _open(folder: Path) -> Library:
    library, faults, _ = read(folder)
    if library is None:
        for fault in faults:
            say(str(fault))
        raise typer.Exit(1)
    return library
