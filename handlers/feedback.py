"""题目有误: reporting a quiz item, and looking at what was reported."""

from __future__ import annotations

from bot.core.chat import Button, Reply
from bot.core.clock import local_day
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import feedback, marking
from handlers import paging
from handlers.texts import feedback as texts

router = Router()


@router.button("feedback.begin")
def begin(turn: Turn) -> Reply:
    """Asks what is wrong, below the question, which stays to be looked at."""
    item_id = str(turn.arguments[0])
    turn.open("feedback.note", item=item_id)
    buttons = [
        Button(texts.SUBMIT, "feedback.submit", item_id),
        Button(texts.NEVER_MIND, "feedback.drop"),
    ]
    return Reply(texts.ask_note(_question(turn, item_id)), [buttons])


def _is_note(turn: Turn) -> bool:
    """Any text but one that answers the open question: that goes to the quiz below."""
    below = turn.state.data.get("below") if turn.state else None
    kind = below[1].get("kind") if below and below[0] == "quiz.answer" else None
    text = turn.argument
    if kind == "truth" and marking.truth_of(text) is not None:
        return False
    may_be_letters = kind not in (None, "fill") and marking.letters_of(text) is not None
    return bool(text) and not may_be_letters


@router.state("feedback.note", accepts=_is_note)
def take_note(turn: Turn) -> Reply:
    assert turn.state is not None
    return _submit(turn, str(turn.state.data["item"]), turn.argument)


@router.button("feedback.submit")
def submit(turn: Turn) -> Reply:
    return _submit(turn, str(turn.arguments[0]), "")


@router.button("feedback.drop")
def drop(turn: Turn) -> Reply:
    _leave_note(turn)
    return Reply(texts.DROPPED, _back_to_practice(turn), replaces=True)


@router.button("feedback.list", audience=Role.ADMINISTRATOR)
def show_reports(turn: Turn) -> Reply:
    offset = int(turn.arguments[0]) if turn.arguments else 0
    found = feedback.waiting(turn.session, offset=offset, limit=paging.SIZE)
    total = feedback.count(turn.session)
    shown = [(report, _question(turn, report.item_id)) for report in found]
    numbers = paging.numbers("feedback.open", (report.item_id for report in found), offset)
    rows = paging.rows(numbers, "feedback.list", offset, total)
    return Reply(texts.listing(shown, total, offset), rows, replaces=True)


@router.button("feedback.open", audience=Role.ADMINISTRATOR)
def show_report(turn: Turn) -> Reply:
    item_id = str(turn.arguments[0])
    report = feedback.about(turn.session, item_id)
    item = turn.knowledge.library.items.get(item_id)
    buttons = [
        [
            Button(texts.MENDED, "feedback.reply", item_id, "mended"),
            Button(texts.KEPT, "feedback.reply", item_id, "kept"),
        ],
        [Button(texts.BACK, "feedback.list")],
    ]
    return Reply(texts.page(report, item, local_day(report.first_at)), buttons, replaces=True)


@router.button("feedback.reply", audience=Role.ADMINISTRATOR)
def ask_reply(turn: Turn) -> Reply:
    item_id, outcome = map(str, turn.arguments)
    turn.open("feedback.words", item=item_id, outcome=outcome)
    buttons = [
        Button(texts.SEND, "feedback.close", item_id, outcome),
        Button(texts.BACK, "feedback.open", item_id),
    ]
    return Reply(texts.ask_reply(outcome), [buttons], replaces=True)


@router.state(
    "feedback.words", audience=Role.ADMINISTRATOR, accepts=lambda turn: bool(turn.argument)
)
def close_in_own_words(turn: Turn) -> Reply:
    assert turn.state is not None
    data = turn.state.data
    turn.close()
    return _close(turn, str(data["item"]), str(data["outcome"]), turn.argument)


@router.button("feedback.close", audience=Role.ADMINISTRATOR)
def close(turn: Turn) -> Reply:
    """Everybody who reported is told, so an old button doesn't count."""
    item_id, outcome = map(str, turn.arguments)
    if not turn.is_open("feedback.words", item=item_id, outcome=outcome):
        return Reply(texts.NO_LONGER_ASKED, [Button(texts.BACK, "feedback.list")], replaces=True)
    return _close(turn, item_id, outcome, texts.OUTCOMES[outcome])


def _submit(turn: Turn, item_id: str, text: str) -> Reply:
    assert turn.member.id is not None, "the route is for members"
    file = turn.knowledge.library.where.get(item_id, "")
    is_new = feedback.report(turn.session, turn.member.id, item_id, file, text, at=turn.now)
    _leave_note(turn)
    return Reply(texts.thanks(is_new=is_new), _back_to_practice(turn), replaces=turn.is_tap)


def _leave_note(turn: Turn) -> None:
    """Ends the note and nothing else: its button may be an old one."""
    if turn.state and turn.state.name == "feedback.note":
        turn.close()


def _back_to_practice(turn: Turn) -> list[Button]:
    is_practising = turn.state is not None and turn.state.name == "quiz.answer"
    return [Button(texts.ON, "quiz.resume")] if is_practising else []


def _close(turn: Turn, item_id: str, outcome: str, words: str) -> Reply:
    letter = Reply(texts.letter(_question(turn, item_id), words))
    reach = feedback.close(turn.session, turn.member, item_id, outcome, lambda: letter, at=turn.now)
    return Reply(texts.closed(reach), [Button(texts.BACK, "feedback.list")], replaces=turn.is_tap)


def _question(turn: Turn, item_id: str) -> str | None:
    item = turn.knowledge.library.items.get(item_id)
    return item.question if item else None
