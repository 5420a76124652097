"""补记: a meeting that was held without having been called here; nobody is written to."""

from __future__ import annotations

from datetime import datetime

from bot.core import past_dates
from bot.core.chat import Button, Reply
from bot.core.clock import SHANGHAI, local_day
from bot.core.errors import Refused
from bot.core.meetings import KINDS
from bot.core.roles import Role
from bot.core.wording import holds_personal_number
from bot.routing import Router, Turn
from bot.services import expected, meetings, minutes, proposals, records, rolls, units
from bot.services.meetings import Call
from bot.services.units import Unit
from handlers import rolls as rolling
from handlers.texts import meetings as words
from handlers.texts import meetings_draft as draft_texts
from handlers.texts import meetings_past as texts

router = Router()


@router.command(
    "pastmeeting",
    help="补记开过的会",
    words=("补记", "补记会议", "补录"),
    audience=Role.SECRETARY,
)
def begin(turn: Turn) -> Reply:
    own = meetings.own_units(turn.session, turn.member)
    return _ask_kind(turn, own[0]) if own else Reply(draft_texts.NO_UNIT)


@router.button("meetings.past", audience=Role.SECRETARY)
def begin_for(turn: Turn) -> Reply:
    return _ask_kind(turn, _unit(turn, int(turn.arguments[0])))


def _ask_kind(turn: Turn, unit: Unit) -> Reply:
    kinds = [
        Button(name, "meetings.past_kind", unit.id, kind)
        for kind, name in KINDS.items()
        if kind != "joint" and expected.fits(unit, kind)
    ]
    if unit.kind != "group":
        kinds += [
            Button(texts.group(each), "meetings.past_kind", each.id, "group")
            for each in units.below(turn.session, unit.id)
            if each.kind == "group"
        ]
    rows = [kinds[at : at + 2] for at in range(0, len(kinds), 2)]
    _, waiting = minutes.waiting(turn.session, turn.member, at=turn.now, limit=1)
    known = [[Button(texts.WAITING, "minutes.list")]] if waiting else []
    return Reply(texts.ask_kind(unit), [*known, *rows])


@router.button("meetings.past_kind", audience=Role.SECRETARY)
def choose_kind(turn: Turn) -> Reply:
    unit, kind = _unit(turn, int(turn.arguments[0])), str(turn.arguments[1])
    turn.open("meetings.past_time", unit=unit.id, kind=kind)
    return Reply(texts.ask_time(kind), replaces=True)


@router.state(
    "meetings.past_time", audience=Role.SECRETARY, accepts=lambda turn: bool(turn.argument)
)
def type_time(turn: Turn) -> Reply:
    assert turn.state is not None
    data = turn.state.data
    unit, kind = _unit(turn, int(data["unit"])), str(data["kind"])
    moment = past_dates.read(turn.argument, now=turn.now)
    if moment.day is None or moment.hour is None:
        return Reply(draft_texts.WHICH_HOUR if moment.choices else texts.ASK_BOTH)
    starts_at = datetime.combine(moment.day, moment.hour, tzinfo=SHANGHAI)
    records.require_open(turn.session, unit.id, records.month_of(starts_at))
    this = (unit.id, kind, starts_at.isoformat())
    turn.open("meetings.past_place", this=this)
    offered = [*proposals.places(turn.session, unit.id), ""]
    return Reply(
        texts.ASK_PLACE,
        [Button(each or texts.NO_PLACE, "meetings.past_keep", *this, each) for each in offered],
    )


@router.state(
    "meetings.past_place", audience=Role.SECRETARY, accepts=lambda turn: bool(turn.argument)
)
def type_place(turn: Turn) -> list[Reply] | Reply:
    assert turn.state is not None
    place, labels = turn.argument.strip(), (texts.NO_PLACE,)
    if holds_personal_number(place):
        return Reply(draft_texts.NO_NUMBERS)
    if len(place) > meetings.PLACE_AT_MOST:
        return Reply(draft_texts.TOO_LONG.format(most=meetings.PLACE_AT_MOST))
    unit_id, kind, starts_at = turn.state.data["this"]
    return _keep(turn, int(unit_id), str(kind), str(starts_at), "" if place in labels else place)


@router.button("meetings.past_keep", audience=Role.SECRETARY)
def choose_place(turn: Turn) -> list[Reply]:
    unit_id, kind, starts_at, place = (str(each) for each in turn.arguments)
    return _keep(turn, int(unit_id), kind, starts_at, place)


def _keep(turn: Turn, unit_id: int, kind: str, said: str, place: str) -> list[Reply]:
    """The meeting, and at once its roll. Time, kind and unit are its key, so two taps are one."""
    unit, starts_at = _unit(turn, unit_id), datetime.fromisoformat(said)
    records.require_open(turn.session, unit.id, records.month_of(starts_at))
    topic = words.default_topic(kind, local_day(starts_at))
    wish = Call(kind, (unit.id,), starts_at, topic, place, is_held=True)
    key = f"past:{unit.id}:{kind}:{said}"
    meeting, _ = meetings.call(turn.session, turn.member, wish, key=key, at=turn.now)
    turn.close()
    roll = rolls.show(turn.session, turn.member, meeting.id)
    told = Reply(texts.kept(meeting), replaces=turn.is_tap)
    return [told, rolling.shown(turn, roll, 0, replaces=False)]


def _unit(turn: Turn, unit_id: int) -> Unit:
    unit = units.get(turn.session, unit_id)
    if unit is None or not meetings.may_call(turn.session, turn.member, unit):
        raise Refused("meeting_not_your_unit")
    return unit
