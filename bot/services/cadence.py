"""What a branch has held and has yet to hold in each month, quarter and year, with the clause.

The rhythm is that of the rules on the work of branches (party.md, section 一); for 党课 they name
none, so a branch sets its own (ZB18). Counts of all branches go further up, never a list of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, literal_column, or_, select
from sqlalchemy.orm import Session

from bot.core.clock import SHANGHAI, local, local_day
from bot.core.errors import Refused
from bot.core.roles import Role
from bot.db.models import (
    DeliveryRow,
    FactRow,
    MeetingRow,
    MemberRow,
    MembershipRow,
    RecordRow,
    UnitRow,
)
from bot.db.prefix import begins_with
from bot.services import access, audit, facts, rhythm, units
from bot.services.members import Member
from bot.services.rhythm import DUTIES, EVERY, Duty, Every, Held, Line, Step, When
from bot.services.units import Unit

SAID_BEFORE = timedelta(days=10)
FULL_FOR_A_COMMITTEE = 7  # ZB30
_LECTURE, _SWEPT, _TOPIC = "lecture_every:", "cadence_swept", "cadence:"
_AT_ONCE = 20


@dataclass(frozen=True)
class Overview:
    """A branch's year. Without a committee or groups there are no lines for them."""

    unit: Unit
    on: date
    lines: tuple[Line, ...]
    has_committee: bool

    def missing(self) -> list[Line]:
        """What the current periods that end within ten days still lack."""
        return [line for line in self.lines if line.now and _is_missing(line.now, self.on)]


@dataclass(frozen=True)
class Count:
    """Of how many branches the current period is done or planned, for one kind."""

    duty: Duty
    done: int
    planned: int
    of: int


def overview(
    session: Session, reader: Member | None, unit_id: int, *, on: date, year: int | None = None
) -> Overview:
    """A branch's year (that of `on`, or another), for who keeps its ledger.

    Raises Refused cadence_not_yours.
    """
    unit = units.get(session, unit_id)
    if unit is None or unit_id not in access.scope(session, reader, Role.SECRETARY):
        raise Refused("cadence_not_yours")
    return overviews(session, [unit], on=on, year=year)[0]


def overviews(
    session: Session, branches: Sequence[Unit], *, on: date, year: int | None = None
) -> list[Overview]:
    """The years of several branches, in a few statements."""
    when = When(on, year or on.year)
    ids = [unit.id for unit in branches]
    groups = _groups(session, ids)
    above = {each: [unit.id for unit in units.ancestors(session, each)[1:]] for each in ids}
    wanted = {*ids, *(each for found in (*groups.values(), *above.values()) for each in found)}
    there: dict[int, list[Held]] = defaultdict(list)
    for each in _held(session, wanted, when.year):
        there[each.unit_id].append(each)
    full = _full(session, {each: [each, *groups[each]] for each in ids}, on)
    rhythms = _lecture_rhythms(session)
    result: list[Overview] = []
    for unit in branches:
        mine = [one for place in (unit.id, *groups[unit.id]) for one in there[place]]
        # What the units above teach, they teach their branches.
        mine += [one for place in above[unit.id] for one in there[place] if one.kind == "lecture"]
        met = any(each.kind == "committee" for each in there[unit.id])
        has_committee = met or full[unit.id] >= FULL_FOR_A_COMMITTEE
        every = _nearest(rhythms, [unit.id, *above[unit.id]])
        lines = [
            rhythm.line(duty, mine, groups[unit.id], every, when)
            for duty in DUTIES
            if _applies(duty.kind, has_committee=has_committee, groups=groups[unit.id])
        ]
        result.append(Overview(unit, on, tuple(lines), has_committee))
    return result


def counts(session: Session, reader: Member | None, *, on: date) -> tuple[int, list[Count]]:
    """How many branches the reader answers for by any role, and of how many each kind is done."""
    mine = access.scope(session, reader)
    branches = [each for each in _branches(session) if each.id in mine]
    lines: dict[str, list[Line]] = defaultdict(list)
    for found in overviews(session, branches, on=on):
        for line in found.lines:
            if line.now is not None:
                lines[line.duty.kind].append(line)
    return len(branches), [_count(lines[duty.kind]) for duty in DUTIES if lines[duty.kind]]


def set_lecture(
    session: Session, actor: Member | None, unit_id: int, every: Every | None, *, at: datetime
) -> Unit:
    """How often a branch holds 党课, or that it sets nothing. Raises Refused cadence_not_yours."""
    unit = units.get(session, unit_id)
    if unit is None or unit_id not in access.scope(session, actor, Role.SECRETARY):
        raise Refused("cadence_not_yours")
    facts.put(session, f"{_LECTURE}{unit_id}", every or "none")
    detail = {"unit": unit_id, "every": every or "none"}
    audit.add(session, actor, "cadence.lecture", unit.name, detail, at=at)
    return unit


def topic(found: Overview) -> str:
    """What the word before the end of a period is taken back by: unit, day, and what is missing."""
    missing = found.missing()
    last = min(line.now.ends_on for line in missing if line.now)
    kinds = "+".join(line.duty.kind for line in missing)
    return f"{_TOPIC}{found.unit.id}:{last.isoformat()}:{kinds}"


def key(session: Session, topic: str, owner: str) -> str:
    """A word that was taken back and is true again is another one; any other is said once."""
    first = f"{topic}:{owner}"
    query = select(func.count()).where(
        or_(DeliveryRow.key == first, begins_with(session, DeliveryRow.key, f"{first}:")),
        DeliveryRow.state == "withdrawn",
        DeliveryRow.reason == "done",
    )
    taken_back = session.scalars(query).one()
    return f"{first}:{taken_back}" if taken_back else first


