"""How often a person is reminded: their own choice, and a time in which they are spared.

What must arrive (invitations, changes, cancellations, notices) is never held by either: see gate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import String, Table, cast, literal, select, update
from sqlalchemy.orm import Session

from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.db.engine import insert_once, ring, run
from bot.db.models import DeliveryRow, LetterRow, MemberRow, WishRow
from bot.services import access, audit, gate, outbox, units
from bot.services.gate import NO_WISH, Wish
from bot.services.members import Member

LONGEST = 366
_WISHES: Table = WishRow.__table__  # type: ignore[assignment]
_BEFORE = "wish", "exempt"


@dataclass(frozen=True)
class Spared:
    """Somebody who is not reminded before `until`; only those responsible see the name."""

    member_id: int
    name: str
    number: str
    until: date


def of(session: Session, member: Member, *, at: datetime) -> Wish:
    """What the member has asked for, and until when they are spared."""
    wish = gate.wishes(session, [member.owner]).get(member.owner, NO_WISH)
    is_over = wish.exempt_until is not None and wish.exempt_until <= local_day(at)
    return Wish(wish.hour, wish.weekday, wish.only_musts) if is_over else wish


def choose(session: Session, member: Member, wish: Wish, *, at: datetime) -> None:
    """Be reminded like that from now on; what waits already follows. Spared days stay.

    Raises Refused wish_hour for an hour in which nobody is written to.
    """
    if wish.hour is not None and not gate.QUIET_UNTIL <= wish.hour < gate.QUIET_FROM:
        raise Refused("wish_hour")
    chosen = {"hour": wish.hour, "weekday": wish.weekday, "only_musts": wish.only_musts}
    _put(session, member.owner, chosen, at)
    _reconsider(session, member.owner, at)


def find(session: Session, actor: Member, member_id: int) -> MemberRow:
    """Somebody of the actor's own people. Raises Refused not_your_person."""
    mine = access.people(session, actor, MemberRow.id)
    found = select(MemberRow).where(MemberRow.id == member_id, MemberRow.left_on.is_(None), mine)
    person = session.scalars(found).one_or_none()
    if person is None:
        raise Refused("not_your_person")
    return person


def spare(session: Session, actor: Member, member_id: int, until: date, *, at: datetime) -> Spared:
    """Do not remind one of the actor's people before that day; nobody is asked why.

    Raises Refused: not_your_person, spared_day (past, or more than a year ahead).
    """
    person, today = find(session, actor, member_id), local_day(at)
    if not today < until <= today + timedelta(days=LONGEST):
        raise Refused("spared_day")
    _put(session, f"m{member_id}", {"exempt_until": until}, at)
    _note(session, actor, person, "spared", at)
    return Spared(person.id, person.name, person.number, until)


def end(session: Session, actor: Member, member_id: int, *, at: datetime) -> str:
    """Remind somebody as before; gives the name. Raises Refused not_your_person."""
    person = find(session, actor, member_id)
    ended = update(_WISHES).where(
        _WISHES.c.owner == f"m{member_id}", _WISHES.c.exempt_until.is_not(None)
    )
    if run(session, ended.values(exempt_until=None, changed_at=at)).rowcount:
        _note(session, actor, person, "spared.ended", at)
    return person.name


def spared(session: Session, actor: Member, *, at: datetime) -> list[Spared]:
    """Which of the actor's people are spared today, by name; of those nobody nearer answers for."""
    owner = literal("m") + cast(MemberRow.id, String)
    rows = session.execute(
        select(MemberRow.id, MemberRow.name, MemberRow.number, WishRow.exempt_until)
        .join(WishRow, WishRow.owner == owner)
        .where(
            WishRow.exempt_until > local_day(at),
            MemberRow.left_on.is_(None),
            access.people(session, actor, MemberRow.id, is_near=True),
        )
        .order_by(MemberRow.name, MemberRow.number)
    )
    return [Spared(*row) for row in rows]


def export(session: Session, member: Member) -> list[dict[str, Any]]:
    """What is held about the member's wishes, as plain values."""
    row = session.get(WishRow, member.owner)
    if row is None:
        return []
    values = {each.name: getattr(row, each.name) for each in _WISHES.c}
    return [{name: str(value) for name, value in values.items() if value is not None}]


def expire(session: Session, *, at: datetime) -> int:
    """Forget who was spared once it is over."""
    over = update(_WISHES).where(_WISHES.c.exempt_until <= local_day(at))
    return run(session, over.values(exempt_until=None)).rowcount


def forget(session: Session, owner: str) -> None:
    """Forget all that an owner wished."""
    run(session, _WISHES.delete().where(_WISHES.c.owner == owner))


def _put(session: Session, owner: str, values: Mapping[str, Any], at: datetime) -> None:
    usual = {"hour": None, "weekday": None, "only_musts": False, "exempt_until": None}
    row = {"owner": owner, "changed_at": at, **usual}
    insert_once(session, _WISHES, [row], unique=("owner",))
    # Nothing else is touched: another may be choosing for the same person.
    mine = update(_WISHES).where(_WISHES.c.owner == owner)
    run(session, mine.values(changed_at=at, **values))


def _reconsider(session: Session, owner: str, at: datetime) -> None:
    """Let the gate decide anew about what an earlier wish put off.

    One that is no letter keeps its hour, since when it was due is not known any more.
    """
    due = select(LetterRow.due_at).where(LetterRow.id == DeliveryRow.letter_id).scalar_subquery()
    waiting = (
        DeliveryRow.owner == owner,
        DeliveryRow.state == "queued",
        DeliveryRow.reason.in_(_BEFORE),
        DeliveryRow.letter_id.is_not(None),
    )
    at_once = update(DeliveryRow).where(*waiting, due <= at).values(due_at=at)
    session.execute(at_once.execution_options(synchronize_session=False))
    later = update(DeliveryRow).where(*waiting, due > at).values(due_at=due)
    session.execute(later.execution_options(synchronize_session=False))
    ring(session, outbox.BELL)


def _note(session: Session, actor: Member, person: MemberRow, act: str, at: datetime) -> None:
    where = {"unit": units.unit_of(session, person.id, units.ADMIN)}
    audit.add(session, actor, act, f"{person.name}（{person.number}）", where, at=at)
