"""Plans of study and warning education: what is to be done when, by whom, and that it is done.

Items of a plan that share a window are one Batch in each of its periods, told together. Whatever
comes first counts: a receipt, a short quiz, a meeting at which it was shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.core.roles import Role
from bot.db.models import RoleRow, UnitRow
from bot.services import completions, outbox, periods, recipients, semesters, units
from bot.services.calendar import Around, Occasion, Term
from bot.services.completions import Completion
from bot.services.members import Member
from knowledge.reminders_rulebook import Rulebook
from knowledge.reminders_schema import Plan, PlanItem
from knowledge.reminders_windows import Window

UNDO_FOR = timedelta(minutes=5)


@dataclass(frozen=True)
class Batch:
    """The items of a plan that are to be done from `first` to `last`, in one period of theirs."""

    plan: Plan
    items: tuple[PlanItem, ...]
    period: str
    first: date
    last: date

    @property
    def rule(self) -> str:
        """The name under which its firings are kept; two periods may speak on the same day."""
        return f"plan:{self.plan.id}/{self.lead.id}/{self.period}"

    @property
    def lead(self) -> PlanItem:
        """Its only item, or the first of several."""
        return self.items[0]

    @property
    def title(self) -> str:
        return self.lead.title if len(self.items) == 1 else self.plan.title

    @property
    def topic(self) -> str:
        """The topic of its messages: the key of its only item, or one of its own."""
        if len(self.items) == 1:
            return self.key(self.lead)
        return f"plan:{self.plan.id}/{self.lead.id}+/{self.period}"

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self.key(item) for item in self.items)

    def key(self, item: PlanItem) -> str:
        """Under what its completion is recorded."""
        return f"plan:{self.plan.id}/{item.id}/{self.period}"

    def occasions(self) -> list[Occasion]:
        """When it is spoken of: as its window opens, and around its last day."""
        opening = Around(self.plan.at, (0,)).of(self.first) if self.plan.opening else []
        begun = opening[0].due_at if opening else None
        later = Around(self.plan.at, self.plan.remind).of(self.last)
        return [
            *(self._about(each, is_opening=True) for each in opening),
            *(self._about(each) for each in later if begun is None or each.due_at > begun),
        ]

    def _about(self, found: Occasion, *, is_opening: bool = False) -> Occasion:
        is_late = not is_opening and found.offset > 0
        until = None if is_late else self.last
        return replace(found, until=until, about=self.last, is_opening=is_opening)


@dataclass(frozen=True)
class Task:
    """One thing that a person is, or was, asked to do, for themselves or for a unit."""

    batch: Batch
    item: PlanItem
    done: Completion | None = None
    unit_id: int | None = None
    unit: str = ""

    @property
    def key(self) -> str:
        return self.batch.key(self.item)


def batches(book: Rulebook, terms: Sequence[Term], first: date, last: date) -> tuple[Batch, ...]:
    """All batches whose windows touch these days, in the order of the files."""
    return _batches(book, tuple(terms), first, last)


@lru_cache(maxsize=64)  # asked at every tap on a plan and every look at the reminders
def _batches(book: Rulebook, terms: tuple[Term, ...], first: date, last: date) -> tuple[Batch, ...]:
    return tuple(_batches_of(book, terms, first, last))


def _batches_of(
    book: Rulebook, terms: tuple[Term, ...], first: date, last: date
) -> Iterator[Batch]:
    for plan in book.plans:
        together: dict[Window, list[PlanItem]] = {}
        for item in plan.items:
            together.setdefault(item.window, []).append(item)
        for window, items in together.items():
            for period, opens, ends in periods.of_window(window, terms, first, last):
                if opens <= last and ends >= first and _is_in_use(plan, opens):
                    yield Batch(plan, tuple(items), period, opens, ends)


def find(book: Rulebook, terms: Sequence[Term], key: str) -> tuple[Batch, PlanItem] | None:
    """The item of that key with its batch, or None when the files no longer have it."""
    plan_id, _, rest = key.removeprefix("plan:").partition("/")
    item_id, _, period = rest.partition("/")
    year = period[:4]
    if not year.isdecimal():
        first, last = date(2000, 1, 1), date(2100, 1, 1)
    else:
        first, last = date(int(year), 1, 1), date(int(year) + 1, 12, 31)
    for batch in batches(book, terms, first, last):
        if batch.plan.id == plan_id and batch.period == period:
            for item in batch.items:
                if item.id == item_id:
                    return batch, item
    return None


def undone(session: Session, batch: Batch, among: Sequence[int], *, on: date) -> list[int]:
    """Which of these members still have something of it to do, in their order."""
    if batch.plan.per == "person":
        done = [completions.done_by(session, key, among) for key in batch.keys]
        return [each for each in among if not all(each in some for some in done)]
    branches = _branches_of(session, among, on)
    of_all = {unit_id for held in branches.values() for unit_id, _ in held}
    done = [completions.done_by_units(session, key, of_all) for key in batch.keys]
    still = {each for each in of_all if not all(each in some for some in done)}
    return [each for each in among if any(unit in still for unit, _ in branches.get(each, ()))]


def tasks(session: Session, member_id: int, book: Rulebook, *, at: datetime) -> list[Task]:
    """What the member is asked to do these days, done or not, the most urgent first."""
    today = local_day(at)
    found: list[Task] = []
    for batch in batches(book, semesters.known(session, at=at), today, today):
        if not recipients.includes(session, batch.plan.to, member_id, on=today):
            continue
        if batch.plan.per == "person":
            done = completions.of_member(session, member_id, batch.keys)
            found += [Task(batch, item, done.get(batch.key(item))) for item in batch.items]
            continue
        for unit_id, name in _branches_of(session, [member_id], today).get(member_id, ()):
            done = completions.of_unit(session, unit_id, batch.keys)
            found += [
                Task(batch, item, done.get(batch.key(item)), unit_id, name) for item in batch.items
            ]
    return sorted(found, key=lambda task: (task.done is not None, task.batch.last))


def task(session: Session, member_id: int, book: Rulebook, key: str, *, at: datetime) -> list[Task]:
    """The member's tasks of that key (one for each of their units). Raises Refused plan_over."""
    found = [each for each in tasks(session, member_id, book, at=at) if each.key == key]
    if not found:
        raise Refused("plan_over")
    return found


