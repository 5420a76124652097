"""Confirming a record: the names that it still lacks are asked for, each with a tap or typed."""

from __future__ import annotations

from dataclasses import replace

from bot.core.chat import Button, Reply
from bot.core.clock import local_day
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import meetings, members, minutes, progress, records, rolls
from bot.services.records import Record
from handlers import rolls as rolling
from handlers.minutes import is_as_seen, shown
from handlers.texts import minutes as texts

router = Router()


@router.button("minutes.confirm", audience=Role.SECRETARY)
def confirm(turn: Turn) -> Reply | list[Reply]:
    """What is not as it stood above the button, or has no roll yet, is shown instead."""
    record = minutes.hold(turn.session, turn.member, int(turn.arguments[0]))
    if record.confirmed_at is None:
        if not is_as_seen(turn, record, str(turn.arguments[1])):
            return shown(turn, record, replaces=True, has_changed=True)
        lacks = minutes.gaps(turn.session, record)
        if lacks.unmarked or not record.is_over:
            return _bring_roll(turn, record, lacks.unmarked)
        if lacks.names:
            return _ask_name(turn, record, lacks.names[0])
    record, is_new = minutes.confirm(turn.session, turn.member, record.id, at=turn.now)
    done, book = [each.key for each in record.ticks], turn.knowledge.library.rulebook
    progress.take_back_done(turn.session, book, done, at=turn.now)
    turn.close()
    return [shown(turn, record, replaces=True), Reply(texts.confirmed(record, is_new=is_new))]


def _bring_roll(turn: Turn, record: Record, unmarked: int) -> Reply:
    """In the place of the page, so that it is said once however often it is tapped."""
    roll = rolls.show(turn.session, turn.member, record.meeting_id)
    reply = rolling.shown(turn, roll, 0, replaces=True)
    return replace(reply, text=f"{texts.roll_first(unmarked)}\n\n{reply.text}")


def _ask_name(turn: Turn, record: Record, name: str) -> Reply:
    turn.open("minutes.naming", record=record.id, field=name)
    offered = dict.fromkeys([_convenor(turn, record), turn.member.name])
    people = [
        Button(texts.somebody(each, turn.member.name), "minutes.named", record.id, name, each)
        for each in offered
        if each
    ]
    rows = [people, [Button(texts.BACK, "minutes.open", record.id)]]
    return Reply(texts.ask_name(name, record), [row for row in rows if row], replaces=turn.is_tap)


def _convenor(turn: Turn, record: Record) -> str:
    """Who called the meeting, by name; usually the one who presided."""
    called_by = meetings.show(turn.session, record.meeting_id).called_by
    if called_by is None:
        return ""
    convenor = members.look_up(turn.session, called_by, on=local_day(turn.now))
    return convenor.name if convenor else ""


@router.button("minutes.named", audience=Role.SECRETARY)
def choose_name(turn: Turn) -> Reply:
    record_id, field, name = turn.arguments
    return _keep(turn, int(record_id), str(field), str(name))


@router.state("minutes.naming", audience=Role.SECRETARY, accepts=lambda turn: bool(turn.argument))
def type_name(turn: Turn) -> Reply:
    assert turn.state is not None
    data = turn.state.data
    return _keep(turn, int(data["record"]), str(data["field"]), turn.argument)


def _keep(turn: Turn, record_id: int, field: str, name: str) -> Reply:
    """Keep the name, and ask for the other one, or show the record ready to be confirmed.

    A record that somebody has confirmed meanwhile is only shown.
    """
    record = records.get(turn.session, turn.member, record_id)
    if record.confirmed_at is None:
        record = minutes.fill(turn.session, turn.member, record_id, {field: name}, at=turn.now)
        lacks = minutes.gaps(turn.session, record)
        if lacks.names:
            return _ask_name(turn, record, lacks.names[0])
        turn.close()
    return shown(turn, record, replaces=turn.is_tap)
