"""What a meeting has done of the plans: a film shown at a 主题党日 is not asked for again."""

from __future__ import annotations

from bot.core.chat import Button, Reply
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import minutes, plans, progress, records
from bot.services.records import Record, Tick
from handlers.texts import minutes as texts

router = Router()
_OFFERED = 8


@router.button("minutes.plan", audience=Role.SECRETARY)
def show(turn: Turn) -> Reply:
    record = records.get(turn.session, turn.member, int(turn.arguments[0]))
    return _shown(turn, record)


@router.button("minutes.tick", audience=Role.SECRETARY)
def tick(turn: Turn) -> Reply:
    """The button says what it makes of the item, so that two taps are one."""
    record_id, key, title, is_units, is_on = turn.arguments
    wanted = Tick(str(key), str(title), bool(is_units))
    record = records.get(turn.session, turn.member, int(record_id))
    if record.confirmed_at is not None:
        turn.open("minutes.why_tick", record=record.id, tick=vars(wanted), on=bool(is_on))
        return Reply(texts.ASK_REASON, replaces=True)
    return _shown(turn, _put(turn, record.id, wanted, "", is_on=bool(is_on)))


@router.state("minutes.why_tick", audience=Role.SECRETARY, accepts=lambda turn: bool(turn.argument))
def take_reason(turn: Turn) -> Reply:
    assert turn.state is not None
    data = turn.state.data
    wanted = Tick(**data["tick"])
    record = _put(turn, int(data["record"]), wanted, turn.argument, is_on=bool(data["on"]))
    turn.close()
    return _shown(turn, record)


def _put(turn: Turn, record_id: int, wanted: Tick, reason: str, *, is_on: bool) -> Record:
    where = (turn.session, turn.member, record_id)
    if is_on:
        record = minutes.tick(*where, wanted, reason=reason, at=turn.now)
        book = turn.knowledge.library.rulebook
        progress.take_back_done(turn.session, book, [wanted.key], at=turn.now)
        return record
    return minutes.untick(*where, wanted.key, reason=reason, at=turn.now)


def _shown(turn: Turn, record: Record) -> Reply:
    book = turn.knowledge.library.rulebook
    offered = [
        Tick(task.key, task.item.title, task.batch.plan.per != "person")
        for task in plans.showable(turn.session, book, at=record.starts_at)[:_OFFERED]
    ]
    chosen = {each.key for each in record.ticks}
    known = {each.key for each in offered}
    offered += [each for each in record.ticks if each.key not in known]
    buttons = [
        Button(
            texts.ticked(each, is_on=each.key in chosen),
            "minutes.tick",
            record.id,
            each.key,
            each.title,
            each.is_units,
            each.key not in chosen,
        )
        for each in offered
    ]
    back = Button(texts.BACK, "minutes.open", record.id)
    told = texts.WHICH_PLAN if offered else texts.NO_PLANS
    return Reply(told, [*buttons, back], replaces=turn.is_tap)
