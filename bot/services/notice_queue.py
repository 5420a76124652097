"""Queueing notices piece by piece, so that interactive turns come between; a crash goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Select, Table, and_, bindparam, false, or_, select, true
from sqlalchemy.orm import Session

from bot.core.chat import Reply
from bot.core.clock import local_day
from bot.db.engine import run
from bot.db.models import DeliveryRow, LetterRow, MemberRow, NoticeRow, ReceiptRow
from bot.db.pieces import at_once
from bot.services import audience, notices, outbox
from bot.services.gate import Purpose
from bot.services.notices import Notice
from bot.services.outbox import Letter

What = Literal["notice", "nudge", "due"]
# What a notice says, or the reminder of it; None for "due", where the caller tells others.
Compose = Callable[[Notice, What], Reply | None]
_NOTICES: Table = NoticeRow.__table__  # type: ignore[assignment]
_DELIVERIES: Table = DeliveryRow.__table__  # type: ignore[assignment]
_RECEIPTS: Table = ReceiptRow.__table__  # type: ignore[assignment]
_LETTERS: Table = LetterRow.__table__  # type: ignore[assignment]


def advance(
    session: Session, compose: Compose, *, at: datetime, notice_id: int | None = None
) -> bool:
    """Queue the next piece of a notice, of that one or of any; True while there may be more."""
    row = _next(session, at, notice_id)
    if row is None:
        return False
    if row.nudge is not None:
        _nudge_some(session, row, compose, at)
    elif row.state == "queued":
        compose(notices.shown(session, row), "due")
        row.listed_at = at
    else:
        _queue_some(session, row, compose, at)
    row.is_at_work = _is_at_work(row)
    session.flush()
    return True


def _next(session: Session, at: datetime, notice_id: int | None) -> NoticeRow | None:
    query = _NEXT if notice_id is None else _NEXT.where(NoticeRow.id == notice_id)
    return session.scalars(query, {"now": at}).first()


def _with_work() -> Select[NoticeRow]:
    table, now = NoticeRow, bindparam("now", type_=NoticeRow.due_at.type)
    due = and_(table.state == "queued", table.due_at <= now, table.listed_at.is_(None))
    has_work = or_(
        table.state == "queueing",
        and_(table.state == "waiting", table.send_at <= now),
        and_(table.nudge.is_not(None), table.state == "queued"),
        due,
    )
    query = select(NoticeRow).where(table.is_at_work.is_(true()), has_work)
    first = query.order_by(table.id).limit(1).with_for_update(skip_locked=True)
    return first.execution_options(populate_existing=True)


_NEXT = _with_work()


def _is_at_work(row: NoticeRow) -> bool:
    if row.state in ("waiting", "queueing") or row.nudge is not None:
        return True
    waits_for_due = row.due_at is not None and row.listed_at is None and row.kind != notices.PLAIN
    return row.state == "queued" and waits_for_due


def _queue_some(session: Session, row: NoticeRow, compose: Compose, at: datetime) -> None:
    if row.state == "waiting":
        row.state, row.total = "queueing", 0
    notice = notices.shown(session, row)
    if row.version == 1:
        owners = _next_people(session, row, at)
    else:
        owners = _next_who_were_meant(session, row)
    if owners:
        letter = outbox.kept(session, notice.letter_key) or _letter(notice, compose)
        outbox.post(session, letter, [f"m{each}" for each in owners], at=at)
        row.position = owners[-1]
        row.total += len(owners) if row.version == 1 else 0
    if len(owners) < at_once(session):
        row.state = "queued"


def _letter(notice: Notice, compose: Compose) -> Letter:
    reply = compose(notice, "notice")
    assert reply is not None
    key, purpose = notice.letter_key, notice.purpose
    return Letter(key, reply, purpose, topic=notice.subject, expires_at=notice.useless_from)


def _next_people(session: Session, row: NoticeRow, at: datetime) -> Sequence[int]:
    mine = notices.among(session, row.sender_id, at=at)
    meant = audience.from_json(row.audience)
    day = local_day(at)
    return audience.members(
        session, meant, on=day, among=mine, after=row.position, limit=at_once(session)
    )


def _next_who_were_meant(session: Session, row: NoticeRow) -> Sequence[int]:
    """Those to whom the first version went or was to go: a correction is for the same people."""
    return _people_of_letter(session, row, row.position, true())


def _nudge_some(session: Session, row: NoticeRow, compose: Compose, at: datetime) -> None:
    notice = notices.shown(session, row)
    confirmed = select(_RECEIPTS.c.member_id).where(_RECEIPTS.c.notice_id == row.id)
    people = _people_of_letter(
        session, row, row.nudge or 0, MemberRow.id.not_in(confirmed), is_reached=True
    )
    if people:
        reply = compose(notice, "nudge")
        assert reply is not None
        key = f"notice:{notice.id}:nudge"
        # It names the due time, and is of no use after it.
        ends = notice.due_at if notice.due_at and notice.due_at > at else None
        letter = Letter(key, reply, Purpose.NUDGE, topic=notice.subject, expires_at=ends)
        outbox.post(session, letter, [f"m{each}" for each in people], at=at)
        row.nudge = people[-1]
    if len(people) < at_once(session):
        row.nudge = None


def _people_of_letter(
    session: Session,
    row: NoticeRow,
    after: int,
    which: ColumnElement[bool],
    *,
    is_reached: bool = False,
) -> Sequence[int]:
    """Members behind `after` who have a delivery of the first letter (reached: of any version)."""
    from sqlalchemy import String, cast, exists, literal

    versions = range(1, row.version + 1) if is_reached else (1,)
    owner = literal("m") + cast(MemberRow.id, String)
    mine = [
        and_(
            _DELIVERIES.c.key == literal(notices.letter_key(row.id, version) + ":") + owner,
            _DELIVERIES.c.state.in_(("sent", "doubt")) if is_reached else true(),
        )
        for version in versions
    ]
    has_one = or_(false(), *(exists().where(each) for each in mine))
    query = select(MemberRow.id).where(MemberRow.id > after, which, has_one)
    return list(run(session, query.order_by(MemberRow.id).limit(at_once(session))).scalars())
