"""A secretary's meetings: how each stands, moving one, cancelling one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.core import dates
from bot.core.chat import Button, Reply
from bot.core.clock import local, local_day
from bot.core.roles import Role
from bot.core.wording import holds_personal_number
from bot.routing import Router, Turn
from bot.services import agenda, changing, meetings, proposals
from bot.services.agenda import Standing
from bot.services.meetings import Meeting
from handlers import meetings_letters as letters
from handlers.meetings_sent import ask_secretaries
from handlers.texts import meetings as words
from handlers.texts import meetings_draft as draft_texts
from handlers.texts import meetings_sent as texts

router = Router()


@router.command("meetings", help="会议进展", audience=Role.SECRETARY, words=("会议", "会议列表"))
def list_all(turn: Turn) -> Reply:
    found = agenda.standing(turn.session, turn.member, at=turn.now)
    if not found:
        return Reply(texts.NONE)
    buttons = [Button(words.line(each.meeting), "meetings.show", each.meeting.id) for each in found]
    return Reply(texts.listed(found), buttons, is_private=True)


@router.button("meetings.show", audience=Role.SECRETARY)
def show(turn: Turn) -> Reply:
    return _show(turn, meetings.require(turn.session, turn.member, int(turn.arguments[0])))


def _show(turn: Turn, meeting: Meeting, *before: str) -> Reply:
    """The meeting as it stands, with what may still be done; in the place of older buttons."""
    own = {unit.id for unit in meetings.mine_of(turn.session, turn.member, meeting)}
    each = agenda.stands(turn.session, meeting, at=turn.now, own=own)
    text = "\n".join([*before, texts.stands(each)])
    return Reply(text, _next_steps(turn, each), replaces=True)


def _next_steps(turn: Turn, each: Standing) -> list[Any]:
    meeting = each.meeting
    if meeting.state == "cancelled":
        return []
    roll = Button(texts.ROLL, "rolls.show", meeting.id)
    if each.step == "mark":
        return [roll]
    if each.step in ("write", "done"):
        return [[Button(texts.MINUTES, "minutes.meeting", meeting.id), roll]]
    rows: list[Any] = [
        [
            Button(texts.SILENT, "meetings.silent", meeting.id),
            Button(words.CALENDAR, "meetings.ics", meeting.id),
        ]
    ]
    if each.is_taking:
        rows.insert(0, [roll, Button(texts.SCREEN, "rolls.screen", meeting.id)])
    elif local_day(meeting.starts_at) == local_day(turn.now):
        # For who makes the projector ready early.
        rows.insert(0, [Button(texts.SCREEN, "rolls.screen", meeting.id)])
    is_host = meetings.may_call(turn.session, turn.member, meeting.units[0])
    if is_host and each.step == "wait":
        move = Button(texts.MOVE, "meetings.move", meeting.id)
        rows.append([move, Button(texts.CANCEL, "meetings.cancel", meeting.id)])
    return rows


@router.button("meetings.silent", audience=Role.SECRETARY)
def show_silent(turn: Turn) -> Reply:
    """The names of one's own people only."""
    meeting = meetings.require(turn.session, turn.member, int(turn.arguments[0]))
    own = [unit.id for unit in meetings.mine_of(turn.session, turn.member, meeting)]
    names = agenda.silent(turn.session, meeting.id, own)
    return Reply(texts.silent(names), is_private=True)


@router.button("meetings.move", audience=Role.SECRETARY)
def begin_moving(turn: Turn) -> Reply:
    meeting_id, *more = turn.arguments
    meeting = changing.require_host(turn.session, turn.member, int(meeting_id))
    if meeting.state == "closed":
        return _show(turn, meeting, texts.HELD)
    what, *new = [str(each) for each in more] or ["time"]
    turn.open("meetings.moving", meeting=meeting.id, what=what, new=new)
    if not more:
        both = (("time", texts.NEW_TIME), ("place", texts.NEW_PLACE))
        buttons = [Button(label, "meetings.move", meeting.id, each) for each, label in both]
        return Reply(texts.WHAT_TO_MOVE, [buttons])
    if what == "time":
        return Reply(texts.ASK_TIME, replaces=True)
    starts_at, _ = _so_far(meeting, new)
    known = proposals.places(turn.session, meeting.units[0].id)
    buttons = [
        Button(place, "meetings.moveto", meeting.id, starts_at.isoformat(), place)
        for place in known
        if place != meeting.place
    ]
    return Reply(texts.ASK_PLACE if buttons else texts.TYPE_PLACE, buttons, replaces=True)


def _so_far(meeting: Meeting, new: Sequence[str]) -> tuple[datetime, str]:
    """Time and place as they stand, or as they were changed a moment ago and not sent yet."""
    if not new:
        return meeting.starts_at, meeting.place
    return datetime.fromisoformat(new[0]), new[1]


