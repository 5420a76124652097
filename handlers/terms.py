"""Terms of office in chat: when elected, until when; half a year's notice, once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.core.chat import Button, Reply
from bot.core.clock import local_day
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import gate, outbox, terms, units
from handlers.texts import terms as texts

router = Router()


@router.button("terms.show", audience=Role.SECRETARY)
def show(turn: Turn) -> Reply:
    return _shown(turn, int(turn.arguments[0]), replaces=False)


def _shown(turn: Turn, unit_id: int, *, replaces: bool) -> Reply:
    term = terms.current(turn.session, turn.member, unit_id)
    unit = units.get(turn.session, unit_id)
    assert unit is not None
    buttons = [
        [
            Button(texts.ENTER, "terms.enter", unit_id),
            Button(texts.BACK, "cadence.show", unit_id),
        ]
    ]
    return Reply(texts.shown(unit.name, term), buttons, replaces=replaces)


@router.button("terms.enter", audience=Role.SECRETARY)
def ask(turn: Turn) -> Reply:
    turn.open("terms.day", unit=int(turn.arguments[0]))
    return Reply(texts.ASK)


@router.state("terms.day", audience=Role.SECRETARY, accepts=lambda turn: bool(turn.argument))
def take_day(turn: Turn) -> Reply:
    assert turn.state is not None
    unit_id = int(turn.state.data["unit"])
    elected_on, years = terms.read(turn.argument)
    terms.enter(turn.session, turn.member, unit_id, elected_on, years, at=turn.now)
    turn.close()
    return _shown(turn, unit_id, replaces=False)


def advance(session: Any, *, at: datetime) -> bool:
    """Tell who is responsible that a term ends in half a year, once. For the sweep."""
    found = terms.next_due(session, at=at)
    for term in found:
        for member_id in units.responsible(session, term.unit.id, on=local_day(at)):
            outbox.add(
                session,
                f"m{member_id}",
                Reply(texts.reminder(term)),
                key=f"term:{term.unit.id}:{term.ends_on.isoformat()}:m{member_id}",
                purpose=gate.Purpose.REMINDER,
                at=at,
            )
    return bool(found)
