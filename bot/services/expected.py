"""Who is expected at a meeting of a unit on a day, and why (party.md, sections 一 and 十八).

Memberships are those of the day itself: somebody who joins before it is expected, somebody who
leaves before it is not. Party standing, duties and vote are those of now, the only ones kept.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Insert,
    Integer,
    Row,
    String,
    Table,
    bindparam,
    cast,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session

from bot.core.roles import Role
from bot.db.bulk import VALUES, dialect_of, each_value, insert_from, packed
from bot.db.engine import run
from bot.db.models import AttendanceRow, MemberRow, MembershipRow
from bot.services import units
from bot.services.units import Unit

PARTY_MEETINGS = (
    "congress",
    "committee",
    "group",
    "lecture",
    "party_day",
    "life",
    "appraisal",
)
KINDS = (*PARTY_MEETINGS, "training", "joint", "other")
# Where an activist is welcome without being counted (TZ12).
_OPEN_TO_ACTIVISTS = ("lecture", "party_day")
_FOR_EVERYBODY = ("training", "joint", "other")
_ATTENDANCE: Table = AttendanceRow.__table__  # type: ignore[assignment]
_STANDING = {"full": "full", "probationary": "probationary"}

# Columns and not whole rows: of thousands of people that takes a quarter of the time.
_ABOUT = (
    MemberRow.id,
    MemberRow.name,
    MemberRow.number,
    MemberRow.party_status,
    MemberRow.has_vote,
    MemberRow.duties,
)

_POST = re.compile("书记|委员|支委")
_BETWEEN = re.compile("[、，,;；/ \u3000]+")
# Posts of other bodies that also have secretaries and committees.
_OTHER_BODIES = re.compile(
    "团|少先队|工会|妇委|妇女|家长|家委|教代会|政协|人大|学生会|校务|学术|关工委"
)
_BODY = {"general_branch": re.compile("总支"), "committee": re.compile("党委|党组|纪委")}
_ABOVE_A_BRANCH = re.compile("总支|党委|党组|纪委")


@dataclass(frozen=True)
class Seat:
    """One person at one meeting. `why` is a code: full, no_vote, probationary, committee, staff
    (expected), or activist, guest (列席, outside every count). `unit_id` is whose record it is for.
    """

    member_id: int
    name: str
    number: str
    unit_id: int
    is_expected: bool
    has_vote: bool
    why: str


@dataclass(frozen=True)
class Moves:
    """Who is expected on the day but would not be today, and the other way round."""

    joining: tuple[Seat, ...] = ()
    leaving: tuple[Seat, ...] = ()


def seats(session: Session, unit_id: int, kind: str, *, on: date) -> list[Seat]:
    """Everybody for a meeting of that kind in that unit on that day, in the roster's order.

    A joint session is asked for by the kind as which it counts, or as `joint`: everybody.
    """
    unit = units.get(session, unit_id)
    if unit is None:
        return []
    people = _members(session, unit, on)
    if kind == "committee":
        leading = _leading(session, unit, people, on)
        return [_seat(row, unit, "committee") for row in people if row.id in leading]
    found = ((row, _why(unit, kind, row)) for row in people)
    return [_seat(row, unit, why) for row, why in found if why]


def together(session: Session, unit_ids: Iterable[int], kind: str, *, on: date) -> list[Seat]:
    """The seats of several units; who belongs to two of them is seated in the first."""
    found: dict[int, Seat] = {}
    for unit_id in unit_ids:
        for seat in seats(session, unit_id, kind, on=on):
            found.setdefault(seat.member_id, seat)
    return list(found.values())


def moves(
    session: Session, unit_ids: Collection[int], kind: str, *, today: date, on: date
) -> Moves:
    """What the roster already knows to change between today and the day of the meeting."""
    now = {each.member_id: each for each in together(session, unit_ids, kind, on=today)}
    then = {each.member_id: each for each in together(session, unit_ids, kind, on=on)}
    return Moves(
        tuple(each for key, each in then.items() if key not in now),
        tuple(each for key, each in now.items() if key not in then),
    )


def seat(session: Session, meeting_id: int, seats: Iterable[Seat]) -> None:
    """Add a row for each; who has one keeps it. Those alike in all but the person go together."""
    alike: dict[tuple[int, bool, bool, str], list[str]] = {}
    for each in seats:
        like = (each.unit_id, each.is_expected, each.has_vote, each.why)
        alike.setdefault(like, []).append(str(each.member_id))
    session.flush()
    statement = _seating(dialect_of(session))
    for (unit_id, is_expected, has_vote, why), member_ids in alike.items():
        values = {"unit": unit_id, "expected": is_expected, "vote": has_vote, "reason": why}
        run(session, statement, {**values, "meeting": meeting_id, VALUES: packed(member_ids)})


@lru_cache(maxsize=2)
def _seating(dialect: str) -> Insert:
    """A row for each of the members given; thousands in a tenth of the time of one by one."""
    values = each_value(dialect)
    members = select(cast(values.c.value, BigInteger()))
    given = {
        "meeting_id": bindparam("meeting", type_=BigInteger()),
        "unit_id": bindparam("unit", type_=BigInteger()),
        "is_expected": bindparam("expected", type_=Boolean()),
        "has_vote": bindparam("vote", type_=Boolean()),
        "why": bindparam("reason", type_=String()),
        "reply": literal("none", String()),
        "leave_state": literal("none", String()),
        "reason": literal("", String()),
        "status": literal("none", String()),
        "late_by": literal(0, Integer()),
    }
    rows = members.add_columns(*given.values()).where(true())
    columns = ["member_id", *given]
    return insert_from(dialect, _ATTENDANCE, columns, rows, "meeting_id", "member_id")


def guest(session: Session, member_id: int, unit_id: int, *, on: date) -> Seat | None:
    """A seat for somebody who is invited without being expected; None for who has left."""
    row = session.get(MemberRow, member_id)
    if row is None or (row.left_on and row.left_on <= on):
        return None
    return Seat(row.id, row.name, row.number, unit_id, False, False, "guest")


def fits(unit: Unit, kind: str) -> bool:
    """Whether a unit of that sort can hold a meeting of that kind."""
    if unit.tree == units.ADMIN:
        return kind in ("training", "other")
    if unit.kind == "group":
        return kind in ("group", "life", "other")
    return kind != "group"


def _members(session: Session, unit: Unit, on: date) -> list[Row[*tuple[Any, ...]]]:
    """Those of the unit and of all below it on that day, in the roster's order."""
    rows = session.execute(
        select(*_ABOUT)
        .join(MembershipRow, MembershipRow.member_id == MemberRow.id)
        .where(
            MembershipRow.unit_id.in_(units.subtree(session, [unit.id])),
            MembershipRow.from_on <= on,
            or_(MembershipRow.to_on.is_(None), MembershipRow.to_on > on),
            or_(MemberRow.left_on.is_(None), MemberRow.left_on > on),
        )
        .order_by(MemberRow.number, MembershipRow.id.desc())
    ).all()
    found = {row.id: row for row in reversed(rows)}
    return list(reversed(found.values()))


