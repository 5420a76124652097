"""The reader's own data: seen, exported, unbound, corrected, erased; and the queue of requests."""

from __future__ import annotations

import json

from bot.core.chat import Button, File, Reply
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import gate, outbox, people, privacy
from bot.services.privacy import DataRequest
from handlers.texts import privacy as texts
from handlers.texts.roster import XLSX

router = Router()


@router.command("mydata", help="我的数据：查看、导出、更正、解绑", words=("我的数据",))
def show(turn: Turn) -> Reply:
    held = privacy.overview(turn.session, turn.member)
    exports = [
        Button(texts.EXPORT_XLSX, "privacy.export", "xlsx"),
        Button(texts.EXPORT_JSON, "privacy.export", "json"),
    ]
    requests = [Button(texts.CORRECT, "privacy.correct"), Button(texts.ERASE, "privacy.erase")]
    buttons = [exports, requests, [Button(texts.UNBIND, "privacy.unbind", False)]]
    return Reply(texts.overview(held), buttons=buttons, is_private=True)


@router.button("privacy.export")
def export(turn: Turn) -> Reply:
    data = privacy.export(turn.session, turn.member)
    if turn.arguments[0] == "json":
        content = json.dumps(data, ensure_ascii=False, indent=1).encode()
        file = File("我的数据.json", content, "application/json")
    else:
        file = File("我的数据.xlsx", texts.workbook_of(data), XLSX)
    return Reply(texts.EXPORTED, file=file)


@router.button("privacy.unbind")
def unbind(turn: Turn) -> Reply:
    if not turn.arguments[0]:
        sure = Button(texts.UNBIND_SURE, "privacy.unbind", True)
        return Reply(texts.CONFIRM_UNBIND, [[sure, Button(texts.STAY, "privacy.stay")]])
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


@router.state("privacy.correct")
def correct(turn: Turn) -> Reply:
    turn.close()
    return _request(turn, "correct", turn.argument)


@router.button("privacy.erase")
def erase(turn: Turn) -> Reply:
    if not turn.arguments:
        sure = Button(texts.ERASE_SURE, "privacy.erase", True)
        return Reply(texts.CONFIRM_ERASE, [sure])
    return _request(turn, "erase", "")


@router.command("datarequests", help="数据请求", words=("数据请求",), audience=Role.ADMINISTRATOR)
def show_requests(turn: Turn) -> list[Reply]:
    found = privacy.waiting(turn.session, turn.member)
    return [_for_administrators(each) for each in found] or [Reply(texts.NOTHING_WAITING)]


@router.button("privacy.settle", audience=Role.ADMINISTRATOR)
def settle(turn: Turn) -> Reply:
    request_id = int(turn.arguments[0])
    asked = privacy.settle(turn.session, turn.member, request_id, "done", "", at=turn.now)
    _answer(turn, asked, None)
    return Reply(texts.settled(asked, done=True), replaces=True)


@router.button("privacy.decline", audience=Role.ADMINISTRATOR)
def ask_why_not(turn: Turn) -> Reply:
    turn.open("privacy.decline", request=int(turn.arguments[0]))
    return Reply(texts.ASK_WHY_NOT)


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
    buttons = [Button(texts.place(each), "privacy.unbind_other", each.id) for each in found]
    return Reply(texts.places(person.name, found), buttons=buttons)


@router.button("privacy.unbind_other", audience=Role.ADMINISTRATOR)
def unbind_other(turn: Turn) -> Reply:
    name = privacy.unbind(turn.session, turn.member, int(turn.arguments[0]), at=turn.now)
    return Reply(texts.unbound(name), replaces=True)


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
    return Reply(texts.TOLD, replaces=turn.is_tap)


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
