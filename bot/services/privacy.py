"""What is held about a person: shown, exported, unbound, and requests to correct or erase it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.core.roles import Role
from bot.db.models import (
    AddressRow,
    AnswerRow,
    AttendanceRow,
    CardRow,
    CompletionRow,
    DataRequestRow,
    FeedbackRow,
    FileRow,
    InboxRow,
    MemberRow,
    MembershipRow,
    MemberTagRow,
    MissRow,
    QuestionRow,
    RoleRow,
    SittingRow,
    UnitRow,
)
from bot.services import (
    access,
    audit,
    corrections,
    erasure,
    facts,
    holdings,
    notice_keeping,
    units,
    wishes,
)
from bot.services.members import Member

KEEP_DAYS = "keep_days"
OPEN_AT_MOST = 3
TEXT_AT_MOST = 500


@dataclass(frozen=True)
class Overview:
    """What is held, in numbers, and for how many days texts and files are kept."""

    name: str
    number: str
    party_status: str
    duties: str
    has_vote: bool
    units: tuple[str, ...]
    addresses: tuple[str, ...]
    answers: int
    events: int
    files: int
    keep_days: int


@dataclass(frozen=True)
class Place:
    """An address as an administrator sees it."""

    id: int
    platform: str
    bound_at: datetime | None


@dataclass(frozen=True)
class DataRequest:
    """A request to correct or erase, as the administrators' queue shows it."""

    id: int
    kind: str
    text: str
    member_id: int
    name: str
    number: str
    made_at: datetime


def overview(session: Session, member: Member) -> Overview:
    """What is held about the member."""
    person = session.get_one(MemberRow, member.id)
    addresses = session.scalars(
        select(AddressRow.platform).where(AddressRow.member_id == member.id)
    )
    places = session.scalars(
        select(UnitRow.name)
        .join(MembershipRow, MembershipRow.unit_id == UnitRow.id)
        .where(MembershipRow.member_id == member.id, MembershipRow.to_on.is_(None))
        .order_by(MembershipRow.tree)
    )
    return Overview(
        person.name,
        person.number,
        person.party_status,
        person.duties,
        person.has_vote,
        tuple(places),
        tuple(sorted(addresses)),
        _count(session, AnswerRow, AnswerRow.member_id == member.id),
        _count(session, InboxRow, InboxRow.person.in_(erasure.persons(session, member.id))),
        _count(session, FileRow, FileRow.owner == member.owner),
        int(facts.get(session, KEEP_DAYS) or 30),
    )


def export(session: Session, member: Member) -> dict[str, list[dict[str, Any]]]:
    """Everything held about the member, by kind, as plain JSON values."""
    mine, persons = member.id, erasure.persons(session, member.id)
    return {
        "roster": holdings.rows(session, MemberRow, MemberRow.id == mine),
        "memberships": holdings.named(session, MembershipRow, MembershipRow.member_id == mine),
        "roles": holdings.named(session, RoleRow, RoleRow.member_id == mine),
        "addresses": holdings.rows(session, AddressRow, AddressRow.member_id == mine),
        "tags": holdings.rows(session, MemberTagRow, MemberTagRow.member_id == mine),
        "receipts": notice_keeping.given(session, mine or 0),
        "sittings": holdings.rows(session, SittingRow, SittingRow.member_id == mine),
        "answers": holdings.rows(session, AnswerRow, AnswerRow.member_id == mine),
        "cards": holdings.rows(session, CardRow, CardRow.member_id == mine),
        "completions": holdings.rows(session, CompletionRow, CompletionRow.member_id == mine),
        "events": holdings.rows(session, InboxRow, InboxRow.person.in_(persons)),
        "questions": holdings.rows(session, QuestionRow, QuestionRow.owner == member.owner),
        "unanswered": holdings.rows(session, MissRow, MissRow.owner == member.owner),
        "feedback": holdings.rows(session, FeedbackRow, FeedbackRow.member_id == mine),
        "meetings": holdings.attended(session, AttendanceRow.member_id == mine),
        "corrections": corrections.export(session, mine),
        "deliveries": holdings.delivered(session, member.owner),
        "wishes": wishes.export(session, member),
        "requests": holdings.rows(session, DataRequestRow, DataRequestRow.member_id == mine),
    }


def unbind(session: Session, actor: Member | None, address_id: int, *, at: datetime) -> str:
    """Take an address from its member: one's own, or another's by an administrator.

    Gives the name. Raises Refused: address_unbound, not_your_person.
    """
    address = session.get(AddressRow, address_id, populate_existing=True)
    if address is None or address.member_id is None:
        raise Refused("address_unbound")
    person = session.get_one(MemberRow, address.member_id)
    if actor is None or actor.id != person.id:
        _require_administrator(session, actor, person.id)
    address.member_id = None
    address.bound_at = None
    subject = f"{person.name}（{person.number}）"
    audit.add(session, actor, "unbind", subject, _place(session, person.id), at=at)
    session.flush()
    return person.name


