"""The people that one can be in the playground: everybody of the roster, and two strangers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import String, Table, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from bot.core.roles import Role
from bot.db.engine import insert_once
from bot.db.models import (
    AddressRow,
    DeliveryRow,
    MeetingRow,
    MemberRow,
    MembershipRow,
    NoticeRow,
    RoleRow,
    UnitRow,
)
from bot.services import agenda, facts

PLATFORM = "web"
STRANGERS = ("guest-1", "guest-2")
_LASTS_AT_MOST = timedelta(days=1)
_ADDRESSES: Table = AddressRow.__table__  # type: ignore[assignment]


@dataclass(frozen=True)
class Person:
    """Somebody to be: `id` is the web address, `name` empty for a stranger nobody knows yet."""

    id: str
    name: str
    roles: tuple[Role, ...]
    school: str = ""
    branch: str = ""


def people(session: Session, *, on: date) -> list[Person]:
    """Everyone there is on that day by number of row, then the strangers; widest role first."""
    query = select(MemberRow.id, MemberRow.name).where(
        or_(MemberRow.left_on.is_(None), MemberRow.left_on > on)
    )
    names = {row.id: row.name for row in session.execute(query.order_by(MemberRow.id))}
    roles = _roles(session, on)
    units = _units(session, on)
    members = {
        member_id: Person(
            f"m{member_id}",
            name,
            (*roles.get(member_id, ()), Role.TEACHER),
            units.get((member_id, "admin"), ""),
            units.get((member_id, "party"), ""),
        )
        for member_id, name in names.items()
    }
    return [*members.values(), *_strangers(session, members)]


def move_in(session: Session, *, at: datetime) -> int:
    """Give everyone a web address, so that the bot can also speak first; says how many are new.

    An address that is there stays as it is: whoever was unbound stays a Guest.
    """
    missing = select(MemberRow.id).where(
        MemberRow.left_on.is_(None),
        ~select(AddressRow.id)
        .where(
            AddressRow.platform == PLATFORM,
            AddressRow.native_id == literal("m") + cast(MemberRow.id, String),
        )
        .exists(),
    )
    rows = [_address(f"m{member_id}", member_id, at) for member_id in session.scalars(missing)]
    rows += [_address(stranger, None, None) for stranger in STRANGERS]
    return insert_once(session, _ADDRESSES, rows, unique=("platform", "native_id"))


def exists(session: Session, person_id: str) -> bool:
    """Whether one can be this person."""
    query = select(AddressRow.id).where(
        AddressRow.platform == PLATFORM, AddressRow.native_id == person_id
    )
    return session.scalar(query) is not None


def next_due(session: Session, *, after: datetime) -> datetime | None:
    """When the next thing happens by itself, or None.

    Messages and notices that wait, reminders, and what meetings bring: the evening before, their
    beginning, and their end with the roll.
    """
    message = select(func.min(DeliveryRow.due_at)).where(
        DeliveryRow.state == "queued", DeliveryRow.due_at > after
    )
    notice = select(func.min(NoticeRow.send_at)).where(
        NoticeRow.state == "waiting", NoticeRow.send_at > after
    )
    reminder = facts.get(session, facts.NEXT_REMINDER)
    due = [
        session.scalar(message),
        session.scalar(notice),
        datetime.fromisoformat(reminder) if reminder else None,
        *_of_meetings(session, after),
    ]
    return min((each for each in due if each and each > after), default=None)


def _of_meetings(session: Session, after: datetime) -> Iterable[datetime]:
    """What happens around meetings that were called; one that began lasts a day at most."""
    query = select(MeetingRow.starts_at, MeetingRow.lasts, MeetingRow.reminded_at).where(
        MeetingRow.state.in_(("planned", "open")), MeetingRow.starts_at > after - _LASTS_AT_MOST
    )
    for starts_at, lasts, reminded_at in session.execute(query):
        if reminded_at is None:
            yield agenda.evening_before(starts_at)
        yield starts_at
        yield starts_at + timedelta(minutes=lasts)


def _address(native_id: str, member_id: int | None, at: datetime | None) -> dict[str, object]:
    return {
        "platform": PLATFORM,
        "native_id": native_id,
        "name": "",
        "chat_id": native_id,
        "member_id": member_id,
        "bound_at": at,
        "wrong_codes": 0,
    }


def _strangers(session: Session, members: dict[int, Person]) -> Iterable[Person]:
    """The strangers; one who has come in by an invitation is a member from then on."""
    query = select(AddressRow.native_id, AddressRow.member_id).where(
        AddressRow.platform == PLATFORM, AddressRow.native_id.in_(STRANGERS)
    )
    bound = {row.native_id: row.member_id for row in session.execute(query)}
    for stranger in STRANGERS:
        known = members.get(bound.get(stranger) or 0)
        if known is None:
            yield Person(stranger, "", (Role.GUEST,))
        else:
            yield Person(stranger, known.name, known.roles, known.school, known.branch)


def _roles(session: Session, on: date) -> dict[int, list[Role]]:
    query = select(RoleRow.member_id, RoleRow.role).where(
        RoleRow.from_on <= on, or_(RoleRow.to_on.is_(None), RoleRow.to_on > on)
    )
    held: dict[int, set[Role]] = {}
    for row in session.execute(query):
        if row.role != Role.TEACHER.value:
            held.setdefault(row.member_id, set()).add(Role(row.role))
    order = list(Role)
    return {key: sorted(value, key=order.index, reverse=True) for key, value in held.items()}


def _units(session: Session, on: date) -> dict[tuple[int, str], str]:
    query = (
        select(MembershipRow.member_id, MembershipRow.tree, UnitRow.name)
        .join(UnitRow, UnitRow.id == MembershipRow.unit_id)
        .where(
            MembershipRow.from_on <= on,
            or_(MembershipRow.to_on.is_(None), MembershipRow.to_on > on),
        )
    )
    return {(row.member_id, row.tree): row.name for row in session.execute(query)}
