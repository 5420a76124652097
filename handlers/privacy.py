"""The reader's own data: seen, exported, unbound, corrected, erased; and the queue of requests."""

from __future__ import annotations

from bot.core.chat import Button, File, Reply
from bot.core.roles import Role
from bot.core.wording import reads_as_question
from bot.routing import Router, Turn
from bot.services import gate, outbox, people, privacy
from bot.services.privacy import DataRequest
from handlers.texts import data_export
from handlers.texts import privacy as texts
from handlers.texts.roster import XLSX

router = Router()


@router.command("mydata", help="我的数据：查看、导出、更正、解绑", words=("我的数据",))
def show(turn: Turn) -> Reply:
    held = privacy.overview(turn.session, turn.member)
    buttons = [
        [Button(texts.EXPORT, "privacy.export"), Button(texts.CORRECT, "privacy.correct")],
        [Button(texts.UNBIND, "privacy.unbind", False), Button(texts.ERASE, "privacy.erase")],
    ]
    return Reply(texts.overview(held), buttons=buttons, is_private=True)


@router.button("privacy.export")
def export(turn: Turn) -> Reply:
    data = privacy.export(turn.session, turn.member)
    content = data_export.workbook_of(data, turn.knowledge.library)
    return Reply(texts.EXPORTED, file=File("我的数据.xlsx", content, XLSX))


@router.button("privacy.unbind")
def unbind(turn: Turn) -> Reply:
    if not turn.arguments[0]:
        turn.open("privacy.unbind")
        sure = Button(texts.UNBIND_SURE, "privacy.unbind", True)
        return Reply(texts.CONFIRM_UNBIND, [[sure, Button(texts.STAY, "privacy.stay")]])
    if not turn.is_open("privacy.unbind"):
        return Reply(texts.NO_LONGER_ASKED, replaces=True)
    privacy.unbind(turn.session, turn.member, turn.member.address_id, at=turn.now)
    turn.close()
    return Reply(texts.UNBOUND, replaces=True)


@router.button("privacy.stay")
def stay(turn: Turn) -> Reply:
    return Reply(texts.STAYED, replaces=True)


@router.button("privacy.correct")
def ask_what_is_wrong(turn: Turn) -> Reply:
    turn.open("privacy.correct")
    return Reply(texts.ASK_WHAT_IS_WRONG)


@router.state("privacy.correct", accepts=lambda turn: bool(turn.argument))
def correct(turn: Turn) -> Reply:
    """What was typed is shown before it goes out; typing again replaces it."""
    text = turn.argument[: privacy.TEXT_AT_MOST]
    if reads_as_question(text):
        ask = Button(texts.LOOK_UP, "asking.ask", text)
        return Reply(texts.WRITE_OR_ASK, [[ask, Button(texts.WRITE, "privacy.word", text)]])
    return _preview(turn, text)


@router.button("privacy.word")
def take_word(turn: Turn) -> Reply:
    """A text that read as a question was meant as what is wrong."""
    return _preview(turn, str(turn.arguments[0]))


@router.button("privacy.submit")
def submit(turn: Turn) -> Reply:
    text = str(turn.arguments[0])
    if not turn.is_open("privacy.correct", text=text):
        return Reply(texts.NO_LONGER_ASKED, replaces=True)
    turn.close()
    return _request(turn, "correct", text)


@router.button("privacy.drop")
def drop(turn: Turn) -> Reply:
    return Reply(texts.DROPPED, replaces=True)


@router.button("privacy.erase")
def erase(turn: Turn) -> Reply:
    if not turn.arguments:
        turn.open("privacy.erase")
        sure = Button(texts.ERASE_SURE, "privacy.erase", True)
        return Reply(texts.CONFIRM_ERASE, [[sure, Button(texts.NEVER_MIND, "privacy.drop")]])
    if not turn.is_open("privacy.erase"):
        return Reply(texts.NO_LONGER_ASKED, replaces=True)
    turn.close()
    return _request(turn, "erase", "")


@router.button("privacy.take_back")
def take_back(turn: Turn) -> Reply:
    was_open = privacy.take_back(turn.session, turn.member, int(turn.arguments[0]), at=turn.now)
    return Reply(texts.TAKEN_BACK if was_open else texts.TOO_LATE_TO_TAKE_BACK, replaces=True)


@router.button("privacy.list", audience=Role.ADMINISTRATOR)
@router.command("datarequests", help="数据请求", words=("数据请求",), audience=Role.ADMINISTRATOR)
def show_requests(turn: Turn) -> list[Reply]:
    found = privacy.waiting(turn.session, turn.member)
    return [_for_administrators(each) for each in found] or [Reply(texts.NOTHING_WAITING)]