def addresses(session: Session, actor: Member | None, member_id: int) -> list[Place]:
    """Where a member is bound. Raises Refused not_your_person."""
    _require_administrator(session, actor, member_id)
    rows = session.scalars(
        select(AddressRow).where(AddressRow.member_id == member_id).order_by(AddressRow.id)
    )
    return [Place(row.id, row.platform, row.bound_at) for row in rows]


def request(
    session: Session, member: Member, kind: str, text: str, *, at: datetime
) -> tuple[int, list[int]]:
    """Ask to `correct` or `erase`; gives the request's id and who is to deal with it.

    Raises Refused data_request_enough.
    """
    # Two requests at one moment must see each other.
    session.get_one(MemberRow, member.id, with_for_update=True)
    waiting = (DataRequestRow.member_id == member.id, DataRequestRow.status == "open")
    if _count(session, DataRequestRow, *waiting) >= OPEN_AT_MOST:
        raise Refused("data_request_enough")
    row = DataRequestRow(member_id=member.id or 0, kind=kind, text=text[:TEXT_AT_MOST], made_at=at)
    session.add(row)
    session.flush()
    school = units.unit_of(session, row.member_id, units.ADMIN)
    day = local_day(at)
    if school is None:
        return row.id, units.top_administrators(session, on=day)
    return row.id, units.responsible(session, school, on=day, besides=member.id)


def take_back(session: Session, member: Member, request_id: int, *, at: datetime) -> bool:
    """Withdraw one's own request while it is open. False when it was too late."""
    done: Any = session.execute(
        update(DataRequestRow)
        .where(DataRequestRow.id == request_id, DataRequestRow.member_id == member.id)
        .where(DataRequestRow.status == "open")
        .values(status="withdrawn", decided_at=at)
    )
    return done.rowcount == 1


def count(session: Session, actor: Member | None) -> int:
    """How many requests wait for the actor."""
    mine = access.people(session, actor, DataRequestRow.member_id, Role.ADMINISTRATOR)
    return _count(session, DataRequestRow, DataRequestRow.status == "open", mine)


def open_request(session: Session, actor: Member, request_id: int) -> DataRequest:
    """One request that waits. Raises Refused: data_request_gone, not_your_person."""
    row = session.get(DataRequestRow, request_id, populate_existing=True)
    if row is None or row.status != "open":
        raise Refused("data_request_gone")
    _require_administrator(session, actor, row.member_id)
    person = session.get_one(MemberRow, row.member_id)
    return _shown(row, person.name, person.number)


def waiting(session: Session, actor: Member | None) -> list[DataRequest]:
    """Open requests of the people whom the actor administers, oldest first, at most twenty."""
    mine = access.people(session, actor, DataRequestRow.member_id, Role.ADMINISTRATOR)
    rows = session.execute(
        select(DataRequestRow, MemberRow.name, MemberRow.number)
        .join(MemberRow, MemberRow.id == DataRequestRow.member_id)
        .where(DataRequestRow.status == "open", mine)
        .order_by(DataRequestRow.id)
        .limit(20)
    )
    return [_shown(row, name, number) for row, name, number in rows]


def settle(
    session: Session, actor: Member, request_id: int, status: str, outcome: str, *, at: datetime
) -> DataRequest:
    """Close a request as `done` or `declined`; the first decision counts.

    Raises Refused: data_request_gone, not_your_person, last_administrator (for an erasure).
    """
    row = session.get(DataRequestRow, request_id, with_for_update=True, populate_existing=True)
    if row is None or row.status != "open":
        raise Refused("data_request_gone")
    _require_administrator(session, actor, row.member_id)
    person = session.get_one(MemberRow, row.member_id)
    asked = _shown(row, person.name, person.number)
    detail = {**_place(session, person.id), "request": row.id, "kind": row.kind}
    row.status, row.outcome = status, outcome[:TEXT_AT_MOST]
    row.decided_by, row.decided_at = actor.id, at
    if row.kind == "erase" and status == "done":
        erasure.erase(session, person, at=at)
    audit.add(session, actor, f"data.{status}", f"（{asked.number}）", detail, at=at)
    session.flush()
    return asked


def _shown(row: DataRequestRow, name: str, number: str) -> DataRequest:
    return DataRequest(row.id, row.kind, row.text, row.member_id, name, number, row.made_at)


def _require_administrator(session: Session, actor: Member | None, member_id: int) -> None:
    mine = access.people(session, actor, MemberRow.id, Role.ADMINISTRATOR)
    if session.scalar(select(MemberRow.id).where(MemberRow.id == member_id, mine)) is None:
        raise Refused("not_your_person")


def _place(session: Session, member_id: int) -> dict[str, Any]:
    return {"unit": units.unit_of(session, member_id, units.ADMIN)}


def _count(session: Session, table: type[Any], *where: ColumnElement[bool]) -> int:
    return session.scalars(select(func.count()).select_from(table).where(*where)).one()
