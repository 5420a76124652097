"""Importing a roster: drafted in pieces, confirmed once, carried out in resumable steps."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, select, update
from sqlalchemy.orm import Session

from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.db.engine import insert_once
from bot.db.models import FactRow, FileRow, JobRow
from bot.services import audit, roster_apply, roster_leaving
from bot.services.members import Member
from bot.services.roster_plan import VERSION, Plan

KIND = "roster"
# Carried out within 50 ms on either database, so that a tap between two pieces waits no longer.
PIECE = 200
_UNIT_WEIGHS = 20
_FACTS: Table = FactRow.__table__  # type: ignore[assignment]


@dataclass(frozen=True)
class Job:
    """An import that was confirmed: how far it is, and what it changes."""

    id: int
    owner: str
    position: int
    total: int
    counts: dict[str, int]
    with_leavers: bool
    # (number, name, role, unit) of what those who are not in the file hold.
    lost: tuple[tuple[str, str, str, str], ...] = ()

    @property
    def is_done(self) -> bool:
        return self.position >= self.total


def pieces(plan: Plan) -> tuple[list[bytes], list[bytes]]:
    """The steps of a plan in storable pieces: those of the file, and those for who is missing."""
    leaving = [["leave", member_id] for member_id, _, _ in plan.missing]
    return _cut(plan.steps), _cut(leaving)


def draft(session: Session, owner: str, name: str, plan: Plan, *, at: datetime) -> int:
    """Begin to keep a plan that waits for a yes; an earlier one of this owner ends."""
    for job_id in session.scalars(
        select(JobRow.id).where(
            JobRow.kind == KIND, JobRow.owner == owner, JobRow.state.in_(("draft", "ready"))
        )
    ).all():
        _end(session, job_id, "cancelled", at)
    summary = {
        "name": name[:200],
        "counts": plan.counts,
        "version": plan.version,
        "refusal": plan.refusal,
        "present": plan.present,
        "lost": plan.lost,
        "record": roster_leaving.record(plan),
        "pieces": 0,
        "leaving": 0,
        "with_leavers": False,
    }
    job = JobRow(kind=KIND, owner=owner, state="draft", plan=[summary], made_at=at)
    session.add(job)
    session.flush()
    return job.id


def keep(session: Session, job_id: int, number: int, piece: bytes, *, at: datetime) -> None:
    """Store a piece of a draft under its number, from 0."""
    session.add(
        FileRow(
            owner=_owner_of_pieces(job_id),
            name=f"{number:05}",
            media_type="application/zlib",
            size=len(piece),
            content=piece,
            kept_at=at,
        )
    )


def make_ready(session: Session, job_id: int, *, pieces: int, leaving: int) -> None:
    """The draft is whole: it may be confirmed."""
    job = session.get_one(JobRow, job_id)
    job.plan = [{**job.plan[0], "pieces": pieces, "leaving": leaving}]
    job.state = "ready"


def start(
    session: Session, actor: Member | None, job_id: int, *, with_leavers: bool, at: datetime
) -> Job:
    """Confirm a draft: from now on it will be carried out, whatever happens.

    Raises Refused: roster_gone, roster_busy, roster_changed_since, roster_leaves_nobody,
    roster_takes_you, roster_takes_too_many.
    """
    version = _locked_version(session)
    job = _ready(session, actor, job_id)
    summary: dict[str, Any] = job.plan[0]
    if _running(session) is not None:
        raise Refused("roster_busy")
    if summary["version"] != version.value:
        raise Refused("roster_changed_since")
    if with_leavers:
        roster_leaving.check(summary, actor)
    job.plan = [{**summary, "with_leavers": with_leavers}]
    job.state = "running"
    version.value = str(job.id)
    detail = {**roster_leaving.recorded(summary, with_leavers=with_leavers), "job": job.id}
    audit.add(session, actor, "roster.import", summary["name"], detail, at=at)
    session.flush()
    return _job(job)


def ask_about_leavers(session: Session, actor: Member | None, job_id: int) -> Job:
    """A draft whose leavers are about to be marked, to be asked about once more.

    Raises Refused: roster_gone, roster_leaves_nobody, roster_takes_you, roster_takes_too_many.
    """
    job = _ready(session, actor, job_id)
    roster_leaving.check(job.plan[0], actor)
    return _job(job)


def cancel(session: Session, actor: Member | None, job_id: int, *, at: datetime) -> None:
    """Forget a draft. One that was confirmed, or is not the actor's, stays as it is."""
    job = session.get(JobRow, job_id)
    if job is not None and job.state in ("draft", "ready") and job.owner == _owner(actor):
        _end(session, job_id, "cancelled", at)