@router.button("privacy.settle", audience=Role.ADMINISTRATOR)
def settle(turn: Turn) -> Reply:
    """An erasure asks once more: it can't be undone."""
    request_id, *sure = turn.arguments
    asked = privacy.open_request(turn.session, turn.member, int(request_id))
    if asked.kind == "erase" and not sure:
        turn.open("privacy.settle", request=asked.id)
        yes = Button(texts.ERASE_NOW, "privacy.settle", asked.id, True)
        return Reply(texts.confirm_erasure(asked), [[yes, Button(texts.NOT_YET, "privacy.leave")]])
    if sure and not turn.is_open("privacy.settle", request=asked.id):
        return Reply(texts.NO_LONGER_ASKED, replaces=True)
    asked = privacy.settle(turn.session, turn.member, asked.id, "done", "", at=turn.now)
    _answer(turn, asked, None)
    return Reply(texts.settled(asked, done=True), replaces=True)


@router.button("privacy.leave", audience=Role.ADMINISTRATOR)
def leave_open(turn: Turn) -> Reply:
    return Reply(texts.LEFT_OPEN, replaces=True)


@router.button("privacy.decline", audience=Role.ADMINISTRATOR)
def ask_why_not(turn: Turn) -> Reply:
    turn.open("privacy.decline", request=int(turn.arguments[0]))
    return Reply(texts.ASK_WHY_NOT, [Button(texts.NOT_YET, "privacy.leave")])


@router.state("privacy.decline", audience=Role.ADMINISTRATOR)
def decline(turn: Turn) -> Reply:
    assert turn.state is not None
    request_id, why = int(turn.state.data["request"]), turn.argument
    asked = privacy.settle(turn.session, turn.member, request_id, "declined", why, at=turn.now)
    _answer(turn, asked, why)
    turn.close()
    return Reply(texts.settled(asked, done=False))


@router.command("unbind", help="解除别人的绑定", words=("解绑",), audience=Role.ADMINISTRATOR)
def show_places(turn: Turn) -> Reply:
    if not turn.argument:
        return Reply(texts.ASK_WHOM)
    person = people.one(turn.session, turn.member, turn.argument)
    found = privacy.addresses(turn.session, turn.member, person.id)
    buttons = [
        Button(texts.place(each), "privacy.unbind_other", each.id, person.name) for each in found
    ]
    return Reply(texts.places(person.name, found), buttons=buttons)


@router.button("privacy.unbind_other", audience=Role.ADMINISTRATOR)
def unbind_other(turn: Turn) -> Reply:
    address_id, name, *sure = turn.arguments
    if not sure:
        turn.open("privacy.unbind_other", address=address_id)
        yes = Button(texts.UNBIND_SURE, "privacy.unbind_other", address_id, name, True)
        stay_bound = Button(texts.STAY, "privacy.stay")
        return Reply(texts.confirm_unbind_other(str(name)), [[yes, stay_bound]])
    if not turn.is_open("privacy.unbind_other", address=address_id):
        return Reply(texts.NO_LONGER_ASKED, replaces=True)
    name = privacy.unbind(turn.session, turn.member, int(address_id), at=turn.now)
    return Reply(texts.unbound(name), replaces=True)


def _preview(turn: Turn, text: str) -> Reply:
    turn.open("privacy.correct", text=text)
    send = Button(texts.SUBMIT, "privacy.submit", text)
    buttons = [[send, Button(texts.NEVER_MIND, "privacy.drop")]]
    return Reply(texts.preview(text), buttons, replaces=turn.is_tap)


def _request(turn: Turn, kind: str, text: str) -> Reply:
    request_id, responsible = privacy.request(turn.session, turn.member, kind, text, at=turn.now)
    member = turn.member
    asked = DataRequest(
        request_id, kind, text, member.id or 0, member.name, member.number, turn.now
    )
    for member_id in responsible:
        outbox.add(
            turn.session,
            f"m{member_id}",
            _for_administrators(asked),
            key=f"data:{request_id}:m{member_id}",
            purpose=gate.Purpose.APPROVAL,
            at=turn.now,
        )
    button = Button(texts.TAKE_BACK, "privacy.take_back", request_id)
    return Reply(texts.TOLD, [button], replaces=turn.is_tap)


def _for_administrators(asked: DataRequest) -> Reply:
    done = Button(texts.DONE, "privacy.settle", asked.id)
    return Reply(texts.asked(asked), [[done, Button(texts.DECLINE, "privacy.decline", asked.id)]])


def _answer(turn: Turn, asked: DataRequest, why_not: str | None) -> None:
    if asked.kind == "erase" and why_not is None:
        return
    outbox.add(
        turn.session,
        f"m{asked.member_id}",
        Reply(texts.answer(asked, why_not)),
        key=f"data-answer:{asked.id}",
        purpose=gate.Purpose.ANSWER,
        at=turn.now,
    )
