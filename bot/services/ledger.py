"""The ledger: a view of the records by branch, year and kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from bot.core.clock import SHANGHAI, local
from bot.core.errors import Refused
from bot.core.roles import Role
from bot.db.models import (
    AttendanceRow,
    MeetingRow,
    MemberRow,
    RecordRow,
)
from bot.services import access, decisions, records, units
from bot.services.decisions import Resolution, Vote
from bot.services.members import Member
from bot.services.records import Record
from bot.services.units import Unit

EXPORTED_AT_MOST = 1000
_HOMES = ("branch", "general_branch", "committee", "group")


@dataclass(frozen=True)
class Choice:
    """What is looked at: a unit with those below it, a year, and one kind or (empty) all."""

    unit_id: int
    year: int
    kind: str = ""


@dataclass(frozen=True)
class Attendee:
    """One person of a record's attendance; `status` is guest for 列席 who came."""

    member_id: int
    name: str
    number: str
    why: str
    is_expected: bool
    has_vote: bool
    status: str
    reason: str
    late_by: int


@dataclass(frozen=True)
class Entry:
    """A record with all that belongs to it, for the export."""

    record: Record
    attendees: tuple[Attendee, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    votes: tuple[Vote, ...] = ()


def homes(session: Session, member: Member | None) -> list[Unit]:
    """The Party units whose ledgers the member keeps, those without a ledger above them first."""
    mine = access.scope(session, member, Role.SECRETARY)
    found = units.every(session, tree=units.PARTY, kinds=_HOMES)
    kept = [unit for unit in found if unit.id in mine]
    return sorted(kept, key=lambda unit: (_HOMES.index(unit.kind), unit.id))


def require(session: Session, member: Member | None, unit_id: int) -> Unit:
    """The unit, for who keeps its ledger. Raises Refused ledger_not_yours."""
    unit = units.get(session, unit_id)
    if unit is None or unit_id not in access.scope(session, member, Role.SECRETARY):
        raise Refused("ledger_not_yours")
    return unit


def page(
    session: Session, member: Member | None, choice: Choice, *, offset: int = 0, limit: int = 5
) -> tuple[list[Record], int]:
    """A page of the ledger, newest first, and how many lines there are."""
    wanted = chosen(session, member, choice)
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    ordered = wanted.order_by(MeetingRow.starts_at.desc(), RecordRow.id.desc())
    return records.found(session, ordered.offset(offset).limit(limit)), total


def years(session: Session, member: Member | None, unit_id: int, *, on: date) -> list[int]:
    """The years of which there are records, and this one, latest first."""
    below = units.subtree(session, [unit_id])
    ends = select(func.min(MeetingRow.starts_at), func.max(MeetingRow.starts_at))
    found: Sequence[datetime | None] = session.execute(
        ends.join(RecordRow, RecordRow.meeting_id == MeetingRow.id).where(
            RecordRow.unit_id.in_(below), records.readable(session, member)
        )
    ).one()
    known = [local(each).year for each in found if each is not None]
    return list(range(max([*known, on.year]), min([*known, on.year]) - 1, -1))


def entries(session: Session, member: Member | None, choice: Choice) -> list[Entry]:
    """The whole of it, oldest first, for files. Raises Refused ledger_not_yours."""
    require(session, member, choice.unit_id)
    wanted = chosen(session, member, choice).order_by(MeetingRow.starts_at, RecordRow.id)
    return complete(session, records.found(session, wanted.limit(EXPORTED_AT_MOST)))


def complete(session: Session, found: Sequence[Record]) -> list[Entry]:
    """Records with attendance, resolutions and votes."""
    ids = [record.id for record in found]
    resolved, voted = decisions.resolutions(session, ids), decisions.votes(session, ids)
    there = _attendees(session, [record.meeting_id for record in found])
    return [
        Entry(
            record,
            tuple(there.get((record.meeting_id, record.unit_id), ())),
            tuple(resolved.get(record.id, ())),
            tuple(voted.get(record.id, ())),
        )
        for record in found
    ]


def chosen(
    session: Session, member: Member | None, choice: Choice
) -> Select[RecordRow, MeetingRow, str]:
    """The records of a choice, as a query to be ordered."""
    start = datetime(choice.year, 1, 1, tzinfo=SHANGHAI)
    wanted = records.query(session, member).where(
        RecordRow.unit_id.in_(units.subtree(session, [choice.unit_id])),
        MeetingRow.starts_at >= start,
        MeetingRow.starts_at < start.replace(year=choice.year + 1),
    )
    if choice.kind:
        counts_as = func.coalesce(MeetingRow.subkind, MeetingRow.kind)
        wanted = wanted.where(counts_as == choice.kind)
    return wanted


def _attendees(
    session: Session, meeting_ids: Sequence[int]
) -> dict[tuple[int, int], list[Attendee]]:
    rows = session.execute(
        select(AttendanceRow, MemberRow.name, MemberRow.number)
        .join(MemberRow, MemberRow.id == AttendanceRow.member_id)
        .where(AttendanceRow.meeting_id.in_(meeting_ids))
        .order_by(AttendanceRow.is_expected.desc(), MemberRow.number)
    )
    result: dict[tuple[int, int], list[Attendee]] = {}
    for row, name, number in rows:
        there = result.setdefault((row.meeting_id, row.unit_id), [])
        there.append(_attendee(row, name, number))
    return result


def _attendee(row: AttendanceRow, name: str, number: str) -> Attendee:
    is_guest = not row.is_expected and row.status in ("present", "late")
    return Attendee(
        row.member_id,
        name,
        number,
        row.why,
        row.is_expected,
        row.has_vote,
        "guest" if is_guest else row.status,
        row.reason,
        row.late_by,
    )
