"""The rhythm of a branch in chat: a picture and words; counts for others; a word before the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from bot.core.chat import Button, File, Reply
from bot.core.clock import SHANGHAI, local_day
from bot.core.roles import Role
from bot.files import cadence_picture
from bot.routing import Router, Turn
from bot.services import cadence, gate, ledger, outbox, rhythm, units
from bot.services.cadence import Overview
from bot.services.rhythm import EVERY, Every
from handlers import paging
from handlers.texts import cadence as texts

router = Router()


@router.command(
    "cadence",
    help="三会一课进度",
    words=("进度", "三会一课", "组织生活进度"),
    audience=Role.SECRETARY,
)
def show_own(turn: Turn) -> Reply:
    """One's own branch; whoever answers for several gets the counts and can choose."""
    branches = _branches(turn)
    if len(branches) == 1:
        return _shown(turn, branches[0].id)
    count, found = cadence.counts(turn.session, turn.member, on=local_day(turn.now))
    if not count:
        return Reply(texts.NO_BRANCHES)
    choose = [Button(texts.OTHER, "cadence.choose")] if branches else []
    return Reply(texts.counts(count, found), choose)


def _branches(turn: Turn) -> list[units.Unit]:
    mine = ledger.homes(turn.session, turn.member)
    return [unit for unit in mine if unit.kind == "branch"]


@router.button("cadence.choose", audience=Role.SECRETARY)
def choose(turn: Turn) -> Reply:
    offset = int(turn.arguments[0]) if turn.arguments else 0
    branches = _branches(turn)
    page = [
        Button(unit.name, "cadence.show", unit.id)
        for unit in branches[offset : offset + paging.SIZE]
    ]
    turning = paging.rows([], "cadence.choose", offset, len(branches), back="ledger.show")
    return Reply(texts.WHICH_UNIT, [*page, *turning], replaces=True)


@router.button("cadence.show", audience=Role.SECRETARY)
def show(turn: Turn) -> Reply:
    return _shown(turn, int(turn.arguments[0]))


def _shown(turn: Turn, unit_id: int) -> Reply:
    found = cadence.overview(turn.session, turn.member, unit_id, on=local_day(turn.now))
    buttons = [
        [
            Button(texts.LEDGER, "ledger.show", unit_id),
            Button(texts.LECTURE, "cadence.lecture", unit_id),
            Button(texts.TERM, "terms.show", unit_id),
        ]
    ]
    return Reply(texts.overview(found), buttons, file=picture(found), is_private=True)


def picture(found: Overview) -> File:
    title, subtitle = texts.picture_titles(found)
    content = cadence_picture.draw(title, subtitle, texts.rows(found), month=found.on.month)
    return File(texts.picture_name(found), content, texts.PNG)


@router.button("cadence.lecture", audience=Role.SECRETARY)
def ask_lecture(turn: Turn) -> Reply:
    unit_id = int(turn.arguments[0])
    offered: list[Every | None] = [*EVERY, None]
    buttons = [
        Button(texts.EVERY[each], "cadence.set_lecture", unit_id, each or "") for each in offered
    ]
    return Reply(texts.ASK_LECTURE, [buttons[:2], buttons[2:4], buttons[4:]])


@router.button("cadence.set_lecture", audience=Role.SECRETARY)
def set_lecture(turn: Turn) -> Reply:
    unit_id, said = int(turn.arguments[0]), str(turn.arguments[1])
    chosen = rhythm.every_of(said)
    unit = cadence.set_lecture(turn.session, turn.member, unit_id, chosen, at=turn.now)
    back = Button(texts.BACK, "cadence.show", unit_id)
    return Reply(texts.lecture_set(unit, chosen), [back], replaces=True)


def advance(session: Any, *, at: datetime) -> bool:
    """Tell secretaries what a period that is about to end still lacks; True while there is more.

    For the sweep, once for each branch and end of a period. What still waits for the morning
    and is done by now is taken back, or says what is left.
    """
    for said, owners, found in cadence.overtaken(session, at=at):
        outbox.withdraw_topic(session, said, at=at)
        if found.missing():
            _tell(session, found, owners, at)
    due, has_more = cadence.next_due(session, at=at)
    for found in due:
        responsible = units.holders(session, found.unit.id, Role.SECRETARY, on=local_day(at))
        _tell(session, found, [f"m{member_id}" for member_id in responsible], at)
    return has_more


def _tell(session: Any, found: Overview, owners: Sequence[str], at: datetime) -> None:
    topic = cadence.topic(found)
    last = min(line.now.ends_on for line in found.missing() if line.now)
    buttons = [
        [
            Button(texts.SEE, "cadence.show", found.unit.id),
            Button(texts.WRITE_DOWN, "meetings.past", found.unit.id),
        ]
    ]
    for owner in owners:
        outbox.add(
            session,
            owner,
            Reply(texts.reminder(found), buttons),
            key=cadence.key(session, topic, owner),
            purpose=gate.Purpose.REMINDER,
            at=at,
            expires_at=datetime.combine(last + timedelta(days=1), time(), tzinfo=SHANGHAI),
            topic=topic,
        )
