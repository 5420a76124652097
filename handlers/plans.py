"""Study plans: what I have to do, that it is done, and how far my people have come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.core.chat import Button, Reply
from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import firings, plans, progress, semesters
from bot.services.plans import Batch, Task
from bot.services.quiz import Way
from handlers import paging, quiz
from handlers.texts import plans as texts
from knowledge.reminders_rulebook import Rulebook
from knowledge.reminders_schema import Quiz

router = Router()


@router.command("study", help="我的学习安排", words=("我的学习", "学习计划"))
@router.button("plans.mine")
def show_mine(turn: Turn) -> Reply:
    return _listing(turn)


@router.button("plans.open")
def open_task(turn: Turn) -> Reply:
    tasks = plans.task(turn.session, _id(turn), _book(turn), str(turn.arguments[0]), at=turn.now)
    task = _of_unit(tasks, turn.arguments[1:])
    text = texts.task(task, turn.knowledge.library, _today(turn))
    buttons = [] if task.done else _ways(task)
    back = [Button(texts.BACK, "plans.mine")]
    return Reply(text, [*buttons, back], replaces=True)


@router.button("plans.done")
def confirm_from_message(turn: Turn) -> Reply:
    """The one tap under a reminder."""
    batch = _batch_of(turn)
    return _confirm(turn, batch.key(batch.lead))


@router.button("plans.check")
def confirm(turn: Turn) -> Reply:
    return _confirm(turn, str(turn.arguments[0]), turn.arguments[1:])


@router.button("plans.undo")
def undo(turn: Turn) -> Reply:
    key, *unit = turn.arguments
    unit_id = int(unit[0]) if unit else None
    plans.take_back(turn.session, turn.member, str(key), unit_id, at=turn.now)
    return Reply(texts.UNDONE, [Button(texts.MINE, "plans.mine")], replaces=True)


@router.button("plans.quiz")
def answer_from_message(turn: Turn) -> Reply:
    batch = _batch_of(turn)
    return _ask(turn, batch.key(batch.lead))


@router.button("plans.ask")
def answer(turn: Turn) -> Reply:
    return _ask(turn, str(turn.arguments[0]))


@router.command("progress", help="学习计划的进度", words=("学习进度",), audience=Role.SECRETARY)
@router.button("plans.overview", audience=Role.SECRETARY)
def show_overview(turn: Turn) -> Reply:
    on = _today(turn)
    found = [progress.count(turn.session, turn.member, batch, on=on) for batch in _current(turn)]
    keys = [each.batch.keys[0] for each in found]
    buttons = paging.numbers("plans.progress", keys, 0)
    return Reply(texts.overview(found), [buttons] if buttons else (), replaces=turn.is_tap)


@router.button("plans.progress", audience=Role.SECRETARY)
def show_progress(turn: Turn) -> Reply:
    batch = _found(turn, str(turn.arguments[0]))
    on = _today(turn)
    found = progress.count(turn.session, turn.member, batch, on=on)
    people = progress.remaining(turn.session, turn.member, batch, on=on)
    has_branch = bool(progress.own_branches(turn.session, turn.member))
    text = texts.progress(found, people, has_branch=has_branch)
    return Reply(text, [Button(texts.BACK, "plans.overview")], replaces=True)


def _confirm(turn: Turn, key: str, unit: Sequence[object] = ()) -> Reply:
    unit_id = int(str(unit[0])) if unit else None
    tasks = plans.confirm(turn.session, turn.member, _book(turn), key, unit_id, at=turn.now)
    task = tasks[0]
    if task.unit_id is not None:
        progress.take_back_done(turn.session, _book(turn), [key], at=turn.now)
    if len(task.batch.items) > 1:
        return _listing(turn)
    buttons = [Button(texts.UNDO, "plans.undo", *_which(task)), Button(texts.MINE, "plans.mine")]
    return Reply(texts.done(task.item.title), [buttons], replaces=True)


def _ask(turn: Turn, key: str) -> Reply:
    (task, *_) = plans.task(turn.session, _id(turn), _book(turn), key, at=turn.now)
    if task.item.quiz is None:
        raise Refused("plan_over")
    items = _items_of(turn, task.item.quiz)
    return quiz.start(turn, Way("plan", key, turn.chance, items, task.item.quiz.count))


def _items_of(turn: Turn, asked: Quiz) -> tuple[str, ...]:
    if asked.items:
        return asked.items
    return tuple(turn.knowledge.library.topics(_today(turn)).get(asked.topic or "", ()))


def _listing(turn: Turn) -> Reply:
    tasks = plans.tasks(turn.session, _id(turn), _book(turn), at=turn.now)
    buttons = [
        Button(str(number), "plans.open", *_which(task), key=str(number))
        for number, task in enumerate(tasks, 1)
    ]
    rows = [buttons[start : start + 5] for start in range(0, len(buttons), 5)]
    return Reply(texts.mine(tasks), rows, replaces=turn.is_tap)


def _ways(task: Task) -> list[Button]:
    buttons: list[Button] = []
    if task.item.film and task.item.film.link:
        buttons.append(Button(texts.WATCH, url=task.item.film.link))
    if task.item.link:
        buttons.append(Button(texts.OPEN_LINK, url=task.item.link))
    if "quiz" in task.item.ways and task.item.quiz:
        buttons.append(Button(texts.quiz(task.item.quiz.count), "plans.ask", task.key))
    elif "receipt" in task.item.ways:
        label = texts.SEEN if task.unit_id is None else texts.DID
        buttons.append(Button(label, "plans.check", *_which(task)))
    return buttons


def _which(task: Task) -> tuple[object, ...]:
    return (task.key,) if task.unit_id is None else (task.key, task.unit_id)


def _of_unit(tasks: Sequence[Task], unit: Sequence[object]) -> Task:
    """The task of the unit that a button names, or the only one."""
    wanted = int(str(unit[0])) if unit else None
    found = next((each for each in tasks if each.unit_id == wanted), None)
    if found is None:
        raise Refused("plan_over")
    return found


def _batch_of(turn: Turn) -> Batch:
    """The batch of the message on which somebody tapped."""
    terms = semesters.known(turn.session, at=turn.now)
    firing = firings.by_id(turn.session, _book(turn), terms, int(turn.arguments[0]))
    subject = firing.saying.subject
    if not isinstance(subject, Batch):
        raise Refused("plan_over")
    return subject


def _current(turn: Turn) -> list[Batch]:
    today = _today(turn)
    terms = semesters.known(turn.session, at=turn.now)
    return list(plans.batches(_book(turn), terms, today, today))


def _found(turn: Turn, key: str) -> Batch:
    terms = semesters.known(turn.session, at=turn.now)
    found = plans.find(_book(turn), terms, key)
    if found is None:
        raise Refused("plan_over")
    return found[0]


def _book(turn: Turn) -> Rulebook:
    return turn.knowledge.library.rulebook


def _today(turn: Turn) -> date:
    return local_day(turn.now)


def _id(turn: Turn) -> int:
    assert turn.member.id is not None, "the route is for members"
    return turn.member.id
