"""What people ask without an answer: kept for a while, grouped, proposed to administrators.

Kept are the words and a key that counts different people, as long as texts in the inbox are; no
name is ever read from it. Nothing is learnt without an administrator's tap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from bot.core.errors import Refused
from bot.core.wording import holds_personal_number
from bot.db.engine import hold
from bot.db.models import MissGroupRow, MissRow
from bot.services import additions, alike, audit
from bot.services.additions import Addition, Draft
from bot.services.members import Member
from knowledge.library import Library

# From how many questions, or different people, on a group is proposed.
QUESTIONS, PEOPLE = 5, 3
# What is longer is a story, and too much about somebody.
LONGEST = additions.LONGEST["ask"]
# Of one person so many are kept, so that nobody can fill the house.
OF_ONE = 100
# A group shows and compares no more than these.
WORDINGS = 50
_COMPARED = 300
_LOCK = "misses"


@dataclass(frozen=True)
class Proposal:
    """Unanswered questions that ask the same. `text` is the most frequent wording.

    `wordings` are all distinct ones, `text` first.
    """

    id: int
    text: str
    questions: int
    people: int
    first_at: datetime
    wordings: tuple[str, ...]


def note(session: Session, owner: str, text: str, key: str, *, at: datetime) -> bool:
    """Keep a question that found no answer; `key` is the occasion, counted once.

    False for what is not kept: too long, with a personal number, too many, or known already.
    """
    words = " ".join(text.split())
    if not words or len(words) > LONGEST or holds_personal_number(words):
        return False
    # Two processes must not open a group each, nor a sweep delete the group that one joins.
    hold(session, _LOCK)
    if session.scalar(select(exists().where(MissRow.key == key))):
        return False
    mine = select(func.count()).select_from(MissRow).where(MissRow.owner == owner)
    if session.scalars(mine).one() >= OF_ONE:
        return False
    group = _alike(session, words)
    if group is None:
        row = MissGroupRow(status="open")
        session.add(row)
        session.flush()
        group = row.id
    session.add(MissRow(group_id=group, owner=owner, text=words, key=key, asked_at=at))
    session.flush()
    return True


def count(session: Session) -> int:
    """How many proposals wait for a decision."""
    ready = _ready(select(MissGroupRow.id)).subquery()
    return session.scalars(select(func.count()).select_from(ready)).one()


def waiting(session: Session, *, offset: int = 0, limit: int = 5) -> list[Proposal]:
    """Proposals that wait, those that most people ask first, then the oldest."""
    people = func.count(func.distinct(MissRow.owner))
    query = _ready(select(MissGroupRow.id)).order_by(people.desc(), MissGroupRow.id)
    ids = session.scalars(query.offset(offset).limit(limit)).all()
    return [_proposal(session, each) for each in ids]


def proposal(session: Session, group_id: int) -> Proposal:
    """One group. Raises Refused proposal_settled when it was decided on, or is gone."""
    status = select(MissGroupRow.status).where(MissGroupRow.id == group_id)
    if session.scalars(status).one_or_none() != "open":
        raise Refused("proposal_settled")
    return _proposal(session, group_id)


def add_phrasing(
    session: Session,
    actor: Member,
    library: Library,
    group_id: int,
    wish: tuple[str, str],
    *,
    at: datetime,
) -> int:
    """Decide on a group: its words (`wish`: entry id and text) now ask for an entry.

    Gives the addition's id. Raises Refused: proposal_settled, and as additions.add_phrasing.
    """
    _decide(session, actor, group_id, "added", at)
    made = additions.add_phrasing(session, actor, library, *wish, at=at)
    _name(session, group_id, made)
    return made


def add_entry(
    session: Session, actor: Member, library: Library, group_id: int, draft: Draft, *, at: datetime
) -> int:
    """Decide on a group: a new entry answers it; gives the addition's id.

    Raises Refused: proposal_settled, and as additions.add_entry.
    """
    _decide(session, actor, group_id, "added", at)
    made = additions.add_entry(session, actor, library, draft, at=at)
    _name(session, group_id, made)
    return made


def dismiss(session: Session, actor: Member, group_id: int, *, at: datetime) -> None:
    """Propose a group no more, however often it is asked. Raises Refused proposal_settled."""
    _decide(session, actor, group_id, "dismissed", at)
    audit.add(session, actor, "knowledge.dismissed", f"misses:{group_id}", at=at)


def undo(session: Session, actor: Member | None, addition_id: int, *, at: datetime) -> Addition:
    """Withdraw an addition; what led to it waits again. Raises Refused addition_ended."""
    found = additions.withdraw(session, actor, addition_id, at=at)
    session.execute(
        update(MissGroupRow)
        .where(MissGroupRow.addition_id == addition_id)
        .values(status="open", addition_id=None, decided_by=None, decided_at=None)
    )
    return found


def expire(session: Session, *, before: datetime, at_once: int = 300) -> int:
    """Delete some of the questions from before that time, and groups without any; says how many."""
    hold(session, _LOCK)
    old = select(MissRow.id).where(MissRow.asked_at < before).limit(at_once)
    done: Any = session.execute(delete(MissRow).where(MissRow.id.in_(old)))
    _forget_empty(session)
    return done.rowcount


def forget(session: Session, owners: Sequence[str]) -> None:
    """Delete what a person asked."""
    hold(session, _LOCK)
    session.execute(delete(MissRow).where(MissRow.owner.in_(owners)))
    _forget_empty(session)


def _forget_empty(session: Session) -> None:
    """Delete groups of which no question is left."""
    left = exists().where(MissRow.group_id == MissGroupRow.id)
    session.execute(delete(MissGroupRow).where(~left))


def _alike(session: Session, text: str) -> int | None:
    """The group that asks the same and isn't answered. A dismissed one keeps what it gets quiet."""
    first = (
        select(func.min(MissRow.id))
        .join(MissGroupRow, MissGroupRow.id == MissRow.group_id)
        .where(MissGroupRow.status != "added")
        .group_by(MissRow.group_id)
        .order_by(func.max(MissRow.id).desc())
        .limit(_COMPARED)
    )
    query = select(MissRow.group_id, MissRow.text).where(MissRow.id.in_(first))
    return alike.nearest(text, ((row.group_id, row.text) for row in session.execute(query)))


