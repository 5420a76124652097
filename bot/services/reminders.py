"""Reminders go out: each occasion once, whoever wakes up for it, and none that came too late.

Rows decide, never process memory: how far the time was swept, which occasion is being posted and
up to whom. So a restart, a reload of the files and three replicas send once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.core.chat import Reply
from bot.core.clock import local_day
from bot.db.engine import hold, insert_once
from bot.db.models import DeliveryRow, FiringRow, LetterRow
from bot.services import calendar, facts, firings, gate, outbox, recipients, semesters
from bot.services.calendar import Term
from bot.services.firings import FIRINGS, Firing, Saying
from bot.services.gate import Purpose
from bot.services.outbox import Letter
from knowledge.faults import Fault
from knowledge.library import Library
from knowledge.reminders_rulebook import Rulebook

AT_ONCE = 500
CATCH_UP = timedelta(days=1)
# For how long a firing follows its rule, and its recipients what they do.
_FOLLOWED_FOR = timedelta(days=14)
_SWEPT = "reminders_swept"
# The words of a message, with the id under which its buttons find it again.
Compose = Callable[[Library, int, Saying], Reply]


@dataclass(frozen=True)
class Held:
    """Messages that are queued and wait, and the code of why; `until` is when the first may go."""

    title: str
    reason: str
    people: int
    until: datetime


@dataclass(frozen=True)
class Prospect:
    """One that is to come: when the gate lets it out, to how many people it goes as things are.

    `missed` are those of them who have no chat that can be reached.
    """

    firing: Firing
    opening: gate.Opening
    people: int
    missed: int


def step(session: Session, library: Library, compose: Compose, *, at: datetime) -> bool:
    """One short piece of the work that is due; True while there may be more."""
    hold(session, firings.LOCK)
    book, terms = library.rulebook, semesters.known(session, at=at)
    row = session.scalars(
        select(FiringRow).where(FiringRow.state == "posting").order_by(FiringRow.id).limit(1)
    ).first()
    if row is not None:
        saying = next(
            (each for each in _sayings_of(book, terms, row) if each.rule == row.rule), None
        )
        _post(session, library, compose, row, saying, at)
        return True
    return _sweep(session, book, at) or _follow(session, book, at)


def held(session: Session, book: Rulebook, *, at: datetime) -> list[Held]:
    """What has been posted and waits in the queue, by letter and reason."""
    query = (
        select(
            LetterRow.topic,
            DeliveryRow.reason,
            func.count(),
            func.min(DeliveryRow.due_at),
        )
        .join(LetterRow, LetterRow.id == DeliveryRow.letter_id)
        .where(
            DeliveryRow.state == "queued",
            DeliveryRow.purpose == Purpose.REMINDER.value,
            LetterRow.withdrawn_at.is_(None),
        )
        .group_by(LetterRow.topic, DeliveryRow.reason)
        .order_by(func.min(DeliveryRow.due_at))
    )
    titles = _titles(session, book, at)
    return [
        Held(titles[topic], reason or "queued", count, first)
        for topic, reason, count, first in session.execute(query)
        if topic in titles
    ]


def faults(session: Session, book: Rulebook, *, at: datetime) -> list[Fault]:
    """Units and people that a rule names and the database does not know; rules to nobody."""
    found: list[Fault] = []
    for name, to in book.audiences():
        named = recipients.resolve(session, to)
        for unknown, path in named.unknown:
            kind = "单位" if "units" in path else "工号"
            found.append(book.fault(name, f"没有这个{kind}：“{unknown}”", *path))
        if not named.unknown and not recipients.members(session, to, on=local_day(at), limit=1):
            found.append(book.fault(name, "照现在的花名册，一个人也发不到", "to"))
    return found


def needs_terms(book: Rulebook, terms: Sequence[Term], *, at: datetime) -> bool:
    """Whether a rule goes by school terms of which none is set that has not ended."""
    by_terms = any(rule.when.term for rule in book.rules) or any(
        item.window.every == "term" for plan in book.plans for item in plan.items
    )
    today = local_day(at)
    return by_terms and not any(term.last >= today for term in terms)


def _sweep(session: Session, book: Rulebook, at: datetime) -> bool:
    """Begin what has fallen due since the last time. At the very first time nothing has."""
    swept = facts.get(session, _SWEPT)
    since = datetime.fromisoformat(swept) if swept else at
    if since > at:
        # The clock was ahead for a while: what it took for missed is still to come.
        ahead = delete(FiringRow).where(FiringRow.state == "missed", FiringRow.at > at)
        session.execute(ahead)
        facts.put(session, _SWEPT, at.isoformat())
    terms = semesters.known(session, at=at)
    is_new = False
    for firing in firings.between(session, book, terms, since, at) if since < at else ():
        if firing.state in (None, "moved"):
            is_new = _begin(session, firing, at) or is_new
    if since < at or swept is None:
        facts.put(session, _SWEPT, at.isoformat())
        facts.put(session, facts.NEXT_REMINDER, _next(session, book, terms, at))
    return is_new


def _next(session: Session, book: Rulebook, terms: tuple[Term, ...], at: datetime) -> str:
    """When the next one falls due, as an instant or nothing."""
    found = calendar.next_one(firings.Coming(book, terms), at)
    moved = session.scalars(
        select(func.min(FiringRow.moved_to)).where(
            FiringRow.state == "moved", FiringRow.moved_to > at
        )
    ).one()
    due = [each for each in (found and found.due_at, moved) if each]
    return min(due).isoformat() if due else ""


def _begin(session: Session, firing: Firing, at: datetime) -> bool:
    is_missed = at - firing.due_at >= CATCH_UP or firing.expires_at <= at
    state = "missed" if is_missed else "posting"
    saying = firing.saying
    if firing.id is not None:  # it was moved to this day
        row = session.get_one(FiringRow, firing.id)
        row.state, row.digest, row.at = state, saying.digest, at
        session.flush()
        return not is_missed
    values = {"rule": saying.rule, "occasion": saying.occasion.key, "state": state, "at": at}
    values |= {"due_at": saying.occasion.due_at, "digest": saying.digest}
    values |= {"version": 1, "position": 0, "made": 0}
    insert_once(session, FIRINGS, [values], unique=("rule", "occasion"))
    return not is_missed


def _post(
    session: Session,
    library: Library,
    compose: Compose,
    row: FiringRow,
    saying: Saying | None,
    at: datetime,
) -> None:
    """Queue it for the next people of its audience, or end it after the last."""
    if saying is None:  # the rule is gone from the files
        row.state = "skipped"
        return
    people, last = firings.recipients_of(
        session, saying, on=local_day(at), after=row.position, limit=AT_ONCE
    )
    owners = [f"m{each}" for each in people]
    if row.version > 1:
        owners = _not_told(session, row, owners)
    if owners:
        firing = Firing(saying, row.moved_to or row.due_at)
        letter = Letter(
            f"reminder:{row.id}:v{row.version}",
            compose(library, row.id, saying),
            Purpose.REMINDER,
            topic=saying.topic,
            expires_at=firing.expires_at,
        )
        outbox.post(session, letter, owners, at=at)
        row.made += len(owners)
    row.position = last or row.position
    if not last:
        row.state = "posted"


def _not_told(session: Session, row: FiringRow, owners: list[str]) -> list[str]:
    """Those to whom no earlier version of it went out."""
    keys = [
        f"reminder:{row.id}:v{version}:{owner}"
        for version in range(1, row.version)
        for owner in owners
    ]
    gone = ("sent", "sending", "doubt")
    told = select(DeliveryRow.owner).where(DeliveryRow.key.in_(keys), DeliveryRow.state.in_(gone))
    known = set(session.scalars(told))
    return [owner for owner in owners if owner not in known]


def _follow(session: Session, book: Rulebook, at: datetime) -> bool:
    """Where the files have changed, what has not gone out is taken back and said anew."""
    terms = semesters.known(session, at=at)
    rows = session.scalars(
        select(FiringRow).where(FiringRow.state == "posted", FiringRow.at > at - _FOLLOWED_FOR)
    ).all()
    is_new = False
    for row in rows:
        saying = next((s for s in _sayings_of(book, terms, row) if s.rule == row.rule), None)
        if saying is not None and saying.digest == row.digest:
            continue
        topics = select(LetterRow.topic).where(LetterRow.key.like(f"reminder:{row.id}:v%"))
        for topic in set(session.scalars(topics)):
            outbox.withdraw_topic(session, topic or "", at=at)
        if saying is None:
            row.state = "skipped"
            continue
        row.digest, row.version, row.position, row.state = (
            saying.digest,
            row.version + 1,
            0,
            "posting",
        )
        is_new = True
    session.flush()
    return is_new


def _sayings_of(book: Rulebook, terms: Sequence[Term], row: FiringRow) -> Iterator[Saying]:
    day = local_day(row.due_at)
    yield from firings.sayings(book, terms, day, day)


def _titles(session: Session, book: Rulebook, at: datetime) -> dict[str, str]:
    terms = semesters.known(session, at=at)
    first, last = local_day(at - timedelta(days=30)), local_day(at + timedelta(days=1))
    return {each.topic: each.title for each in firings.sayings(book, terms, first, last)}


def prospects(session: Session, found: Iterable[Firing]) -> list[Prospect]:
    """What is known beforehand about each of these."""
    return [_prospect(session, each) for each in found]


def _prospect(session: Session, firing: Firing) -> Prospect:
    on = local_day(firing.due_at)
    people, _ = firings.recipients_of(session, firing.saying, on=on)
    owners = [f"m{each}" for each in people]
    reached = outbox.reach(session, owners, Purpose.REMINDER, at=firing.due_at)
    opening = gate.opening(Purpose.REMINDER, at=firing.due_at)
    return Prospect(firing, opening, len(people), reached.missed)
