"""The roll of a meeting: tap the absent, done; guests, the meeting screen, and being reminded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.core.chat import Button, Reply
from bot.core.clock import local_day
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import facts, gate, meetings, members, outbox, people, rollcall, rolls
from bot.services import screen as screens
from bot.services.rollcall import Mark
from bot.services.rolls import Line, Roll
from handlers.texts import paging
from handlers.texts import rolls as texts

router = Router()
PAGE, IN_A_ROW = 30, 3


@router.button("rolls.show", audience=Role.SECRETARY)
def show(turn: Turn) -> Reply:
    meeting_id, *more = turn.arguments
    roll = rolls.show(turn.session, turn.member, int(meeting_id))
    return shown(turn, roll, int(more[0]) if more else 0, replaces=bool(more))


@router.button("rolls.mark", audience=Role.SECRETARY)
def mark(turn: Turn) -> Reply:
    """A tap on a name; the button says what it makes of the person, so that two taps are one.

    Whoever does not stand there as the button showed is shown first: they may have checked in.
    """
    meeting_id, member_id, status, offset, seen = turn.arguments
    where = (turn.session, turn.member, int(meeting_id), int(member_id))
    is_so = _standing(rolls.line(*where)) == seen
    if is_so and status == "clear":
        rollcall.clear(*where, at=turn.now)
    elif is_so:
        rollcall.mark(*where, Mark(str(status)), at=turn.now)
    roll = rolls.show(turn.session, turn.member, int(meeting_id))
    return shown(turn, roll, int(offset), replaces=True)


@router.button("rolls.finish", audience=Role.SECRETARY)
def finish(turn: Turn) -> Reply:
    meeting_id = int(turn.arguments[0])
    roll = rollcall.finish(turn.session, turn.member, meeting_id, at=turn.now)
    for unit in roll.units:
        topic = rolls.topic(meeting_id, unit.id)
        outbox.withdraw_topic(turn.session, topic, at=turn.now)
    return shown(turn, roll, 0, replaces=True)


@router.button("rolls.undo", audience=Role.SECRETARY)
def undo(turn: Turn) -> Reply:
    roll = rollcall.undo(turn.session, turn.member, int(turn.arguments[0]))
    return shown(turn, roll, 0, replaces=True)


@router.button("rolls.guest", audience=Role.SECRETARY)
def ask_guest(turn: Turn) -> Reply:
    meeting = meetings.require(turn.session, turn.member, int(turn.arguments[0]))
    turn.open("rolls.guest", meeting=meeting.id)
    return Reply(texts.ASK_GUEST)


@router.state("rolls.guest", audience=Role.SECRETARY, accepts=lambda turn: bool(turn.argument))
def add_guest(turn: Turn) -> list[Reply]:
    assert turn.state is not None
    meeting_id = int(turn.state.data["meeting"])
    found = people.one(turn.session, turn.member, turn.argument)
    is_new = rollcall.add_guest(turn.session, turn.member, meeting_id, found.id, at=turn.now)
    turn.close()
    roll = rolls.show(turn.session, turn.member, meeting_id)
    told = Reply(texts.guest_added(found.name, is_new=is_new is not None))
    return [told, shown(turn, roll, 0, replaces=False)]


@router.button("rolls.screen", audience=Role.SECRETARY)
def show_screen(turn: Turn) -> Reply:
    meeting = meetings.require(turn.session, turn.member, int(turn.arguments[0]))
    address = (facts.get(turn.session, facts.ORIGIN) or "") + screens.link(turn.session, meeting.id)
    return Reply(texts.screen(meeting.topic), [Button(texts.OPEN_SCREEN, url=address)])


def advance(session: Any, *, at: datetime) -> bool:
    """Bring the roll to who answers for a meeting whose time is over; False: nothing is left."""
    for call in rolls.due(session, at=at):
        actor = members.look_up(session, call.member_id, on=local_day(at))
        if actor is None:
            continue
        roll = rolls.show(session, actor, call.meeting.id)
        outbox.add(
            session,
            actor.owner,
            Reply(texts.after_time(roll), _keys(roll, 0), about=call.meeting.subject),
            key=call.key,
            purpose=gate.Purpose.APPROVAL,
            at=at,
            expires_at=call.expires_at,
            topic=call.topic,
        )
    return False


def shown(turn: Turn, roll: Roll, offset: int, *, replaces: bool) -> Reply:
    about = roll.meeting.subject
    if roll.is_over:
        told = texts.done(roll)
        return Reply(told, _after(roll), replaces=replaces, about=about)
    if turn.now < roll.meeting.starts_at - screens.OPENS_BEFORE:
        return Reply(texts.not_yet(roll), [_screen(roll)], replaces=replaces, about=about)
    return Reply(texts.calling(roll), _keys(roll, offset), replaces=replaces, about=about)


def _keys(roll: Roll, offset: int) -> Sequence[Sequence[Button]]:
    meeting_id = roll.meeting.id
    page = roll.lines[offset : offset + PAGE]
    names = [
        Button(
            texts.label(each),
            "rolls.mark",
            meeting_id,
            each.member_id,
            _next(each),
            offset,
            _standing(each),
        )
        for each in page
    ]
    rows = [names[at : at + IN_A_ROW] for at in range(0, len(names), IN_A_ROW)]
    turning: list[Button] = []
    if offset > 0:
        turning.append(Button(paging.PREVIOUS, "rolls.show", meeting_id, max(0, offset - PAGE)))
    if offset + PAGE < len(roll.lines):
        turning.append(Button(paging.NEXT, "rolls.show", meeting_id, offset + PAGE))
    more = [
        Button(texts.OTHERS, "rolls.pick", meeting_id, 0),
        Button(texts.GUEST, "rolls.guest", meeting_id),
        _screen(roll),
    ]
    finishing = [
        Button(texts.FINISH, "rolls.finish", meeting_id),
        Button(texts.REFRESH, "rolls.show", meeting_id, offset),
    ]
    return [*rows, *([turning] if turning else []), finishing, more]


def _after(roll: Roll) -> Sequence[Sequence[Button]]:
    meeting_id = roll.meeting.id
    change = [
        Button(texts.OTHERS, "rolls.pick", meeting_id, 0),
        Button(texts.GUEST, "rolls.guest", meeting_id),
    ]
    minutes = Button(texts.MINUTES, "minutes.meeting", meeting_id)
    if roll.confirmed & {unit.id for unit in roll.units}:
        return [[minutes, change[0]]]
    return [[minutes, Button(texts.UNDO, "rolls.undo", meeting_id)], change]


def _next(line: Line) -> str:
    """What a tap makes of somebody: absent, there after all, or as it was before."""
    if not line.is_expected:
        return "present" if line.status == "none" else "none"
    if line.status == "absent":
        return "clear"
    return "present" if line.is_away else "absent"


def _standing(line: Line) -> str:
    """How somebody stands on the roll, as the label shows it."""
    return "leave" if line.is_away else line.status


def _screen(roll: Roll) -> Button:
    return Button(texts.SCREEN, "rolls.screen", roll.meeting.id)
