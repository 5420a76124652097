"""Reminders that fell due while nobody ran: told once, and sent late where that still helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.clock import local_day
from bot.db.models import FiringRow
from bot.services import audit, facts, firings, semesters
from bot.services.firings import Firing
from bot.services.members import Member
from bot.services.plans import Batch
from knowledge.reminders_rulebook import Rulebook

_TOLD = "reminders_missed_told"


@dataclass(frozen=True)
class Missed:
    """What did not go out, oldest first. `useful` are those that would still be of use."""

    firings: tuple[Firing, ...]
    useful: tuple[Firing, ...]

    @property
    def key(self) -> str:
        """One name for this occasion of telling."""
        return f"reminders_missed:{max(each.id or 0 for each in self.firings)}"


def untold(session: Session, book: Rulebook, *, at: datetime) -> Missed | None:
    """What was missed since somebody was last told; from now on it counts as told."""
    told = facts.get(session, _TOLD)
    rows = _rows(session)
    new = [row for row in rows if told is None or row.at > datetime.fromisoformat(told)]
    if not new:
        return None
    facts.put(session, _TOLD, max(row.at for row in new).isoformat())
    found = _firings(session, book, new, at)
    return Missed(tuple(found), _useful(session, found, at)) if found else None


def useful(session: Session, book: Rulebook, *, at: datetime) -> tuple[Firing, ...]:
    """What was missed at any time and would still be of use, one for each subject."""
    return _useful(session, _firings(session, book, _rows(session), at), at)


def send(session: Session, actor: Member | None, book: Rulebook, *, at: datetime) -> list[Firing]:
    """Let what is still of use go out now; a repeat finds nothing left.

    Raises Refused reminder_not_yours.
    """
    firings.require_whole_house(session, actor)
    found = useful(session, book, at=at)
    for each in found:
        row = session.get_one(FiringRow, each.id, with_for_update=True, populate_existing=True)
        if row.state != "missed":
            continue
        row.state, row.digest, row.at = "posting", each.saying.digest, at
        row.decided_by = actor.id if actor else None
        audit.add(session, actor, "reminder.late", firings.subject(each), {}, at=at)
    session.flush()
    return list(found)


def _rows(session: Session) -> Sequence[FiringRow]:
    query = select(FiringRow).where(FiringRow.state == "missed").order_by(FiringRow.due_at)
    return session.scalars(query).all()


def _firings(
    session: Session, book: Rulebook, rows: Sequence[FiringRow], at: datetime
) -> list[Firing]:
    """The occasions of these rows, without those that the files no longer have."""
    terms = semesters.known(session, at=at)
    found: list[Firing] = []
    for row in rows:
        day = local_day(row.due_at)
        for saying in firings.sayings(book, terms, day, day):
            if (saying.rule, saying.occasion.key) == (row.rule, row.occasion):
                found.append(Firing(saying, row.moved_to or row.due_at, "missed", row.id))
    return found


def _useful(session: Session, found: Sequence[Firing], at: datetime) -> tuple[Firing, ...]:
    """Not what a later word about the same plan has said meanwhile."""
    newest = {each.saying.topic: each for each in found if each.expires_at > at}
    query = select(FiringRow.rule, FiringRow.due_at).where(
        FiringRow.rule.in_([each.saying.rule for each in newest.values()]),
        FiringRow.state.in_(("posting", "posted")),
    )
    said = [(row.rule, row.due_at) for row in session.execute(query)]
    return tuple(
        each
        for each in newest.values()
        if not isinstance(each.saying.subject, Batch)
        or not any(rule == each.saying.rule and due > each.due_at for rule, due in said)
    )
