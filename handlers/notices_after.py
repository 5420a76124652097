"""A notice that was sent: the one message that shows how it goes on, and what can still be done."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.core.chat import Button, File, Message, Reply
from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import gate, keyboards, notice_progress, notices, outbox, receipts
from bot.services import notice_sending as sending
from bot.services.notice_progress import Live
from bot.services.notices import Notice
from handlers import notices_letters
from handlers.texts import notices_after as texts
from handlers.texts.roster import XLSX

router = Router()
_LISTED = 5
_OVER = ("declined", "stopped", "withdrawn")


@router.button("notices.list", audience=Role.SECRETARY)
def show_sent(turn: Turn) -> Reply:
    found = notices.seen_by(turn.session, turn.member, at=turn.now)
    if not found:
        return Reply(texts.NONE_SENT, [Button(texts.BACK, "notices.menu")], replaces=True)
    lines = [f"{number}. {texts.line(each)}" for number, each in enumerate(found, 1)]
    numbers = [
        Button(str(number), "notices.show", each.id, key=str(number))
        for number, each in enumerate(found, 1)
    ]
    rows = [numbers[at : at + 5] for at in range(0, len(numbers), 5)]
    return Reply("\n".join(lines), [*rows, [Button(texts.BACK, "notices.menu")]], replaces=True)


@router.button("notices.show", audience=Role.SECRETARY)
def show(turn: Turn) -> Reply:
    notice = notices.require(turn.session, turn.member, int(turn.arguments[0]), at=turn.now)
    return watched(turn, notice)


def watched(turn: Turn, notice: Notice) -> Reply:
    """The progress in place of the message tapped, which from now on is kept up to date."""
    if notice.sender_id == turn.member.id:
        sending.watch(turn.session, notice.id, turn.incoming.tapped, at=turn.now)
    return _progress(turn.session, notice, is_own=notice.sender_id == turn.member.id)


def describe(session: Any, live: Live, at: datetime) -> tuple[Message, bool]:
    """What a sender's message says now, and whether it will never say anything else."""
    notice = notices.show(session, live.notice_id)
    if not notice_progress.is_still_theirs(session, notice, at=at):
        return Message(texts.no_longer_shown(notice), is_private=True), True
    reply = _progress(session, notice, is_own=True)
    found = notice_progress.progress(session, notice)
    message = keyboards.mint(session, f"m{notice.sender_id}", "private", reply, at=notice.made_at)
    is_over = notice.state in _OVER or (
        notice.state == "queued" and not found.queued and not notice.wants_receipt
    )
    return message, is_over


def _progress(session: Any, notice: Notice, *, is_own: bool) -> Reply:
    found = notice_progress.progress(session, notice)
    buttons = _ways_on(notice, found) if is_own else []
    rows = [buttons[at : at + 3] for at in range(0, len(buttons), 3)]
    return Reply(texts.progress(found), rows, replaces=True, is_private=True)


def _ways_on(notice: Notice, found: notice_progress.Progress) -> list[Button]:
    """Shared ones, so that the message can be changed without new rows; who taps is checked."""

    def button(label: str, action: str) -> Button:
        return Button(label, action, notice.id, is_shared=True)

    if notice.state in ("recalling", *_OVER[::2]):
        return []
    if notice.state == "stopped" and not notice.total:
        return []  # nobody has had it
    is_waiting = found.queued > 0 or notice.state in ("approval", "waiting")
    is_open = notice.state == "queued" and notice.wants_receipt and found.unconfirmed > 0
    ways = {
        "withdraw": True,
        "stop": is_waiting and notice.state != "stopped",
        "correct": not notice.is_confidential,
        "nudge": is_open and notice.nudged_at is None,
        "lists": is_open and not notice.is_confidential,
        "answers": bool(notice.asks) and notice.confirmed > 0,
        "reasons": found.failed + found.doubt > 0,
    }
    return [button(texts.WAYS[way], f"notices.{way}") for way, is_on in ways.items() if is_on]


@router.button("notices.withdraw", audience=Role.SECRETARY)
def begin_withdrawing(turn: Turn) -> Reply:
    return _ask(turn, "withdraw")


@router.button("notices.stop", audience=Role.SECRETARY)
def begin_stopping(turn: Turn) -> Reply:
    return _ask(turn, "stop")


@router.button("notices.nudge", audience=Role.SECRETARY)
def begin_nudging(turn: Turn) -> Reply:
    return _ask(turn, "nudge")


@router.button("notices.lists", audience=Role.SECRETARY)
def begin_listing(turn: Turn) -> Reply:
    return _ask(turn, "list")


def _ask(turn: Turn, what: str) -> Reply:
    notice = notices.require_own(turn.session, turn.member, int(turn.arguments[0]))
    found = notice_progress.progress(turn.session, notice)
    turn.open("notices.sure", what=what, notice=notice.id)
    sure = Button(texts.SURE[what], "notices.sure", notice.id, what)
    return Reply(
        texts.ask(what, found.unconfirmed), [[sure, Button(texts.NOT_NOW, "notices.stay")]]
    )


@router.button("notices.stay", audience=Role.SECRETARY)
def stay(turn: Turn) -> Reply:
    turn.close()
    return Reply(texts.STAYS, replaces=True)


@router.button("notices.sure", audience=Role.SECRETARY)
def do_it(turn: Turn) -> Reply:
    notice_id, what = int(turn.arguments[0]), str(turn.arguments[1])
    if not turn.is_open("notices.sure", what=what, notice=notice_id):
        return Reply(texts.NO_LONGER_ASKED, replaces=True)
    turn.close()
    if what == "list":
        return _send_lists(turn, notice_id)
    act = {"withdraw": sending.withdraw, "stop": sending.stop, "nudge": sending.nudge}[what]
    notice = act(turn.session, turn.member, notice_id, at=turn.now)
    if what == "nudge":
        notices_letters.advance_one(turn.session, notice_id, at=turn.now)
    return _done(notice, what)


