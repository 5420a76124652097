"""The ways in: an invitation code, or a request that somebody responsible decides."""

from __future__ import annotations

import re

from bot.core.chat import Button, Reply
from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.core.roles import Role
from bot.core.wording import reads_as_question
from bot.routing import Router, Turn
from bot.services import attendance, gate, invitations, joining, members, outbox, people
from bot.services.joining import Decision, Request
from handlers.texts import attendance as meeting_texts
from handlers.texts import joining as texts
from handlers.texts import words_for

router = Router()
_NAME = re.compile(
    r"[\u3400-\u9fff]{2,6}|[\u3400-\u9fff]+(?:·[\u3400-\u9fff]+)+|[A-Za-z][A-Za-z .·'-]{1,29}"
)
_LONGEST_NAME = 30
_NO_NAME = re.compile("想问|请问|家长|学生|规定|收礼|补课")
_WISH = re.compile(
    r"(?:请问|我)?(?:想要?|要|怎么|怎样|如何|在哪)?(?:申请)?(?:加入|绑定)(?:身份|木铎|账号)?"
    r"(?:啊|呀|呢|吗)?[？?。.！!]*"
)


@router.link("inv")
def open_invitation(turn: Turn) -> Reply | list[Reply]:
    code = invitations.code_in(turn.argument) or turn.argument
    return _redeem(turn, code)


def _is_guests_code(turn: Turn) -> bool:
    return turn.member.is_guest and invitations.code_like(turn.incoming.text or "") is not None


@router.shape("joining.code", accepts=_is_guests_code)
def type_code(turn: Turn) -> Reply | list[Reply]:
    """Also what can only be a mistyped code: it counts as a try."""
    return _redeem(turn, invitations.code_like(turn.argument) or "")


def _wants_in(turn: Turn) -> bool:
    return _WISH.fullmatch((turn.incoming.text or "").strip()) is not None


@router.shape("joining.wish", accepts=_wants_in)
def ask_to_join(turn: Turn) -> Reply:
    """加入, 绑定, 怎么申请加入."""
    return _begin(turn)


@router.button("joining.request", audience=Role.GUEST)
def begin_request(turn: Turn) -> Reply:
    return _begin(turn)


def _begin(turn: Turn) -> Reply:
    if turn.member.is_guest:
        turn.open("joining.name")
        return Reply(texts.ASK_NAME)
    return Reply(texts.REFUSALS["join_bound_already"])


@router.state("joining.name", audience=Role.GUEST)
def give_name(turn: Turn) -> Reply | list[Reply]:
    name = turn.argument.strip()
    if code := invitations.code_like(name):
        return _redeem(turn, code)
    if _WISH.fullmatch(name):
        return Reply(texts.ASK_NAME)
    if not _is_name(name):
        again = Button(texts.AS_QUESTION, "asking.ask", name[:500])
        return Reply(texts.NAME_AGAIN, buttons=[again] if name else [])
    turn.open("joining.school", who=name)
    return Reply(texts.ASK_SCHOOL)


def _is_name(text: str) -> bool:
    """By its form alone: 我想问家长送礼 is none."""
    is_formed = len(text) <= _LONGEST_NAME and _NAME.fullmatch(text) is not None
    return is_formed and not reads_as_question(text) and not _NO_NAME.search(text)


@router.state("joining.school", audience=Role.GUEST)
def give_school(turn: Turn) -> Reply:
    assert turn.state is not None
    name = str(turn.state.data["who"])
    found = joining.schools_like(turn.session, turn.argument)
    if not found:
        return Reply(texts.SCHOOL_UNKNOWN)
    if found[0].name == turn.argument.strip():
        return _ask(turn, name, found[0].id)
    buttons = [Button(unit.name, "joining.school", name, unit.id) for unit in found]
    return Reply(texts.WHICH_SCHOOL, buttons=buttons)


@router.button("joining.school", audience=Role.GUEST)
def pick_school(turn: Turn) -> Reply:
    name, school_id = turn.arguments
    return _ask(turn, str(name), int(school_id))


