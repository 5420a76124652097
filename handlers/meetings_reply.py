"""Answering an invitation: coming, leave with a reason, the calendar file, one's own meetings."""

from __future__ import annotations

from typing import Any

from bot.core.chat import Button, File, Reply
from bot.core.errors import Refused
from bot.core.meetings import REASONS
from bot.core.roles import Role
from bot.core.wording import reads_as_question
from bot.files import ics
from bot.routing import Router, Turn
from bot.services import agenda, gate, leave, meetings, outbox, screen
from bot.services.agenda import Mine
from bot.services.leave import Request
from bot.services.meetings import Meeting
from handlers import meetings_letters as letters
from handlers.texts import meetings as words
from handlers.texts import meetings_reply as texts

router = Router()


@router.button("meetings.come")
def come(turn: Turn) -> Reply:
    meeting_id, version = (int(each) for each in turn.arguments)
    if old := _superseded(turn, meeting_id, version):
        return old
    leave.come(turn.session, turn.member, meeting_id, at=turn.now)
    outbox.withdraw_topic(turn.session, _asking(meeting_id, turn.member.id), at=turn.now)
    return _standing(turn, meeting_id)


@router.button("meetings.leave")
def ask_leave(turn: Turn) -> Reply:
    meeting_id, version = (int(each) for each in turn.arguments)
    if old := _superseded(turn, meeting_id, version):
        return old
    meeting, seat = leave.require(turn.session, turn.member, meeting_id, at=turn.now)
    if not seat.is_expected:
        return _take_leave(turn, meeting_id, "other")
    turn.open("meetings.reason", meeting=meeting_id)
    reasons = [Button(word, "meetings.because", meeting_id, code) for code, word in REASONS.items()]
    back = Button(texts.NOT_LEAVE, "meetings.mine", meeting_id)
    rows = [reasons[at : at + 3] for at in range(0, len(reasons), 3)]
    return Reply(texts.ask_reason(meeting), [*rows, back], replaces=True)


@router.button("meetings.because")
def choose_reason(turn: Turn) -> Reply:
    meeting_id, reason = turn.arguments
    turn.close()
    return _take_leave(turn, int(meeting_id), str(reason))


def _is_reason(turn: Turn) -> bool:
    text = turn.incoming.text or ""
    is_label = text.strip() == texts.NOT_LEAVE
    return bool(text.strip()) and not is_label and not reads_as_question(text)


@router.state("meetings.reason", accepts=_is_reason)
def type_reason(turn: Turn) -> Reply:
    """Only the category stays; of what was typed nothing is kept, least of all about health."""
    assert turn.state is not None
    meeting_id = int(turn.state.data["meeting"])
    reason, is_health = leave.category(turn.argument)
    turn.close()
    turn.forget_text()
    reply = _take_leave(turn, meeting_id, reason)
    return Reply(f"{reply.text}\n{texts.REST_WELL}", reply.buttons) if is_health else reply


def _take_leave(turn: Turn, meeting_id: int, reason: str) -> Reply:
    request = leave.ask(turn.session, turn.member, meeting_id, reason, at=turn.now)
    if not request.is_repeat:
        for member_id in request.deciders:
            _tell_decider(turn, request, member_id)
    return _standing(turn, meeting_id)


def _tell_decider(turn: Turn, request: Request, member_id: int) -> None:
    choices = [
        Button(texts.APPROVE, "meetings.decide", request.seat_id, "approved"),
        Button(texts.DECLINE, "meetings.decide", request.seat_id, "declined"),
    ]
    outbox.add(
        turn.session,
        f"m{member_id}",
        Reply(texts.asked(request), [choices]),
        key=f"leave:{request.seat_id}:{turn.incoming.platform}:{turn.incoming.event}:m{member_id}",
        purpose=gate.Purpose.APPROVAL,
        at=turn.now,
        expires_at=request.meeting.ends_at,
        topic=_asking(request.meeting.id, turn.member.id),
    )


@router.button("meetings.decide", audience=Role.SECRETARY)
def decide(turn: Turn) -> Reply:
    """The first decision counts; the person hears of it once, unless the time is over."""
    seat_id, state, *again = turn.arguments
    request = leave.decide(
        turn.session, turn.member, int(seat_id), str(state), again=bool(again), at=turn.now
    )
    if not request.is_repeat and not request.is_late:
        event = f"{turn.incoming.platform}:{turn.incoming.event}"
        outbox.add(
            turn.session,
            f"m{request.member_id}",
            _told(request),
            key=f"left:{request.seat_id}:{event}",
            purpose=gate.Purpose.ANSWER,
            at=turn.now,
            expires_at=request.meeting.ends_at,
        )
    return Reply(texts.decided(request), _after_deciding(request), replaces=True)


