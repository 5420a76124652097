"""Who has not confirmed a notice: names, for those who answer for the people and nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, String, cast, literal, select
from sqlalchemy.orm import Session

from bot.core.clock import local_day
from bot.core.roles import Role
from bot.db.models import DeliveryRow, LetterRow, MemberRow, MembershipRow, NoticeRow, ReceiptRow
from bot.services import access, notices, units
from bot.services.members import Member
from bot.services.notices import Notice

OPEN_FOR = timedelta(days=30)
_LISTED = 10
_ARRIVED, _NOT_ARRIVED, _WAITING = ("sent", "doubt"), ("failed",), ("queued", "sending")


@dataclass(frozen=True)
class Names:
    """Names of people; `unreached` are those whom it could not be sent to."""

    open: tuple[str, ...]
    unreached: tuple[str, ...] = ()


@dataclass(frozen=True)
class Open:
    """Those who have not confirmed, for one who answers for them."""

    owner: str
    names: Names


@dataclass
class _Deciders:
    """Who answers for the people of a place (a Party and an administrative unit), looked up once.

    A person is the secretary's of the branch; without one the school's administrator's.
    """

    session: Session
    day: date
    known: dict[tuple[int | None, int | None], list[int]] = field(
        default_factory=dict[tuple[int | None, int | None], list[int]]
    )

    def of(self, party: int | None, school: int | None) -> Sequence[int]:
        place = (party, school)
        if place not in self.known:
            self.known[place] = _answering(self.session, party, school, self.day)
        return self.known[place]


@dataclass(frozen=True)
class _Person:
    id: int
    name: str
    party: int | None
    school: int | None
    is_reached: bool


def for_everybody(session: Session, notice: Notice, *, at: datetime) -> list[Open]:
    """For each who answers for somebody the names of their own. Nobody is told of oneself."""
    deciders = _Deciders(session, local_day(at))
    found: dict[int, list[_Person]] = {}
    for person in _people(session, notice, at=at):
        for each in deciders.of(person.party, person.school):
            if each != person.id:
                found.setdefault(each, []).append(person)
    return [Open(f"m{member}", _names(people)) for member, people in sorted(found.items())]


def of_mine(session: Session, member: Member, *, at: datetime) -> list[tuple[Notice, Names]]:
    """The open notices that somebody of the member's own has not confirmed, the newest first.

    One's own are those of whom one would be told (`for_everybody`), not all whom one may see.
    Confidential ones are left out: of these only the sender hears.
    """
    deciders = _Deciders(session, local_day(at))
    query = (
        select(NoticeRow)
        .where(
            NoticeRow.kind.in_((notices.RECEIPT, notices.URGENT)),
            NoticeRow.state.in_(("queueing", "queued")),
            NoticeRow.send_at > at - OPEN_FOR,
        )
        .order_by(NoticeRow.id.desc())
    )
    mine = access.people(session, member, MemberRow.id)
    found: list[tuple[Notice, Names]] = []
    for row in session.scalars(query):
        notice = notices.shown(session, row)
        own = [
            each
            for each in _people(session, notice, mine, at=at)
            if each.id != member.id and member.id in deciders.of(each.party, each.school)
        ]
        if own:
            found.append((notice, _names(own)))
        if len(found) == _LISTED:
            break
    return found


def _names(people: Sequence[_Person]) -> Names:
    return Names(
        tuple(each.name for each in people if each.is_reached),
        tuple(each.name for each in people if not each.is_reached),
    )


def _people(
    session: Session, notice: Notice, among: ColumnElement[bool] | None = None, *, at: datetime
) -> list[_Person]:
    """Those who have not confirmed it, whether it has reached them or can't.

    Those for whom it still waits are not reached either, once it is due.
    """
    is_due = notice.due_at is not None and notice.due_at <= at
    places = [
        select(MembershipRow.unit_id)
        .where(
            MembershipRow.member_id == MemberRow.id,
            MembershipRow.tree == tree,
            MembershipRow.to_on.is_(None),
        )
        .scalar_subquery()
        for tree in (units.PARTY, units.ADMIN)
    ]
    given = select(ReceiptRow.member_id).where(ReceiptRow.notice_id == notice.id)
    query = (
        select(MemberRow.id, MemberRow.name, *places, DeliveryRow.state)
        .join(DeliveryRow, DeliveryRow.owner == literal("m") + cast(MemberRow.id, String))
        .join(LetterRow, LetterRow.id == DeliveryRow.letter_id)
        .where(
            LetterRow.key == notice.letter_key,
            DeliveryRow.key.not_like("%:again"),
            DeliveryRow.state.in_((*_ARRIVED, *_NOT_ARRIVED, *(_WAITING if is_due else ()))),
            MemberRow.id.not_in(given),
            MemberRow.left_on.is_(None),
        )
        .order_by(MemberRow.number)
    )
    rows = session.execute(query if among is None else query.where(among))
    return [_Person(row[0], row[1], row[2], row[3], str(row[4]) in _ARRIVED) for row in rows]


def _answering(session: Session, party: int | None, school: int | None, day: date) -> list[int]:
    if party is not None:
        return units.responsible(session, party, on=day)
    if school is None:
        return units.top_administrators(session, on=day)
    own = units.holders(session, school, Role.ADMINISTRATOR, on=day)
    covering = [
        holder
        for branch in units.covering(session, school)
        for holder in units.holders(session, branch, Role.SECRETARY, on=day)
    ]
    return own or covering or units.responsible(session, school, on=day)
