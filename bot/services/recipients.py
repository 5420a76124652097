"""To whom a rule or plan goes: the names of its file as units and people of the roster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.db.models import MemberRow
from bot.services import audience, units
from bot.services.audience import Audience
from knowledge.reminders_schema import People, To

Path = tuple[int | str, ...]


@dataclass(frozen=True)
class Named:
    """An audience as a file names it. `unknown` are the names that mean nobody, with their places.

    `audience` is None when all that it names is unknown: then it means nobody at all.
    """

    audience: Audience | None
    unknown: tuple[tuple[str, Path], ...] = ()


def resolve(session: Session, to: To) -> Named:
    """What a file's `to` means today."""
    found, unknown = _people(session, to, ("to",))
    if found is None or to.but is None:
        return Named(found, unknown)
    but, more = _people(session, to.but, ("to", "except"))
    return Named(replace(found, but=but), (*unknown, *more))


def members(
    session: Session, to: To, *, on: date, after: int = 0, limit: int | None = None
) -> list[int]:
    """The ids of those whom it means on that day, in order; a piece of them if wished."""
    whom = resolve(session, to).audience
    return audience.members(session, whom, on=on, after=after, limit=limit) if whom else []


def includes(session: Session, to: To, member_id: int, *, on: date) -> bool:
    """Whether it means this member on that day."""
    whom = resolve(session, to).audience
    return whom is not None and audience.includes(session, whom, member_id, on=on)


def _people(
    session: Session, said: People, path: Path
) -> tuple[Audience | None, tuple[tuple[str, Path], ...]]:
    unit_ids: list[int] = []
    people: list[int] = []
    unknown: list[tuple[str, Path]] = []
    for index, name in enumerate(said.units):
        unit = units.find(session, name)
        if unit is None:
            unknown.append((name, (*path, "units", index)))
        else:
            unit_ids.append(unit.id)
    numbers = dict(_numbers(session, said.people))
    for index, number in enumerate(said.people):
        if number in numbers:
            people.append(numbers[number])
        else:
            unknown.append((number, (*path, "people", index)))
    if said.units and not unit_ids:
        said = People(people=said.people)  # the other kinds only narrow the units down
    if said.people and not people and said == People(people=said.people):
        return None, tuple(unknown)
    if said.names_nobody:
        return None, tuple(unknown)
    found = Audience(
        units=tuple(unit_ids),
        roles=said.roles,
        party_status=said.party,
        duties=said.duties,
        tags=said.tags,
        people=tuple(people),
    )
    return found, tuple(unknown)


def _numbers(session: Session, numbers: Sequence[str]) -> Iterator[tuple[str, int]]:
    query = select(MemberRow.number, MemberRow.id).where(MemberRow.number.in_(numbers))
    yield from ((row.number, row.id) for row in session.execute(query))
