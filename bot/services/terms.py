"""Terms of office of Party units: when elected, for how many years, and half a year's notice."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.core.roles import Role
from bot.db.engine import upsert
from bot.db.models import TermRow
from bot.services import access, audit, units
from bot.services.members import Member
from bot.services.units import Unit

YEARS = 3  # 总支、支部 as a rule (ZB33, XJ17)
YEARS_AT_MOST = 5
SAID_MONTHS_BEFORE = 6  # XJ18
_AT_ONCE = 20
_DAY = re.compile(r"\s*(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?(?:\D*?(\d)\s*年)?\s*")
_TERMS: Table = TermRow.__table__  # type: ignore[assignment]


@dataclass(frozen=True)
class Term:
    """A unit's term of office; `ends_on` is the day on which the next election is due."""

    unit: Unit
    elected_on: date
    years: int

    @property
    def ends_on(self) -> date:
        return _moved(self.elected_on, self.years * 12)

    @property
    def said_on(self) -> date:
        return _moved(self.ends_on, -SAID_MONTHS_BEFORE)


def read(text: str) -> tuple[date, int]:
    """The day of an election and the years of the term, as somebody types them: 2024-06-15 5年.

    Raises Refused term_unread.
    """
    found = _DAY.fullmatch(text)
    if found is None:
        raise Refused("term_unread", text=text[:40], years=YEARS)
    try:
        day = date(*(int(part) for part in found.groups()[:3]))
    except ValueError as error:
        raise Refused("term_unread", text=text[:40], years=YEARS) from error
    return day, int(found[4] or YEARS)


def current(session: Session, reader: Member | None, unit_id: int) -> Term | None:
    """The unit's term, if anybody has entered it. Raises Refused term_not_yours."""
    unit = _required(session, reader, unit_id)
    row = session.get(TermRow, unit_id)
    return Term(unit, row.elected_on, row.years) if row else None


def enter(
    session: Session,
    actor: Member | None,
    unit_id: int,
    elected_on: date,
    years: int = YEARS,
    *,
    at: datetime,
) -> Term:
    """Keep when the unit was elected. Raises Refused: term_not_yours, term_wrong."""
    unit = _required(session, actor, unit_id)
    today = local_day(at)
    if not 1 <= years <= YEARS_AT_MOST or not date(today.year - 10, 1, 1) <= elected_on <= today:
        raise Refused("term_wrong", most=YEARS_AT_MOST)
    known = session.get(TermRow, unit_id, populate_existing=True)
    # Nobody is told a second time because somebody looked it up and typed the same day again.
    said = known.said if known and known.elected_on == elected_on else {}
    row = {"unit_id": unit_id, "elected_on": elected_on, "years": years, "said": said}
    upsert(session, _TERMS, row, unique=("unit_id",))
    detail = {"unit": unit_id, "elected_on": elected_on.isoformat(), "years": years}
    audit.add(session, actor, "term.enter", unit.name, detail, at=at)
    session.flush()
    session.expire_all()
    return Term(unit, elected_on, years)


def next_due(session: Session, *, at: datetime) -> list[Term]:
    """Terms that end within half a year and of which nobody was told yet; each only once."""
    today = local_day(at)
    found: list[Term] = []
    for row in session.scalars(select(TermRow).order_by(TermRow.unit_id)):
        unit = units.get(session, row.unit_id)
        if unit is None or len(found) >= _AT_ONCE:
            continue
        term = Term(unit, row.elected_on, row.years)
        # By its end, which is another one when the years are put right.
        if term.said_on <= today and row.said.get("ends_on") != term.ends_on.isoformat():
            row.said = {"ends_on": term.ends_on.isoformat(), "on": today.isoformat()}
            found.append(term)
    session.flush()
    return found


def _required(session: Session, member: Member | None, unit_id: int) -> Unit:
    unit = units.get(session, unit_id)
    if unit is None or unit_id not in access.scope(session, member, Role.SECRETARY):
        raise Refused("term_not_yours")
    return unit


def _moved(day: date, months: int) -> date:
    """The same day of another month, or its last one."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
