"""A random district: schools, branches, people with names that can be found in any text."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy.orm import Session

from bot.core.roles import Role
from bot.db.models import AddressRow, CoverRow, MemberRow, MembershipRow, RoleRow, UnitRow
from bot.services import facts

_SIGNS = "甲乙丙丁戊己庚辛壬癸"
NAMES = re.compile(f"訾[{_SIGNS}]{{4}}")
_STATUS = ("full", "full", "full", "probationary", "activist", "none", "none", "none", "none")


@dataclass(frozen=True)
class Citizen:
    """A person, where they write from, and what they answer for."""

    id: int
    name: str
    platform: str
    sender: str
    is_secretary: bool = False
    is_administrator: bool = False

    @property
    def told(self) -> str:
        office = "administrator" if self.is_administrator else "secretary"
        holds = self.is_administrator or self.is_secretary
        return f"{self.name}, {office}" if holds else self.name


@dataclass
class Town:
    """All people, and units by kind."""

    people: list[Citizen] = field(default_factory=list[Citizen])
    schools: list[int] = field(default_factory=list[int])
    branches: list[int] = field(default_factory=list[int])

    @property
    def secretaries(self) -> list[Citizen]:
        return [each for each in self.people if each.is_secretary]

    @property
    def administrators(self) -> list[Citizen]:
        return [each for each in self.people if each.is_administrator]


def build(session: Session, chance: random.Random, people: int, on: date) -> Town:
    """Fill an empty database with so many people in schools of different sizes."""
    since = on - timedelta(days=400)
    town = Town()
    bureau = _unit(session, "admin", "bureau", "区教育局", None)
    committee = _unit(session, "party", "committee", "区教育局党委", None)
    for number in range(max(2, people // 60)):
        school = _unit(session, "admin", "school", f"第{number + 1}学校", bureau)
        branch = _unit(session, "party", "branch", f"第{number + 1}学校党支部", committee)
        session.add(CoverRow(branch_id=branch, school_id=school))
        town.schools.append(school)
        town.branches.append(branch)
    facts.put(session, facts.DEMO, "0")
    for number in range(people):
        place = chance.randrange(len(town.schools))
        town.people.append(_person(session, chance, town, number, (bureau, place, since)))
    session.flush()
    return town


def _unit(session: Session, tree: str, kind: str, name: str, parent: int | None) -> int:
    row = UnitRow(tree=tree, kind=kind, name=name, parent_id=parent)
    session.add(row)
    session.flush()
    return row.id


def _person(
    session: Session,
    chance: random.Random,
    town: Town,
    number: int,
    where: tuple[int, int, date],
) -> Citizen:
    bureau, place, since = where
    schools = len(town.schools)
    # The first two lead the house, the next ones a branch, and then a school each.
    is_top, is_secretary = number < 2, 2 <= number < 2 + schools
    is_school = 2 + schools <= number < 2 + 2 * schools
    if is_secretary or is_school:
        place = (number - 2) % schools
    status = "full" if is_secretary else chance.choice(_STATUS)
    name = "訾" + "".join(_SIGNS[int(digit)] for digit in f"{number:04d}")
    member = MemberRow(
        number=f"{10_000 + number}",
        name=name,
        party_status=status,
        duties="",
        has_vote=status == "full",
    )
    session.add(member)
    session.flush()
    school = bureau if is_top else town.schools[place]
    session.add(MembershipRow(member_id=member.id, tree="admin", unit_id=school, from_on=since))
    if status != "none":
        branch = town.branches[place]
        session.add(MembershipRow(member_id=member.id, tree="party", unit_id=branch, from_on=since))
    if is_top or is_school:
        _role(session, member.id, Role.ADMINISTRATOR, school, since)
    if is_secretary:
        _role(session, member.id, Role.SECRETARY, town.branches[place], since)
    platform = "east" if chance.random() < 0.6 else "west"
    sender = f"p{member.id}"
    session.add(
        AddressRow(
            platform=platform, native_id=sender, chat_id=sender, member_id=member.id, wrong_codes=0
        )
    )
    return Citizen(member.id, name, platform, sender, is_secretary, is_top or is_school)


def _role(session: Session, member_id: int, role: Role, unit_id: int, since: date) -> None:
    session.add(RoleRow(member_id=member_id, role=role.value, unit_id=unit_id, from_on=since))
