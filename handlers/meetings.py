"""Meetings: what to call, like last time or anew; the draft's further choices; the lists."""

from __future__ import annotations

from dataclasses import replace

from bot.core import dates
from bot.core.chat import Button, Reply
from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.core.meetings import KINDS, PURPOSES
from bot.core.roles import Role
from bot.routing import Answered, Router, Turn
from bot.services import drafts, expected, meetings, proposals, quorum, units
from bot.services.drafts import Draft
from bot.services.units import Unit
from handlers import meetings_draft as wizard
from handlers.texts import decisions as vote_texts
from handlers.texts import meetings as words
from handlers.texts import meetings_draft as texts

router = Router()
_LENGTHS = (30, 45, 60, 90, 120, 180)
_LIKE_AT_MOST = 2
_UNITS_AT_MOST = 10


@router.command(
    "meeting", help="召集会议", audience=Role.SECRETARY, words=("开会", "召集会议", "开个会")
)
def begin(turn: Turn) -> Reply:
    """Alone, or with what is known: 开会 支委会 下周三下午3点."""
    own = meetings.own_units(turn.session, turn.member)
    if not own:
        return Reply(texts.NO_UNIT)
    kind, rest = _kind_in(turn.argument)
    if kind is None or not expected.fits(own[0], kind):
        return _ask_kind(turn, own[0])
    draft = new(turn, own[0], kind)
    if rest:
        draft = drafts.said(draft, dates.read(rest, now=turn.now), now=turn.now)
    return wizard.advance(turn, draft)


def _kind_in(text: str) -> tuple[str | None, str]:
    """The kind whose name a text begins or ends with, and the rest of it."""
    text = text.strip()
    for kind, name in KINDS.items():
        if text.startswith(name):
            return kind, text.removeprefix(name).strip()
        if text.endswith(name):
            return kind, text.removesuffix(name).strip()
    return None, text


@router.button("meetings.begin", audience=Role.SECRETARY)
def begin_for(turn: Turn) -> Answered:
    """For the unit named, or for one's own."""
    if not turn.arguments:
        return begin(turn)
    return _ask_kind(turn, _unit(turn, int(turn.arguments[0])))


def _ask_kind(turn: Turn, unit: Unit) -> Reply:
    likes = proposals.like_last(turn.session, unit.id, at=turn.now)[:_LIKE_AT_MOST]
    top = [
        Button(
            texts.like(each.kind, _proposed(turn, unit, each)),
            "meetings.like",
            unit.id,
            each.kind,
        )
        for each in likes
    ]
    if drafts.load(turn.session, turn.member.owner):
        top.append(Button(texts.GO_ON, "meetings.go_on"))
    groups = any(each.kind == "group" for each in units.below(turn.session, unit.id))
    kinds = [
        Button(label, "meetings.kind", unit.id, kind)
        for kind, label in texts.KIND_LABELS.items()
        if expected.fits(unit, kind) or (kind == "group" and groups)
    ]
    rows = [kinds[at : at + 2] for at in range(0, len(kinds), 2)]
    last = [Button(texts.OTHER_UNIT, "meetings.units")] if _others(turn, unit) else []
    return Reply(texts.ask_kind(unit), [*top, *rows, *last], replaces=turn.is_tap)


def _others(turn: Turn, unit: Unit) -> list[Unit]:
    """The other units that the person calls meetings of, without groups."""
    own = meetings.own_units(turn.session, turn.member)
    found = {each.id: each for each in own}
    for each in own:
        found |= {low.id: low for low in units.below(turn.session, each.id) if low.kind != "group"}
    return [each for each in found.values() if each.id != unit.id][:_UNITS_AT_MOST]


@router.button("meetings.units", audience=Role.SECRETARY)
def choose_unit(turn: Turn) -> Reply:
    own = meetings.own_units(turn.session, turn.member)
    others = _others(turn, own[0]) if own else []
    turn.open("meetings.unit")
    buttons = [Button(each.name, "meetings.begin", each.id) for each in (*own[:1], *others)]
    return Reply(texts.WHICH_UNIT, buttons, replaces=True)


@router.state("meetings.unit", audience=Role.SECRETARY)
def name_unit(turn: Turn) -> Reply:
    found = [
        unit
        for unit in units.nearest(turn.argument, units.every(turn.session), limit=8)
        if meetings.may_call(turn.session, turn.member, unit)
    ]
    if not found:
        return Reply(texts.UNIT_UNKNOWN)
    buttons = [Button(each.name, "meetings.begin", each.id) for each in found]
    return Reply(texts.WHICH_UNIT, buttons)


@router.button("meetings.kind", audience=Role.SECRETARY)
def choose_kind(turn: Turn) -> Reply:
    unit, kind = _unit(turn, int(turn.arguments[0])), str(turn.arguments[1])
    if kind == "group" and unit.kind != "group":
        groups = [each for each in units.below(turn.session, unit.id) if each.kind == "group"]
        if len(groups) > 1:
            buttons = [Button(each.name, "meetings.kind", each.id, kind) for each in groups]
            return Reply(texts.WHICH_GROUP, buttons, replaces=True)
        unit = groups[0] if groups else unit
    return wizard.advance(turn, new(turn, unit, kind))


@router.button("meetings.like", audience=Role.SECRETARY)
def like_last(turn: Turn) -> Reply:
    """像上次那样: everything is filled in, and only has to be sent."""
    unit, kind = _unit(turn, int(turn.arguments[0])), str(turn.arguments[1])
    for proposal in proposals.like_last(turn.session, unit.id, at=turn.now):
        if proposal.kind == kind:
            return wizard.advance(turn, _proposed(turn, unit, proposal))
    raise Refused("draft_gone")