def _ready(query: Select[int]) -> Select[int]:
    return (
        query.join(MissRow, MissRow.group_id == MissGroupRow.id)
        .where(MissGroupRow.status == "open")
        .group_by(MissGroupRow.id)
        .having(
            or_(
                func.count(MissRow.id) >= QUESTIONS,
                func.count(func.distinct(MissRow.owner)) >= PEOPLE,
            )
        )
    )


def _proposal(session: Session, group_id: int) -> Proposal:
    counted = select(
        func.count(MissRow.id), func.count(func.distinct(MissRow.owner)), func.min(MissRow.asked_at)
    ).where(MissRow.group_id == group_id)
    questions, people, first_at = session.execute(counted).one()
    if not questions:
        raise Refused("proposal_settled")
    said = select(MissRow.text).where(MissRow.group_id == group_id).order_by(MissRow.id)
    often = Counter(session.scalars(said.limit(WORDINGS)))
    wordings = tuple(text for text, _ in often.most_common())
    return Proposal(group_id, wordings[0], questions, people, first_at, wordings)


def _decide(session: Session, actor: Member, group_id: int, status: str, at: datetime) -> None:
    """The first decision counts; a second one finds that it was settled."""
    changed: Any = session.execute(
        update(MissGroupRow)
        .where(MissGroupRow.id == group_id, MissGroupRow.status == "open")
        .values(status=status, decided_by=actor.id, decided_at=at)
    )
    if changed.rowcount == 0:
        raise Refused("proposal_settled")


def _name(session: Session, group_id: int, addition_id: int) -> None:
    named = update(MissGroupRow).where(MissGroupRow.id == group_id)
    session.execute(named.values(addition_id=addition_id))
