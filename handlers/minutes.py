"""Minutes in chat: the page of a record, what is typed or sent for it, confirming it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.chat import Button, Reply
from bot.core.roles import Role
from bot.core.wording import reads_as_question
from bot.routing import Router, Turn
from bot.services import decisions, minutes, records
from bot.services.records import Record
from handlers import paging
from handlers.texts import minutes as texts

router = Router()
_LONGEST_QUESTION = 60
_NAMES = ("host", "recorder")


@dataclass(frozen=True)
class SentText:
    """The text of a file that was read before the turn."""

    name: str
    text: str


@router.command(
    "minutes",
    help="会议记录：写、确认",
    words=("会议记录", "写记录"),
    audience=Role.SECRETARY,
)
def begin(turn: Turn) -> Reply:
    found, total = minutes.waiting(turn.session, turn.member, at=turn.now, limit=1)
    return shown(turn, found[0], replaces=False) if total == 1 else _listing(turn, 0)


@router.button("minutes.list", audience=Role.SECRETARY)
def show_waiting(turn: Turn) -> Reply:
    return _listing(turn, int(turn.arguments[0]) if turn.arguments else 0)


def _listing(turn: Turn, offset: int) -> Reply:
    found, total = minutes.waiting(
        turn.session, turn.member, at=turn.now, offset=offset, limit=paging.SIZE
    )
    numbers = paging.numbers("minutes.open", (each.id for each in found), offset)
    rows = paging.rows(numbers, "minutes.list", offset, total, back="ledger.show")
    return Reply(texts.listing(found, total, offset), rows, replaces=turn.is_tap)


@router.button("minutes.open", audience=Role.SECRETARY)
def open_record(turn: Turn) -> Reply:
    return shown(turn, _record(turn), replaces=True)


@router.button("minutes.meeting", audience=Role.SECRETARY)
def open_meeting(turn: Turn) -> Reply:
    """The record of a meeting whose roll was called; whoever keeps several of it says which."""
    mine = records.of_meeting(turn.session, turn.member, int(turn.arguments[0]))
    if len(mine) == 1:
        return shown(turn, mine[0], replaces=False)
    buttons = [Button(texts.whose(each), "minutes.open", each.id) for each in mine]
    return Reply(texts.which_of(mine), buttons)


def shown(turn: Turn, record: Record, *, replaces: bool, has_changed: bool = False) -> Reply:
    """The page of a record. One that isn't confirmed takes what is typed or sent next.

    `has_changed`: what was tapped showed another state of it.
    """
    text = _page(turn, record)
    if record.confirmed_at is None:
        turn.open("minutes.text", record=record.id)
    told = f"{texts.CHANGED}\n\n{text}" if has_changed else text
    return Reply(told, _choices(record, _mark(text)), replaces=replaces)


def _page(turn: Turn, record: Record) -> str:
    resolved = decisions.resolutions(turn.session, [record.id]).get(record.id, [])
    voted = decisions.votes(turn.session, [record.id]).get(record.id, [])
    return texts.page(record, resolved, voted, minutes.gaps(turn.session, record))


def is_as_seen(turn: Turn, record: Record, mark: str) -> bool:
    """Whether the page still says what stood above the button that was tapped."""
    return _mark(_page(turn, record)) == mark


def _mark(*said: str) -> str:
    """What a button carries of the text above it, so that nothing unseen is changed by a tap."""
    return hashlib.sha256("\0".join(said).encode()).hexdigest()[:12]


def _choices(record: Record, mark: str) -> list[list[Button]]:
    named = [Button(texts.FIELDS[name], "minutes.field", record.id, name) for name in _NAMES]
    more = [
        Button(texts.DECISIONS, "decisions.show", record.id),
        Button(texts.PLAN, "minutes.plan", record.id),
        Button(texts.ROLL, "rolls.show", record.meeting_id),
    ]
    last = [
        Button(texts.PAPER, "ledger.paper", record.id),
        Button(texts.BACK, "minutes.list"),
    ]
    if record.confirmed_at is not None:
        return [[Button(texts.CORRECT, "minutes.correct", record.id)], more, last]
    return [named, more, [Button(texts.CONFIRM, "minutes.confirm", record.id, mark), *last]]


@router.button("minutes.correct", audience=Role.SECRETARY)
def choose_field(turn: Turn) -> Reply:
    record = _record(turn)
    records.require_open(turn.session, record.unit_id, record.month)
    fields = [Button(label, "minutes.field", record.id, name) for name, label in _labels()]
    rows = [fields[:3], fields[3:], [Button(texts.BACK, "minutes.open", record.id)]]
    return Reply(texts.WHICH_FIELD, rows, replaces=True)


def _labels() -> list[tuple[str, str]]:
    return list(texts.FIELDS.items())


@router.button("minutes.field", audience=Role.SECRETARY)
def ask_field(turn: Turn) -> Reply:
    record, name = _record(turn), str(turn.arguments[1])
    turn.open("minutes.field", record=record.id, field=name)
    mine = [Button(texts.ME, "minutes.me", record.id, name)] if name in _NAMES else []
    back = Button(texts.BACK, "minutes.open", record.id)
    return Reply(texts.ask_field(name, record), [[*mine, back]], replaces=True)


@router.button("minutes.me", audience=Role.SECRETARY)
def take_own_name(turn: Turn) -> Reply:
    return _keep(turn, _record(turn), {str(turn.arguments[1]): turn.member.name})


@router.state("minutes.field", audience=Role.SECRETARY, accepts=lambda turn: bool(turn.argument))
def take_field(turn: Turn) -> Reply:
    assert turn.state is not None
    data = turn.state.data
    record = records.get(turn.session, turn.member, int(data["record"]))
    return _keep(turn, record, {str(data["field"]): turn.argument})


def _has_text(turn: Turn) -> bool:
    return bool(turn.argument) or _is_sent(turn)


def _is_sent(turn: Turn) -> bool:
    return turn.file is not None and isinstance(turn.file.prepared, SentText)


def _said(turn: Turn) -> str:
    sent = turn.file.prepared if turn.file else None
    return sent.text if isinstance(sent, SentText) else turn.argument


@router.state("minutes.text", audience=Role.SECRETARY, accepts=_has_text)
def take_text(turn: Turn) -> Reply:
    """What was typed or sent is shown back first, by its own labels."""
    assert turn.state is not None
    record = records.get(turn.session, turn.member, int(turn.state.data["record"]))
    return _preview(turn, record, minutes.checked(minutes.split(_said(turn))))


@router.state("minutes.draft", audience=Role.SECRETARY, accepts=_has_text)
def take_other_text(turn: Turn) -> Reply:
    """Typing again replaces what was shown back."""
    assert turn.state is not None
    record_id = turn.state.data.get("record")
    if record_id is None:
        return _ask_which(turn)
    record = records.get(turn.session, turn.member, int(record_id))
    return _preview(turn, record, minutes.checked(minutes.split(_said(turn))))


@router.shape("minutes.file", accepts=_is_sent, audience=Role.SECRETARY)
def ask_which_record(turn: Turn) -> Reply:
    """A file that came without a record open: to which meeting does it belong?"""
    return _ask_which(turn)


def _ask_which(turn: Turn) -> Reply:
    fields = minutes.checked(minutes.split(_said(turn)))
    found, total = minutes.waiting(turn.session, turn.member, at=turn.now)
    if not total:
        return Reply(texts.NONE_WAITING)
    turn.open("minutes.draft", record=None, fields=fields)
    buttons = [
        Button(f"{texts.day(each)} {each.topic}"[:30], "minutes.into", each.id) for each in found
    ]
    return Reply(texts.WHICH_RECORD, [*buttons, Button(texts.DROP, "minutes.drop")])


@router.button("minutes.into", audience=Role.SECRETARY)
def choose_record(turn: Turn) -> Reply:
    fields = _draft(turn, None)
    if fields is None:
        return Reply(texts.NO_LONGER_OPEN, replaces=True)
    return _preview(turn, _record(turn), fields)


def _preview(
    turn: Turn, record: Record, fields: Mapping[str, str], *, has_changed: bool = False
) -> Reply:
    turn.open("minutes.draft", record=record.id, fields=dict(fields))
    text = texts.preview(record, fields)
    is_covered = any(getattr(record, name) for name in fields)
    label = texts.REPLACE if is_covered else texts.SAVE
    keep = [Button(label, "minutes.save", record.id, False, _mark_of(record, fields))]
    if is_covered:
        keep.append(Button(texts.APPEND, "minutes.save", record.id, True, _mark_of(None, fields)))
    others = ("reported", "decided", "summary") if set(fields) == {"discussed"} else ()
    moving = [Button(texts.into(name), "minutes.move", record.id, name) for name in others]
    leaving = [Button(texts.DROP, "minutes.drop")]
    said = turn.argument
    if said and len(said) <= _LONGEST_QUESTION and reads_as_question(said):
        leaving.append(Button(texts.ASK_IT, "asking.ask", said))
    rows = [row for row in (keep, moving, leaving) if row]
    told = f"{texts.CHANGED}\n\n{text}" if has_changed else text
    return Reply(told, rows, replaces=turn.is_tap)


def _mark_of(record: Record | None, fields: Mapping[str, str]) -> str:
    """Of what is to be kept, and for what replaces something also of what stands there."""
    there = [str(getattr(record, name)) for name in fields] if record else []
    return _mark(*fields, *fields.values(), *there)


@router.button("minutes.move", audience=Role.SECRETARY)
def move(turn: Turn) -> Reply:
    record, name = _record(turn), str(turn.arguments[1])
    fields = _draft(turn, record.id)
    if fields is None:
        return Reply(texts.NO_LONGER_OPEN, replaces=True)
    return _preview(turn, record, {name: "\n".join(fields.values())})


@router.button("minutes.save", audience=Role.SECRETARY)
def save(turn: Turn) -> Reply:
    record_id, appends, mark = turn.arguments
    record = minutes.hold(turn.session, turn.member, int(record_id))
    fields = _draft(turn, record.id)
    if fields is None:  # a second tap: the first one has kept it
        return shown(turn, record, replaces=True)
    if mark != _mark_of(None if appends else record, fields):
        # Another text was typed since, or somebody else has written there meanwhile.
        return _preview(turn, record, fields, has_changed=True)
    return _keep(turn, record, fields, appends=bool(appends))


@router.button("minutes.drop", audience=Role.SECRETARY)
def drop(turn: Turn) -> Reply:
    return Reply(texts.DROPPED, replaces=True)


def _draft(turn: Turn, record_id: int | None) -> dict[str, str] | None:
    """What was shown back, while it still stands for that record."""
    state = turn.state
    if state is None or state.name != "minutes.draft" or state.data["record"] != record_id:
        return None
    return dict(state.data["fields"])


def _keep(turn: Turn, record: Record, fields: Mapping[str, str], *, appends: bool = False) -> Reply:
    """Keep it, in place of what is there or behind it; of a confirmed record ask first why."""
    if record.confirmed_at is not None:
        kept = minutes.checked(fields)
        turn.open("minutes.reason", record=record.id, fields=kept, appends=appends)
        return Reply(texts.ASK_REASON, replaces=turn.is_tap)
    wanted = minutes.appended(record, fields) if appends else fields
    record = minutes.fill(turn.session, turn.member, record.id, wanted, at=turn.now)
    return shown(turn, record, replaces=turn.is_tap)


@router.state("minutes.reason", audience=Role.SECRETARY, accepts=lambda turn: bool(turn.argument))
def take_reason(turn: Turn) -> Reply:
    assert turn.state is not None
    data = turn.state.data
    record = minutes.hold(turn.session, turn.member, int(data["record"]))
    fields = dict(data["fields"])
    wanted = minutes.appended(record, fields) if data["appends"] else fields
    record = minutes.fill(
        turn.session, turn.member, record.id, wanted, reason=turn.argument, at=turn.now
    )
    turn.close()
    return shown(turn, record, replaces=False)


def _record(turn: Turn) -> Record:
    return records.get(turn.session, turn.member, int(turn.arguments[0]))
