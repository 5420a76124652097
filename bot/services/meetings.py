"""Meetings: calling one for a unit or several, joining in, and what everybody may know of it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.core.roles import Role
from bot.db.engine import insert_once
from bot.db.models import MeetingRow, RecordRow
from bot.services import access, expected, quorum, units
from bot.services.members import Member
from bot.services.units import Unit

TOPIC_AT_MOST, PLACE_AT_MOST = 80, 60
_AHEAD_AT_MOST = timedelta(days=400)
_BEHIND_AT_MOST = timedelta(days=366)
_MEETINGS: Table = MeetingRow.__table__  # type: ignore[assignment]
_RECORDS: Table = RecordRow.__table__  # type: ignore[assignment]


@dataclass(frozen=True)
class Meeting:
    """A meeting as it stands. `units` have agreed, the calling one first; `asked` have not yet."""

    id: int
    kind: str
    subkind: str | None
    purpose: str
    topic: str
    place: str
    starts_at: datetime
    lasts: int
    state: str
    version: int
    called_by: int | None
    on_the_day: bool = False
    visitors: tuple[str, ...] = ()
    units: tuple[Unit, ...] = ()
    asked: tuple[Unit, ...] = ()

    @property
    def counts_as(self) -> str:
        """The kind under which it stands in the ledgers, and by which people are expected."""
        return self.subkind or self.kind

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.lasts)

    @property
    def subject(self) -> str:
        """What deliveries about it are filed under."""
        return f"meeting:{self.id}"


@dataclass(frozen=True)
class Call:
    """What a secretary wishes to call. `unit_ids`: the calling unit first. `lasts` in minutes.

    `is_held`: it is over, and written down afterwards.
    """

    kind: str
    unit_ids: tuple[int, ...]
    starts_at: datetime
    topic: str
    place: str = ""
    lasts: int = 60
    subkind: str | None = None
    purpose: str = "plain"
    guests: tuple[int, ...] = ()
    visitors: tuple[str, ...] = ()
    on_the_day: bool = False
    is_held: bool = False


def may_call(session: Session, member: Member | None, unit: Unit) -> bool:
    """Party meetings are called by secretaries, trainings of a school by its administrators."""
    if unit.tree == units.PARTY:
        return unit.id in access.scope(session, member, Role.SECRETARY)
    return unit.id in access.nearest(session, member, Role.ADMINISTRATOR)


def own_units(session: Session, member: Member) -> list[Unit]:
    """The units in which the member holds a role by which meetings are called."""
    held = (units.get(session, each.unit_id) for each in member.roles)
    found = {unit.id: unit for unit in held if unit and may_call(session, member, unit)}
    return list(found.values())


def called_as(session: Session, key: str) -> Meeting | None:
    """The meeting that was called under that key, or None."""
    found = session.scalar(select(MeetingRow.id).where(MeetingRow.key == key))
    return show(session, found) if found is not None else None


def call(
    session: Session, caller: Member | None, wish: Call, *, key: str, at: datetime
) -> tuple[Meeting, bool]:
    """The meeting, a record for each unit, a seat for each person; False when `key` was called.

    Units that the caller does not answer for are only asked: see seating.agree. Raises Refused:
    meeting_not_your_unit, meeting_kind_unfit, meeting_purpose_unfit, meeting_in_past,
    meeting_too_far, meeting_nobody, meeting_not_held.
    """
    known = called_as(session, key)
    if known is not None:
        return known, False
    _check(session, caller, wish, at)
    is_new = insert_once(
        session, _MEETINGS, [_row(session, caller, wish, key, at)], unique=("key",)
    )
    meeting_id = session.scalars(select(MeetingRow.id).where(MeetingRow.key == key)).one()
    if not is_new:
        return show(session, meeting_id), False
    own = _add_records(session, caller, meeting_id, wish.unit_ids, at)
    day = local_day(wish.starts_at)
    seats = expected.together(session, own, wish.subkind or wish.kind, on=day)
    if not any(seat.is_expected for seat in seats):
        raise Refused("meeting_nobody")
    guests = (expected.guest(session, each, wish.unit_ids[0], on=day) for each in wish.guests)
    expected.seat(session, meeting_id, [*seats, *(each for each in guests if each)])
    return show(session, meeting_id), True


def show(session: Session, meeting_id: int) -> Meeting:
    """The meeting, whoever asks. Raises Refused meeting_gone."""
    row = session.get(MeetingRow, meeting_id, populate_existing=True)
    if row is None:
        raise Refused("meeting_gone")
    return shown(session, [row])[0]


def shown(session: Session, rows: Sequence[MeetingRow]) -> list[Meeting]:
    """Rows as values, with their units."""
    taking: dict[int, list[tuple[Unit, bool]]] = {}
    records = select(RecordRow).where(RecordRow.meeting_id.in_([row.id for row in rows]))
    newest = records.order_by(RecordRow.id).execution_options(populate_existing=True)
    for record in session.scalars(newest):
        unit = units.get(session, record.unit_id)
        if unit is not None:
            parts = taking.setdefault(record.meeting_id, [])
            parts.append((unit, record.agreed_at is not None))
    return [_meeting(row, taking.get(row.id, [])) for row in rows]


def require(session: Session, actor: Member | None, meeting_id: int) -> Meeting:
    """The meeting, for who answers for one of its units. Raises meeting_gone, meeting_not_yours."""
    meeting = show(session, meeting_id)
    if not mine_of(session, actor, meeting):
        raise Refused("meeting_not_yours")
    return meeting


def mine_of(session: Session, actor: Member | None, meeting: Meeting) -> list[Unit]:
    """Those of its units that the actor answers for: the records that are the actor's to keep."""
    return [unit for unit in meeting.units if may_call(session, actor, unit)]


