"""How far a plan has come: counts for whoever answers for many, names for one's own secretary."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from bot.core.clock import local_day
from bot.core.roles import Role
from bot.db.models import CompletionRow, MemberRow, MembershipRow, RoleRow, UnitRow
from bot.services import access, audience, outbox, plans, recipients, semesters, units
from bot.services.members import Member
from bot.services.plans import Batch
from knowledge.reminders_rulebook import Rulebook


@dataclass(frozen=True)
class Progress:
    """Of how many people (or branches) how many have done all of it."""

    batch: Batch
    done: int
    of: int


@dataclass(frozen=True)
class Person:
    """Somebody who has not done it yet, as their own secretary sees them."""

    name: str
    number: str


def take_back_done(session: Session, book: Rulebook, keys: Iterable[str], *, at: datetime) -> None:
    """Take back what waits about these items, from all of whom nothing of it is left to do: it was
    done for them at a meeting, or by another for their unit.
    """
    terms, on = semesters.known(session, at=at), local_day(at)
    found = [plans.find(book, terms, key) for key in keys]
    for batch in {each[0].topic: each[0] for each in found if each}.values():
        people = [int(owner[1:]) for owner in outbox.waiting(session, batch.topic)]
        still = set(plans.undone(session, batch, people, on=on))
        done = [f"m{each}" for each in people if each not in still]
        outbox.withdraw_topic(session, batch.topic, done, at=at)


def count(session: Session, reader: Member | None, batch: Batch, *, on: date) -> Progress:
    """How far it has come among those whom the reader answers for."""
    if batch.plan.per == "unit":
        return _count_branches(session, reader, batch, on)
    whom = recipients.resolve(session, batch.plan.to).audience
    if whom is None:
        return Progress(batch, 0, 0)
    mine = access.people(session, reader, MemberRow.id)
    of = audience.count(session, whom, on=on, among=mine)
    done = audience.count(session, whom, on=on, among=and_(mine, _has_done(batch)))
    return Progress(batch, done, of)


def remaining(session: Session, secretary: Member, batch: Batch, *, on: date) -> list[Person]:
    """Who of the secretary's own branch has something of it left to do."""
    whom = recipients.resolve(session, batch.plan.to).audience
    if batch.plan.per == "unit" or whom is None:
        return []
    left = and_(_own(session, secretary, on), ~_has_done(batch))
    people = audience.members(session, whom, on=on, among=left)
    query = select(MemberRow.name, MemberRow.number).where(MemberRow.id.in_(people))
    rows = session.execute(query.order_by(MemberRow.number))
    return [Person(row.name, row.number) for row in rows]


def own_branches(session: Session, secretary: Member) -> frozenset[int]:
    """The Party units in which somebody is secretary, with their groups, not other branches."""
    held = [each.unit_id for each in secretary.roles if each.role is Role.SECRETARY]
    groups = select(UnitRow.id).where(UnitRow.parent_id.in_(held), UnitRow.kind == "group")
    return frozenset(held) | frozenset(session.scalars(groups))


def _own(session: Session, secretary: Member, on: date) -> ColumnElement[bool]:
    there = select(MembershipRow.member_id).where(
        MembershipRow.unit_id.in_(own_branches(session, secretary)),
        MembershipRow.from_on <= on,
        or_(MembershipRow.to_on.is_(None), MembershipRow.to_on > on),
    )
    return MemberRow.id.in_(there)


def _has_done(batch: Batch) -> ColumnElement[bool]:
    return and_(
        *(
            exists().where(CompletionRow.key == key, CompletionRow.member_id == MemberRow.id)
            for key in batch.keys
        )
    )


def _count_branches(session: Session, reader: Member | None, batch: Batch, on: date) -> Progress:
    """Of the branches that the reader answers for and that have a secretary who is asked."""
    mine = access.scope(session, reader)
    asked = recipients.members(session, batch.plan.to, on=on)
    query = (
        select(UnitRow.id)
        .distinct()
        .join(RoleRow, RoleRow.unit_id == UnitRow.id)
        .where(
            UnitRow.tree == units.PARTY,
            UnitRow.kind == "branch",
            RoleRow.role == Role.SECRETARY.value,
            RoleRow.from_on <= on,
            or_(RoleRow.to_on.is_(None), RoleRow.to_on > on),
            RoleRow.member_id.in_(asked),
        )
    )
    branches = [each for each in session.scalars(query) if each in mine]
    done = [
        set(
            session.scalars(
                select(CompletionRow.unit_id).where(
                    CompletionRow.key == key, CompletionRow.unit_id.in_(branches)
                )
            )
        )
        for key in batch.keys
    ]
    whole = [each for each in branches if all(each in some for some in done)]
    return Progress(batch, len(whole), len(branches))
