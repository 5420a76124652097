"""Reminders: their messages, and the list of what is to come, where one can be skipped or moved."""

from __future__ import annotations

import mimetypes
from datetime import datetime, timedelta
from typing import Any

from bot.core.chat import Button, File, Reply
from bot.core.clock import local_day
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import firings, gate, missed, outbox, reminders, semesters, units
from bot.services.firings import Firing, Saying
from bot.services.plans import Batch
from bot.services.quiz import Way
from handlers import paging, quiz
from handlers.texts import plans as plan_texts
from handlers.texts import reminders as texts
from knowledge.library import Library
from knowledge.reminders_schema import Content

router = Router()
DAYS = 60


def compose(library: Library, firing_id: int, saying: Saying) -> Reply:
    """The message of one occasion, the same for all; its buttons find it again by the firing."""
    buttons: list[Button] = []
    content = saying.contents[0] if len(saying.contents) == 1 else None
    if content is not None:
        buttons += _links(content)
    if isinstance(saying.subject, Batch):
        buttons.append(_way_of(saying.subject, firing_id))
    elif content and content.quiz:
        label = plan_texts.quiz(content.quiz.count)
        buttons.append(Button(label, "reminders.quiz", firing_id, is_shared=True))
    file = _file(library, content) if content else None
    return Reply(texts.message(saying, library), buttons, file=file)


def tell_missed(session: Any, library: Library, at: datetime) -> None:
    """The administrators of the bureau hear once what fell due while nobody ran. For the sweep."""
    found = missed.untold(session, library.rulebook, at=at)
    if found is None:
        return
    ways = [Button(texts.send_late(len(found.useful)), "reminders.late")] if found.useful else []
    for member_id in units.top_administrators(session, on=local_day(at)):
        outbox.add(
            session,
            f"m{member_id}",
            Reply(texts.missed(found), ways),
            key=f"{found.key}:m{member_id}",
            purpose=gate.Purpose.TROUBLE,
            at=at,
        )


@router.button("reminders.late", audience=Role.ADMINISTRATOR)
def send_late(turn: Turn) -> Reply:
    book = turn.knowledge.library.rulebook
    found = missed.send(turn.session, turn.member, book, at=turn.now)
    return Reply(texts.sent_late(found), replaces=True)


@router.command("reminders", help="接下来要发的提醒", words=("提醒",), audience=Role.ADMINISTRATOR)
@router.button("reminders.list", audience=Role.ADMINISTRATOR)
def show_coming(turn: Turn) -> Reply:
    offset = int(turn.arguments[0]) if turn.arguments else 0
    library = turn.knowledge.library
    terms = semesters.known(turn.session, at=turn.now)
    until = turn.now + timedelta(days=DAYS)
    found = firings.between(turn.session, library.rulebook, terms, turn.now, until)
    some = found[offset : offset + paging.SIZE]
    shown = reminders.prospects(turn.session, some)
    held = reminders.held(turn.session, library.rulebook, at=turn.now) if not offset else []
    buttons = [
        Button(str(number), "reminders.open", *_which(each), key=str(number))
        for number, each in enumerate(some, offset + 1)
    ]
    rows = paging.rows(buttons, "reminders.list", offset, len(found))
    text = texts.listing(shown, held, DAYS, (offset, len(found)))
    return Reply(text, rows, replaces=turn.is_tap)


@router.button("reminders.open", audience=Role.ADMINISTRATOR)
def show_one(turn: Turn) -> Reply:
    return _page(turn, _firing(turn))


@router.button("reminders.skip", audience=Role.ADMINISTRATOR)
def skip(turn: Turn) -> Reply:
    firings.skip(turn.session, turn.member, _firing(turn), at=turn.now)
    return _page(turn, _firing(turn))


@router.button("reminders.move", audience=Role.ADMINISTRATOR)
def move(turn: Turn) -> Reply:
    firings.move(turn.session, turn.member, _firing(turn), int(turn.arguments[2]), at=turn.now)
    return _page(turn, _firing(turn))


@router.button("reminders.restore", audience=Role.ADMINISTRATOR)
def restore(turn: Turn) -> Reply:
    firings.restore(turn.session, turn.member, _firing(turn), at=turn.now)
    return _page(turn, _firing(turn))


@router.button("reminders.quiz")
def answer_a_few(turn: Turn) -> Reply:
    """The questions of a rule: practice like any other."""
    terms = semesters.known(turn.session, at=turn.now)
    library = turn.knowledge.library
    firing = firings.by_id(turn.session, library.rulebook, terms, int(turn.arguments[0]))
    asked = firing.saying.contents[0].quiz
    if asked is None or asked.topic:
        return quiz.start(turn, Way("topic", asked.topic if asked else None, turn.chance))
    return quiz.start(turn, Way("plan", None, turn.chance, asked.items, asked.count))


def _page(turn: Turn, firing: Firing) -> Reply:
    (found,) = reminders.prospects(turn.session, [firing])
    text = texts.page(found, texts.message(firing.saying, turn.knowledge.library))
    which = _which(firing)
    changed = firing.state in ("skipped", "moved")
    first = [Button(texts.RESTORE, "reminders.restore", *which)] if changed else []
    if firing.state != "skipped":
        first.append(Button(texts.SKIP, "reminders.skip", *which))
    moves = [
        Button(label, "reminders.move", *which, by)
        for label, by in ((texts.EARLIER, -1), (texts.LATER, 1), (texts.NEXT_WEEK, 7))
    ]
    rows = [first, moves, [Button(texts.BACK, "reminders.list")]]
    return Reply(text, rows, replaces=True)


def _firing(turn: Turn) -> Firing:
    terms = semesters.known(turn.session, at=turn.now)
    rule, occasion, *_ = turn.arguments
    book = turn.knowledge.library.rulebook
    return firings.get(turn.session, book, terms, str(rule), str(occasion))


def _which(firing: Firing) -> tuple[str, str]:
    return firing.saying.rule, firing.saying.occasion.key


def _way_of(batch: Batch, firing_id: int) -> Button:
    """What the one button under a batch's message does."""
    if len(batch.items) > 1 or batch.plan.per == "unit":
        return Button(plan_texts.LIST, "plans.mine", is_shared=True)
    item = batch.lead
    if "quiz" in item.ways and item.quiz:
        label = plan_texts.quiz(item.quiz.count)
        return Button(label, "plans.quiz", firing_id, is_shared=True)
    if "receipt" in item.ways:
        return Button(plan_texts.SEEN, "plans.done", firing_id, is_shared=True)
    return Button(plan_texts.MINE, "plans.mine", is_shared=True)


def _links(content: Content) -> list[Button]:
    found: list[Button] = []
    if content.film and content.film.link:
        found.append(Button(plan_texts.WATCH, url=content.film.link))
    if content.link:
        found.append(Button(plan_texts.OPEN_LINK, url=content.link))
    return found


def _file(library: Library, content: Content) -> File | None:
    if content.file is None:
        return None
    path = library.rulebook.folder / content.file
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return File(path.name, path.read_bytes(), kind)
