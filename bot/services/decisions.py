"""What a meeting decided: resolutions with who and until when, and votes as they were counted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.errors import Refused
from bot.core.meetings import KINDS, VOTES
from bot.core.wording import holds_personal_number
from bot.db.models import ResolutionRow, VoteRow
from bot.services import quorum, records
from bot.services.members import Member
from bot.services.quorum import Count
from bot.services.records import Change, Record

TEXT_AT_MOST, NAME_AT_MOST, SUBJECT_AT_MOST = 500, 40, 100


@dataclass(frozen=True)
class Resolution:
    """A resolution: who is responsible, until when, and whether it is done."""

    id: int
    record_id: int
    text: str
    responsible: str
    due_on: date | None
    done_at: datetime | None = None


@dataclass(frozen=True)
class Vote:
    """A vote that was taken on paper or by hand, as counted."""

    id: int
    record_id: int
    subject: str
    purpose: str
    count: Count


def resolutions(session: Session, record_ids: Sequence[int]) -> dict[int, list[Resolution]]:
    """The resolutions of records, by record, in order."""
    rows = session.scalars(
        select(ResolutionRow)
        .where(ResolutionRow.record_id.in_(record_ids))
        .order_by(ResolutionRow.id)
    )
    result: dict[int, list[Resolution]] = {}
    for row in rows:
        result.setdefault(row.record_id, []).append(_resolution(row))
    return result


def votes(session: Session, record_ids: Sequence[int]) -> dict[int, list[Vote]]:
    """The votes of records, by record, in order."""
    rows = session.scalars(
        select(VoteRow).where(VoteRow.record_id.in_(record_ids)).order_by(VoteRow.id)
    )
    result: dict[int, list[Vote]] = {}
    for row in rows:
        result.setdefault(row.record_id, []).append(_vote(row))
    return result


def resolve(
    session: Session,
    actor: Member | None,
    wanted: Resolution,
    *,
    reason: str = "",
    at: datetime,
) -> Resolution:
    """Add a resolution to its record. Raises Refused: resolution_empty, resolution_too_long,
    resolution_personal, and as records.take does.
    """
    text, responsible = wanted.text.strip(), wanted.responsible.strip()
    if not text:
        raise Refused("resolution_empty")
    if len(text) > TEXT_AT_MOST or len(responsible) > NAME_AT_MOST:
        raise Refused("resolution_too_long", limit=TEXT_AT_MOST, name_limit=NAME_AT_MOST)
    if holds_personal_number(text) or holds_personal_number(responsible):
        raise Refused("resolution_personal")
    record = records.take(session, actor, wanted.record_id, reason)
    row = ResolutionRow(
        record_id=record.id, text=text, responsible=responsible, due_on=wanted.due_on
    )
    session.add(row)
    session.flush()
    change = Change("resolution", "", _said(row))
    records.note(session, actor, record, [change], reason=reason, at=at)
    return _resolution(row)


def drop(
    session: Session, actor: Member | None, resolution_id: int, *, reason: str = "", at: datetime
) -> int:
    """Take a resolution out again; gives its record. Raises Refused decision_gone, as above."""
    row = session.get(ResolutionRow, resolution_id)
    if row is None:
        raise Refused("decision_gone")
    record = records.take(session, actor, row.record_id, reason)
    change = Change("resolution", _said(row), "")
    records.note(session, actor, record, [change], reason=reason, at=at)
    session.delete(row)
    session.flush()
    return record.id


def finish(
    session: Session, actor: Member | None, resolution_id: int, *, is_done: bool, at: datetime
) -> Resolution:
    """What was resolved is done, or after all is not; also in a month that is closed.

    Raises Refused: decision_gone, record_gone.
    """
    row = session.get(ResolutionRow, resolution_id)
    if row is None:
        raise Refused("decision_gone")
    records.get(session, actor, row.record_id)
    row.done_at = (row.done_at or at) if is_done else None
    session.flush()
    return _resolution(row)


def purpose_of(record: Record) -> str:
    """What a vote in that meeting is about, unless somebody says otherwise."""
    if record.purpose == "plain" and record.kind == "committee":
        return "committee"
    return record.purpose


def keep(
    session: Session,
    actor: Member | None,
    wanted: Vote,
    *,
    reason: str = "",
    at: datetime,
) -> Vote:
    """Keep a counted vote.

    Raises Refused: vote_subject, vote_elsewhere, and as quorum.check and records.take do.
    """
    subject = wanted.subject.strip()
    if not subject or len(subject) > SUBJECT_AT_MOST or holds_personal_number(subject):
        raise Refused("vote_subject", limit=SUBJECT_AT_MOST)
    quorum.check(wanted.purpose, wanted.count)
    kind = records.get(session, actor, wanted.record_id).kind
    if not quorum.belongs(kind, wanted.purpose):
        raise Refused("vote_elsewhere", vote=VOTES[wanted.purpose], kind=KINDS[kind])
    record = records.take(session, actor, wanted.record_id, reason)
    row = VoteRow(
        record_id=record.id,
        subject=subject,
        purpose=wanted.purpose,
        **vars(wanted.count),
        counted_by=actor.id if actor else None,
        at=at,
    )
    session.add(row)
    session.flush()
    change = Change("vote", "", _counted(row))
    records.note(session, actor, record, [change], reason=reason, at=at)
    return _vote(row)


def discard(
    session: Session, actor: Member | None, vote_id: int, *, reason: str = "", at: datetime
) -> int:
    """Take a vote out again, to enter it anew; gives its record. Raises Refused as drop does."""
    row = session.get(VoteRow, vote_id)
    if row is None:
        raise Refused("decision_gone")
    record = records.take(session, actor, row.record_id, reason)
    change = Change("vote", _counted(row), "")
    records.note(session, actor, record, [change], reason=reason, at=at)
    session.delete(row)
    session.flush()
    return record.id


def _resolution(row: ResolutionRow) -> Resolution:
    return Resolution(row.id, row.record_id, row.text, row.responsible, row.due_on, row.done_at)


def _vote(row: VoteRow) -> Vote:
    count = Count(**{name: getattr(row, name) for name in Count.__dataclass_fields__})
    return Vote(row.id, row.record_id, row.subject, row.purpose, count)


def _said(row: ResolutionRow) -> str:
    """A resolution in one line of the trail."""
    due = row.due_on.isoformat() if row.due_on else ""
    return " / ".join(part for part in (row.text, row.responsible, due) if part)


def _counted(row: VoteRow) -> str:
    """A vote in the trail, as JSON: subject, purpose, D, P, for, against, abstained, W."""
    return json.dumps(
        [row.subject, row.purpose, *vars(_vote(row).count).values()], ensure_ascii=False
    )
