"""Notices as messages to people: the letter, its reminder, who has not confirmed."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from bot.core.chat import Button, Reply
from bot.core.clock import local_day
from bot.services import (
    audience,
    files,
    gate,
    members,
    notice_progress,
    notice_queue,
    notices,
    outbox,
    unconfirmed,
)
from bot.services.notice_queue import What
from bot.services.notice_sending import Sent
from bot.services.notices import Notice
from handlers.texts import notices as writing
from handlers.texts import notices_after as after
from handlers.texts import notices_letters as texts
from handlers.texts import unconfirmed as lists


def letter(session: Any, notice: Notice, *, is_sample: bool = False) -> Reply:
    """The notice as its people get it; the buttons of a sample do nothing."""
    origin = notices.origin(session, notice)
    write = texts.confidential if notice.is_confidential else texts.letter
    file = files.fetch(session, notice.files[0]) if len(notice.files) == 1 else None
    return Reply(
        write(notice, origin),
        [_buttons(notice, is_sample=is_sample)],
        file=file,
        about=None if is_sample else f"notices:{notice.id}",
        is_private=True,
        is_protected=notice.is_confidential,
    )


def advance(session: Any, *, at: datetime) -> bool:
    """Queue the next piece of a notice that is due; True while there may be more.

    For the sweep, in the bulk lane, one short transaction each.
    """
    return notice_queue.advance(session, partial(_compose, session, at), at=at)


def advance_one(session: Any, notice_id: int, *, at: datetime) -> bool:
    """The same for one notice: a small one goes out with the tap that sends it."""
    compose = partial(_compose, session, at)
    return notice_queue.advance(session, compose, at=at, notice_id=notice_id)


def apologise(notice: Notice) -> Reply:
    """For those whose message could not be taken back."""
    return Reply(texts.gone(notice), is_private=True, is_protected=notice.is_confidential)


def tell_lists(session: Any, notice: Notice, occasion: str, *, at: datetime) -> tuple[int, int]:
    """To everybody who answers for somebody the names of their own, once for each occasion.

    Says how many are told now, and how many were before.
    """
    told = unconfirmed.for_everybody(session, notice, at=at)
    new = 0
    for each in told:
        see = Button(lists.SEE, "unconfirmed.show")
        reply = Reply(lists.told(notice, each.names), [see], is_private=True)
        key = f"{notice.subject}:list:{occasion}:{each.owner}"
        new += outbox.add(session, each.owner, reply, key=key, purpose=gate.Purpose.NOTICE, at=at)
    return new, len(told) - new


def ask_for_approval(session: Any, sent: Sent, people: int, *, at: datetime) -> None:
    """Ask the other administrators; the first who decides has decided."""
    notice = sent.notice
    if not sent.approvers:
        return
    asked = _approval(session, notice, people)
    for each in sent.approvers:
        outbox.add(
            session,
            f"m{each}",
            asked,
            # Whoever was asked about other words is asked again.
            key=f"{notice.letter_key}:approve:{said_in(notice)}:m{each}",
            purpose=gate.Purpose.URGENT,
            at=at,
        )


def approval(session: Any, notice: Notice, *, at: datetime) -> Reply:
    """What another administrator is asked, with the number of people as it is now."""
    return _approval(session, notice, people_of(session, notice, at=at))


def people_of(session: Any, notice: Notice, *, at: datetime) -> int:
    """To how many people it would go now."""
    mine = notices.among(session, notice.sender_id, at=at)
    day = local_day(max(at, notice.send_at))
    return audience.count(session, notice.audience, on=day, among=mine)


def said_in(notice: Notice) -> str:
    """A digest of the words that are to be approved."""
    return notice_progress.digest(notice.text)


def _approval(session: Any, notice: Notice, people: int) -> Reply:
    said = writing.to_whom(notice.audience, audience.names(session, notice.audience))
    ways = [
        Button(after.APPROVE, "notices.decide", notice.id, True, said_in(notice)),
        Button(after.DECLINE, "notices.decide", notice.id, False, said_in(notice)),
    ]
    return Reply(after.approval(notice, people, said), [ways], is_private=True)


def _compose(session: Any, at: datetime, notice: Notice, what: What) -> Reply | None:
    if what == "notice":
        return letter(session, notice)
    if what == "nudge":
        text = texts.nudge(notice, notices.origin(session, notice), at=at)
        return Reply(
            text,
            [_received(notice)],
            about=f"notices:{notice.id}",
            is_private=True,
            is_protected=notice.is_confidential,
        )
    _tell_at_due(session, notice, at)
    return None


def _tell_at_due(session: Any, notice: Notice, at: datetime) -> None:
    """Of a confidential notice only its sender hears."""
    if not notice.is_confidential:
        tell_lists(session, notice, f"due{notice.version}", at=at)
        return
    person = members.look_up(session, notice.member_id or 0, on=local_day(at))
    if notice.confirmed or notice.sender_id is None or person is None:
        return
    reply = Reply(texts.unconfirmed_confidential(person.name), is_private=True, is_protected=True)
    key, owner = f"{notice.subject}:due", f"m{notice.sender_id}"
    outbox.add(session, owner, reply, key=key, purpose=gate.Purpose.CONFIDENTIAL, at=at)


def _buttons(notice: Notice, *, is_sample: bool) -> list[Button]:
    labels = [texts.RECEIVED] if notice.wants_receipt else []
    labels += [texts.FILES] if len(notice.files) > 1 else []
    if is_sample:
        return [Button(label, "notices.sample") for label in labels]
    return [_received(notice) if label == texts.RECEIVED else _files(notice) for label in labels]


def _received(notice: Notice) -> Button:
    return Button(texts.RECEIVED, "receipts.confirm", notice.id, is_shared=True)


def _files(notice: Notice) -> Button:
    return Button(texts.FILES, "receipts.files", notice.id, is_shared=True)