def overtaken(session: Session, *, at: datetime) -> list[tuple[str, list[str], Overview]]:
    """Words that wait to go out and are no longer true: topic, owners, and how it is now."""
    rows = session.execute(
        select(DeliveryRow.topic, DeliveryRow.owner).where(
            DeliveryRow.topic.is_not(None) & DeliveryRow.topic.startswith(_TOPIC),
            DeliveryRow.state == literal_column("'queued'"),  # as in the index
            DeliveryRow.letter_id.is_(None),
        )
    )
    waiting: dict[str, list[str]] = defaultdict(list)
    for said, owner in rows:
        waiting[said or ""].append(owner)
    found: list[tuple[str, list[str], Overview]] = []
    for said, owners in waiting.items():
        unit = units.get(session, int(said.split(":")[1]))
        if unit is not None:
            now = overviews(session, [unit], on=local_day(at))[0]
            if not now.missing() or topic(now) != said:
                found.append((said, owners, now))
    return found


def next_due(session: Session, *, at: datetime) -> tuple[list[Overview], bool]:
    """The next branches that lack something in a period that is about to end, and whether there
    are more to look at. Each branch is looked at once a day, after any pause.
    """
    today = local_day(at)
    day, _, last = (facts.get(session, _SWEPT) or "").partition("/")
    after = int(last) if day == today.isoformat() else 0
    if after < 0:
        return [], False
    rest = [unit for unit in _branches(session) if unit.id > after]
    now, has_more = rest[:_AT_ONCE], len(rest) > _AT_ONCE
    facts.put(session, _SWEPT, f"{today}/{now[-1].id if has_more else -1}")
    is_near = any(_ends_soon(rhythm.span(every, today)[1], today) for every in EVERY)
    found = overviews(session, now, on=today) if now and is_near else []
    return [each for each in found if each.missing() and not _is_said(session, each)], has_more


def _is_said(session: Session, found: Overview) -> bool:
    """Whether somebody was told about this branch and this end already, whatever was missing."""
    said = topic(found).rpartition(":")[0]
    query = select(DeliveryRow.id).where(
        begins_with(session, DeliveryRow.key, f"{said}:"), DeliveryRow.state != "withdrawn"
    )
    return session.scalars(query.limit(1)).first() is not None


def _branches(session: Session) -> list[Unit]:
    return units.every(session, tree=units.PARTY, kinds=("branch",))


def _applies(kind: str, *, has_committee: bool, groups: Sequence[int]) -> bool:
    return {"committee": has_committee, "group": bool(groups)}.get(kind, True)


def _is_missing(step: Step, on: date) -> bool:
    return step.state == "due" and _ends_soon(step.ends_on, on)


def _ends_soon(last: date, on: date) -> bool:
    return last - on <= SAID_BEFORE


def _count(lines: Sequence[Line]) -> Count:
    states = [line.now.state for line in lines if line.now]
    return Count(lines[0].duty, states.count("done"), states.count("planned"), len(states))


def _groups(session: Session, branch_ids: Sequence[int]) -> Mapping[int, list[int]]:
    rows = session.execute(
        select(UnitRow.parent_id, UnitRow.id).where(
            UnitRow.parent_id.in_(branch_ids),
            UnitRow.kind == "group",
            UnitRow.closed_on.is_(None),
        )
    )
    found: dict[int, list[int]] = {each: [] for each in branch_ids}
    for parent_id, unit_id in rows:
        found[parent_id or 0].append(unit_id)
    return found


def _held(session: Session, unit_ids: Iterable[int], year: int) -> list[Held]:
    start = datetime(year, 1, 1, tzinfo=SHANGHAI)
    rows = session.execute(
        select(
            RecordRow.unit_id,
            func.coalesce(MeetingRow.subkind, MeetingRow.kind),
            MeetingRow.starts_at,
            or_(MeetingRow.state == "closed", RecordRow.rolled_at.is_not(None)),
        )
        .join(MeetingRow, MeetingRow.id == RecordRow.meeting_id)
        .where(
            RecordRow.unit_id.in_(list(unit_ids)),
            RecordRow.agreed_at.is_not(None),
            MeetingRow.state != "cancelled",
            MeetingRow.starts_at >= start,
            MeetingRow.starts_at < start.replace(year=year + 1),
        )
        .order_by(MeetingRow.starts_at)
    )
    return [Held(row[0], row[1], local(row[2]).date(), bool(row[3])) for row in rows]


def _full(session: Session, places: Mapping[int, list[int]], on: date) -> dict[int, int]:
    """How many full members each branch has, those of its groups included."""
    rows = session.execute(
        select(MembershipRow.unit_id, func.count())
        .join(MemberRow, MemberRow.id == MembershipRow.member_id)
        .where(
            MembershipRow.unit_id.in_([each for found in places.values() for each in found]),
            MembershipRow.from_on <= on,
            or_(MembershipRow.to_on.is_(None), MembershipRow.to_on > on),
            MemberRow.party_status == "full",
        )
        .group_by(MembershipRow.unit_id)
    )
    full = {row[0]: row[1] for row in rows}
    return {each: sum(full.get(unit_id, 0) for unit_id in found) for each, found in places.items()}


def _lecture_rhythms(session: Session) -> dict[int, str]:
    """What units have set for 党课."""
    rows = session.execute(
        select(FactRow.name, FactRow.value).where(FactRow.name.startswith(_LECTURE))
    )
    return {int(row[0].removeprefix(_LECTURE)): row[1] for row in rows}


def _nearest(known: Mapping[int, str], path: Sequence[int]) -> Every | None:
    """What was set nearest, from the branch upwards."""
    return rhythm.every_of(next((known[each] for each in path if each in known), ""))