@router.button("meetings.go_on", audience=Role.SECRETARY)
def go_on(turn: Turn) -> Reply:
    draft = drafts.load(turn.session, turn.member.owner)
    if draft is None:
        raise Refused("draft_gone")
    return wizard.advance(turn, draft)


@router.button("meetings.names", audience=Role.SECRETARY)
def show_names(turn: Turn) -> Reply:
    """Who is expected and why, by name, of the own people of whoever calls the meeting."""
    draft = wizard.mine(turn, str(turn.arguments[0]))
    if draft.day is None or draft.hour is None:
        return wizard.advance(turn, draft)
    own = [unit.id for unit in _own_of(turn, draft)]
    kind, today = draft.subkind or draft.kind, local_day(turn.now)
    moves = expected.moves(turn.session, own, kind, today=today, on=draft.day)
    back = Button(texts.BACK, "meetings.review", draft.id)
    seats = wizard.seats_of(turn, draft)
    mine = [seat for seat in seats if seat.unit_id in own]
    named = texts.named(draft, mine, moves, others=len(seats) - len(mine))
    return Reply(named, [back], replaces=True, is_private=True)


def _own_of(turn: Turn, draft: Draft) -> list[Unit]:
    """Those of the draft's units whose meetings are still the person's to call."""
    taking = [unit for each in draft.unit_ids if (unit := units.get(turn.session, each))]
    own = [unit for unit in taking if meetings.may_call(turn.session, turn.member, unit)]
    if not own:
        raise Refused("meeting_not_your_unit")
    return own


@router.button("meetings.more", audience=Role.SECRETARY)
def show_more(turn: Turn) -> Reply:
    draft = wizard.mine(turn, str(turn.arguments[0]))
    lengths = [
        wizard.choice(draft, words.length(each), "lasts", each)
        for each in _LENGTHS
        if each != draft.lasts
    ]
    wish = texts.NO_WISH_DAY if draft.on_the_day else texts.WISH_DAY
    buttons = [
        *[lengths[at : at + 3] for at in range(0, len(lengths), 3)],
        wizard.choice(draft, wish, "on_the_day", not draft.on_the_day),
        Button(texts.PURPOSE, "meetings.purpose", draft.id),
    ]
    if draft.kind == "joint":
        partners = Button(texts.PARTNERS, "meetings.edit", draft.id, "partner")
        buttons.append([Button(texts.SUBKIND, "meetings.subkind", draft.id), partners])
    back = Button(texts.BACK, "meetings.review", draft.id)
    return Reply(texts.WHICH_LENGTH, [*buttons, back], replaces=True)


@router.button("meetings.purpose", audience=Role.SECRETARY)
def choose_purpose(turn: Turn) -> Reply:
    """What it votes on; of what another kind of meeting decides it says which."""
    draft_id, *wanted = (str(each) for each in turn.arguments)
    draft = wizard.mine(turn, draft_id)
    kind, back = draft.subkind or draft.kind, Button(texts.BACK, "meetings.review", draft.id)
    if wanted:
        return Reply(vote_texts.elsewhere(kind, wanted[0]), [back], replaces=True)
    buttons = [
        wizard.choice(draft, PURPOSES[each], "purpose", each)
        if quorum.belongs(kind, each)
        else Button(PURPOSES[each], "meetings.purpose", draft.id, each)
        for each in dict.fromkeys(("plain", *quorum.offered(kind)))
        if each in PURPOSES
    ]
    rows = [buttons[at : at + 2] for at in range(0, len(buttons), 2)]
    return Reply(texts.WHICH_PURPOSE, [*rows, back], replaces=True)


@router.button("meetings.subkind", audience=Role.SECRETARY)
def choose_subkind(turn: Turn) -> Reply:
    draft = wizard.mine(turn, str(turn.arguments[0]))
    kinds = ("party_day", "lecture", "training", "congress")
    buttons = [wizard.choice(draft, KINDS[kind], "subkind", kind) for kind in kinds]
    return Reply(texts.WHICH_SUBKIND, buttons, replaces=True)


@router.button("meetings.drop", audience=Role.SECRETARY)
def drop(turn: Turn) -> Reply:
    wizard.mine(turn, str(turn.arguments[0]))
    drafts.drop(turn.session, turn.member.owner, at=turn.now)
    turn.close()
    return Reply(texts.DROPPED, replaces=True)


def new(turn: Turn, unit: Unit, kind: str) -> Draft:
    """A draft of that kind as the unit usually holds it."""
    usual = proposals.usual(turn.session, unit.id, kind, at=turn.now)
    return _proposed(turn, unit, usual)


def _proposed(turn: Turn, unit: Unit, proposal: proposals.Proposal) -> Draft:
    is_due = proposal.day is not None and proposal.day > local_day(turn.now)
    draft = Draft(
        f"{turn.chance.getrandbits(64):x}",
        proposal.kind,
        (unit.id,),
        lasts=proposal.lasts,
        place=proposal.place,
        topic=proposal.topic,
        subkind=proposal.subkind or ("party_day" if proposal.kind == "joint" else None),
        guests=proposal.guests,
        is_proposed=is_due,
    )
    return replace(draft, day=proposal.day, hour=proposal.hour) if is_due else draft


def _unit(turn: Turn, unit_id: int) -> Unit:
    unit = units.get(turn.session, unit_id)
    if unit is None or not meetings.may_call(turn.session, turn.member, unit):
        raise Refused("meeting_not_your_unit")
    return unit
