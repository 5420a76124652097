"""How a notice goes on, in counts, for its sender."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, func, select, update
from sqlalchemy.orm import Session

from bot.core.chat import Chat, Shown
from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.core.roles import Role
from bot.db.engine import run
from bot.db.models import DeliveryRow, LetterRow, NoticeRow, ReceiptRow, RoleRow
from bot.services import members, notices, outages, outbox
from bot.services.notices import Notice
from bot.services.outages import Outage

_NOTICES: Table = NoticeRow.__table__  # type: ignore[assignment]
_DELIVERIES: Table = DeliveryRow.__table__  # type: ignore[assignment]
_LETTERS: Table = LetterRow.__table__  # type: ignore[assignment]
_RECEIPTS: Table = ReceiptRow.__table__  # type: ignore[assignment]
# Of letters to more people the reasons are looked up only when somebody asks for them.
_REASONS_UP_TO = 2000


@dataclass(frozen=True)
class Progress:
    """Counts of people. `reasons`: of those not reached, by code; None when not looked up.

    `away` are the platforms that can't be reached now, when some of it waits for that; `is_refused`
    when some of it was refused for the time being and is tried again.
    `stayed` are messages that could not be taken out of their chats when it was withdrawn;
    `earlier` receipts that are of a version before the newest.
    """

    notice: Notice
    total: int = 0
    queued: int = 0
    sent: int = 0
    failed: int = 0
    doubt: int = 0
    withdrawn: int = 0
    reasons: Mapping[str, int] | None = None
    stayed: int = 0
    earlier: int = 0
    away: Sequence[Outage] = ()
    is_refused: bool = False

    @property
    def unconfirmed(self) -> int:
        """Of those whom it has reached."""
        return max(0, self.sent + self.doubt - self.notice.confirmed)


@dataclass(frozen=True)
class Live:
    """The message in a sender's chat that shows the progress of a notice."""

    notice_id: int
    shown: Shown
    said: str


def progress(session: Session, notice: Notice, *, with_reasons: bool = False) -> Progress:
    """How far the newest version of the notice has come."""
    letter_id = _letter_id(session, notice)
    if letter_id is None:
        return Progress(notice, total=notice.total, queued=notice.total)
    counts = outbox.progress(session, letter_id)
    reasons = None
    if counts.failed + counts.doubt and (with_reasons or counts.total <= _REASONS_UP_TO):
        reasons = _reasons(session, letter_id)
    away, is_refused = _hindered(session, letter_id, counts)
    return Progress(
        notice,
        max(counts.total, notice.total),
        counts.queued + max(0, notice.total - counts.total),
        counts.sent,
        counts.failed,
        counts.doubt,
        counts.withdrawn,
        reasons,
        _stayed(session, notice),
        _earlier(session, notice),
        away,
        is_refused,
    )


def newest(session: Session, *, limit: int) -> list[Progress]:
    """The progress of the newest notices, for the command line; none that are confidential."""
    query = select(NoticeRow).where(NoticeRow.member_id.is_(None))
    rows = session.scalars(query.order_by(NoticeRow.id.desc()).limit(limit)).all()
    return [progress(session, notices.shown(session, row)) for row in rows]


def live_ones(session: Session, *, at: datetime) -> list[Live]:
    """The messages that show the progress of a notice and are still kept up to date."""
    watched = _NOTICES.c.live_until.is_not(None), _NOTICES.c.live.is_not(None)
    columns = _NOTICES.c.id, _NOTICES.c.live, _NOTICES.c.live_said, _NOTICES.c.live_until
    rows = run(session, select(*columns).where(*watched)).all()
    if any(row.live_until < at for row in rows):
        run(session, update(_NOTICES).where(_NOTICES.c.live_until < at).values(live_until=None))
    return [Live(row.id, _shown(row.live), row.live_said) for row in rows]


def is_still_theirs(session: Session, notice: Notice, *, at: datetime) -> bool:
    """Whether the sender answers for anybody to whom it has gone; the command line always does."""
    if notice.sender_id is None:
        return True
    now = members.look_up(session, notice.sender_id, on=local_day(at))
    if now is None or not now.may(Role.SECRETARY):
        return False
    ended = select(RoleRow.id).where(
        RoleRow.member_id == notice.sender_id,
        RoleRow.to_on >= local_day(notice.made_at),
        RoleRow.to_on <= local_day(at),
    )
    if session.scalars(ended.limit(1)).first() is None:
        return True
    try:
        notices.require_theirs(session, now, notice.id)
    except Refused:
        return False
    return True


def note_shown(
    session: Session, live: Live, shown: Shown, said: str, *, is_last: bool = False
) -> None:
    """Remember what the message says now; one that can't be changed any more is let go of."""
    if shown.id != live.shown.id:
        is_last = True  # the platform wrote a new one, and would again each time
    values: dict[str, Any] = {"live_said": digest(said)}
    if is_last:
        values["live_until"] = None
    mine = _NOTICES.c.live["id"].as_string() == live.shown.id
    run(session, update(_NOTICES).where(_NOTICES.c.id == live.notice_id, mine).values(values))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _letter_id(session: Session, notice: Notice) -> int | None:
    found = select(_LETTERS.c.id).where(_LETTERS.c.key == notice.letter_key)
    return run(session, found).scalar_one_or_none()


def _reasons(session: Session, letter_id: int) -> dict[str, int]:
    query = (
        select(_DELIVERIES.c.state, _DELIVERIES.c.reason, func.count().label("people"))
        .where(
            _DELIVERIES.c.letter_id == letter_id,
            _DELIVERIES.c.state.in_(("failed", "doubt")),
            _DELIVERIES.c.key.not_like("%:again"),
        )
        .group_by(_DELIVERIES.c.state, _DELIVERIES.c.reason)
    )
    found: dict[str, int] = {}
    for row in run(session, query).all():
        name = "doubt" if row.state == "doubt" else row.reason or ""
        found[name] = found.get(name, 0) + row.people
    return found


def _hindered(
    session: Session, letter_id: int, counts: outbox.Progress
) -> tuple[Sequence[Outage], bool]:
    """What keeps those that wait from going out, besides the hour."""
    if not counts.queued:
        return (), False
    away = outages.current(session)
    if counts.total > _REASONS_UP_TO:
        return away, False
    query = select(_DELIVERIES.c.reason).distinct()
    waiting = _DELIVERIES.c.letter_id == letter_id, _DELIVERIES.c.state == "queued"
    reasons = set(run(session, query.where(*waiting)).scalars())
    return away if "paused" in reasons else (), "retry" in reasons


def _stayed(session: Session, notice: Notice) -> int:
    if notice.state not in ("recalling", "withdrawn"):
        return 0
    letters = select(_LETTERS.c.id).where(_LETTERS.c.topic == notice.subject)
    query = select(func.count()).where(
        _DELIVERIES.c.letter_id.in_(letters), _DELIVERIES.c.reason == "not_recalled"
    )
    return run(session, query).scalar_one()


def _earlier(session: Session, notice: Notice) -> int:
    if notice.version == 1:
        return 0
    query = select(func.count()).where(
        _RECEIPTS.c.notice_id == notice.id, _RECEIPTS.c.version < notice.version
    )
    return run(session, query).scalar_one()


def _shown(said: Mapping[str, Any]) -> Shown:
    chat = Chat(str(said["platform"]), str(said["chat"]))
    return Shown(chat, str(said["id"]), said.get("handle"))
