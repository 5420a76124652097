"""Where people are reached: the last used address that works, the next one after a failure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Executable, Row, bindparam, or_, select, update
from sqlalchemy.orm import Session

from bot.core.chat import Chat
from bot.db.engine import run
from bot.db.models import AddressRow, MemberRow


@dataclass(frozen=True)
class Address:
    """A private chat in which somebody can be written to."""

    id: int
    platform: str
    chat_id: str

    @property
    def chat(self) -> Chat:
        return Chat(self.platform, self.chat_id)


def reachable(session: Session, owners: Iterable[str], *, on: date) -> dict[str, list[Address]]:
    """For each owner (m<member id> or a<address id>) the addresses, the last used one first.

    Whoever has left, or has written nowhere privately, has none and is missing from the result.
    """
    wanted = set(owners)
    session.flush()  # the statements below go past the ORM
    members = [int(owner[1:]) for owner in wanted if owner.startswith("m")]
    guests = [int(owner[1:]) for owner in wanted if owner.startswith("a")]
    found: dict[str, list[Address]] = {}
    for row in _usable(session, _OF_MEMBERS, members, on) if members else ():
        found.setdefault(f"m{row.member_id}", []).append(_address(row))
    for row in _usable(session, _OF_GUESTS, guests, on) if guests else ():
        found[f"a{row.id}"] = [_address(row)]
    return found


def why_not(session: Session, owners: Iterable[str], *, on: date) -> dict[str, str]:
    """Why these can't be written to: left, unbound, or what their last address said (blocked …)."""
    reasons = dict.fromkeys(owners, "unbound")
    members = [int(owner[1:]) for owner in reasons if owner.startswith("m")]
    guests = [int(owner[1:]) for owner in reasons if owner.startswith("a")]
    marked = select(AddressRow.id, AddressRow.member_id, AddressRow.unreachable_reason).where(
        AddressRow.member_id.in_(members) | AddressRow.id.in_(guests),
        AddressRow.unreachable_reason.is_not(None),
    )
    for row in session.execute(marked.order_by(AddressRow.last_used_at)):
        for owner in (f"m{row.member_id}", f"a{row.id}"):
            if owner in reasons:
                reasons[owner] = row.unreachable_reason
    left = select(MemberRow.id).where(MemberRow.id.in_(members), MemberRow.left_on <= on)
    return reasons | {f"m{member}": "left" for member in session.scalars(left)}


def mark_unreachable(session: Session, address_id: int, reason: str) -> None:
    """Note that an address takes no messages, until its person writes again."""
    _mark(session, AddressRow.id == address_id, reason)


def mark_unreachable_chat(session: Session, chat: Chat, reason: str) -> None:
    """The same, when only the private chat is known."""
    _mark(session, (AddressRow.platform == chat.platform) & (AddressRow.chat_id == chat.id), reason)


def _mark(session: Session, which: ColumnElement[bool], reason: str) -> None:
    session.execute(update(AddressRow).where(which).values(unreachable_reason=reason[:200]))


def _usable(session: Session, query: Executable, ids: list[int], on: date) -> list[Row[Any]]:
    rows = list(run(session, query, {"ids": ids, "on": on}))
    # Databases disagree on where to put those never used.
    used = [row for row in rows if row.last_used_at is not None]
    never = [row for row in rows if row.last_used_at is None]
    return sorted(used, key=lambda row: (row.last_used_at, row.id), reverse=True) + never


def _usable_of(which: ColumnElement[Any]) -> Executable:
    # Made once, of tables: each message that goes out asks.
    columns = (_A.id, _A.platform, _A.chat_id, _A.member_id, _A.last_used_at)
    return (
        select(*columns)
        .select_from(AddressRow.__table__)
        .outerjoin(MemberRow.__table__, _M.id == _A.member_id)
        .where(
            which.in_(bindparam("ids", expanding=True)),
            _A.chat_id.is_not(None),
            _A.unreachable_reason.is_(None),
            or_(_M.left_on.is_(None), _M.left_on > bindparam("on")),
        )
    )


_A, _M = AddressRow.__table__.c, MemberRow.__table__.c
_OF_MEMBERS, _OF_GUESTS = _usable_of(_A.member_id), _usable_of(_A.id)


def _address(row: Row[Any]) -> Address:
    return Address(row.id, row.platform, row.chat_id)
