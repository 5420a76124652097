"""收到: one tap under the notice, or the word typed in private; undone for five minutes."""

from __future__ import annotations

from bot.core.chat import Button, Reply
from bot.core.wording import reads_as_question, says_received
from bot.routing import Router, Turn
from bot.services import files, inbox, receipts
from bot.services.notices import Notice
from handlers.texts import receipts as texts

router = Router()
_OFFERED = 8


@router.button("receipts.confirm")
def confirm(turn: Turn) -> Reply:
    return _confirm(turn, int(turn.arguments[0]))


def _is_received(turn: Turn) -> bool:
    """The word alone, from somebody who has a receipt open or has just given one: else courtesy."""
    is_private = not turn.chat.is_group and not turn.member.is_guest
    if not is_private or not says_received(turn.argument):
        return False
    if turn.argument == texts.CONFIRM and turn.state and not _awaits_answer(turn):
        return False  # the button of something else that is open
    return _awaits_answer(turn) or bool(_open_ones(turn)) or _said_before(turn) is not None


@router.shape("receipts.word", accepts=_is_received)
def say_received(turn: Turn) -> Reply:
    """Counts when it can only mean one notice; else it is asked which."""
    waiting = _open_ones(turn)
    if not waiting:  # said once more: it is told when it counted, and any short answer asked for
        return _confirm(turn, _meant_again(turn))
    meant = [each for each in waiting if each.subject == _quoted(turn)]
    if _quoted(turn) and not meant:  # another notice, which may be confirmed already
        return _confirm(turn, int(_quoted(turn).partition(":")[2]))
    is_about_this = bool(meant) or turn.incoming.quoted is None
    meant = meant or waiting
    if len(meant) == 1 and is_about_this:
        return _confirm(turn, meant[0].id)
    buttons = [
        Button(texts.choice(number, each), "receipts.confirm", each.id, key=str(number))
        for number, each in enumerate(meant[-_OFFERED:], 1)
    ]
    asked = texts.WHICH if len(meant) > 1 else texts.THIS_ONE
    return Reply(asked, buttons, is_private=True)


@router.button("receipts.undo")
def undo(turn: Turn) -> Reply:
    receipts.undo(turn.session, turn.member, int(turn.arguments[0]), at=turn.now)
    turn.close()
    return Reply(texts.UNDONE, replaces=True, toast=texts.UNDONE)


def _answers(turn: Turn) -> bool:
    return bool(turn.argument) and not reads_as_question(turn.argument)


@router.state("receipts.answer", accepts=_answers)
def answer(turn: Turn) -> Reply:
    assert turn.state is not None
    notice = receipts.answer(
        turn.session, turn.member, int(turn.state.data["notice"]), turn.argument
    )
    turn.close()
    return Reply(texts.answered(notice))


@router.button("receipts.files")
def give_files(turn: Turn) -> list[Reply]:
    """All that is attached, for those to whom the notice went."""
    notice = receipts.addressed(turn.session, turn.member, int(turn.arguments[0]))
    if not notice.files:
        return [Reply(texts.NO_FILES)]
    found = [files.fetch(turn.session, each) for each in notice.files]
    kept = [file for file in found if file is not None]
    if not kept:
        return [Reply(texts.FILES_GONE)]
    return [Reply(file.name, file=file, is_private=True) for file in kept]


def _open_ones(turn: Turn) -> list[Notice]:
    return receipts.open_ones(turn.session, turn.member, at=turn.now)


def _said_before(turn: Turn) -> int | None:
    """The notice that was confirmed a moment ago, unless another message is quoted."""
    notice_id = receipts.just_given(turn.session, turn.member, at=turn.now)
    is_about_it = turn.incoming.quoted is None or _quoted(turn) == f"notice:{notice_id}"
    return notice_id if is_about_it else None


def _meant_again(turn: Turn) -> int:
    if turn.state is not None and _awaits_answer(turn):
        return int(turn.state.data["notice"])
    notice_id = _said_before(turn)
    assert notice_id is not None  # else the route would not have been taken
    return notice_id


def _awaits_answer(turn: Turn) -> bool:
    return turn.state is not None and turn.state.name == "receipts.answer"


def _confirm(turn: Turn, notice_id: int) -> Reply:
    receipt = receipts.confirm(turn.session, turn.member, notice_id, at=turn.now)
    notice = receipt.notice
    text = texts.confirmed(receipt)
    if notice.asks and not receipt.answer:
        turn.open("receipts.answer", notice=notice.id)
        text = f"{text}\n{texts.ask(notice)}"
    can_undo = turn.now - receipt.at <= receipts.UNDO_FOR
    buttons = [Button(texts.UNDO, "receipts.undo", notice.id)] if can_undo else []
    return Reply(text, buttons, toast=texts.CONFIRMED, is_private=True)


def _quoted(turn: Turn) -> str:
    """The subject of the notice that was answered to."""
    said = turn.incoming
    if said.quoted is None:
        return ""
    about = inbox.about(turn.session, said.platform, said.chat.id, said.quoted) or ""
    feature, _, notice_id = about.partition(":")
    return f"notice:{notice_id}" if feature == "notices" else ""