def _after_deciding(request: Request) -> list[Button]:
    found: list[Button] = []
    if request.state == "declined" and not request.is_marked:
        found.append(
            Button(texts.APPROVE_AFTER_ALL, "meetings.decide", request.seat_id, "approved", True)
        )
    if request.is_late or request.is_marked:
        found.append(Button(texts.ROLL, "rolls.show", request.meeting.id))
    return found


def _told(request: Request) -> Reply:
    if request.state == "approved":
        return Reply(texts.told_decided(request))
    this = (request.meeting.id, request.meeting.version)
    return Reply(texts.told_decided(request), [Button(words.COME, "meetings.come", *this)])


@router.button("meetings.ics")
def give_calendar(turn: Turn) -> Reply:
    """For whoever has a seat, or answers for one of the units."""
    meeting = meetings.show(turn.session, int(turn.arguments[0]))
    is_seated = agenda.own(turn.session, turn.member.id or 0, meeting.id) is not None
    if not is_seated and not meetings.mine_of(turn.session, turn.member, meeting):
        raise Refused("meeting_not_invited")
    entry = ics.Entry(
        f"meeting-{meeting.id}@muduo",
        meeting.version,
        words.title(meeting),
        meeting.place,
        words.units(meeting.units),
        meeting.starts_at,
        meeting.lasts,
        turn.now,
        meeting.state == "cancelled",
    )
    file = File(words.CALENDAR_NAME, ics.calendar(entry), ics.MEDIA_TYPE)
    return Reply(texts.calendar_note(meeting), file=file)


@router.command("mymeetings", help="我的会议：要参加哪些会，请假、签到", words=("我的会议",))
def list_mine(turn: Turn) -> Reply:
    found = agenda.mine(turn.session, turn.member.id or 0, at=turn.now)
    if not found:
        return Reply(words.NONE_MINE)
    if len(found) == 1:
        return _shown(turn, found[0], replaces=False)
    buttons = [Button(words.line(each.meeting), "meetings.mine", each.meeting.id) for each in found]
    return Reply(texts.listed(found), buttons, replaces=turn.is_tap)


@router.button("meetings.mine")
def show_mine(turn: Turn) -> Reply:
    turn.close()
    return _standing(turn, int(turn.arguments[0]))


@router.quoted("meeting")
def quote(turn: Turn) -> Reply:
    """Writing to an invitation: it is shown as it stands, with its buttons."""
    return _standing(turn, int(turn.arguments[0]))


def _standing(turn: Turn, meeting_id: int) -> Reply:
    mine = agenda.own(turn.session, turn.member.id or 0, meeting_id)
    if mine is None:
        return Reply(words.REFUSALS["meeting_not_invited"])
    return _shown(turn, mine, replaces=turn.is_tap)


def _shown(turn: Turn, mine: Mine, *, replaces: bool) -> Reply:
    meeting = mine.meeting
    if meeting.state == "cancelled":
        return Reply(words.cancelled(meeting), replaces=replaces)
    return Reply(
        texts.invitation(mine), _choices(turn, mine), replaces=replaces, about=meeting.subject
    )


def _choices(turn: Turn, mine: Mine) -> list[Any]:
    meeting = mine.meeting
    if turn.now >= meeting.ends_at:
        return []
    takes = screen.is_taking(meeting.state, meeting.starts_at, meeting.lasts, at=turn.now)
    if mine.reply == "none":
        return letters.answers(meeting, takes=takes)
    this = (meeting.id, meeting.version)
    comes = mine.reply == "yes"
    other = Button(
        texts.INSTEAD_LEAVE if comes else texts.COMES_AFTER_ALL,
        "meetings.leave" if comes else "meetings.come",
        *this,
        is_shared=True,
    )
    rows = [[other, Button(words.CALENDAR, "meetings.ics", meeting.id, is_shared=True)]]
    if takes:
        rows.insert(0, [Button(texts.CHECK_IN, "attendance.here", meeting.id, is_shared=True)])
    return rows


def _superseded(turn: Turn, meeting_id: int, version: int) -> Reply | None:
    """What an old invitation's button gives: the meeting as it stands now, in its place."""
    leave.take_seat(turn.session, turn.member, meeting_id)
    meeting: Meeting = meetings.show(turn.session, meeting_id)
    if meeting.version == version and meeting.state != "cancelled":
        return None
    mine = agenda.own(turn.session, turn.member.id or 0, meeting_id)
    if mine is None and not meetings.mine_of(turn.session, turn.member, meeting):
        raise Refused("meeting_not_invited")
    if mine is None or meeting.state == "cancelled":
        return Reply(words.superseded(meeting), replaces=True)
    text = "\n".join([words.SUPERSEDED, "", texts.invitation(mine)])
    return Reply(text, _choices(turn, mine), replaces=True, about=meeting.subject)


def _asking(meeting_id: int, member_id: int | None) -> str:
    """The topic of what the secretary is asked about one person's leave."""
    return f"meeting:{meeting_id}:leave:{member_id}"
