"""Who somebody is: from an address to a Member with roles, or a Guest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Table, and_, bindparam, or_, select, update
from sqlalchemy.orm import Session

from bot.core.chat import Chat
from bot.core.clock import local_day
from bot.core.roles import Role
from bot.db.engine import insert_once, run
from bot.db.models import AddressRow, MemberRow, RoleRow

_ADDRESSES: Table = AddressRow.__table__  # type: ignore[assignment]
# A write for every turn only to keep "last used" would be half of a turn's cost.
_USE_IS_FRESH_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class RoleHeld:
    """A role in a unit, valid today."""

    role: Role
    unit_id: int
    is_deputy: bool = False


@dataclass(frozen=True)
class Member:
    """A person of the roster, or a Guest (`id` None), at the address they write from."""

    id: int | None
    address_id: int
    name: str
    number: str = ""
    roles: tuple[RoleHeld, ...] = ()

    @property
    def is_guest(self) -> bool:
        return self.id is None

    @property
    def owner(self) -> str:
        """The key of what belongs to the person: m<member id>, or a<address id> for a Guest."""
        return f"a{self.address_id}" if self.id is None else f"m{self.id}"

    def may(self, audience: Role) -> bool:
        """Whether a route for that audience is open to the person."""
        if audience is Role.GUEST:
            return True
        if audience is Role.TEACHER:
            return not self.is_guest
        held = {each.role for each in self.roles}
        if audience is Role.SECRETARY:
            return bool(held & {Role.SECRETARY, Role.ADMINISTRATOR})
        return audience in held

    @property
    def rank(self) -> Role:
        """The widest audience that the person belongs to."""
        for audience in reversed(Role):
            if self.may(audience):
                return audience
        return Role.GUEST


_WHO = (
    select(
        AddressRow.id,
        AddressRow.chat_id,
        AddressRow.last_used_at,
        AddressRow.unreachable_reason,
        AddressRow.name.label("called"),
        MemberRow.id.label("member_id"),
        MemberRow.name,
        MemberRow.number,
        MemberRow.left_on,
        RoleRow.role,
        RoleRow.unit_id,
        RoleRow.is_deputy,
    )
    .outerjoin(MemberRow, MemberRow.id == AddressRow.member_id)
    .outerjoin(
        RoleRow,
        and_(
            RoleRow.member_id == MemberRow.id,
            RoleRow.from_on <= bindparam("day"),
            or_(RoleRow.to_on.is_(None), RoleRow.to_on > bindparam("day")),
        ),
    )
    .where(
        AddressRow.platform == bindparam("platform"),
        AddressRow.native_id == bindparam("native_id"),
    )
)
_ROLES = select(RoleRow.role, RoleRow.unit_id, RoleRow.is_deputy).where(
    RoleRow.member_id == bindparam("member_id"),
    RoleRow.from_on <= bindparam("day"),
    or_(RoleRow.to_on.is_(None), RoleRow.to_on > bindparam("day")),
)


def recognise(
    session: Session, chat: Chat, sender: str, *, called: str = "", at: datetime
) -> Member:
    """The person who wrote from this address; an address never seen before is a new Guest's."""
    key = {"platform": chat.platform, "native_id": sender}
    day = local_day(at)
    rows = run(session, _WHO, {**key, "day": day}).all()
    if not rows:
        row = {**key, "name": called[:80], "wrong_codes": 0}
        insert_once(session, _ADDRESSES, [row], unique=("platform", "native_id"))
        rows = run(session, _WHO, {**key, "day": day}).all()
    _note_use(session, rows[0], chat, at)
    return _member(rows, day)


def glimpse(session: Session, chat: Chat, sender: str, *, called: str = "", on: date) -> Member:
    """Like recognise, without a note of it: for when nothing can be written."""
    key = {"platform": chat.platform, "native_id": sender}
    rows = run(session, _WHO, {**key, "day": on}).all()
    return _member(rows, on) if rows else Member(None, 0, called)


def look_up(session: Session, member_id: int, *, on: date) -> Member | None:
    """A member by id, reached at no address in particular (address_id 0), or None."""
    row = session.get(MemberRow, member_id)
    if row is None or (row.left_on and row.left_on <= on):
        return None
    return Member(row.id, 0, row.name, row.number, _roles(session, row.id, on))


def ranks(session: Session, platform: str, *, on: date) -> dict[str, Role]:
    """The private chats on a platform whose people hold a role that day, with their rank."""
    query = (
        select(AddressRow.chat_id, RoleRow.role)
        .join(RoleRow, RoleRow.member_id == AddressRow.member_id)
        .where(AddressRow.platform == platform, AddressRow.chat_id.is_not(None))
        .where(RoleRow.from_on <= on, or_(RoleRow.to_on.is_(None), RoleRow.to_on > on))
    )
    found: dict[str, Role] = {}
    order = list(Role)
    for row in session.execute(query):
        role = Role(row.role)
        found[row.chat_id] = max(found.get(row.chat_id, role), role, key=order.index)
    return found


def _member(rows: Sequence[Row[*tuple[Any, ...]]], day: date) -> Member:
    """The person in the rows of _WHO: one for each role, or one without."""
    row = rows[0]
    if row.member_id is None or (row.left_on and row.left_on <= day):
        return Member(None, row.id, row.called)
    roles = tuple(
        RoleHeld(Role(each.role), each.unit_id, each.is_deputy) for each in rows if each.role
    )
    return Member(row.member_id, row.id, row.name, row.number, roles)


def _roles(session: Session, member_id: int, day: date) -> tuple[RoleHeld, ...]:
    rows = session.execute(_ROLES, {"member_id": member_id, "day": day})
    return tuple(RoleHeld(Role(row.role), row.unit_id, row.is_deputy) for row in rows)


def _note_use(session: Session, row: Row[*tuple[Any, ...]], chat: Chat, at: datetime) -> None:
    changed: dict[str, Any] = {}
    if not chat.is_group and (row.chat_id != chat.id or row.unreachable_reason):
        changed = {"chat_id": chat.id, "unreachable_reason": None}
    if row.last_used_at is None or not (timedelta() <= at - row.last_used_at < _USE_IS_FRESH_FOR):
        changed["last_used_at"] = at
    if changed:
        run(session, update(_ADDRESSES).where(_ADDRESSES.c.id == row.id).values(changed))
