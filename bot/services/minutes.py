"""The minutes of a meeting: what the secretary typed or sent, kept as it is, until it is confirmed.

Nothing is ever written for people: a text is only split where it says itself which part is which.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.core.errors import Refused
from bot.core.wording import holds_personal_number
from bot.db.models import AttendanceRow, MeetingRow, RecordRow
from bot.services import completions, records, tally
from bot.services.members import Member
from bot.services.records import Change, Record, Tick

NAME_AT_MOST, TEXT_AT_MOST = 40, 20_000
_NAMES = ("host", "recorder")
# Older ones are found in the ledger.
_OPEN_FOR = timedelta(days=120)

_LABELS = {
    "host": "(?:会议)?主持人?",
    "recorder": "记录[人员]?",
    "reported": "报告(?:(?:和|、|或)?传达)?(?:事项)?|传达(?:学习|事项)?|学习内容|会议报告",
    "discussed": "(?:会议)?讨论(?:情况|内容|发言)?|(?:交流)?发言(?:情况|讨论)?",
    "decided": "(?:会议|形成)?(?:决定|决议)(?:事项)?|议定事项",
    "summary": "(?:会议|主持人)?总结(?:讲话)?|小结",
    # What the record has already: counted, and not copied.
    "": "(?:会议)?(?:名称|时间|地点)|(?:应到|实到)(?:人数)?|(?:出席|参加|列席|缺席|请假)(?:人员?)?",
}
_NUMBERED = r"[\s#*]*(?:[（(]?[一二三四五六七八九十\d]{1,2}[)）、.．]\s*)?"
_LABEL = {
    name: re.compile(rf"^{_NUMBERED}(?:{words})[ *]*(?:[:：\t]\s*(?P<rest>.*)|$)")
    for name, words in _LABELS.items()
}
# Two labels on one line, as in the head of many forms.
_HEAD = "|".join(_LABELS[name] for name in ("host", "recorder", ""))
_BESIDE = re.compile(rf"(?<=\S)[ \t\u3000；;，,|]+(?=(?:{_HEAD}) *[:：\t])")
# The whole of it typed in one line, since in a chat the key for a new line sends. Only behind
# another label, and only the words that people are told to write: the rest is somebody's text.
_TOLD = "(?=(?:传达|讨论|决定|总结)[:：])"
_BEHIND = re.compile(rf"(?:[ \t\u3000]+|(?<=[。；;])){_TOLD}")
_BEHIND_NAME = re.compile(rf"(?<=\S)[ \t\u3000；;，,。]+{_TOLD}")


@dataclass(frozen=True)
class Gaps:
    """What a record still lacks. `names` must be there (TZ01), and everybody expected be marked;
    the other two are only said: absences without a reason (TZ03), and no content at all.
    """

    names: tuple[str, ...] = ()
    unmarked: int = 0
    unexplained: int = 0
    is_empty: bool = False


def waiting(
    session: Session, member: Member | None, *, at: datetime, offset: int = 0, limit: int = 5
) -> tuple[list[Record], int]:
    """Meetings that are over and whose records the member has yet to confirm, newest first."""
    wanted = records.query(session, member).where(
        RecordRow.confirmed_at.is_(None),
        MeetingRow.starts_at <= at,
        MeetingRow.starts_at > at - _OPEN_FOR,
    )
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    page = wanted.order_by(MeetingRow.starts_at.desc(), RecordRow.id.desc())
    return records.found(session, page.offset(offset).limit(limit)), total


def split(text: str) -> dict[str, str]:
    """The text by the fields that its own labels name; without labels it is all `discussed`.

    Lines that repeat what the record has already (time, place, numbers) are left out.
    """
    parts: dict[str, list[str]] = {}
    current = "discussed"
    for line in _lines(text):
        name, rest = _labelled(line)
        if name is None:
            parts.setdefault(current, []).append(line)
        elif name:
            current = name
            parts.setdefault(current, []).append(rest)
        if name in _NAMES or current in _NAMES:
            current = "discussed"  # a name ends with its line
    whole = {name: "\n".join(lines).strip() for name, lines in parts.items()}
    return {name: whole[name] for name in records.FIELDS if whole.get(name)}


def _lines(text: str) -> list[str]:
    lines: list[str] = []
    for line in _BESIDE.sub("\n", text).splitlines():
        name, _ = _labelled(line)
        apart = _BEHIND_NAME.sub("\n", line, count=1) if name in _NAMES else line
        lines += [line] if name is None else _BEHIND.sub("\n", apart).splitlines()
    return lines


def checked(fields: Mapping[str, str]) -> dict[str, str]:
    """The fields as they may be kept. Raises Refused: minutes_empty, minutes_too_long,
    minutes_personal.
    """
    clean = {name: fields[name].strip() for name in records.FIELDS if fields.get(name, "").strip()}
    if not clean:
        raise Refused("minutes_empty")
    for name, text in clean.items():
        limit = NAME_AT_MOST if name in _NAMES else TEXT_AT_MOST
        if len(text) > limit:
            raise Refused("minutes_too_long", limit=limit, length=len(text))
        if holds_personal_number(text):
            raise Refused("minutes_personal")
    return clean


def appended(record: Record, fields: Mapping[str, str]) -> dict[str, str]:
    """The fields behind what the record holds already; a name takes the place of the former."""
    return {
        name: f"{old}\n{text}" if (old := getattr(record, name)) and name not in _NAMES else text
        for name, text in fields.items()
    }


def hold(session: Session, actor: Member | None, record_id: int) -> Record:
    """The record; held, as records.held does, till the transaction ends unless it is confirmed."""
    if records.get(session, actor, record_id).confirmed_at is None:
        records.held(session, actor, record_id)
    return records.get(session, actor, record_id)


def fill(
    session: Session,
    actor: Member | None,
    record_id: int,
    fields: Mapping[str, str],
    *,
    reason: str = "",
    at: datetime,
) -> Record:
    """Keep fields of a record, in place of what is there.

    Raises Refused as checked and records.take do.
    """
    row = records.take(session, actor, record_id, reason)
    clean = checked(fields)
    changes = [Change(name, str(getattr(row, name)), text) for name, text in clean.items()]
    for name, text in clean.items():
        setattr(row, name, text)
    records.note(session, actor, row, changes, reason=reason, at=at)
    session.flush()
    return records.get(session, actor, record_id)


def gaps(session: Session, record: Record) -> Gaps:
    """What the record still lacks."""
    missing = tuple(name for name in _NAMES if not getattr(record, name))
    content = record.reported + record.discussed + record.decided + record.summary
    return Gaps(missing, record.tally.unmarked, _unexplained(session, record), not content)


def confirm(
    session: Session, actor: Member | None, record_id: int, *, at: datetime
) -> tuple[Record, bool]:
    """The record is done: from now on changes need a reason. False when it was confirmed already.

    Items of plans that it ticks are done for those who came. Raises Refused: minutes_not_over,
    minutes_unmarked, minutes_nameless, record_gone, month_closed.
    """
    record = hold(session, actor, record_id)
    if record.confirmed_at is not None:
        return record, False
    row = session.get_one(RecordRow, record_id)
    lacks = gaps(session, record)
    if lacks.unmarked:
        raise Refused("minutes_unmarked", count=lacks.unmarked)
    if not record.is_over:
        raise Refused("minutes_not_over")
    if lacks.names:
        raise Refused("minutes_nameless")
    row.confirmed_at, row.confirmed_by = at, actor.id if actor else None
    session.flush()
    _tick(session, row, at)
    return records.get(session, actor, record_id), True


def tick(
    session: Session,
    actor: Member | None,
    record_id: int,
    wanted: Tick,
    *,
    reason: str = "",
    at: datetime,
) -> Record:
    """The meeting did an item of a plan: a film was shown, for those who came.

    Counts once the record is confirmed. Raises Refused as records.take does.
    """
    row = records.take(session, actor, record_id, reason)
    rest = [each for each in records.ticks_of(row) if each.key != wanted.key]
    return _put_ticks(session, actor, row, [*rest, wanted], reason=reason, at=at)


def untick(
    session: Session,
    actor: Member | None,
    record_id: int,
    key: str,
    *,
    reason: str = "",
    at: datetime,
) -> Record:
    """After all the meeting did not do it. Raises Refused as records.take does."""
    row = records.take(session, actor, record_id, reason)
    rest = [each for each in records.ticks_of(row) if each.key != key]
    return _put_ticks(session, actor, row, rest, reason=reason, at=at)


def _put_ticks(
    session: Session,
    actor: Member | None,
    row: RecordRow,
    after: Sequence[Tick],
    *,
    reason: str,
    at: datetime,
) -> Record:
    old, new = ("、".join(each.title for each in ticks) for ticks in (records.ticks_of(row), after))
    row.ticks = [vars(each) for each in after]
    records.note(session, actor, row, [Change("ticks", old, new)], reason=reason, at=at)
    session.flush()
    recount(session, row.id, at=at)
    return records.get(session, actor, row.id)


def ref_of(record_id: int) -> str:
    """What the completions of a record rest on."""
    return f"record:{record_id}"


def recount(session: Session, record_id: int, *, at: datetime) -> None:
    """After the attendance of a confirmed record was corrected: its completions follow."""
    row = session.get_one(RecordRow, record_id)
    if row.confirmed_at is not None:
        completions.take_back(session, ref=ref_of(record_id))
        _tick(session, row, at)


def _tick(session: Session, row: RecordRow, at: datetime) -> None:
    if not row.ticks:
        return
    came = session.scalars(
        select(AttendanceRow.member_id).where(
            AttendanceRow.meeting_id == row.meeting_id,
            AttendanceRow.unit_id == row.unit_id,
            AttendanceRow.status.in_(tally.CAME),
        )
    ).all()
    ref = ref_of(row.id)
    for each in records.ticks_of(row):
        if each.is_units:
            completions.record_unit(
                session, key=each.key, unit_id=row.unit_id, how="meeting", ref=ref, at=at
            )
        else:
            completions.record(
                session, key=each.key, member_ids=came, how="meeting", ref=ref, at=at
            )


def _unexplained(session: Session, record: Record) -> int:
    """Those who were expected, did not come, and of whom no reason is written (TZ03)."""
    missed = select(func.count()).where(
        AttendanceRow.meeting_id == record.meeting_id,
        AttendanceRow.unit_id == record.unit_id,
        AttendanceRow.is_expected,
        AttendanceRow.status.in_(("absent", "leave")),
        AttendanceRow.reason == "",
    )
    return session.scalar(missed) or 0


def _labelled(line: str) -> tuple[str | None, str]:
    """The field that a line's label names ("" for what is left out) with the rest, or None."""
    for name, pattern in _LABEL.items():
        if found := pattern.match(line.strip()):
            return name, (found["rest"] or "").strip()
    return None, ""
