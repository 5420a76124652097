"""待办: one message with all that waits for a person, each line opening its list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.core.chat import Button, Reply
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import feedback, joining, learning, notices, outages, privacy, questions
from handlers.texts import platforms
from handlers.texts import queues as texts

router = Router()


@dataclass(frozen=True)
class Queue:
    """A kind of thing that waits: what it is called, how many, which button opens its list."""

    label: str
    action: str
    count: Callable[[Turn], int]
    audience: Role = Role.ADMINISTRATOR


def _joins(turn: Turn) -> int:
    return len(joining.waiting(turn.session, turn.member, at=turn.now))


def _approvals(turn: Turn) -> int:
    return len(notices.to_approve(turn.session, turn.member, at=turn.now))


# A feature whose things wait for somebody adds its line here.
QUEUES = (
    Queue(texts.APPROVALS, "notices.approvals", _approvals),
    Queue(texts.JOINS, "joining.list", _joins, Role.SECRETARY),
    Queue(texts.QUESTIONS, "questions.list", lambda turn: questions.count(turn.session)),
    Queue(texts.UNANSWERED, "learning.list", lambda turn: learning.count(turn.session)),
    Queue(texts.REPORTS, "feedback.list", lambda turn: feedback.count(turn.session)),
    Queue(texts.DATA, "privacy.list", lambda turn: privacy.count(turn.session, turn.member)),
)


@router.command("todo", help="等着处理的事", words=("待办",), audience=Role.SECRETARY)
def show(turn: Turn) -> Reply:
    return _overview(turn)


@router.button("queues.show", audience=Role.SECRETARY)
def show_again(turn: Turn) -> Reply:
    return _overview(turn)


def _overview(turn: Turn) -> Reply:
    mine = [queue for queue in QUEUES if turn.member.may(queue.audience)]
    counted = [(queue, queue.count(turn)) for queue in mine]
    waiting = [(queue, count) for queue, count in counted if count]
    buttons = [Button(texts.button(queue.label, count), queue.action) for queue, count in waiting]
    text = texts.todo([(queue.label, count) for queue, count in waiting])
    if turn.member.may(Role.ADMINISTRATOR) and (away := outages.current(turn.session)):
        text = f"{platforms.waiting(away, outages.waiting(turn.session))}\n\n{text}"
    return Reply(text, buttons, replaces=turn.is_tap)