def _check(session: Session, caller: Member | None, wish: Call, at: datetime) -> None:
    found = [units.get(session, unit_id) for unit_id in wish.unit_ids]
    taking = [unit for unit in found if unit is not None]
    if not taking or not may_call(session, caller, taking[0]):
        raise Refused("meeting_not_your_unit")
    if not all(expected.fits(unit, wish.subkind or wish.kind) for unit in taking):
        raise Refused("meeting_kind_unfit")
    if not quorum.belongs(wish.subkind or wish.kind, wish.purpose):
        raise Refused("meeting_purpose_unfit")
    _check_time(wish, at)


def _check_time(wish: Call, at: datetime) -> None:
    if wish.is_held:
        ends_at = wish.starts_at + timedelta(minutes=wish.lasts)
        if not at - _BEHIND_AT_MOST < wish.starts_at < ends_at <= at:
            raise Refused("meeting_not_held")
        return
    if wish.starts_at <= at:
        raise Refused("meeting_in_past")
    if wish.starts_at > at + _AHEAD_AT_MOST:
        raise Refused("meeting_too_far")


def _row(
    session: Session, caller: Member | None, wish: Call, key: str, at: datetime
) -> dict[str, Any]:
    return {
        "key": key,
        "kind": wish.kind,
        "subkind": wish.subkind,
        "purpose": wish.purpose,
        "topic": wish.topic[:TOPIC_AT_MOST],
        "place": wish.place[:PLACE_AT_MOST],
        "starts_at": wish.starts_at,
        "lasts": wish.lasts,
        "code": _free_code(session),
        "secret": secrets.token_urlsafe(24),
        "on_the_day": wish.on_the_day,
        "visitors": list(wish.visitors),
        "called_by": caller.id if caller else None,
        "called_at": at,
    }


def _free_code(session: Session) -> str:
    """Six digits that no other meeting that is not over uses."""
    while True:
        code = f"{secrets.randbelow(900_000) + 100_000}"
        used = select(MeetingRow.id).where(
            MeetingRow.code == code, MeetingRow.state.in_(("planned", "open"))
        )
        if session.scalars(used).first() is None:
            return code


def _add_records(
    session: Session, caller: Member | None, meeting_id: int, unit_ids: Sequence[int], at: datetime
) -> list[int]:
    """A record a unit; gives the units that are the caller's, which need not be asked."""
    own: list[int] = []
    for unit_id in dict.fromkeys(unit_ids):
        unit = units.get(session, unit_id)
        is_own = unit is not None and may_call(session, caller, unit)
        agreed = (at, caller.id if caller else None) if is_own else (None, None)
        row = {"meeting_id": meeting_id, "unit_id": unit_id}
        row |= {"agreed_at": agreed[0], "agreed_by": agreed[1]}
        insert_once(session, _RECORDS, [row], unique=("meeting_id", "unit_id"))
        own += [unit_id] if is_own else []
    return own


def _meeting(row: MeetingRow, taking: Sequence[tuple[Unit, bool]]) -> Meeting:
    return Meeting(
        row.id,
        row.kind,
        row.subkind,
        row.purpose,
        row.topic,
        row.place,
        row.starts_at,
        row.lasts,
        row.state,
        row.version,
        row.called_by,
        row.on_the_day,
        tuple(str(each) for each in row.visitors),
        tuple(unit for unit, has_agreed in taking if has_agreed),
        tuple(unit for unit, has_agreed in taking if not has_agreed),
    )
