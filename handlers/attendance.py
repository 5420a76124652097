"""Checking in to a meeting: the invitation's button, the code, the QR on the screen, 签到."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from bot.core.chat import Button, Reply
from bot.routing import Router, Turn
from bot.services import attendance
from bot.services.attendance import Arrival
from handlers.texts import attendance as texts

router = Router()
_CODE = re.compile(r"\d{3}[\s-]?\d{3}")


def code_in(text: str) -> str | None:
    """The six digits that a text is, whatever their width, or None."""
    folded = unicodedata.normalize("NFKC", text[:20]).strip()
    return re.sub(r"\D", "", folded) if _CODE.fullmatch(folded) and folded.isascii() else None


@router.button("attendance.here")
def tap_here(turn: Turn) -> Reply:
    meeting_id = int(turn.arguments[0])
    return _arrived(
        attendance.check_in(turn.session, turn.member, meeting_id, way="tap", at=turn.now)
    )


@router.command("checkin", help="会议签到", words=("签到",))
def check_in(turn: Turn) -> Reply:
    if code := code_in(turn.argument):
        return _enter(turn, code)
    found = attendance.waiting(turn.session, turn.member, at=turn.now)
    if not found:
        return Reply(texts.NOTHING_NOW)
    if not found[0].is_taking:
        return Reply(texts.next_one(found[0]))
    if len(found) > 1:
        labels = texts.choices(found)
        return Reply(
            texts.WHICH,
            [
                Button(label, "attendance.here", each.meeting_id)
                for label, each in zip(labels, found, strict=True)
            ],
        )
    meeting_id = found[0].meeting_id
    return _arrived(
        attendance.check_in(turn.session, turn.member, meeting_id, way="tap", at=turn.now)
    )


@router.shape("attendance.code", accepts=lambda turn: code_in(turn.incoming.text or "") is not None)
def type_code(turn: Turn) -> Reply:
    return _enter(turn, code_in(turn.argument) or "")


@router.link("checkin")
def scan(turn: Turn) -> Reply:
    """Who still has to bind keeps the scan for five minutes."""
    result = attendance.scan(turn.session, turn.member, turn.argument, at=turn.now)
    if isinstance(result, datetime):
        return Reply(texts.bind_until(result), [Button(texts.JOIN, "joining.request")])
    return _arrived(result)


@router.button("attendance.undo")
def undo(turn: Turn) -> Reply:
    meeting_id = int(turn.arguments[0])
    is_undone = attendance.undo(turn.session, turn.member, meeting_id, at=turn.now)
    return Reply(texts.UNDONE if is_undone else texts.NOT_THERE, replaces=True)


def _enter(turn: Turn, code: str) -> Reply:
    if turn.member.is_guest:
        return Reply(texts.BIND_FIRST, [Button(texts.JOIN, "joining.request")])
    entered = attendance.by_code(turn.session, turn.member, code, at=turn.now)
    return _arrived(entered.arrival) if entered.arrival else Reply(texts.wrong(entered))


def _arrived(arrival: Arrival) -> Reply:
    told = texts.arrived(arrival)
    # Shared, so that a hall that checks in at once writes no row for each button.
    undo_it = Button(texts.UNDO, "attendance.undo", arrival.meeting_id, is_shared=True)
    return Reply(told, [] if arrival.is_repeat else [undo_it], toast=told)
