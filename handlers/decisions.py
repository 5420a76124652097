"""Resolutions and votes in chat: typed in a line or step by step, checked, listed, taken out."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

from bot.core import dates
from bot.core.chat import Button, Reply
from bot.core.errors import Refused
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import decisions, quorum, records
from bot.services.decisions import Resolution, Vote
from bot.services.quorum import Count
from bot.services.records import Record
from handlers.texts import decisions as texts

router = Router()
_APART = re.compile(r"\s*[；;|｜]\s*")
_COUNTED = {
    "against": re.compile(r"(?:不同意|不赞成|反对)\D{0,3}(\d+)"),
    "in_favour": re.compile(r"(?<!不)(?<!书面)(?:同意|赞成)\D{0,3}(\d+)"),
    "abstained": re.compile(r"弃权\D{0,3}(\d+)"),
    "written": re.compile(r"书面\D{0,5}(\d+)"),
    "entitled": re.compile(r"应到\D{0,8}(\d+)"),
    "present": re.compile(r"实到\D{0,8}(\d+)"),
}
# A dash right behind a word only parts it from its number (反对-1); after a gap it takes away.
_NEGATIVE = re.compile(r"(?:^|[\s:：,，])[-－−]\d|负\s*\d")
_BARE = re.compile(r"\s*(\d+)[\s,，、/:：]+(\d+)[\s,，、/:：]+(\d+)\s*")
_FOR_COMMITTEES = ("committee", "appointment")


def _has_text(turn: Turn) -> bool:
    return bool(turn.argument)


@router.button("decisions.show", audience=Role.SECRETARY)
def show(turn: Turn) -> Reply:
    return _listing(turn, _record(turn), replaces=True)


def _listing(turn: Turn, record: Record, *, replaces: bool) -> Reply:
    resolved = decisions.resolutions(turn.session, [record.id]).get(record.id, [])
    voted = decisions.votes(turn.session, [record.id]).get(record.id, [])
    rows = [
        [
            Button(texts.finishing(each, at), "decisions.finish", each.id, not each.done_at),
            Button(f"{texts.DROP} {at}", "decisions.drop", "resolution", each.id, record.id),
        ]
        for at, each in enumerate(resolved, 1)
    ]
    rows += [
        [Button(f"{texts.DROP}表决 {at}", "decisions.drop", "vote", each.id, record.id)]
        for at, each in enumerate(voted, 1)
    ]
    text = texts.listing(record, resolved, voted)
    return Reply(text, [*rows, *_more(record.id, texts.ADD)], replaces=replaces)


def _more(record_id: int, adding: str) -> list[list[Button]]:
    add = Button(adding, "decisions.add", record_id)
    vote = Button(texts.VOTE, "decisions.vote", record_id)
    return [[add, vote, Button(texts.BACK, "minutes.open", record_id)]]


@router.button("decisions.finish", audience=Role.SECRETARY)
def finish(turn: Turn) -> Reply:
    decision_id, is_done = int(turn.arguments[0]), bool(turn.arguments[1])
    done = decisions.finish(turn.session, turn.member, decision_id, is_done=is_done, at=turn.now)
    record = records.get(turn.session, turn.member, done.record_id)
    return _listing(turn, record, replaces=True)


@router.button("decisions.drop", audience=Role.SECRETARY)
def drop(turn: Turn) -> Reply:
    kind, decision_id, record_id = turn.arguments
    return _carry_out(turn, int(record_id), {"drop": str(kind), "id": int(decision_id)})


# A resolution


@router.button("decisions.add", audience=Role.SECRETARY)
def ask_text(turn: Turn) -> Reply:
    record = _record(turn)
    turn.open("decisions.text", record=record.id)
    return Reply(texts.ASK_TEXT, [Button(texts.BACK, "minutes.open", record.id)])


@router.state("decisions.text", audience=Role.SECRETARY, accepts=_has_text)
def take_text(turn: Turn) -> Reply:
    """The whole line, or what it is about; who and until when are asked for then."""
    assert turn.state is not None
    record_id = int(turn.state.data["record"])
    text, *rest = (
        [*_APART.split(turn.argument), ""][:3] if _APART.search(turn.argument) else [turn.argument]
    )
    if rest:
        due = _day(turn, rest[1]) if len(rest) > 1 and rest[1] else None
        return _resolve(turn, record_id, text, rest[0], due)
    turn.open("decisions.who", record=record_id, text=text)
    return Reply(texts.ASK_WHO, [Button(texts.NOBODY_NAMED, "decisions.step", "")])


@router.state("decisions.who", audience=Role.SECRETARY, accepts=_has_text)
def take_who(turn: Turn) -> Reply:
    return _step(turn, turn.argument)


@router.state("decisions.due", audience=Role.SECRETARY, accepts=_has_text)
def take_due(turn: Turn) -> Reply:
    return _step(turn, turn.argument)


@router.button("decisions.step", audience=Role.SECRETARY)
def leave_out(turn: Turn) -> Reply:
    """No name, or no day."""
    if turn.state is None or turn.state.name not in ("decisions.who", "decisions.due"):
        return Reply(texts.NO_LONGER_OPEN, replaces=True)
    return _step(turn, "")


def _step(turn: Turn, said: str) -> Reply:
    assert turn.state is not None
    name, data = turn.state.name, turn.state.data
    if name == "decisions.who":
        turn.open("decisions.due", record=data["record"], text=data["text"], who=said)
        return Reply(texts.ASK_DUE, [Button(texts.NO_DAY, "decisions.step", "")])
    due = _day(turn, said) if said else None
    return _resolve(turn, int(data["record"]), str(data["text"]), str(data["who"]), due)


def _day(turn: Turn, text: str) -> date:
    """The day that a text names. Raises Refused as dates.read does, and date_unread for none."""
    day = dates.read(text.removesuffix("前").removesuffix("之"), now=turn.now).day
    if day is None:
        raise Refused("date_unread", text=text)
    return day


def _resolve(turn: Turn, record_id: int, text: str, who: str, due: date | None) -> Reply:
    due_on = due.isoformat() if due else None
    return _carry_out(turn, record_id, {"text": text, "who": who, "due": due_on})


# A vote


@router.button("decisions.vote", audience=Role.SECRETARY)
def ask_purpose(turn: Turn) -> Reply:
    record = _record(turn)
    first = decisions.purpose_of(record)
    ordered = dict.fromkeys((first, *quorum.offered(record.kind)))
    buttons = [
        Button(texts.PURPOSES[each], "decisions.purpose", record.id, each) for each in ordered
    ]
    rows = [buttons[at : at + 2] for at in range(0, len(buttons), 2)]
    back = [Button(texts.BACK, "minutes.open", record.id)]
    return Reply(texts.ASK_PURPOSE, [*rows, back], replaces=True)


@router.button("decisions.purpose", audience=Role.SECRETARY)
def ask_subject(turn: Turn) -> Reply:
    record, purpose = _record(turn), str(turn.arguments[1])
    if not quorum.belongs(record.kind, purpose):
        back = [
            Button(texts.VOTE, "decisions.vote", record.id),
            Button(texts.BACK, "minutes.open", record.id),
        ]
        return Reply(texts.elsewhere(record.kind, purpose), [back], replaces=True)
    turn.open("decisions.subject", record=record.id, purpose=purpose)
    return Reply(texts.ask_subject(purpose), replaces=True)


@router.state("decisions.subject", audience=Role.SECRETARY, accepts=_has_text)
def take_subject(turn: Turn) -> Reply:
    assert turn.state is not None
    data = turn.state.data
    return _ask_count(turn, int(data["record"]), str(data["purpose"]), turn.argument)


@router.button("decisions.redo", audience=Role.SECRETARY)
def redo(turn: Turn) -> Reply:
    record_id, purpose, subject = turn.arguments
    return _ask_count(turn, int(record_id), str(purpose), str(subject))


def _ask_count(turn: Turn, record_id: int, purpose: str, subject: str) -> Reply:
    record = records.get(turn.session, turn.member, record_id)
    turn.open("decisions.count", record=record_id, purpose=purpose, subject=subject)
    return Reply(texts.ask_count(purpose, _counted_there(record, purpose)))


def _counted_there(record: Record, purpose: str) -> Count:
    there = record.tally
    if purpose in _FOR_COMMITTEES:
        return Count(there.expected, there.present, 0, 0, 0)
    return Count(there.entitled, there.voting, 0, 0, 0)


@router.state("decisions.count", audience=Role.SECRETARY, accepts=_has_text)
def take_count(turn: Turn) -> Reply:
    """The numbers, checked and shown back with what the rules say of them."""
    assert turn.state is not None
    data = turn.state.data
    record = records.get(turn.session, turn.member, int(data["record"]))
    purpose, subject = str(data["purpose"]), str(data["subject"])
    count = replace(_counted_there(record, purpose), **_read_count(turn.argument))
    quorum.check(purpose, count)
    keep = Button(texts.KEEP, "decisions.keep", record.id, purpose, subject, vars(count))
    again = Button(texts.REDO, "decisions.redo", record.id, purpose, subject)
    back = Button(texts.BACK, "minutes.open", record.id)
    return Reply(texts.preview(Vote(0, record.id, subject, purpose, count)), [[keep, again, back]])


@router.button("decisions.keep", audience=Role.SECRETARY)
def keep(turn: Turn) -> Reply:
    record_id, purpose, subject, count = turn.arguments
    state = turn.state
    if state is None or state.name != "decisions.count" or state.data["subject"] != subject:
        # A second tap: the first one has kept it.
        record = _record(turn)
        return _listing(turn, record, replaces=True)
    wanted = {"purpose": purpose, "subject": subject, "count": count}
    return _carry_out(turn, int(record_id), wanted)


def _read_count(text: str) -> dict[str, int]:
    """The numbers by their labels, or three bare ones first. Raises Refused vote_unread."""
    if _NEGATIVE.search(text):
        raise Refused("vote_negative")
    found = {
        name: int(match[1]) for name, pattern in _COUNTED.items() if (match := pattern.search(text))
    }
    if bare := _BARE.match(text):
        names = ("in_favour", "against", "abstained")
        found |= dict(zip(names, (int(each) for each in bare.groups()), strict=True))
    if "in_favour" not in found:
        raise Refused("vote_unread")
    return found


# Carrying out, of a confirmed record with a reason


def _carry_out(turn: Turn, record_id: int, wanted: dict[str, Any]) -> Reply:
    record = records.get(turn.session, turn.member, record_id)
    if record.confirmed_at is not None:
        turn.open("decisions.reason", record=record_id, wanted=wanted)
        return Reply(texts.ASK_REASON, replaces=turn.is_tap)
    return _carried_out(turn, record_id, wanted, "")


@router.state("decisions.reason", audience=Role.SECRETARY, accepts=_has_text)
def take_reason(turn: Turn) -> Reply:
    assert turn.state is not None
    record_id, wanted = int(turn.state.data["record"]), dict(turn.state.data["wanted"])
    return _carried_out(turn, record_id, wanted, turn.argument)


def _carried_out(turn: Turn, record_id: int, wanted: dict[str, Any], reason: str) -> Reply:
    session, member = turn.session, turn.member
    turn.close()
    if "drop" in wanted:
        take_out = decisions.drop if wanted["drop"] == "resolution" else decisions.discard
        take_out(session, member, int(wanted["id"]), reason=reason, at=turn.now)
        record = records.get(session, member, record_id)
        return _listing(turn, record, replaces=turn.is_tap)
    if "count" in wanted:
        count = Count(**wanted["count"])
        vote = Vote(0, record_id, str(wanted["subject"]), str(wanted["purpose"]), count)
        vote = decisions.keep(session, member, vote, reason=reason, at=turn.now)
        return Reply(texts.kept_vote(vote), _more(record_id, texts.ADD), replaces=turn.is_tap)
    due_on = date.fromisoformat(wanted["due"]) if wanted["due"] else None
    resolution = Resolution(0, record_id, str(wanted["text"]), str(wanted["who"]), due_on)
    resolution = decisions.resolve(session, member, resolution, reason=reason, at=turn.now)
    return Reply(texts.kept(resolution), _more(record_id, texts.MORE), replaces=turn.is_tap)


def _record(turn: Turn) -> Record:
    return records.get(turn.session, turn.member, int(turn.arguments[0]))