def _why(unit: Unit, kind: str, row: Row[*tuple[Any, ...]]) -> str | None:
    """Why this person comes, or None when the meeting is not for them."""
    if unit.tree == units.ADMIN:
        return "staff"
    if why := _STANDING.get(row.party_status):
        return "no_vote" if why == "full" and not row.has_vote else why
    if kind in _FOR_EVERYBODY:
        return "staff"
    is_activist = row.party_status == "activist"
    return "activist" if is_activist and kind in _OPEN_TO_ACTIVISTS else None


def _seat(row: Row[*tuple[Any, ...]], unit: Unit, why: str) -> Seat:
    can_vote = unit.tree == units.PARTY and row.party_status == "full" and row.has_vote
    return Seat(row.id, row.name, row.number, unit.id, why != "activist", can_vote, why)


def _leading(
    session: Session, unit: Unit, rows: Iterable[Row[*tuple[Any, ...]]], on: date
) -> set[int]:
    """The committee: those whose duties name a post in it, and who holds the secretary's role."""
    found = {row.id for row in rows if row.party_status == "full" and holds_post(unit, row.duties)}
    return found | set(units.holders(session, unit.id, Role.SECRETARY, on=on))


def holds_post(unit: Unit, duties: str) -> bool:
    """Whether duties such as “校长、组织委员” name a post in that unit's committee.

    A post is the unit's unless it says that it belongs to another body (团委书记, 总支委员).
    """
    own = _BODY.get(unit.kind)
    for part in _BETWEEN.split(duties):
        if not _POST.search(part) or _OTHER_BODIES.search(part):
            continue
        if own.search(part) if own else not _ABOVE_A_BRANCH.search(part):
            return True
    return False