def _send_lists(turn: Turn, notice_id: int) -> Reply:
    notice = notices.require_own(turn.session, turn.member, notice_id)
    occasion = local_day(turn.now).isoformat()
    new, before = notices_letters.tell_lists(turn.session, notice, occasion, at=turn.now)
    return Reply(texts.listed(new, before), replaces=True)


@router.button("notices.reasons", audience=Role.SECRETARY)
def show_reasons(turn: Turn) -> Reply:
    notice = notices.require_own(turn.session, turn.member, int(turn.arguments[0]))
    found = notice_progress.progress(turn.session, notice, with_reasons=True)
    return Reply(texts.reason_list(found.reasons) if found.reasons else texts.ALL_REACHED)


@router.button("notices.answers", audience=Role.SECRETARY)
def show_answers(turn: Turn) -> Reply:
    """For the sender alone; many of them as a table."""
    notice = notices.require_theirs(turn.session, turn.member, int(turn.arguments[0]))
    found = receipts.answers(turn.session, notice)
    file = None
    if len(found) > texts.ANSWERS_LISTED:
        file = File(texts.ANSWERS_FILE, texts.answers_table(notice, found), XLSX)
    return Reply(texts.answers(notice, found), file=file, is_private=True)


@router.button("notices.correct", audience=Role.SECRETARY)
def begin_correcting(turn: Turn) -> Reply:
    notice = notices.require_theirs(turn.session, turn.member, int(turn.arguments[0]))
    turn.open("notices.corrected", notice=notice.id)
    return Reply(texts.ASK_CORRECTION)


@router.state("notices.corrected", audience=Role.SECRETARY)
def take_correction(turn: Turn) -> Reply:
    assert turn.state is not None
    text = notices.checked_text(turn.argument)
    turn.open("notices.changed", notice=turn.state.data["notice"], text=text)
    return Reply(texts.ASK_CHANGED)


@router.state("notices.changed", audience=Role.SECRETARY)
def take_change(turn: Turn) -> Reply:
    assert turn.state is not None
    notice_id, text = int(turn.state.data["notice"]), str(turn.state.data["text"])
    changed = notices.checked_word(turn.argument, 100)
    seen = notices_letters.said_in(notices.require_own(turn.session, turn.member, notice_id))
    send = Button(texts.SEND_CORRECTION, "notices.send_correction", notice_id, text, changed, seen)
    rows = [[send, Button(texts.NOT_NOW, "notices.stay")]]
    return Reply(texts.review_correction(text, changed), rows)


@router.button("notices.send_correction", audience=Role.SECRETARY)
def send_correction(turn: Turn) -> Reply:
    notice_id, text, changed = int(turn.arguments[0]), str(turn.arguments[1]), turn.arguments[2]
    before = notices.require_own(turn.session, turn.member, notice_id)
    turn.close()
    if before.text == text:  # a second tap
        return _done(before, "correct")
    if notices_letters.said_in(before) != turn.arguments[3]:  # a newer one went out meanwhile
        return Reply(texts.NO_LONGER_ASKED, replaces=True)
    sent = sending.correct(turn.session, turn.member, notice_id, text, str(changed), at=turn.now)
    people = before.total or notices_letters.people_of(turn.session, before, at=turn.now)
    notices_letters.ask_for_approval(turn.session, sent, people, at=turn.now)
    if not sent.approvers and before.total <= sending.APPROVAL_ABOVE:
        notices_letters.advance_one(turn.session, notice_id, at=turn.now)
    return _done(sent.notice, "correct")


def _done(notice: Notice, what: str) -> Reply:
    """The message with the progress shows the rest."""
    return Reply(texts.DONE[what], [Button(texts.SEE, "notices.show", notice.id)], replaces=True)


@router.button("notices.approvals", audience=Role.ADMINISTRATOR)
def show_approvals(turn: Turn) -> list[Reply] | Reply:
    """Each as it was asked for, and to be decided as there."""
    found = notices.to_approve(turn.session, turn.member, at=turn.now)
    if not found:
        return Reply(texts.NONE_TO_APPROVE)
    return [notices_letters.approval(turn.session, each, at=turn.now) for each in found[:_LISTED]]


@router.button("notices.decide", audience=Role.ADMINISTRATOR)
def decide(turn: Turn) -> Reply:
    notice_id, is_approved, *said = turn.arguments
    notice_id, is_approved = int(notice_id), bool(is_approved)
    asked = notices.show(turn.session, notice_id)
    if asked.state == "approval" and said != [notices_letters.said_in(asked)]:
        return _asked_anew(turn, asked)
    notice = sending.decide(
        turn.session, turn.member, notice_id, is_approved=is_approved, at=turn.now
    )
    if notice.sender_id is not None:
        outbox.add(
            turn.session,
            f"m{notice.sender_id}",
            Reply(texts.told_decision(asked, notice, turn.member.name), is_private=True),
            key=f"{notice.letter_key}:decided",
            purpose=gate.Purpose.AWAITED,
            at=turn.now,
        )
    return Reply(texts.decided(notice), replaces=True)


def _asked_anew(turn: Turn, notice: Notice) -> Reply:
    """Its words were changed since: nobody decides about what they have not read."""
    if notice not in notices.to_approve(turn.session, turn.member, at=turn.now):
        raise Refused("notice_not_yours")
    asked = notices_letters.approval(turn.session, notice, at=turn.now)
    return replace(asked, text=f"{texts.CHANGED_SINCE}\n\n{asked.text}", replaces=True)