def confirm(
    session: Session,
    member: Member,
    book: Rulebook,
    key: str,
    unit_id: int | None = None,
    *,
    at: datetime,
) -> list[Task]:
    """The person's own word that it is done, for a unit of theirs if it is one's.

    Raises Refused: plan_over, plan_by_quiz.
    """
    assert member.id is not None, "the route is for members"
    mine = task(session, member.id, book, key, at=at)
    mine = [each for each in mine if unit_id in (None, each.unit_id)]
    if not mine:
        raise Refused("plan_over")
    for each in mine:
        if "receipt" not in each.item.ways:
            raise Refused("plan_by_quiz")
        _record(session, member.id, each, "receipt", at)
    _tell_outbox(session, member.id, mine[0].batch, at)
    return mine


def pass_quiz(
    session: Session, member: Member, book: Rulebook, key: str, right: int, *, at: datetime
) -> Task | None:
    """What is done now, when that many right answers are enough; else None.

    An item that is over refuses nothing: that must not cost somebody the answer just given.
    """
    assert member.id is not None, "the route is for members"
    mine = [each for each in tasks(session, member.id, book, at=at) if each.key == key]
    quiz = mine[0].item.quiz if mine else None
    if quiz is None or right < quiz.passes:
        return None
    for each in mine:
        _record(session, member.id, each, "quiz", at)
    _tell_outbox(session, member.id, mine[0].batch, at)
    return mine[0]


def take_back(
    session: Session, member: Member, key: str, unit_id: int | None = None, *, at: datetime
) -> None:
    """Undo one's own receipt while it is fresh. Raises Refused plan_undo_late."""
    assert member.id is not None, "the route is for members"
    ref = _ref(member.id, key, unit_id)
    done_at = completions.made_at(session, ref)
    if done_at is None or at - done_at > UNDO_FOR:
        raise Refused("plan_undo_late")
    completions.take_back(session, ref=ref)


def showable(session: Session, book: Rulebook, *, at: datetime) -> list[Task]:
    """What may be shown or done at a meeting these days: for the record of one (how: meeting).

    Of a plan `per` unit the record is of the unit (completions.record_unit), else of those present.
    """
    today = local_day(at)
    return [
        Task(batch, item)
        for batch in batches(book, semesters.known(session, at=at), today, today)
        for item in batch.items
        if "meeting" in item.ways
    ]


def _record(
    session: Session, member_id: int, task: Task, how: completions.How, at: datetime
) -> None:
    ref = _ref(member_id, task.key, task.unit_id)
    if task.unit_id is not None:
        completions.record_unit(
            session, key=task.key, unit_id=task.unit_id, how=how, ref=ref, at=at
        )
    else:
        completions.record(session, key=task.key, member_ids=[member_id], how=how, ref=ref, at=at)


def _tell_outbox(session: Session, member_id: int, batch: Batch, at: datetime) -> None:
    """Take back the reminders of a batch of which nothing is left to do."""
    if not undone(session, batch, [member_id], on=local_day(at)):
        outbox.withdraw_topic(session, batch.topic, [f"m{member_id}"], at=at)


def _ref(member_id: int, key: str, unit_id: int | None) -> str:
    return f"tap:m{member_id}:{key}" + (f":u{unit_id}" if unit_id else "")


def _is_in_use(plan: Plan, day: date) -> bool:
    return (plan.starts is None or plan.starts <= day) and (plan.ends is None or day <= plan.ends)


def _branches_of(
    session: Session, member_ids: Sequence[int], on: date
) -> dict[int, list[tuple[int, str]]]:
    """The branches whose secretaries these members are that day: id and name."""
    query = (
        select(RoleRow.member_id, UnitRow.id, UnitRow.name)
        .join(UnitRow, UnitRow.id == RoleRow.unit_id)
        .where(
            RoleRow.role == Role.SECRETARY.value,
            RoleRow.from_on <= on,
            or_(RoleRow.to_on.is_(None), RoleRow.to_on > on),
            UnitRow.tree == units.PARTY,
            UnitRow.kind == "branch",
        )
        .order_by(UnitRow.id)
    )
    wanted = set(member_ids)
    found: dict[int, list[tuple[int, str]]] = {}
    for row in session.execute(query):
        if row.member_id in wanted:
            found.setdefault(row.member_id, []).append((row.id, row.name))
    return found
