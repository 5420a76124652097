"""Roles in chat: who holds what in one's units, granting step by step, revoking."""

from __future__ import annotations

from datetime import date, timedelta

from bot.core.chat import Button, Reply
from bot.core.clock import local_day
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import gate, members, outbox, people, roles, units
from bot.services.roles import Held, Term
from handlers.texts import roles as texts

router = Router()


@router.button("roles.show", audience=Role.ADMINISTRATOR)
@router.command("roles", help="书记和管理员", words=("职责",), audience=Role.ADMINISTRATOR)
def show(turn: Turn) -> Reply:
    held = roles.current(turn.session, turn.member, at=turn.now)
    text = turn.argument.strip()
    found = [each for each in held if not text or text in (each.name, each.number, each.unit)]
    buttons = [Button(texts.GRANT, "roles.begin")]
    if text:
        buttons += [_revoking(each, is_sure=False) for each in found[: texts.LISTED]]
    return Reply(texts.shown(found, text), buttons=buttons)


def _revoking(each: Held, *, is_sure: bool) -> Button:
    label = texts.YES if is_sure else texts.revoke_label(each)
    return Button(label, "roles.revoke", each.member_id, each.role.value, each.unit_id, is_sure)


@router.button("roles.begin", audience=Role.ADMINISTRATOR)
def begin(turn: Turn) -> Reply:
    turn.open("roles.person")
    return Reply(texts.ASK_PERSON)


@router.state("roles.person", audience=Role.ADMINISTRATOR)
def name_person(turn: Turn) -> Reply:
    found = people.search(turn.session, turn.member, turn.argument)
    if not found:
        return Reply(texts.NOBODY)
    buttons = [Button(texts.person(each), "roles.person", each.id) for each in found]
    return Reply(texts.WHICH_PERSON, buttons=buttons)


@router.button("roles.person", audience=Role.ADMINISTRATOR)
def pick_person(turn: Turn) -> Reply:
    member_id = int(turn.arguments[0])
    choices = (
        (texts.SECRETARY, Role.SECRETARY, False),
        (texts.DEPUTY, Role.SECRETARY, True),
        (texts.ADMINISTRATOR, Role.ADMINISTRATOR, False),
    )
    buttons = [
        Button(label, "roles.role", member_id, role.value, deputy)
        for label, role, deputy in choices
    ]
    return Reply(texts.WHICH_ROLE, buttons=[buttons], replaces=True)


@router.button("roles.role", audience=Role.ADMINISTRATOR)
def pick_role(turn: Turn) -> Reply:
    member_id, role, deputy = turn.arguments
    found = roles.fitting(turn.session, turn.member, int(member_id), Role(role))
    buttons = [Button(unit.name, "roles.unit", member_id, role, deputy, unit.id) for unit in found]
    turn.open("roles.unit", member=member_id, role=role, deputy=deputy)
    return Reply(texts.WHICH_UNIT, buttons=buttons, replaces=True)


@router.state("roles.unit", audience=Role.ADMINISTRATOR)
def name_unit(turn: Turn) -> Reply:
    assert turn.state is not None
    data = turn.state.data
    found = roles.like(turn.session, turn.member, turn.argument, Role(data["role"]))
    if not found:
        return Reply(texts.UNIT_UNKNOWN)
    chosen = data["member"], data["role"], data["deputy"]
    buttons = [Button(unit.name, "roles.unit", *chosen, unit.id) for unit in found]
    return Reply(texts.WHICH_UNIT, buttons=buttons)


@router.button("roles.unit", audience=Role.ADMINISTRATOR)
def pick_unit(turn: Turn) -> Reply:
    member_id, role, deputy, unit_id = turn.arguments
    if deputy:
        turn.open("roles.until", member=member_id, role=role, unit=unit_id)
        return Reply(texts.ASK_UNTIL)
    turn.close()
    return _grant(turn, (int(member_id), Role(role), int(unit_id)), None)


@router.state("roles.until", audience=Role.ADMINISTRATOR)
def give_last_day(turn: Turn) -> Reply:
    assert turn.state is not None
    data = turn.state.data
    last = roles.last_day(turn.argument, at=turn.now)
    turn.close()
    return _grant(turn, (int(data["member"]), Role(data["role"]), int(data["unit"])), last)


@router.button("roles.revoke", audience=Role.ADMINISTRATOR)
def revoke(turn: Turn) -> Reply:
    member_id, role, unit_id, is_sure = turn.arguments
    holder = int(member_id), Role(role), int(unit_id)
    if not is_sure:
        held = roles.current(turn.session, turn.member, at=turn.now)
        for each in held:
            if (each.member_id, each.role, each.unit_id) == holder:
                turn.open("roles.revoke", holder=list(turn.arguments[:3]))
                yes = _revoking(each, is_sure=True)
                return Reply(texts.ask_revoke(each), [[yes, Button(texts.NO, "roles.stay")]])
    if is_sure and not turn.is_open("roles.revoke", holder=list(turn.arguments[:3])):
        return Reply(texts.NO_LONGER_ASKED, replaces=True)
    name, unit = _name(turn, holder[0]), units.get(turn.session, holder[2])
    roles.revoke(turn.session, turn.member, holder, at=turn.now)
    assert unit is not None
    _tell(turn, holder[0], texts.told_revoked(holder[1], unit))
    return Reply(texts.revoked(name, holder[1], unit), replaces=True)


@router.button("roles.stay", audience=Role.ADMINISTRATOR)
def stay(turn: Turn) -> Reply:
    return Reply(texts.STAYED, replaces=True)


def _grant(turn: Turn, holder: tuple[int, Role, int], last: date | None) -> Reply:
    term = Term(to_on=last + timedelta(days=1), is_deputy=True) if last else roles.OPEN
    is_new = roles.grant(turn.session, turn.member, holder, term, at=turn.now)
    unit = units.get(turn.session, holder[2])
    assert unit is not None
    name = _name(turn, holder[0])
    if not is_new:
        return Reply(texts.there_already(name, holder[1], unit), replaces=turn.is_tap)
    _tell(turn, holder[0], texts.told_granted(holder[1], unit, last))
    return Reply(texts.granted(name, holder[1], unit, last), replaces=turn.is_tap)


def _tell(turn: Turn, member_id: int, text: str) -> None:
    """Say it to the person, unless they did it themselves."""
    if member_id != turn.member.id:
        key = f"role:{member_id}:{turn.incoming.platform}:{turn.incoming.event}"
        purpose = gate.Purpose.APPROVAL
        outbox.add(
            turn.session, f"m{member_id}", Reply(text), key=key, purpose=purpose, at=turn.now
        )


def _name(turn: Turn, member_id: int) -> str:
    member = members.look_up(turn.session, member_id, on=local_day(turn.now))
    return member.name if member else ""
