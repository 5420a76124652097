"""Asking what a rule says: any text that is no command and that nothing else waits for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.core.chat import Button, Reply
from bot.core.clock import local_day
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import answering, facts, following, learning, questions
from bot.services.answering import (
    SHOWN,
    Answered,
    Choice,
    NotHeld,
    Outcome,
    Repealed,
    Small,
    Unknown,
    Unreadable,
)
from bot.services.following import Following
from bot.services.privacy import KEEP_DAYS
from handlers.texts import asking as texts

router = Router()
_KEEP_DAYS = 30
# How a teacher appeals, as far as the knowledge holds it.
APPEAL = "teacherlaw-appeal"


@router.fallback("text")
def ask(turn: Turn) -> Reply:
    return _reply(turn, turn.argument)


@router.button("asking.ask", audience=Role.GUEST, in_groups=True)
def ask_again(turn: Turn) -> Reply:
    """A text that was typed for something else was meant as a question."""
    return _reply(turn, str(turn.arguments[0]))


@router.button("asking.show", audience=Role.GUEST, in_groups=True)
def show(turn: Turn) -> Reply:
    """An entry that was picked."""
    entry_id, *beside = turn.arguments
    found = answering.read(turn.knowledge, str(entry_id), _today(turn))
    if isinstance(found, Answered):
        _remember(turn, found.entry.title)
    reply = _say(turn, found) if found else Reply(texts.GONE)
    # What stands beside an answer doesn't push it from the screen.
    return replace(reply, replaces=not beside)


@router.button("asking.document", audience=Role.GUEST, in_groups=True)
def show_document(turn: Turn) -> Reply:
    """What there is of the document that replaced another."""
    title = str(turn.arguments[0])
    return _say(turn, answering.answer(turn.knowledge, title, _today(turn)), title)


@router.button("asking.more", audience=Role.GUEST, in_groups=True)
def show_others(turn: Turn) -> Reply:
    """The next three of a choice."""
    text, offset = str(turn.arguments[0]), int(turn.arguments[1])
    outcome = answering.answer(turn.knowledge, text, _today(turn))
    return _say(turn, outcome, text, offset)


@router.button("asking.none", audience=Role.GUEST, in_groups=True)
def none_of_these(turn: Turn) -> Reply:
    text = str(turn.arguments[0])
    _keep(turn, text)
    return _unknown(turn, text)


@router.button("asking.reword", audience=Role.GUEST, in_groups=True)
def reword(turn: Turn) -> Reply:
    return Reply(texts.HOW_TO_REWORD, replaces=True)


@router.button("asking.pass_on", audience=Role.GUEST, in_groups=True)
def pass_on(turn: Turn) -> Reply:
    """The tap is the consent: the text goes to the administrators, without the name."""
    passed = questions.pass_on(turn.session, turn.member.owner, str(turn.arguments[0]), at=turn.now)
    button = Button(texts.TAKE_BACK, "asking.take_back", passed.question_id)
    told = texts.ALREADY_PASSED_ON if passed.is_repeat else texts.PASSED_ON
    return Reply(told, [button], replaces=True)


@router.button("asking.take_back", audience=Role.GUEST, in_groups=True)
def take_back(turn: Turn) -> Reply:
    was_open = questions.take_back(turn.session, turn.member.owner, int(turn.arguments[0]))
    return Reply(texts.TAKEN_BACK if was_open else texts.TOO_LATE_TO_TAKE_BACK, replaces=True)


def _reply(turn: Turn, text: str) -> Reply:
    outcome = answering.answer(turn.knowledge, text, _today(turn))
    goes_on = _goes_on(turn, text, outcome)
    if goes_on:
        reply = _told(turn, goes_on.text, goes_on.outcome, goes_on.before)
        return replace(reply, text=f"{texts.going_on(goes_on.text)}\n{reply.text}")
    return _told(turn, text, outcome, text if following.subject(text) is None else None)


def _told(turn: Turn, text: str, outcome: Outcome, before: str | None) -> Reply:
    """The outcome in words; `before` is what the next question may go on from."""
    if isinstance(outcome, Unknown | NotHeld):
        _keep(turn, text)
    if before and isinstance(outcome, Answered | Choice | NotHeld):
        _remember(turn, before)
    return _say(turn, outcome, text)


def _goes_on(turn: Turn, text: str, alone: Outcome) -> Following | None:
    """What the text asks after the question before it, where it says too little alone."""
    if following.subject(text) is None:
        return None
    before = following.last(turn.session, turn.member.owner, turn.chat, at=turn.now)
    return following.understand(turn.knowledge, text, before, alone, _today(turn))


def _remember(turn: Turn, text: str) -> None:
    if not turn.is_reading:
        following.keep(turn.session, turn.member.owner, turn.chat, text, at=turn.now)


def _keep(turn: Turn, text: str) -> None:
    """Without the name, for the administrators to add what is missing (handlers/learning.py)."""
    if turn.is_reading:
        return
    said = turn.incoming
    # A message whose 都不是 is tapped twice is one question.
    message = said.tapped and f"{said.tapped.chat.id}:{said.tapped.id}"
    key = f"{said.platform}:{message or said.event}"
    learning.note(turn.session, turn.member.owner, text, key, at=turn.now)


def _say(turn: Turn, outcome: Outcome, text: str = "", offset: int = 0) -> Reply:
    """The outcome in words, with what can be done next."""
    match outcome:
        case Answered():
            return _answer(turn, outcome)
        case Choice():
            return _choice(turn, outcome, text, offset)
        case Repealed():
            now = outcome.replaced_by
            buttons = [Button(texts.see_current(now), "asking.document", now.title)] if now else []
            return Reply(texts.repealed(outcome), buttons, replaces=turn.is_tap)
        case NotHeld():
            return Reply(texts.not_held(outcome), _ways_on(text), replaces=turn.is_tap)
        case Small():
            return Reply(texts.SMALL[outcome.talk], _ways_out(turn, outcome))
        case Unreadable():
            return Reply(texts.UNREADABLE[outcome.why])
        case _:
            return _unknown(turn, text)


def _ways_out(turn: Turn, outcome: Small) -> list[Button]:
    """Whoever feels wronged by the school may want to know how to appeal."""
    entry = turn.knowledge.library.entries.get(APPEAL) if outcome.talk == "wronged" else None
    return [Button(entry.title, "asking.show", entry.id, "beside")] if entry else []


def _answer(turn: Turn, found: Answered) -> Reply:
    is_administrator = turn.member.may(Role.ADMINISTRATOR) and not turn.chat.is_group
    text = texts.answer(found, is_administrator=is_administrator)
    return Reply(text, _related(turn, found), replaces=turn.is_tap)


def _related(turn: Turn, found: Answered) -> list[Button]:
    """At most three calm ways on: two neighbours, and practice where it is open to the person."""
    entry, today = found.entry, _today(turn)
    near = answering.neighbours(turn.knowledge, entry, today)
    buttons = [Button(other.title, "asking.show", other.id, "beside") for other in near]
    may_practise = not turn.member.is_guest and not turn.chat.is_group
    if may_practise and answering.can_practise(turn.knowledge, entry.topic, today):
        buttons.append(Button(texts.PRACTISE, "quiz.topic", entry.topic))
    return buttons


def _choice(turn: Turn, found: Choice, text: str, offset: int) -> Reply:
    shown = found.entries[offset : offset + SHOWN]
    rows: list[Button | list[Button]] = [
        Button(texts.numbered(number, entry.title), "asking.show", entry.id, key=str(number))
        for number, entry in enumerate(shown, 1)
    ]
    last: list[Button] = []
    if text and len(found.entries) > SHOWN:
        following = offset + SHOWN if offset + SHOWN < len(found.entries) else 0
        last.append(Button(texts.OTHERS, "asking.more", text, following))
    if found.why != "cited":
        last.append(Button(texts.NONE_OF_THESE, "asking.none", text))
    return Reply(texts.choice(found), [*rows, last] if last else rows, replaces=turn.is_tap)


def _unknown(turn: Turn, text: str) -> Reply:
    days = int(facts.get(turn.session, KEEP_DAYS) or _KEEP_DAYS)
    return Reply(texts.unknown(days), _ways_on(text), replaces=turn.is_tap)


def _ways_on(text: str) -> list[list[Button]]:
    buttons = [Button(texts.REWORD, "asking.reword")]
    if text:
        buttons.insert(0, Button(texts.HAND_OVER, "asking.pass_on", text))
    return [buttons]


def _today(turn: Turn) -> date:
    return local_day(turn.now)
