"""What can be done with a notice: send, approve, stop, withdraw, correct, nudge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from bot.core.chat import Shown
from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.db.engine import insert_once
from bot.db.models import FileRow, NoticeRow
from bot.services import audience, audit, notices, outbox, units
from bot.services.audience import Audience
from bot.services.members import Member
from bot.services.notices import Notice

APPROVAL_ABOVE = 500
AHEAD_AT_MOST = timedelta(days=30)
_LIVE_FOR = timedelta(days=14)
_NOTICES: Table = NoticeRow.__table__  # type: ignore[assignment]


@dataclass(frozen=True)
class Wish:
    """What somebody wants to send. `send_at` None: now. `member_id`: of a confidential one."""

    kind: str
    text: str
    audience: Audience
    files: tuple[int, ...] = ()
    due_at: datetime | None = None
    send_at: datetime | None = None
    asks: str = ""
    member_id: int | None = None
    said: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Sent:
    """What became of it. `approvers` are members who have to be asked; not new: sent before."""

    notice: Notice
    is_new: bool
    approvers: tuple[int, ...] = ()


def send(session: Session, sender: Member | None, wish: Wish, *, key: str, at: datetime) -> Sent:
    """Send it, or let it wait for its time or for approval; a repeat of `key` changes nothing.

    Raises Refused: notice_empty and the like (see notices.checked_text), notice_to_nobody,
    notice_send_past, notice_send_too_far, notice_due_past, notice_due_unreached,
    notice_not_your_person, notice_nobody_approves, notice_urgent_not_yours.
    """
    known = session.scalar(select(NoticeRow.id).where(NoticeRow.key == key))
    if known is not None:
        return Sent(notices.show(session, known), is_new=False)
    people = _check(session, sender, wish, at)
    approvers = _approvers(session, sender, wish, people, at)
    state = {"state": "approval" if approvers else "waiting", "is_at_work": not approvers}
    row = _row(sender, wish, key, at) | state
    is_new = insert_once(session, _NOTICES, [row], unique=("key",)) == 1
    found = session.scalars(select(NoticeRow).where(NoticeRow.key == key)).one()
    if is_new:
        _keep_files(session, found)
        _note(session, sender, "notice.sent", found, {"people": people}, at)
    return Sent(notices.shown(session, found), is_new, tuple(approvers) if is_new else ())


def decide(
    session: Session, actor: Member, notice_id: int, *, is_approved: bool, at: datetime
) -> Notice:
    """Approve or decline an urgent notice; the first decision counts.

    One that should have been confirmed by now gets as long for it as it was given.

    Raises Refused: notice_gone, notice_not_yours, notice_own_approval, notice_decided.
    """
    row = _locked(session, notice_id)
    if actor.id == row.sender_id:
        raise Refused("notice_own_approval")
    if actor.id not in units.top_administrators(session, on=local_day(at)):
        raise Refused("notice_not_yours")
    if row.state != "approval":
        raise Refused("notice_decided")
    # A correction knows its people: it is not counted anew.
    approved = "waiting" if row.version == 1 else "queueing"
    row.state = approved if is_approved else "declined"
    row.is_at_work, row.approved_by = is_approved, actor.id
    if row.due_at is not None and row.due_at <= at:
        row.due_at = at + (row.due_at - row.send_at)
    row.send_at = max(row.send_at, at)
    _note(session, actor, "notice.approved" if is_approved else "notice.declined", row, {}, at)
    session.flush()
    return notices.shown(session, row)


def stop(session: Session, actor: Member | None, notice_id: int, *, at: datetime) -> Notice:
    """Send no more of it; what has gone out stays. Raises Refused notice_over."""
    row = _own(session, actor, notice_id)
    if row.state not in ("approval", "waiting", "queueing", "queued"):
        raise Refused("notice_over")
    _end(session, row, "stopped", at)
    _note(session, actor, "notice.stopped", row, {}, at)
    session.flush()
    return notices.shown(session, row)


def withdraw(session: Session, actor: Member | None, notice_id: int, *, at: datetime) -> Notice:
    """Send no more of it, and take out of the chats what the platforms allow (see recalls.py).

    Raises Refused notice_over when it was withdrawn before.
    """
    row = _own(session, actor, notice_id)
    if row.state in ("recalling", "withdrawn", "declined"):
        raise Refused("notice_over")
    was_out = row.state not in ("approval", "waiting")
    _end(session, row, "recalling" if was_out else "withdrawn", at)
    row.is_at_work, row.position = was_out, 0
    _note(session, actor, "notice.withdrawn", row, {}, at)
    session.flush()
    return notices.shown(session, row)


def correct(
    session: Session, actor: Member | None, notice_id: int, text: str, changed: str, *, at: datetime
) -> Sent:
    """Send the notice anew with another text, and with what has changed.

    One that has not begun to go out is only changed; one that is half queued has to be queued
    first, since a correction goes to whom it went. An urgent one is approved anew. Raises Refused:
    notice_over, notice_still_queueing, notice_unchanged, notice_confidential_fixed,
    notice_not_theirs, notice_urgent_not_yours, and those of the text.
    """
    notices.require_theirs(session, actor, notice_id)
    row = _own(session, actor, notice_id)
    notices.require_may_press(actor, row.kind)
    if row.kind == notices.CONFIDENTIAL:
        raise Refused("notice_confidential_fixed")
    was_never_out = row.state == "stopped" and not row.total
    if row.state in ("recalling", "withdrawn", "declined") or was_never_out:
        raise Refused("notice_over")
    if row.state == "queueing" and row.version == 1:
        raise Refused("notice_still_queueing")
    text, changed = notices.checked_text(text), notices.checked_word(changed, 100)
    if text == row.text:
        raise Refused("notice_unchanged")
    was_out = row.state not in ("approval", "waiting")
    approvers = _approvers_again(session, actor, row, at)
    row.text = text
    if was_out:
        outbox.withdraw_topic(session, f"notice:{row.id}", at=at)
        row.version, row.changed = row.version + 1, changed
        row.position, row.nudge, row.ended_at = 0, None, None
        row.send_at = at
        row.state, row.is_at_work = "queueing", True
    if approvers:
        row.state, row.is_at_work = "approval", False
    _note(session, actor, "notice.corrected", row, {}, at)
    session.flush()
    return Sent(notices.shown(session, row), is_new=True, approvers=tuple(approvers))


def nudge(session: Session, actor: Member | None, notice_id: int, *, at: datetime) -> Notice:
    """Remind those who have not confirmed, once.

    Raises Refused: notice_over, notice_nudged, notice_asks_no_receipt.
    """
    row = _own(session, actor, notice_id)
    if row.kind == notices.PLAIN:
        raise Refused("notice_asks_no_receipt")
    if row.nudged_at is not None:
        raise Refused("notice_nudged")
    if row.state != "queued":
        raise Refused("notice_over")
    row.nudged_at, row.nudge, row.is_at_work = at, 0, True
    _note(session, actor, "notice.nudged", row, {}, at)
    session.flush()
    return notices.shown(session, row)


def watch(session: Session, notice_id: int, shown: Shown | None, *, at: datetime) -> None:
    """From now on that message shows how the notice goes on, and no other does."""
    if shown is None:
        return
    chat = {"platform": shown.chat.platform, "chat": shown.chat.id}
    live = chat | {"id": shown.id, "handle": shown.handle}
    watched = update(_NOTICES).where(_NOTICES.c.id == notice_id)
    session.execute(watched.values(live=live, live_said="", live_until=at + _LIVE_FOR))


def _check(session: Session, sender: Member | None, wish: Wish, at: datetime) -> int:
    """How many people it goes to, when everything about it can be."""
    if wish.kind != notices.CONFIDENTIAL:
        notices.checked_text(wish.text)
    notices.require_may_press(sender, wish.kind)
    if wish.send_at is not None and wish.send_at <= at:
        raise Refused("notice_send_past")
    if wish.send_at is not None and wish.send_at > at + AHEAD_AT_MOST:
        raise Refused("notice_send_too_far", days=AHEAD_AT_MOST.days)
    if wish.due_at is not None and wish.due_at <= (wish.send_at or at):
        raise Refused("notice_due_past")
    meets_at = notices.meets_at(wish.said)
    notices.check_reached(wish.kind, wish.send_at or at, meets_at or wish.due_at)
    mine = notices.among(session, sender.id if sender else None, at=at)
    people = audience.count(session, wish.audience, on=local_day(wish.send_at or at), among=mine)
    if wish.kind == notices.CONFIDENTIAL and people != 1:
        raise Refused("notice_not_your_person")
    if people == 0:
        raise Refused("notice_to_nobody")
    return people


def _approvers(
    session: Session, sender: Member | None, wish: Wish, people: int, at: datetime
) -> Sequence[int]:
    """Who has to say yes; nobody for most. Raises Refused notice_nobody_approves."""
    if wish.kind != notices.URGENT or people <= APPROVAL_ABOVE:
        return []
    own = sender.id if sender else None
    found = units.top_administrators(session, on=local_day(at))
    others = [each for each in found if each != own]
    if not others:
        raise Refused("notice_nobody_approves", limit=APPROVAL_ABOVE)
    return others


def _approvers_again(
    session: Session, actor: Member | None, row: NoticeRow, at: datetime
) -> Sequence[int]:
    """Who has to say yes to a correction: one that was asked about before always needs one."""
    was_asked = row.state == "approval" or row.approved_by is not None
    wish = Wish(row.kind, row.text, audience.from_json(row.audience))
    return _approvers(session, actor, wish, APPROVAL_ABOVE + 1 if was_asked else row.total, at)


def _row(sender: Member | None, wish: Wish, key: str, at: datetime) -> dict[str, Any]:
    return {
        "key": key,
        "kind": wish.kind,
        # Never empty: that means that its days are over (notice_keeping.py).
        "text": wish.text.strip() or wish.kind,
        "said": wish.said,
        "files": list(wish.files),
        "audience": audience.as_json(wish.audience),
        "sender_id": sender.id if sender else None,
        "member_id": wish.member_id,
        "asks": wish.asks,
        "made_at": at,
        "send_at": wish.send_at or at,
        "due_at": wish.due_at,
        "version": 1,
        "changed": "",
        "position": 0,
        "total": 0,
        "confirmed": 0,
        "live_said": "",
    }


def _keep_files(session: Session, row: NoticeRow) -> None:
    """The files are the notice's from now on, and kept as long as if they came when it goes out."""
    kept = update(FileRow).where(FileRow.id.in_(row.files))
    session.execute(kept.values(owner=f"notice:{row.id}", kept_at=row.send_at))


def _own(session: Session, actor: Member | None, notice_id: int) -> NoticeRow:
    notices.require_own(session, actor, notice_id)
    return _locked(session, notice_id)


def _locked(session: Session, notice_id: int) -> NoticeRow:
    row = session.get(NoticeRow, notice_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise Refused("notice_gone")
    return row


def _end(session: Session, row: NoticeRow, state: str, at: datetime) -> None:
    outbox.withdraw_topic(session, f"notice:{row.id}", at=at)
    row.state, row.is_at_work, row.nudge, row.ended_at = state, False, None, at


def _note(
    session: Session,
    actor: Member | None,
    act: str,
    row: NoticeRow,
    detail: dict[str, Any],
    at: datetime,
) -> None:
    if row.live is not None:
        row.live_until = at + _LIVE_FOR  # there is something new to show
    audit.add(session, actor, act, f"notice:{row.id}", {**detail, "kind": row.kind}, at=at)
