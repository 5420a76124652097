"""School terms (学期): set by whoever runs the house, since every province has its own."""

from __future__ import annotations

import re
from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.core.clock import local_day
from bot.services import facts
from bot.services.calendar import Term

TERMS = "school_terms"
_FORM = re.compile(r"(\d{4}-\d{2}-\d{2})/(\d{4}-\d{2}-\d{2})")


def known(session: Session, *, at: datetime, set_to: str | None = None) -> tuple[Term, ...]:
    """The terms that are set, in order; in a demo without any, usual ones around the day.

    `set_to` is for a process that reads the settings itself and not what a running house keeps.
    """
    terms = _parse(set_to or facts.get(session, TERMS) or "")
    if terms or not facts.is_demo(session):
        return terms
    year = local_day(at).year
    usual: list[Term] = []
    for each in range(year - 1, year + 2):
        usual.append(Term(date(each, 3, 1), date(each, 7, 3)))
        usual.append(Term(date(each, 9, 1), date(each + 1, 1, 22)))
    return tuple(usual)


def ends_on(session: Session, *, at: datetime) -> date | None:
    """The last day of the term that runs, or in the holidays of the one to come; None if unset."""
    return next((term.last for term in known(session, at=at) if term.last >= local_day(at)), None)


def _parse(text: str) -> tuple[Term, ...]:
    """Terms such as 2026-09-01/2027-01-22, several with commas; settings have checked the form."""
    found = (Term(*map(date.fromisoformat, pair)) for pair in _FORM.findall(text))
    return tuple(sorted(found, key=lambda term: term.first))