def resume(session: Session, *, at: datetime) -> Job | None:
    """Carry out the next piece of the import that was confirmed; None when there is none.

    Each call is one short transaction of the caller: a crash in between loses nothing, the next
    call goes on. Two processes may call at once; one of them gets None.
    """
    job = _running(session, locked=True)
    if job is None:
        return None
    after = _job(job)
    if job.position < after.total:
        piece = session.scalars(
            select(FileRow.content).where(
                FileRow.owner == _owner_of_pieces(job.id), FileRow.name == _name(job)
            )
        ).one()
        steps: list[list[Any]] = json.loads(zlib.decompress(piece))
        roster_apply.apply(session, steps, on=local_day(at))
        job.position += 1
    if job.position >= after.total:
        _locked_version(session).value = f"{job.id} done"
        _end(session, job.id, "done", at)
    session.flush()
    return replace(after, position=job.position)


def progress(session: Session, actor: Member | None, job_id: int) -> Job | None:
    """How far an import of this person is; None when it is not theirs."""
    job = session.get(JobRow, job_id, populate_existing=True)
    return _job(job) if job is not None and job.owner == _owner(actor) else None


def expire(session: Session, *, before: datetime, at: datetime) -> int:
    """End drafts made before that instant that nobody confirmed."""
    old = session.scalars(
        select(JobRow.id).where(
            JobRow.kind == KIND, JobRow.state.in_(("draft", "ready")), JobRow.made_at < before
        )
    ).all()
    for job_id in old:
        _end(session, job_id, "cancelled", at)
    return len(old)


def _cut(steps: Sequence[Sequence[Any]]) -> list[bytes]:
    """Pieces of like cost: people are written in bulk, units one by one."""
    found: list[list[Sequence[Any]]] = []
    room = 0
    for step in steps:
        weight = _UNIT_WEIGHS if step[0] == "unit" else 1
        if room < weight:
            found.append([])
            room = PIECE
        found[-1].append(step)
        room -= weight
    return [zlib.compress(json.dumps(each, ensure_ascii=False).encode()) for each in found]


def _ready(session: Session, actor: Member | None, job_id: int) -> JobRow:
    job = session.get(JobRow, job_id, populate_existing=True)
    if job is None or job.state != "ready" or job.owner != _owner(actor):
        raise Refused("roster_gone")
    return job


def _running(session: Session, *, locked: bool = False) -> JobRow | None:
    query = select(JobRow).where(JobRow.kind == KIND, JobRow.state == "running")
    if locked:
        query = query.with_for_update(skip_locked=True)
    return session.scalars(
        query.order_by(JobRow.id).limit(1).execution_options(populate_existing=True)
    ).one_or_none()


def _locked_version(session: Session) -> FactRow:
    insert_once(session, _FACTS, [{"name": VERSION, "value": ""}], unique=("name",))
    return session.get_one(FactRow, VERSION, with_for_update=True, populate_existing=True)


def _name(job: JobRow) -> str:
    return f"{job.position:05}"


def _job(row: JobRow) -> Job:
    summary: dict[str, Any] = row.plan[0]
    total = summary["pieces"] + (summary["leaving"] if summary["with_leavers"] else 0)
    with_leavers = bool(summary["with_leavers"])
    lost = tuple((str(a), str(b), str(c), str(d)) for a, b, c, d in summary.get("lost", ()))
    return Job(row.id, row.owner, row.position, total, summary["counts"], with_leavers, lost)


def _end(session: Session, job_id: int, state: str, at: datetime) -> None:
    session.execute(update(JobRow).where(JobRow.id == job_id).values(state=state, ended_at=at))
    session.execute(delete(FileRow).where(FileRow.owner == _owner_of_pieces(job_id)))


def _owner(actor: Member | None) -> str:
    return actor.owner if actor else "console"


def _owner_of_pieces(job_id: int) -> str:
    return f"job:{job_id}"