@router.state("meetings.moving", audience=Role.SECRETARY)
def type_change(turn: Turn) -> Reply:
    assert turn.state is not None
    meeting_id, what = int(turn.state.data["meeting"]), turn.state.data["what"]
    meeting = changing.require_host(turn.session, turn.member, meeting_id)
    starts_at, place = _so_far(meeting, turn.state.data["new"])
    text = turn.argument.strip()
    if what == "time":
        return _confirm(turn, meeting, _new_time(turn, starts_at, text), place)
    if holds_personal_number(text):
        return Reply(draft_texts.NO_NUMBERS)
    if len(text) > meetings.PLACE_AT_MOST:
        return Reply(draft_texts.TOO_LONG.format(most=meetings.PLACE_AT_MOST))
    return _confirm(turn, meeting, starts_at, text)


def _new_time(turn: Turn, so_far: datetime, text: str) -> datetime:
    """What was not said stays as it was: an hour of the same day, the same hour of a day."""
    moment, here = dates.read(text, now=turn.now), local(so_far)
    hour = moment.hour or (moment.choices[-1] if moment.choices else here.time())
    return dates.at(moment.day or local_day(so_far), hour, now=turn.now)


@router.button("meetings.moveto", audience=Role.SECRETARY)
def choose_place(turn: Turn) -> Reply:
    meeting_id, starts_at, place = turn.arguments
    meeting = changing.require_host(turn.session, turn.member, int(meeting_id))
    return _confirm(turn, meeting, datetime.fromisoformat(str(starts_at)), str(place))


def _confirm(turn: Turn, meeting: Meeting, starts_at: datetime, place: str) -> Reply:
    turn.close()
    new = (meeting.id, starts_at.isoformat(), place)
    # What stays as it is is left out, so that a tap much later takes nobody's change back.
    only = (
        new[1] if starts_at != meeting.starts_at else None,
        place if place != meeting.place else None,
    )
    rows = [[Button(texts.SEND_CHANGE, "meetings.moved", meeting.id, *only, meeting.version)]]
    if starts_at == meeting.starts_at:
        rows.append([Button(texts.ALSO_TIME, "meetings.move", meeting.id, "time", *new[1:])])
    elif place == meeting.place:
        rows.append([Button(texts.ALSO_PLACE, "meetings.move", meeting.id, "place", *new[1:])])
    rows.append([Button(texts.LEAVE_IT, "meetings.keep")])
    text = texts.ask_change(meeting, starts_at, place)
    return Reply(text, rows, replaces=turn.is_tap)


@router.button("meetings.moved", audience=Role.SECRETARY)
def move(turn: Turn) -> Reply:
    """One that was asked about another state of the meeting is asked once more."""
    meeting_id, starts_at, place, version = turn.arguments
    meeting = changing.require_host(turn.session, turn.member, int(meeting_id))
    begins = datetime.fromisoformat(str(starts_at)) if starts_at else meeting.starts_at
    where = meeting.place if place is None else str(place)
    is_so = (begins, where) == (meeting.starts_at, meeting.place)
    if meeting.version != version and not is_so:
        return _confirm(turn, meeting, begins, where)
    change = changing.change(
        turn.session, turn.member, meeting.id, starts_at=begins, place=where, at=turn.now
    )
    if not change.is_new:
        return Reply(texts.CHANGED_BEFORE, replaces=True)
    for unit in change.new.asked:
        ask_secretaries(turn, change.new, unit)
    count = letters.post_change(turn.session, change, but=turn.member.id, at=turn.now)
    text = texts.changed(words.line(change.new), count)
    again = [Button(texts.SHOW, "meetings.show", change.new.id)]
    return Reply(text, [again], replaces=True)


@router.button("meetings.keep", audience=Role.SECRETARY)
def keep(turn: Turn) -> Reply:
    return Reply(texts.STAYED, replaces=True)


@router.button("meetings.cancel", audience=Role.SECRETARY)
def cancel(turn: Turn) -> Reply:
    """Asks first; the button that does it counts only while its question stands."""
    meeting_id, *sure = turn.arguments
    meeting = changing.require_host(turn.session, turn.member, int(meeting_id))
    if meeting.state == "cancelled":
        return Reply(texts.CANCELLED_BEFORE, replaces=True)
    if meeting.state == "closed":
        return _show(turn, meeting, texts.HELD)
    if not sure:
        turn.open("meetings.cancel", meeting=meeting.id)
        yes = Button(texts.SURE_CANCEL, "meetings.cancel", meeting.id, True)
        no = Button(texts.KEEP, "meetings.keep")
        return Reply(texts.ask_cancel(words.line(meeting)), [[yes, no]])
    if not turn.is_open("meetings.cancel", meeting=meeting.id):
        return Reply(texts.NO_LONGER_ASKED, replaces=True)
    line = words.line(meeting)
    meeting, is_new = changing.cancel(turn.session, turn.member, meeting.id)
    turn.close()
    if not is_new:
        return Reply(texts.CANCELLED_BEFORE, replaces=True)
    count = letters.post_cancellation(turn.session, meeting, but=turn.member.id, at=turn.now)
    return Reply(texts.cancelled(line, count), replaces=True)
