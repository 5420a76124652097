"""What goes out when: the occasions of all rules and plans, and what became of each.

An occasion has no row until it goes out, is missed, or somebody skips or moves it; so a changed
rule changes what is still to come by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Literal

from sqlalchemy import Table, or_, select
from sqlalchemy.orm import Session

from bot.core.clock import SHANGHAI, local, local_day
from bot.core.errors import Refused
from bot.db.engine import hold, insert_once
from bot.db.models import FiringRow
from bot.services import access, audit, calendar, outbox, plans, recipients
from bot.services.calendar import Around, Occasion, Term
from bot.services.members import Member
from bot.services.plans import Batch
from knowledge.reminders_rulebook import Rulebook
from knowledge.reminders_schema import Content, Rule, To
from knowledge.reminders_when import WEEKDAYS

FIRINGS: Table = FiringRow.__table__  # type: ignore[assignment]
State = Literal["posting", "posted", "missed", "skipped", "moved"]
LOCK = "reminders"  # whoever sends or decides, one after the other
_A_DAY = timedelta(days=1)
_MOVED_AT_MOST = timedelta(days=60)
_BATCH_USEFUL_FOR = 7


@dataclass(frozen=True)
class Saying:
    """One occasion of a rule, or of a batch of a plan: what is to be said, and when."""

    subject: Rule | Batch
    occasion: Occasion

    @property
    def rule(self) -> str:
        return self.subject.rule if isinstance(self.subject, Batch) else self.subject.id

    @property
    def title(self) -> str:
        return self.subject.title

    @property
    def to(self) -> To:
        return self.subject.plan.to if isinstance(self.subject, Batch) else self.subject.to

    @property
    def topic(self) -> str:
        """What its messages are about: a batch has one for all its occasions."""
        if isinstance(self.subject, Batch):
            return self.subject.topic
        return f"rule:{self.rule}/{self.occasion.key}"

    @property
    def contents(self) -> tuple[Content, ...]:
        return self.subject.items if isinstance(self.subject, Batch) else (self.subject,)

    def useful_until(self, due_at: datetime) -> datetime:
        """From when on it would be useless, when it goes out at that time."""
        days = self.subject.useful_for if isinstance(self.subject, Rule) else _BATCH_USEFUL_FOR
        last = local_day(due_at) + timedelta(days=days)
        if self.occasion.until is not None:
            last = min(last, self.occasion.until)
        return datetime.combine(last + _A_DAY, time(), tzinfo=SHANGHAI)

    @cached_property
    def digest(self) -> str:
        """Changes with what is said and to whom, not with the time."""
        said = self.subject.plan if isinstance(self.subject, Batch) else self.subject
        parts = [said.model_dump_json(exclude={"when", "at", "starts", "ends", "items"})]
        parts += [each.model_dump_json(exclude={"when", "at"}) for each in self.contents]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Firing:
    """A Saying with what has been decided about it; `due_at` is where it stands now."""

    saying: Saying
    due_at: datetime
    state: State | None = None
    id: int | None = None
    made: int = 0

    @property
    def expires_at(self) -> datetime:
        """From when on it would be useless."""
        return self.saying.useful_until(self.due_at)


@dataclass(frozen=True)
class Coming:
    """All rules and plans as one rule of the calendar: when anything at all falls due."""

    book: Rulebook
    terms: tuple[Term, ...]

    def between(self, first: date, last: date) -> Iterator[Occasion]:
        for saying in sayings(self.book, self.terms, first, last):
            yield saying.occasion


def sayings(book: Rulebook, terms: Sequence[Term], first: date, last: date) -> Sequence[Saying]:
    """All occasions on these days, in order."""
    return _sayings(book, tuple(terms), first, last)


@lru_cache(maxsize=64)  # looked through twice a minute, and the same for the whole day
def _sayings(book: Rulebook, terms: tuple[Term, ...], first: date, last: date) -> list[Saying]:
    found = [
        Saying(rule, occasion)
        for rule in book.rules
        for occasion in when_of(rule, terms).between(first, last)
    ]
    margin = timedelta(days=91)  # a window's reminders reach beyond its last day
    for batch in plans.batches(book, terms, first - margin, last + margin):
        for occasion in batch.occasions():
            if first <= local_day(occasion.due_at) <= last:
                found.append(Saying(batch, occasion))
    return sorted(found, key=lambda each: (each.occasion.due_at, each.rule))


def when_of(rule: Rule, terms: Sequence[Term]) -> calendar.Rule:
    """The calendar's rule for what a file says."""
    when = rule.when
    around = Around(rule.at, *when.offsets)
    found: calendar.Rule
    if when.cron:
        found = calendar.Cron(when.cron)
    elif when.nth:
        weekday = None if when.day in (None, "workday") else WEEKDAYS.index(str(when.day))
        months = when.months or tuple(range(1, 13))
        found = calendar.Monthly(when.nth, rule.at, weekday, months)
    elif when.festival:
        found = calendar.Festive(when.festival, around)
    elif when.term:
        found = calendar.Termly(when.term, around, terms)
    elif when.cadence:
        found = calendar.Cadence(when.cadence, around)
    else:
        found = calendar.Due(when.due, around)
    return calendar.Limited(found, rule.starts, rule.ends)


def between(
    session: Session, book: Rulebook, terms: Sequence[Term], first: datetime, last: datetime
) -> list[Firing]:
    """All that falls, or fell, due after `first` and until `last`, moved ones where they stand."""
    near = _MOVED_AT_MOST
    rows = {(row.rule, row.occasion): row for row in _rows_near(session, first - near, last + near)}
    found: list[Firing] = []
    for saying in sayings(book, terms, local_day(first - near), local_day(last + near)):
        row = rows.get((saying.rule, saying.occasion.key))
        firing = _firing(saying, row)
        if first < firing.due_at <= last:
            found.append(firing)
    return sorted(found, key=lambda each: (each.due_at, each.saying.rule))


