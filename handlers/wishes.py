"""免打扰: a person says how often to be reminded; who answers for people spares one for a while."""

from __future__ import annotations

from datetime import date, time, timedelta

from bot.core import dates, ends
from bot.core.chat import Button, Reply
from bot.core.clock import local_day
from bot.core.roles import Role
from bot.core.wording import reads_as_question
from bot.routing import Router, Turn
from bot.services import people, semesters, wishes
from bot.services.gate import Wish
from handlers.texts import wishes as texts

router = Router()
_HOURS = (time(7, 30), time(12, 0), time(17, 0), time(18, 30), time(20, 0))
_LISTED = 10
_SPANS = ((texts.TWO_WEEKS, 14), (texts.A_MONTH, 30), (texts.HALF_A_YEAR, 182))


@router.button("wishes.show")
@router.command("quiet", help="免打扰：多久提醒您一次", words=("免打扰",))
def show(turn: Turn) -> Reply:
    wish = wishes.of(turn.session, turn.member, at=turn.now)
    rows = [
        [Button(texts.DAILY, "wishes.daily"), Button(texts.WEEKLY, "wishes.weekly")],
        [Button(texts.MUSTS, "wishes.musts"), Button(texts.USUAL, "wishes.usual")],
    ]
    if turn.member.may(Role.SECRETARY):
        rows.append([Button(texts.OTHERS, "wishes.people")])
    return Reply(texts.shown(wish), rows, replaces=turn.is_tap, is_private=True)


@router.button("wishes.daily")
def ask_hour(turn: Turn) -> Reply:
    return _ask_hour(turn, None)


@router.button("wishes.weekly")
def ask_weekday(turn: Turn) -> Reply:
    buttons = [
        Button(texts.weekday_of(each), "wishes.weekday", each)
        for each in range(len(texts.WEEKDAYS))
    ]
    return Reply(texts.ASK_WEEKDAY, [buttons, [_back()]], replaces=True)


@router.button("wishes.weekday")
def pick_weekday(turn: Turn) -> Reply:
    return _ask_hour(turn, int(turn.arguments[0]))


@router.state("wishes.hour", accepts=lambda turn: dates.reads(turn.argument, now=turn.now))
def type_hour(turn: Turn) -> Reply:
    assert turn.state is not None
    weekday = turn.state.data["weekday"]
    said = dates.read(turn.argument, now=turn.now)
    if said.choices:
        return Reply(texts.WHICH_HOUR, [_hour_buttons(said.choices, weekday)])
    if said.hour is None:
        return Reply(texts.NO_HOUR, [_hour_buttons(_HOURS, weekday)])
    return _choose(turn, Wish(said.hour, weekday))


@router.button("wishes.hour")
def pick_hour(turn: Turn) -> Reply:
    hour, weekday = turn.arguments
    return _choose(turn, Wish(time.fromisoformat(str(hour)), weekday))


@router.button("wishes.musts")
def only_musts(turn: Turn) -> Reply:
    return _choose(turn, Wish(only_musts=True))


@router.button("wishes.usual")
def as_usual(turn: Turn) -> Reply:
    return _choose(turn, Wish())


@router.button("wishes.people", audience=Role.SECRETARY)
def show_people(turn: Turn) -> Reply:
    found = wishes.spared(turn.session, turn.member, at=turn.now)
    buttons = [
        Button(texts.again(each), "wishes.again", each.member_id) for each in found[:_LISTED]
    ]
    turn.open("wishes.whom")
    text = f"{texts.people(found, _LISTED)}\n\n{texts.ASK_WHOM}"
    return Reply(text, [*buttons, _back()], replaces=True)


@router.state("wishes.whom", audience=Role.SECRETARY, accepts=lambda turn: bool(turn.argument))
def name_person(turn: Turn) -> Reply:
    found = people.search(turn.session, turn.member, turn.argument)
    if not found:
        return Reply(texts.NOBODY)
    if len(found) == 1:
        return _ask_until(turn, found[0].id)
    buttons = [
        Button("，".join([f"{each.name}（{each.number}）", *each.units]), "wishes.whom", each.id)
        for each in found
    ]
    return Reply(texts.WHICH_PERSON, buttons)


@router.button("wishes.whom", audience=Role.SECRETARY)
def pick_person(turn: Turn) -> Reply:
    return _ask_until(turn, int(turn.arguments[0]))


def _is_an_end(turn: Turn) -> bool:
    """Anything but a question: what is not understood is said, and not looked up."""
    return bool(turn.argument) and not reads_as_question(turn.argument)


@router.state("wishes.until", audience=Role.SECRETARY, accepts=_is_an_end)
def type_day(turn: Turn) -> Reply:
    """到月底, 一周, 12月31日: the last day on which nobody reminds them."""
    assert turn.state is not None
    term_ends = semesters.ends_on(turn.session, at=turn.now)
    if not ends.reads(turn.argument, now=turn.now, term_ends=term_ends):
        return Reply(texts.NO_DAY)
    last = ends.last_day(turn.argument, now=turn.now, term_ends=term_ends)
    return _spare(turn, int(turn.state.data["member"]), last + timedelta(days=1))


@router.button("wishes.until", audience=Role.SECRETARY)
def pick_day(turn: Turn) -> Reply:
    member_id, day = turn.arguments
    return _spare(turn, int(member_id), date.fromisoformat(str(day)))


@router.button("wishes.again", audience=Role.SECRETARY)
def remind_again(turn: Turn) -> Reply:
    name = wishes.end(turn.session, turn.member, int(turn.arguments[0]), at=turn.now)
    return Reply(texts.is_reminded(name), replaces=True)


def _choose(turn: Turn, wish: Wish) -> Reply:
    wishes.choose(turn.session, turn.member, wish, at=turn.now)
    if turn.state and turn.state.name == "wishes.hour":
        turn.close()
    return Reply(texts.changed(wish), replaces=turn.is_tap)


def _ask_hour(turn: Turn, weekday: int | None) -> Reply:
    turn.open("wishes.hour", weekday=weekday)
    asked = texts.ASK_HOUR if weekday is None else texts.ask_hour_on(weekday)
    return Reply(asked, [_hour_buttons(_HOURS, weekday), [_back()]], replaces=True)


def _hour_buttons(hours: tuple[time, ...], weekday: int | None) -> list[Button]:
    return [
        Button(texts.hour_of(each), "wishes.hour", each.isoformat("minutes"), weekday)
        for each in hours
    ]


def _ask_until(turn: Turn, member_id: int) -> Reply:
    person = wishes.find(turn.session, turn.member, member_id)
    turn.open("wishes.until", member=member_id)
    today = local_day(turn.now)
    buttons = [
        Button(label, "wishes.until", member_id, (today + timedelta(days=days)).isoformat())
        for label, days in _SPANS
    ]
    return Reply(texts.ask_until(person.name), [buttons], replaces=turn.is_tap)


def _spare(turn: Turn, member_id: int, until: date) -> Reply:
    made = wishes.spare(turn.session, turn.member, member_id, until, at=turn.now)
    if turn.state and turn.state.name == "wishes.until":
        turn.close()
    return Reply(texts.is_spared(made), replaces=turn.is_tap)


def _back() -> Button:
    return Button(texts.BACK, "wishes.show")
