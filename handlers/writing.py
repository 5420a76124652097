"""Writing a new entry in chat for what was asked: step by step, seen before it counts.

What is written so far travels with the buttons, so that each does what its message showed.
"""

from __future__ import annotations

from typing import Any

from bot.core.chat import Button, Reply
from bot.core.clock import local_day
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import additions, answering, learning
from bot.services.additions import Draft
from bot.services.answering import Answered
from handlers.texts import asking as asking_texts
from handlers.texts import learning as learning_texts
from handlers.texts import writing as texts

router = Router()
STEPS = ("title", "answer", "source", "clause")
_WORDINGS = 8


@router.button("writing.begin", audience=Role.ADMINISTRATOR)
def begin(turn: Turn) -> Reply:
    proposal = learning.proposal(turn.session, int(turn.arguments[0]))
    return _go_on(turn, proposal.id, {})


def _takes(turn: Turn) -> bool:
    """A number is a button of the documents that were found."""
    assert turn.state is not None
    is_number = turn.argument.isdecimal() and turn.state.data["step"] == "source"
    return bool(turn.argument) and not is_number


@router.state("writing.step", audience=Role.ADMINISTRATOR, accepts=_takes)
def take(turn: Turn) -> Reply:
    assert turn.state is not None
    data = turn.state.data
    group_id, step, draft = int(data["group"]), str(data["step"]), dict(data["draft"])
    if step == "source":
        return _sources(turn, group_id, draft)
    text = additions.checked(step, turn.argument)
    if step == "title":
        additions.check_title(turn.knowledge.library, text)
    return _go_on(turn, group_id, {**draft, step: text})


@router.button("writing.source", audience=Role.ADMINISTRATOR)
def pick_source(turn: Turn) -> Reply:
    group_id, draft, source_id = turn.arguments
    return _go_on(turn, int(group_id), {**draft, "source": str(source_id)})


@router.button("writing.redo", audience=Role.ADMINISTRATOR)
def redo(turn: Turn) -> Reply:
    group_id, draft, step = turn.arguments
    return _ask(turn, int(group_id), dict(draft), str(step), None)


@router.button("writing.publish", audience=Role.ADMINISTRATOR)
def publish(turn: Turn) -> Reply:
    """The one tap by which the entry counts."""
    group_id, draft = turn.arguments
    written = _draft(turn, int(group_id), draft)
    made = learning.add_entry(
        turn.session, turn.member, turn.knowledge.library, int(group_id), written, at=turn.now
    )
    buttons = [
        Button(learning_texts.UNDO, "learning.undo", made),
        Button(learning_texts.BACK, "learning.list"),
    ]
    return Reply(texts.published(written.title), [buttons], replaces=True)


def _go_on(turn: Turn, group_id: int, draft: dict[str, Any]) -> Reply:
    """The first step that is missing, or all of it to look at."""
    for number, step in enumerate(STEPS, 1):
        if step not in draft:
            return _ask(turn, group_id, draft, step, number)
    turn.close()
    return _preview(turn, group_id, draft)


def _ask(turn: Turn, group_id: int, draft: dict[str, Any], step: str, number: int | None) -> Reply:
    turn.open("writing.step", group=group_id, step=step, draft=draft)
    text = texts.ask(step, number, len(STEPS))
    return Reply(text, [_cancel(group_id)], replaces=turn.is_tap)


def _sources(turn: Turn, group_id: int, draft: dict[str, Any]) -> Reply:
    found = additions.sources_like(turn.knowledge.library, turn.argument, at=turn.now)
    buttons = [
        Button(
            asking_texts.numbered(number, f"《{source.title}》"),
            "writing.source",
            group_id,
            draft,
            source.id,
            key=str(number),
        )
        for number, source in enumerate(found, 1)
    ]
    say = texts.WHICH_SOURCE if found else texts.NO_SOURCE
    return Reply(say, [*buttons, _cancel(group_id)])


def _preview(turn: Turn, group_id: int, draft: dict[str, Any]) -> Reply:
    written = _draft(turn, group_id, draft)
    library = turn.knowledge.library
    entry = additions.entry_of(library, written)
    answer = asking_texts.answer(Answered(entry, library.sources[entry.source]))
    redo_ = [Button(texts.REDO[step], "writing.redo", group_id, draft, step) for step in texts.REDO]
    rows = [
        [Button(texts.PUBLISH, "writing.publish", group_id, draft), _cancel(group_id)],
        redo_[:2],
        redo_[2:],
    ]
    return Reply(texts.preview(answer, entry.topic, entry.ask), rows, replaces=turn.is_tap)


def _draft(turn: Turn, group_id: int, draft: dict[str, Any]) -> Draft:
    """With the wordings that were asked, and the topic of what is most like it."""
    proposal = learning.proposal(turn.session, group_id)
    topic = draft.get("topic") or _topic(turn, draft)
    fields = {step: str(draft[step]) for step in STEPS}
    return Draft(**fields, topic=str(topic), ask=proposal.wordings[:_WORDINGS])


def _topic(turn: Turn, draft: dict[str, Any]) -> str:
    today, library = local_day(turn.now), turn.knowledge.library
    hits = answering.hits(turn.knowledge, str(draft["title"]), today).hits
    near = [library.entries[hit.id] for hit in hits]
    same_source = [entry for entry in near if entry.source == draft["source"]]
    return next((entry.topic for entry in (*same_source, *near)), texts.NO_TOPIC)


def _cancel(group_id: int) -> Button:
    return Button(texts.CANCEL, "learning.open", group_id)