def get(
    session: Session, book: Rulebook, terms: Sequence[Term], rule: str, occasion: str
) -> Firing:
    """One occasion. Raises Refused reminder_gone when the files no longer have it."""
    try:
        day = date.fromisoformat(occasion)
    except ValueError:
        raise Refused("reminder_gone") from None
    row = _row(session, rule, occasion)
    for saying in sayings(book, terms, day, day):
        if saying.rule == rule:
            return _firing(saying, row)
    raise Refused("reminder_gone")


def by_id(session: Session, book: Rulebook, terms: Sequence[Term], firing_id: int) -> Firing:
    """The firing of that id. Raises Refused reminder_gone."""
    row = session.get(FiringRow, firing_id)
    if row is None:
        raise Refused("reminder_gone")
    return get(session, book, terms, row.rule, row.occasion)


def skip(session: Session, actor: Member | None, firing: Firing, *, at: datetime) -> None:
    """It does not go out this time; what is queued already is taken back.

    Raises Refused: reminder_not_yours, reminder_over.
    """
    before = _decide(session, actor, firing, {"state": "skipped"}, at)
    if before in ("posting", "posted"):
        outbox.withdraw_topic(session, firing.saying.topic, at=at)
    audit.add(session, actor, "reminder.skipped", subject(firing), {}, at=at)


def move(
    session: Session, actor: Member | None, firing: Firing, by: int, *, at: datetime
) -> datetime:
    """Let it go out that many days later (or earlier); gives when.

    Raises Refused: reminder_not_yours, reminder_over, reminder_past, reminder_too_far.
    """
    to = local(firing.due_at) + timedelta(days=by)
    if to <= at:
        raise Refused("reminder_past")
    if abs(to - firing.saying.occasion.due_at) > _MOVED_AT_MOST or to >= firing.saying.useful_until(
        to
    ):
        raise Refused("reminder_too_far")
    before = _decide(session, actor, firing, {"state": "moved", "moved_to": to}, at)
    if before in ("posting", "posted"):
        raise Refused("reminder_over")  # it has begun to go out meanwhile
    detail = {"from": local_day(firing.due_at).isoformat(), "to": to.date().isoformat()}
    audit.add(session, actor, "reminder.moved", subject(firing), detail, at=at)
    return to


def restore(session: Session, actor: Member | None, firing: Firing, *, at: datetime) -> None:
    """Undo a skip or a move that lies ahead. Raises Refused: reminder_not_yours, reminder_past."""
    if firing.saying.occasion.due_at <= at:
        raise Refused("reminder_past")
    require_whole_house(session, actor)
    hold(session, LOCK)
    row = _row(session, firing.saying.rule, firing.saying.occasion.key)
    if row is not None and row.state in ("skipped", "moved"):
        session.delete(row)
        session.flush()
        audit.add(session, actor, "reminder.restored", subject(firing), {}, at=at)


def recipients_of(
    session: Session, saying: Saying, *, on: date, after: int = 0, limit: int | None = None
) -> tuple[list[int], int]:
    """Whom it goes to: members who have not done it yet, and the last member looked at."""
    found = recipients.members(session, saying.to, on=on, after=after, limit=limit)
    last = found[-1] if found else 0
    if isinstance(saying.subject, Batch):
        found = plans.undone(session, saying.subject, found, on=on)
    return found, last


def _decide(
    session: Session, actor: Member | None, firing: Firing, values: dict[str, object], at: datetime
) -> str:
    require_whole_house(session, actor)
    hold(session, LOCK)
    saying = firing.saying
    base = {"rule": saying.rule, "occasion": saying.occasion.key, "at": at, "digest": ""}
    base |= {"due_at": saying.occasion.due_at, "version": 1, "position": 0, "made": 0}
    insert_once(session, FIRINGS, [base | values], unique=("rule", "occasion"))
    row = session.execute(
        select(FiringRow)
        .where(FiringRow.rule == saying.rule, FiringRow.occasion == saying.occasion.key)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()
    if row.state == "missed" or (row.state == "posted" and firing.expires_at <= at):
        raise Refused("reminder_over")
    before = row.state
    for name, value in values.items():
        setattr(row, name, value)
    row.decided_by, row.at = actor.id if actor else None, at
    session.flush()
    return before


def require_whole_house(session: Session, actor: Member | None) -> None:
    """A rule speaks to the whole district, so only who answers for all of it decides."""
    if not access.scope(session, actor).is_everything:
        raise Refused("reminder_not_yours")


def _rows_near(session: Session, first: datetime, last: datetime) -> Iterator[FiringRow]:
    near = (each.between(first, last) for each in (FiringRow.due_at, FiringRow.moved_to))
    yield from session.scalars(select(FiringRow).where(or_(*near)))


def _row(session: Session, rule: str, occasion: str) -> FiringRow | None:
    query = select(FiringRow).where(FiringRow.rule == rule, FiringRow.occasion == occasion)
    return session.scalars(query.execution_options(populate_existing=True)).first()


def _firing(saying: Saying, row: FiringRow | None) -> Firing:
    if row is None:
        return Firing(saying, saying.occasion.due_at)
    due_at = row.moved_to or saying.occasion.due_at
    return Firing(saying, due_at, row.state, row.id, row.made)  # type: ignore[arg-type]


def subject(firing: Firing) -> str:
    return f"{firing.saying.title} {local_day(firing.saying.occasion.due_at).isoformat()}"
