"""The list of administrative acts: who did what to whom and when, searched and exported."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Text,
    and_,
    cast,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.orm import Session

from bot.core.clock import SHANGHAI
from bot.core.errors import Refused
from bot.core.roles import Role
from bot.db.models import AuditRow, MemberRow
from bot.services import access
from bot.services.members import Member

PAGE = 10
EXPORTED_AT_MOST = 50_000
_PERSONAL = ("spared", "spared.ended")
_ONLY_NUMBER = re.compile("（([^（）]+)）")
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
    """A Query as somebody types it: days (2026-11-01) are from and to, the rest is looked for.

    Raises Refused audit_day_wrong.
    """
    words = text.split()
    days = [day for word in words if (day := _day(word)) is not None]
    said = " ".join(word for word in words if _day(word) is None)
    return Query(said, min(days, default=None), max(days, default=None))


def search(
    session: Session, reader: Member | None, query: Query, *, page: int = 0
) -> tuple[list[Act], bool]:
    """A page of acts, newest first, and whether there are more."""
    rows = _find(session, reader, query).offset(page * PAGE).limit(PAGE + 1)
    found = _named(session, [_act(*row) for row in session.execute(rows)])
    return found[:PAGE], len(found) > PAGE


def export(session: Session, reader: Member | None, query: Query) -> list[Act]:
    """All acts that were looked for, newest first."""
    rows = _find(session, reader, query).limit(EXPORTED_AT_MOST)
    return _named(session, [_act(*row) for row in session.execute(rows)])


def _find(session: Session, reader: Member | None, query: Query) -> Select[AuditRow, str | None]:
    rows = (
        select(AuditRow, _ACTOR)
        .outerjoin(MemberRow, MemberRow.id == AuditRow.actor_id)
        .where(_readable(session, reader))
        .order_by(AuditRow.at.desc(), AuditRow.id.desc())
    )
    if query.text:
        rows = rows.where(_holds(session, query.text))
    if query.from_on:
        rows = rows.where(AuditRow.at >= _midnight(query.from_on))
    if query.to_on:
        rows = rows.where(AuditRow.at < _midnight(query.to_on + timedelta(days=1)))
    return rows


def _holds(session: Session, text: str) -> ColumnElement[bool]:
    """The text in subject, act, actor or details; of a person's name also the number."""
    columns = (AuditRow.subject, AuditRow.act, MemberRow.name)
    numbers = session.scalars(select(MemberRow.number).where(MemberRow.name == text).limit(20))
    people = [f"（{number}）" for number in numbers]
    # Figures alone are a person's number: as counts they would be found everywhere.
    within = [f"（{text}）" if text.isascii() else text, *people]
    detail = cast(AuditRow.detail, Text)
    said = {form for each in within for form in (each, json.dumps(each)[1:-1])}
    return or_(
        *(each.contains(text, autoescape=True) for each in columns),
        AuditRow.subject.in_(people),
        *(detail.contains(each, autoescape=True) for each in sorted(said)),
    )


def _named(session: Session, acts: Sequence[Act]) -> list[Act]:
    """Subjects that hold only a number get the name that belongs to it today."""
    bare = {act.subject: found[1] for act in acts if (found := _ONLY_NUMBER.fullmatch(act.subject))}
    if not bare:
        return list(acts)
    rows = session.execute(
        select(MemberRow.number, MemberRow.name).where(MemberRow.number.in_(bare.values()))
    )
    names = {f"（{row.number}）": f"{row.name}（{row.number}）" for row in rows}
    return [replace(act, subject=names.get(act.subject, act.subject)) for act in acts]


def _readable(session: Session, reader: Member | None) -> ColumnElement[bool]:
    """Their own acts, and those in units that they administer; who is spared only from near."""
    if reader is None:
        return true()
    mine = access.scope(session, reader, Role.ADMINISTRATOR)
    near = access.nearest(session, reader, Role.ADMINISTRATOR)
    place = AuditRow.detail["unit"].as_integer()
    here = true() if mine.is_everything else place.in_(mine.unit_ids)
    is_near = or_(AuditRow.act.not_in(_PERSONAL), place.in_(near.unit_ids))
    return or_(AuditRow.actor_id == reader.id, and_(here, is_near))


def _day(word: str) -> date | None:
    found = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", word)
    if found is None:
        return None
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError as error:
        raise Refused("audit_day_wrong", text=word) from error


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=SHANGHAI)


def _act(row: AuditRow, actor: str | None) -> Act:
    return Act(row.at, actor or "", row.act, row.subject, row.detail)
