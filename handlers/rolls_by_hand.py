"""One person of a roll marked by hand: late, leave, absent and why; also long afterwards."""

from __future__ import annotations

from bot.core.chat import Button, Reply
from bot.core.meetings import REASONS
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import minutes, rollcall, rolls
from bot.services.rollcall import Mark
from bot.services.rolls import Line
from handlers.rolls import IN_A_ROW, PAGE, shown
from handlers.texts import paging
from handlers.texts import rolls as texts

router = Router()


@router.button("rolls.pick", audience=Role.SECRETARY)
def pick(turn: Turn) -> Reply:
    meeting_id, offset = map(int, turn.arguments)
    roll = rolls.show(turn.session, turn.member, meeting_id)
    people = [
        Button(texts.label(each), "rolls.person", meeting_id, each.member_id)
        for each in roll.lines[offset : offset + PAGE]
    ]
    rows = [people[at : at + IN_A_ROW] for at in range(0, len(people), IN_A_ROW)]
    turning: list[Button] = []
    if offset > 0:
        turning.append(Button(paging.PREVIOUS, "rolls.pick", meeting_id, max(0, offset - PAGE)))
    if offset + PAGE < len(roll.lines):
        turning.append(Button(paging.NEXT, "rolls.pick", meeting_id, offset + PAGE))
    back = [Button(texts.BACK, "rolls.show", meeting_id, 0)]
    return Reply(texts.WHOM, [row for row in (*rows, turning, back) if row], replaces=True)


@router.button("rolls.person", audience=Role.SECRETARY)
def ask_how(turn: Turn) -> Reply:
    meeting_id, member_id = map(int, turn.arguments)
    line = rolls.line(turn.session, turn.member, meeting_id, member_id)
    rollcall.require_open(turn.session, turn.member, meeting_id, line.unit_id)
    back = [Button(texts.BACK, "rolls.show", meeting_id, 0)]
    return Reply(texts.person(line), [*_choices(meeting_id, line), back], replaces=True)


@router.button("rolls.set", audience=Role.SECRETARY)
def put(turn: Turn) -> Reply:
    meeting_id, member_id, status, reason = turn.arguments
    where = (int(meeting_id), int(member_id))
    line = rolls.line(turn.session, turn.member, *where)
    if reason is None and status in ("leave", "absent"):
        return _ask_why(where, line, str(status))
    roll = rolls.show(turn.session, turn.member, where[0])
    wish = Mark(str(status), str(reason or ""))
    if line.unit_id in roll.confirmed:
        turn.open("rolls.note", where=where, status=wish.status, reason=wish.reason)
        return Reply(texts.ask_note(line, wish.status), replaces=True)
    rollcall.mark(turn.session, turn.member, *where, wish, at=turn.now)
    roll = rolls.show(turn.session, turn.member, where[0])
    return shown(turn, roll, 0, replaces=True)


@router.state("rolls.note", audience=Role.SECRETARY, accepts=lambda turn: bool(turn.argument))
def give_note(turn: Turn) -> Reply:
    """Why a confirmed record is changed: kept with the old value."""
    assert turn.state is not None
    data = turn.state.data
    meeting_id, member_id = map(int, data["where"])
    wish = Mark(str(data["status"]), str(data["reason"]), turn.argument)
    record_id = rollcall.mark(turn.session, turn.member, meeting_id, member_id, wish, at=turn.now)
    if record_id is not None:
        minutes.recount(turn.session, record_id, at=turn.now)
    turn.close()
    return shown(turn, rolls.show(turn.session, turn.member, meeting_id), 0, replaces=False)


def _choices(meeting_id: int, line: Line) -> list[list[Button]]:
    if line.is_expected:
        offered = [
            (texts.CAME, "present"),
            (texts.LATE, "late"),
            (texts.LEAVE, "leave"),
            (texts.ABSENT, "absent"),
        ]
    else:
        offered = [(texts.GUEST_CAME, "present"), (texts.GUEST_AWAY, "none")]
    return [
        [
            Button(label, "rolls.set", meeting_id, line.member_id, status, None)
            for label, status in offered
        ]
    ]


def _ask_why(where: tuple[int, int], line: Line, status: str) -> Reply:
    reasons = [Button(word, "rolls.set", *where, status, code) for code, word in REASONS.items()]
    none = Button(texts.NO_REASON, "rolls.set", *where, status, "")
    return Reply(texts.why(line, status), [reasons[:3], [*reasons[3:], none]], replaces=True)