@router.button("joining.list", audience=Role.SECRETARY)
@router.command("joins", help="等我确认的加入申请", audience=Role.SECRETARY, words=("加入申请",))
def show_waiting(turn: Turn) -> list[Reply]:
    found = joining.waiting(turn.session, turn.member, at=turn.now)
    return [_for_deciders(each) for each in found] or [Reply(texts.NOTHING_WAITING)]


@router.button("joining.decide", audience=Role.SECRETARY)
def decide(turn: Turn) -> Reply:
    request_id, member_id = turn.arguments
    decision = joining.decide(
        turn.session, turn.member, int(request_id), member_id and int(member_id), at=turn.now
    )
    if not decision.is_repeat:
        since_scan = _checked_in(turn, int(member_id)) if member_id else ""
        _tell_stranger(turn, decision, since_scan)
    return Reply(texts.decided(decision), replaces=True)


@router.command("invite", help="生成邀请码", audience=Role.ADMINISTRATOR, words=("邀请",))
def invite(turn: Turn) -> Reply:
    if not turn.argument:
        return Reply(texts.ASK_WHOM)
    person = people.one(turn.session, turn.member, turn.argument)
    (made,) = invitations.invite(turn.session, turn.member, [person.id], at=turn.now)
    return Reply(texts.invitation(made), is_private=True, is_protected=True)


def _redeem(turn: Turn, code: str) -> Reply | list[Reply]:
    result = invitations.redeem(turn.session, turn.member, code, at=turn.now)
    if result.outcome is not invitations.Outcome.BOUND or result.member_id is None:
        return Reply(texts.redeemed(result, turn.member.name))
    member = members.look_up(turn.session, result.member_id, on=local_day(turn.now))
    turn.close()
    told = Reply(texts.redeemed(result, member.name if member else ""))
    since_scan = _checked_in(turn, result.member_id)
    return [told, Reply(since_scan)] if since_scan else told


def _checked_in(turn: Turn, member_id: int) -> str:
    """What became of the meeting's QR that was scanned just before binding; empty without one."""
    came = attendance.after_binding(turn.session, member_id, at=turn.now)
    if came is None:
        return ""
    return words_for(came) if isinstance(came, Refused) else meeting_texts.since_scan(came)


def _ask(turn: Turn, name: str, school_id: int) -> Reply:
    request, deciders = joining.request(turn.session, turn.member, name, school_id, at=turn.now)
    for member_id in deciders:
        outbox.add(
            turn.session,
            f"m{member_id}",
            _for_deciders(request),
            key=f"join:{request.id}:m{member_id}",
            purpose=gate.Purpose.APPROVAL,
            at=turn.now,
        )
    turn.close()
    today = local_day(turn.now)
    found = [members.look_up(turn.session, each, on=today) for each in deciders]
    is_secretary = any(each and Role.SECRETARY in {h.role for h in each.roles} for each in found)
    told = texts.SENT_TO_SECRETARY if is_secretary else texts.SENT_TO_ADMINISTRATOR
    return Reply(told, replaces=turn.is_tap)


def _for_deciders(request: Request) -> Reply:
    if len(request.candidates) == 1:
        (one,) = request.candidates
        yes = [Button(texts.YES, "joining.decide", request.id, one.id)]
    else:
        yes = [
            Button(texts.choice(each), "joining.decide", request.id, each.id)
            for each in request.candidates
        ]
    no = Button(texts.NO, "joining.decide", request.id, None)
    return Reply(texts.asked(request), buttons=[*yes, no], about=f"join:{request.id}")


def _tell_stranger(turn: Turn, decision: Decision, since_scan: str) -> None:
    is_in = decision.status == "approved"
    told = texts.let_in(decision.name) if is_in else texts.DECLINED_TO_GUEST
    outbox.add(
        turn.session,
        f"a{decision.address_id}",
        Reply("\n".join(filter(None, (told, since_scan)))),
        key=f"joined:{decision.request_id}",
        purpose=gate.Purpose.AWAITED,
        at=turn.now,
    )
