"""A meeting that goes out: to everybody once, to other branches' secretaries, and its reminder."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.core.chat import Button, Reply
from bot.core.clock import local_day
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import (
    agenda,
    drafts,
    expected,
    gate,
    mailings,
    meetings,
    outbox,
    seating,
    units,
)
from bot.services.expected import Seat
from bot.services.meetings import Meeting
from bot.services.units import Unit
from handlers import meetings_draft as wizard
from handlers import meetings_letters as letters
from handlers.texts import meetings as words
from handlers.texts import meetings_draft as draft_texts
from handlers.texts import meetings_sent as texts

router = Router()


@router.button("meetings.send", audience=Role.SECRETARY)
def send(turn: Turn) -> Reply:
    """发出. The draft's id is the call's key, so that a second tap finds the meeting called."""
    draft_id = str(turn.arguments[0])
    known = meetings.called_as(turn.session, draft_id)
    if known is not None:
        text = draft_texts.sent_before(words.line(known))
        return Reply(text, after_sending(known), replaces=True)
    draft = wizard.mine(turn, draft_id)
    topic = wizard.topic_of(draft)
    if draft.day is None or draft.hour is None or draft.place is None or topic is None:
        return wizard.advance(turn, draft)
    wish = drafts.call_of(draft, topic, now=turn.now)
    meeting, _ = meetings.call(turn.session, turn.member, wish, key=draft_id, at=turn.now)
    drafts.drop(turn.session, turn.member.owner, at=turn.now)
    turn.close()
    told = invite(turn, meeting, agenda.invited(turn.session, meeting.id).everybody)
    for unit in meeting.asked:
        ask_secretaries(turn, meeting, unit)
    return Reply(_sent(turn, meeting, told), after_sending(meeting), replaces=True)


def _sent(turn: Turn, meeting: Meeting, told: list[int]) -> str:
    owners = [f"m{each}" for each in told]
    purpose = gate.Purpose.INVITATION
    reach = outbox.reach(turn.session, owners, purpose, at=turn.now)
    unreached = agenda.unreached(turn.session, told, at=turn.now) if reach.missed else []
    return draft_texts.sent(
        words.line(meeting),
        reach.people,
        unreached,
        meeting.asked,
        is_held=reach.is_held,
        in_pieces=mailings.left(turn.session, meeting.subject) > 0,
    )


def invite(turn: Turn, meeting: Meeting, members: Iterable[int]) -> list[int]:
    """Invite these, except for whoever does it; gives those invited."""
    wanted = {each for each in members if each != turn.member.id}
    return letters.post_invitations(turn.session, meeting, wanted, at=turn.now)


def after_sending(meeting: Meeting) -> list[Any]:
    """What the secretary may still do with a meeting ahead."""
    if meeting.state == "cancelled":
        return []
    return [
        [
            Button(texts.SHOW, "meetings.show", meeting.id),
            Button(words.CALENDAR, "meetings.ics", meeting.id),
        ],
        [
            Button(texts.MOVE, "meetings.move", meeting.id),
            Button(texts.CANCEL, "meetings.cancel", meeting.id),
        ],
    ]


def ask_secretaries(turn: Turn, meeting: Meeting, unit: Unit) -> None:
    """Ask whether the unit joins; what was asked about an earlier time is taken back."""
    outbox.withdraw_topic(turn.session, letters.asking(meeting.id, unit.id), at=turn.now)
    day = local_day(turn.now)
    yes = Button(texts.JOIN, "meetings.agree", meeting.id, unit.id)
    no = Button(texts.STAY_AWAY, "meetings.decline", meeting.id, unit.id)
    for member_id in units.responsible(turn.session, unit.id, on=day, besides=turn.member.id):
        outbox.add(
            turn.session,
            f"m{member_id}",
            Reply(texts.asked_to_join(meeting, unit, turn.member.name), [[yes, no]]),
            key=f"{meeting.subject}:ask:{unit.id}:{meeting.version}:m{member_id}",
            purpose=gate.Purpose.APPROVAL,
            at=turn.now,
            expires_at=meeting.starts_at,
            topic=letters.asking(meeting.id, unit.id),
        )


@router.button("meetings.agree", audience=Role.SECRETARY)
def agree(turn: Turn) -> Reply:
    """The other branch joins; its secretary sees its own people only."""
    meeting_id, unit_id = (int(each) for each in turn.arguments)
    meeting, seats = seating.agree(turn.session, turn.member, meeting_id, unit_id, at=turn.now)
    outbox.withdraw_topic(turn.session, letters.asking(meeting_id, unit_id), at=turn.now)
    own = [seat for seat in seats if seat.unit_id == unit_id]
    told = invite(turn, meeting, [seat.member_id for seat in own])
    if seats:
        _tell_caller(turn, meeting, unit_id, has_joined=True)
    text = texts.joined(words.line(meeting), _listed(own or _seated(turn, meeting, unit_id)))
    buttons = [[Button(texts.SHOW, "meetings.show", meeting.id)]]
    return Reply(f"{text}\n{texts.told(len(told))}" if told else text, buttons, replaces=True)


def _seated(turn: Turn, meeting: Meeting, unit_id: int) -> list[Seat]:
    day = local_day(meeting.starts_at)
    return expected.seats(turn.session, unit_id, meeting.counts_as, on=day)


def _listed(seats: Iterable[Seat]) -> str:
    found = list(seats)
    return f"{draft_texts.counted(found)}：{draft_texts.names(found)}" if found else ""


@router.button("meetings.decline", audience=Role.SECRETARY)
def decline(turn: Turn) -> Reply:
    meeting_id, unit_id = (int(each) for each in turn.arguments)
    meeting = seating.decline(turn.session, turn.member, meeting_id, unit_id)
    outbox.withdraw_topic(turn.session, letters.asking(meeting_id, unit_id), at=turn.now)
    if unit_id not in {unit.id for unit in meeting.units}:
        _tell_caller(turn, meeting, unit_id, has_joined=False)
        return Reply(texts.stayed_away(words.line(meeting)), replaces=True)
    return Reply(texts.JOINED_BEFORE, replaces=True)


def _tell_caller(turn: Turn, meeting: Meeting, unit_id: int, *, has_joined: bool) -> None:
    unit = units.get(turn.session, unit_id)
    if unit is None or meeting.called_by in (None, turn.member.id):
        return
    outbox.add(
        turn.session,
        f"m{meeting.called_by}",
        Reply(texts.answered(words.line(meeting), unit.name, has_joined=has_joined)),
        key=f"{meeting.subject}:joined:{unit_id}:{has_joined}",
        purpose=gate.Purpose.ANSWER,
        at=turn.now,
    )
