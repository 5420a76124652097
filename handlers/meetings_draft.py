"""Calling a meeting, step by step: what is missing is asked, everything can be changed before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import Any

from bot.core import dates, moments
from bot.core.chat import Button, Reply
from bot.core.roles import Role
from bot.core.wording import holds_personal_number, reads_as_question
from bot.routing import Router, Turn
from bot.services import drafts, expected, meetings, people, proposals, units
from bot.services.drafts import Draft
from bot.services.expected import Seat
from handlers.texts import meetings as words
from handlers.texts import meetings_draft as texts

router = Router()
_HOURS = (time(8, 30), time(14, 30), time(15, 0), time(15, 30), time(16, 0), time(16, 30))
_FOUND_AT_MOST = 5
_PARTNER_KINDS = ("branch", "general_branch")
# What is asked for in words; a topic may look like a question and is asked about.
_ASKING = {"place", "topic", "guest", "partner"}


def advance(turn: Turn, draft: Draft) -> Reply:
    """Keep the draft, and ask for what it still lacks, or show all of it."""
    drafts.save(turn.session, turn.member.owner, draft, at=turn.now)
    if draft.kind == "joint" and len(draft.unit_ids) < 2:
        return ask_partner(turn, draft)
    if draft.day is None:
        return ask_day(turn, draft)
    if draft.hour is None:
        return ask_hour(turn, draft)
    if draft.place is None:
        return ask_place(turn, draft)
    if topic_of(draft) is None:
        return ask_topic(turn, draft)
    return review(turn, draft)


def topic_of(draft: Draft) -> str | None:
    """The topic, or the usual one of a kind that repeats; None when it has to be asked."""
    if draft.topic or draft.day is None or draft.kind in ("training", "joint", "other"):
        return draft.topic
    return words.default_topic(draft.kind, draft.day)


def seats_of(turn: Turn, draft: Draft) -> list[Seat]:
    """Who would be expected, the guests last."""
    assert draft.day is not None
    kind, day = draft.subkind or draft.kind, draft.day
    found = expected.together(turn.session, draft.unit_ids, kind, on=day)
    known = {seat.member_id for seat in found}
    guests = (
        expected.guest(turn.session, each, draft.unit_ids[0], on=day)
        for each in draft.guests
        if each not in known
    )
    return [*found, *(each for each in guests if each)]


def review(turn: Turn, draft: Draft) -> Reply:
    turn.open("meetings.typing", draft=draft.id, what="review")
    taking = [unit for each in draft.unit_ids if (unit := units.get(turn.session, each))]
    text = texts.review(draft, topic_of(draft) or "", taking, seats_of(turn, draft))
    changes = [_edit(draft, what) for what in ("day", "place", "topic")]
    more = [
        Button(texts.NAMES, "meetings.names", draft.id),
        _edit(draft, "guest"),
        Button(texts.MORE, "meetings.more", draft.id),
    ]
    buttons = [
        [Button(texts.SEND, "meetings.send", draft.id)],
        changes,
        more,
        [Button(texts.DROP, "meetings.drop", draft.id)],
    ]
    return Reply(text, buttons, replaces=turn.is_tap)


def ask_day(turn: Turn, draft: Draft) -> Reply:
    turn.open("meetings.typing", draft=draft.id, what="day")
    days = proposals.next_days(turn.now)
    buttons = [choice(draft, moments.day(day), "day", day.isoformat()) for day in days]
    rows = [buttons[at : at + 2] for at in range(0, len(buttons), 2)]
    return Reply(texts.ASK_DAY, rows, replaces=turn.is_tap)


def ask_hour(turn: Turn, draft: Draft, choices: tuple[time, ...] = ()) -> Reply:
    assert draft.day is not None
    turn.open("meetings.typing", draft=draft.id, what="hour")
    buttons = [
        choice(draft, words.hour(each), "hour", each.isoformat("minutes"))
        for each in choices or _HOURS
    ]
    rows = [buttons[at : at + 3] for at in range(0, len(buttons), 3)]
    asked = texts.WHICH_HOUR if choices else texts.ASK_HOUR.format(day=moments.day(draft.day))
    return Reply(asked, rows, replaces=turn.is_tap)


def ask_place(turn: Turn, draft: Draft) -> Reply:
    turn.open("meetings.typing", draft=draft.id, what="place")
    known = proposals.places(turn.session, draft.unit_ids[0])
    buttons = [choice(draft, place, "place", place) for place in known]
    buttons.append(choice(draft, texts.NO_PLACE, "place", ""))
    return Reply(texts.ASK_PLACE, buttons, replaces=turn.is_tap)


def ask_topic(turn: Turn, draft: Draft) -> Reply:
    turn.open("meetings.typing", draft=draft.id, what="topic")
    buttons: list[Button] = []
    if draft.day is not None:
        usual = words.default_topic(draft.kind, draft.day)
        buttons = [choice(draft, texts.USE_DEFAULT.format(topic=usual), "topic", usual)]
    asked = texts.ASK_TOPIC.format(most=meetings.TOPIC_AT_MOST)
    return Reply(asked, buttons, replaces=turn.is_tap)


def ask_partner(turn: Turn, draft: Draft) -> Reply:
    turn.open("meetings.typing", draft=draft.id, what="partner")
    done = [Button(texts.PARTNERS_DONE, "meetings.review", draft.id)]
    return Reply(texts.ASK_PARTNER, done if len(draft.unit_ids) > 1 else (), replaces=turn.is_tap)


def ask_guest(turn: Turn, draft: Draft) -> Reply:
    turn.open("meetings.typing", draft=draft.id, what="guest")
    back = [Button(texts.BACK, "meetings.review", draft.id)]
    if draft.guests or draft.visitors:
        back.insert(0, choice(draft, texts.LESS_GUESTS, "guest", None))
    return Reply(texts.ASK_GUEST, [back], replaces=turn.is_tap)


_ASKS = {
    "day": ask_day,
    "hour": ask_hour,
    "place": ask_place,
    "topic": ask_topic,
    "guest": ask_guest,
    "partner": ask_partner,
}


@router.button("meetings.edit", audience=Role.SECRETARY)
def edit(turn: Turn) -> Reply:
    draft_id, what = turn.arguments
    return _ASKS[str(what)](turn, mine(turn, str(draft_id)))


@router.button("meetings.review", audience=Role.SECRETARY)
def look_again(turn: Turn) -> Reply:
    return advance(turn, mine(turn, str(turn.arguments[0])))


@router.button("meetings.set", audience=Role.SECRETARY)
def settle_one(turn: Turn) -> Reply:
    """A choice among those offered for one thing."""
    draft_id, what, value = turn.arguments
    draft = mine(turn, str(draft_id))
    return advance(turn, _with(turn, draft, str(what), value))


def _with(turn: Turn, draft: Draft, what: str, value: Any) -> Draft:
    match what:
        case "day":
            moment = dates.Moment(day=date.fromisoformat(value))
            return drafts.said(draft, moment, now=turn.now)
        case "hour":
            moment = dates.Moment(hour=time.fromisoformat(value))
            return drafts.said(draft, moment, now=turn.now)
        case "guest" if value is None:
            return replace(draft, guests=(), visitors=())
        case "guest":
            return replace(draft, guests=tuple(dict.fromkeys((*draft.guests, int(value)))))
        case "visitor":
            return replace(draft, visitors=tuple(dict.fromkeys((*draft.visitors, str(value)))))
        case "partner":
            return replace(draft, unit_ids=tuple(dict.fromkeys((*draft.unit_ids, int(value)))))
        case _:
            return replace(draft, **{what: value})


def _is_typed(turn: Turn) -> bool:
    """Whether a text may be what was asked for; a question is left to those who answer it."""
    state, text = turn.state, turn.incoming.text
    if state is None or not text or text.strip() in texts.TYPED_BUTTONS:
        return False
    if state.data["what"] in _ASKING:
        return True
    is_time = dates.reads(text, now=turn.now)
    return is_time or (state.data["what"] != "review" and not reads_as_question(text))


@router.state("meetings.typing", audience=Role.SECRETARY, accepts=_is_typed)
def type_one(turn: Turn) -> Reply:
    assert turn.state is not None
    draft = mine(turn, str(turn.state.data["draft"]))
    what, text = str(turn.state.data["what"]), turn.argument.strip()
    if what in ("day", "hour", "review"):
        return _type_time(turn, draft, text)
    if holds_personal_number(text):
        return Reply(texts.NO_NUMBERS)
    if what == "guest":
        return _type_guest(turn, draft, text)
    if what == "partner":
        return _type_partner(turn, draft, text)
    return _type_words(turn, draft, what, text)


def _type_time(turn: Turn, draft: Draft, text: str) -> Reply:
    moment = dates.read(text, now=turn.now)
    draft = drafts.said(draft, moment, now=turn.now)
    if moment.choices and draft.day is not None:
        drafts.save(turn.session, turn.member.owner, draft, at=turn.now)
        return ask_hour(turn, draft, moment.choices)
    return advance(turn, draft)


def _type_words(turn: Turn, draft: Draft, what: str, text: str) -> Reply:
    most = meetings.PLACE_AT_MOST if what == "place" else meetings.TOPIC_AT_MOST
    if len(text) > most:
        return Reply(texts.TOO_LONG.format(most=most))
    if reads_as_question(text):
        choices = [
            choice(draft, texts.AS_TOPIC, what, text),
            Button(texts.AS_QUESTION, "asking.ask", text),
        ]
        return Reply(texts.TOPIC_OR_QUESTION, [choices])
    return advance(turn, replace(draft, **{what: text}))


def _type_guest(turn: Turn, draft: Draft, text: str) -> Reply:
    own = people.search(turn.session, turn.member, text, limit=_FOUND_AT_MOST)
    found = {each.id: each for each in (*own, *people.exactly(turn.session, text))}
    if len(found) == 1 and next(iter(found.values())).name == text:
        return advance(turn, _with(turn, draft, "guest", next(iter(found))))
    if found:
        buttons = [choice(draft, texts.person(each), "guest", each.id) for each in found.values()]
        return Reply(texts.WHICH_GUEST, buttons)
    if len(text) > meetings.PLACE_AT_MOST:
        return Reply(texts.TOO_LONG.format(most=meetings.PLACE_AT_MOST))
    keep = [
        choice(draft, texts.KEEP_NAME, "visitor", text),
        Button(texts.BACK, "meetings.review", draft.id),
    ]
    return Reply(texts.GUEST_UNKNOWN.format(text=text), [keep])


def _type_partner(turn: Turn, draft: Draft, text: str) -> Reply:
    among = units.every(turn.session, tree=units.PARTY, kinds=_PARTNER_KINDS)
    found = [unit for unit in units.nearest(text, among) if unit.id not in draft.unit_ids]
    if not found:
        return Reply(texts.PARTNER_UNKNOWN)
    exact = [unit for unit in found if unit.name == text]
    if exact:
        return advance(turn, _with(turn, draft, "partner", exact[0].id))
    buttons = [choice(draft, unit.name, "partner", unit.id) for unit in found]
    return Reply(texts.WHICH_PARTNER, buttons)


def mine(turn: Turn, draft_id: str) -> Draft:
    return drafts.require(turn.session, turn.member.owner, draft_id)


def _edit(draft: Draft, what: str) -> Button:
    return Button(texts.EDIT[what], "meetings.edit", draft.id, what)


def choice(draft: Draft, label: str, what: str, value: Any) -> Button:
    return Button(label, "meetings.set", draft.id, what, value)
