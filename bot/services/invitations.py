"""Invitations: single-use codes of 40 bits that bind an address to a member; only hashes stay."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.db.models import AddressRow, InvitationRow, JoinRequestRow, MemberRow, StateRow
from bot.services import access, audit, passes
from bot.services.members import Member

VALID_FOR = timedelta(days=7)
LOCKED_FOR = timedelta(hours=1)
WRONG_AT_MOST = 5
LENGTH = 8
# 32 signs that nobody mistakes for one another: no 0, O, 1, I.
_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_FORM = re.compile(f"[{_SIGNS}]{{{LENGTH}}}")
_LIKE = re.compile(f"(?=[A-Z0-9]*[0-9])[A-Z0-9]{{{LENGTH}}}")
_BETWEEN = re.compile(r"[\s\-－—·]+")


class Outcome(Enum):
    """What came of a code."""

    BOUND = "bound"
    WRONG = "wrong"
    LOCKED = "locked"
    USED = "used"
    EXPIRED = "expired"
    GONE = "gone"
    BOUND_ALREADY = "bound_already"


@dataclass(frozen=True)
class Invitation:
    """A code as it is shown once, and to whom it belongs."""

    member_id: int
    name: str
    number: str
    code: str
    expires_at: datetime


@dataclass(frozen=True)
class Redeemed:
    """What came of a code; `tries_left` after a wrong one, `until` while the address waits."""

    outcome: Outcome
    member_id: int | None = None
    tries_left: int = 0
    until: datetime | None = None


def code_in(text: str) -> str | None:
    """The code that a text is, whatever its case, width and gaps, or None."""
    folded = _folded(text)
    return folded if _FORM.fullmatch(folded) else None


def code_like(text: str) -> str | None:
    """A code, or what can only be meant for one: eight letters and digits, a digit among them."""
    folded = _folded(text)
    return folded if _FORM.fullmatch(folded) or _LIKE.fullmatch(folded) else None


def _folded(text: str) -> str:
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text[:40])).upper()


def invite(
    session: Session, actor: Member | None, member_ids: Sequence[int], *, at: datetime
) -> list[Invitation]:
    """New codes for members; earlier unused ones of theirs no longer hold.

    Raises Refused member_gone, not_your_person.
    """
    mine = access.people(session, actor, MemberRow.id)
    rows = {
        row.id: row
        for row in session.scalars(
            select(MemberRow).where(MemberRow.id.in_(member_ids), MemberRow.left_on.is_(None), mine)
        )
    }
    if len(rows) < len(set(member_ids)):
        raise Refused("not_your_person" if actor else "member_gone")
    session.execute(
        update(InvitationRow)
        .where(InvitationRow.member_id.in_(member_ids), InvitationRow.used_at.is_(None))
        .values(expires_at=at)
    )
    made = [_make(session, actor, rows[member_id], at) for member_id in dict.fromkeys(member_ids)]
    session.flush()
    return made


def open_for(session: Session, member_ids: Sequence[int], *, at: datetime) -> set[int]:
    """Those of the members who have a code that still holds."""
    query = select(InvitationRow.member_id).where(
        InvitationRow.member_id.in_(member_ids),
        InvitationRow.used_at.is_(None),
        InvitationRow.expires_at > at,
    )
    return set(session.scalars(query))


def redeem(session: Session, guest: Member, code: str, *, at: datetime) -> Redeemed:
    """Bind the guest's address to the member of the code. Never raises: wrong tries must stay."""
    if not guest.is_guest:
        return Redeemed(Outcome.BOUND_ALREADY, guest.id)
    address = session.get_one(
        AddressRow, guest.address_id, with_for_update=True, populate_existing=True
    )
    if address.locked_until is not None and address.locked_until > at:
        return Redeemed(Outcome.LOCKED, until=address.locked_until)
    row = session.scalars(
        select(InvitationRow).where(InvitationRow.code_hash == _hash(code))
    ).one_or_none()
    if row is None:
        return _count_wrong(address, at)
    return _use(session, row, address, at)


def bind(session: Session, address_id: int, member_id: int, *, at: datetime) -> None:
    """From now on that address is the member's; what the guest had open there ends.

    The QR of a meeting that the guest has just scanned becomes the member's.
    """
    passes.move(session, f"a{address_id}", f"m{member_id}")
    session.execute(
        update(AddressRow)
        .where(AddressRow.id == address_id)
        .values(member_id=member_id, bound_at=at, wrong_codes=0, locked_until=None)
    )
    session.execute(delete(StateRow).where(StateRow.owner == f"a{address_id}"))
    session.execute(
        update(JoinRequestRow)
        .where(JoinRequestRow.address_id == address_id, JoinRequestRow.status == "open")
        .values(status="withdrawn", decided_at=at)
    )


def _use(session: Session, row: InvitationRow, address: AddressRow, at: datetime) -> Redeemed:
    if row.used_at is not None:
        return Redeemed(Outcome.USED)
    if row.expires_at <= at:
        return Redeemed(Outcome.EXPIRED)
    member = session.get_one(MemberRow, row.member_id)
    if member.left_on is not None and member.left_on <= local_day(at):
        return Redeemed(Outcome.GONE)
    taken: Any = session.execute(
        update(InvitationRow)
        .where(InvitationRow.id == row.id, InvitationRow.used_at.is_(None))
        .values(used_at=at, used_by=address.id)
    )
    if taken.rowcount != 1:
        return Redeemed(Outcome.USED)
    bind(session, address.id, member.id, at=at)
    return Redeemed(Outcome.BOUND, member.id)


def _count_wrong(address: AddressRow, at: datetime) -> Redeemed:
    address.wrong_codes += 1
    if address.wrong_codes < WRONG_AT_MOST:
        return Redeemed(Outcome.WRONG, tries_left=WRONG_AT_MOST - address.wrong_codes)
    address.wrong_codes = 0
    address.locked_until = at + LOCKED_FOR
    return Redeemed(Outcome.LOCKED, until=address.locked_until)


def _make(session: Session, actor: Member | None, member: MemberRow, at: datetime) -> Invitation:
    code = "".join(secrets.choice(_SIGNS) for _ in range(LENGTH))
    session.add(
        InvitationRow(
            code_hash=_hash(code),
            member_id=member.id,
            made_by=actor.id if actor else None,
            made_at=at,
            expires_at=at + VALID_FOR,
        )
    )
    audit.add(session, actor, "invite", f"{member.name}（{member.number}）", at=at)
    return Invitation(member.id, member.name, member.number, code, at + VALID_FOR)


def _hash(code: str) -> str:
    return hashlib.sha256(f"muduo:{code}".encode()).hexdigest()
