"""The list of administrative acts: who did what to whom and when, searched and exported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, or_, select, true, type_coerce
from sqlalchemy.orm import Session

from bot.core.clock import SHANGHAI
from bot.core.roles import Role
from bot.db.models import AuditRow, MemberRow
from bot.services import access
from bot.services.members import Member

PAGE = 10
EXPORTED_AT_MOST = 50_000
_ACTOR: ColumnElement[str | None] = type_coerce(MemberRow.name, String())


@dataclass(frozen=True)
class Act:
    """One line of the list. `actor` is empty for the command line; `unit_id` places it."""

    at: datetime
    actor: str
    act: str
    subject: str
    detail: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Query:
    """What is looked for: words in subject, act or actor; days from and to (both included)."""

    text: str = ""
    from_on: date | None = None
    to_on: date | None = None


def add(
    session: Session,
    actor: Member | None,
    act: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
    *,
    at: datetime,
) -> None:
    """Write an act down. `detail["unit"]`, a unit's id, decides who may read it later."""
    session.add(
        AuditRow(
            at=at,
            actor_id=actor.id if actor else None,
            act=act,
            subject=subject[:500],
            detail=dict(detail or {}),
        )
    )


def query_of(text: str) -> Query:
    """A Query as somebody types it: days (2026-11-01) are from and to, the rest is looked for."""
    words = text.split()
    days = [day for word in words if (day := _day(word)) is not None]
    said = " ".join(word for word in words if _day(word) is None)
    return Query(said, min(days, default=None), max(days, default=None))


def search(
    session: Session, reader: Member | None, query: Query, *, page: int = 0
) -> tuple[list[Act], bool]:
    """A page of acts, newest first, and whether there are more."""
    rows = _find(session, reader, query).offset(page * PAGE).limit(PAGE + 1)
    found = [_act(*row) for row in session.execute(rows)]
    return found[:PAGE], len(found) > PAGE


def export(session: Session, reader: Member | None, query: Query) -> list[Act]:
    """All acts that were looked for, newest first."""
    rows = _find(session, reader, query).limit(EXPORTED_AT_MOST)
    return [_act(*row) for row in session.execute(rows)]


def _find(session: Session, reader: Member | None, query: Query) -> Select[AuditRow, str | None]:
    rows = (
        select(AuditRow, _ACTOR)
        .outerjoin(MemberRow, MemberRow.id == AuditRow.actor_id)
        .where(_readable(session, reader))
        .order_by(AuditRow.at.desc(), AuditRow.id.desc())
    )
    if query.text:
        columns = (AuditRow.subject, AuditRow.act, MemberRow.name)
        rows = rows.where(or_(*(each.contains(query.text, autoescape=True) for each in columns)))
    if query.from_on:
        rows = rows.where(AuditRow.at >= _midnight(query.from_on))
    if query.to_on:
        rows = rows.where(AuditRow.at < _midnight(query.to_on + timedelta(days=1)))
    return rows


def _readable(session: Session, reader: Member | None) -> ColumnElement[bool]:
    """Their own acts, and those in units that they administer."""
    mine = access.scope(session, reader, Role.ADMINISTRATOR)
    if reader is None or mine.is_everything:
        return true()
    place = AuditRow.detail["unit"].as_integer()
    return or_(AuditRow.actor_id == reader.id, place.in_(mine.unit_ids))


def _day(word: str) -> date | None:
    try:
        return date.fromisoformat(word) if len(word) == 10 else None
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=SHANGHAI)


def _act(row: AuditRow, actor: str | None) -> Act:
    return Act(row.at, actor or "", row.act, row.subject, row.detail)
