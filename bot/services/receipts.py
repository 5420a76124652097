"""Receipts: the person's own 收到, given once, taken back for five minutes, never inferred."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, and_, delete, select, update
from sqlalchemy.orm import Session

from bot.core.errors import Refused
from bot.core.wording import holds_personal_number
from bot.db.engine import insert_once, run
from bot.db.models import (
    DeliveryRow,
    MemberRow,
    MembershipRow,
    NoticeRow,
    ReceiptRow,
    UnitRow,
)
from bot.services import notices, outbox, units
from bot.services.members import Member
from bot.services.notices import Notice

UNDO_FOR = timedelta(minutes=5)
OPEN_FOR = timedelta(days=30)
_SAID_AGAIN_WITHIN = timedelta(days=1)
ANSWER_AT_MOST = 200
_NOTICES: Table = NoticeRow.__table__  # type: ignore[assignment]
_RECEIPTS: Table = ReceiptRow.__table__  # type: ignore[assignment]
_DELIVERIES: Table = DeliveryRow.__table__  # type: ignore[assignment]
_GONE = ("recalling", "withdrawn")


@dataclass(frozen=True)
class Receipt:
    """A confirmation. `is_repeat`: it was given before, at `at`."""

    notice: Notice
    at: datetime
    is_repeat: bool = False
    answer: str = ""


@dataclass(frozen=True)
class Answer:
    """What one person answered, for the sender of the notice, who asked."""

    unit: str
    number: str
    name: str
    text: str


def confirm(session: Session, member: Member, notice_id: int, *, at: datetime) -> Receipt:
    """Keep that the member has confirmed the notice. A repeat changes nothing.

    Whoever confirmed an earlier version and confirms again has read the new one. Raises Refused:
    notice_gone, notice_not_yours (it did not go to the member), notice_withdrawn.
    """
    notice = _addressed(session, member, notice_id)
    if notice.state in _GONE:
        raise Refused("notice_withdrawn")
    if not notice.wants_receipt:
        raise Refused("notice_asks_no_receipt")
    nudged_at = _locked(session, notice_id)
    row = {"notice_id": notice_id, "member_id": member.id, "at": at, "answer": ""}
    row["version"] = _reached(session, member, notice)
    is_new = insert_once(session, _RECEIPTS, [row], unique=("notice_id", "member_id")) == 1
    if is_new:
        _count(session, notice_id, 1)
    if nudged_at is not None and row["version"] == notice.version:
        outbox.withdraw_topic(session, notice.subject, [member.owner], at=at)
    kept = run(session, _mine(member, notice_id)).one()
    if not is_new and kept.version < row["version"]:
        run(
            session,
            update(_RECEIPTS).where(_RECEIPTS.c.id == kept.id).values(version=row["version"]),
        )
    return Receipt(notice, kept.at, not is_new, kept.answer)


def undo(session: Session, member: Member, notice_id: int, *, at: datetime) -> Notice:
    """Take the confirmation back within five minutes.

    Raises Refused: notice_gone, receipt_none, receipt_too_late.
    """
    notice = notices.show(session, notice_id)
    _locked(session, notice_id)
    kept = run(session, _mine(member, notice_id)).one_or_none()
    if kept is None:
        raise Refused("receipt_none")
    if at - kept.at > UNDO_FOR:
        raise Refused("receipt_too_late", minutes=UNDO_FOR.seconds // 60)
    run(session, delete(_RECEIPTS).where(_RECEIPTS.c.id == kept.id))
    _count(session, notice_id, -1)
    return notice


def answer(session: Session, member: Member, notice_id: int, text: str) -> Notice:
    """Keep the short answer that goes with the receipt; a later one takes its place.

    Raises Refused: notice_gone, receipt_none, receipt_answer_too_long, receipt_holds_number.
    """
    text = " ".join(text.split())
    if len(text) > ANSWER_AT_MOST:
        raise Refused("receipt_answer_too_long", limit=ANSWER_AT_MOST)
    if holds_personal_number(text):
        raise Refused("receipt_holds_number")
    notice = notices.show(session, notice_id)
    mine = update(_RECEIPTS).where(
        _RECEIPTS.c.notice_id == notice_id, _RECEIPTS.c.member_id == member.id
    )
    if run(session, mine.values(answer=text)).rowcount != 1:
        raise Refused("receipt_none")
    return notice


def answers(session: Session, notice: Notice) -> list[Answer]:
    """What was answered, unit by unit. Whoever calls has made sure that the sender asks."""
    query = (
        select(UnitRow.name, MemberRow.number, MemberRow.name, ReceiptRow.answer)
        .select_from(ReceiptRow)
        .join(MemberRow, MemberRow.id == ReceiptRow.member_id)
        .outerjoin(
            MembershipRow,
            and_(
                MembershipRow.member_id == MemberRow.id,
                MembershipRow.tree == units.ADMIN,
                MembershipRow.to_on.is_(None),
            ),
        )
        .outerjoin(UnitRow, UnitRow.id == MembershipRow.unit_id)
        .where(ReceiptRow.notice_id == notice.id, ReceiptRow.answer != "")
        .order_by(UnitRow.id, MemberRow.number)
    )
    found = session.execute(query).all()
    return [Answer(unit or "", number, name, text) for unit, number, name, text in found]


def open_ones(session: Session, member: Member, *, at: datetime) -> list[Notice]:
    """The notices that reached the member and wait for the member's receipt, oldest first."""
    if member.id is None:
        return []
    reached = run(
        session,
        select(_DELIVERIES.c.topic)
        .where(
            _DELIVERIES.c.owner == member.owner,
            _DELIVERIES.c.topic.like("notice:%"),
            _DELIVERIES.c.state.in_(("sent", "doubt")),
            _DELIVERIES.c.made_at > at - OPEN_FOR,
        )
        .distinct(),
    ).scalars()
    ids = [int(topic.partition(":")[2]) for topic in reached]
    if not ids:
        return []
    given = select(_RECEIPTS.c.notice_id).where(_RECEIPTS.c.member_id == member.id)
    query = select(NoticeRow).where(
        NoticeRow.id.in_(ids),
        NoticeRow.id.not_in(given),
        NoticeRow.kind != notices.PLAIN,
        NoticeRow.state.not_in(_GONE),
    )
    return [notices.shown(session, row) for row in session.scalars(query.order_by(NoticeRow.id))]


def just_given(session: Session, member: Member, *, at: datetime) -> int | None:
    """The notice that the member confirmed last, of late, if nothing else has come since.

    收到 said once more can only mean that one; else it is courtesy to what came after.
    """
    if member.id is None:
        return None
    last = select(_RECEIPTS.c.notice_id).where(
        _RECEIPTS.c.member_id == member.id, _RECEIPTS.c.at > at - _SAID_AGAIN_WITHIN
    )
    newest = (_RECEIPTS.c.at.desc(), _RECEIPTS.c.id.desc())
    notice_id = run(session, last.order_by(*newest).limit(1)).scalar_one_or_none()
    if notice_id is None:
        return None
    notice = notices.show(session, notice_id)
    came = select(_DELIVERIES.c.topic).where(
        _DELIVERIES.c.owner == member.owner, _DELIVERIES.c.state.in_(("sent", "doubt"))
    )
    newest_came = (_DELIVERIES.c.sent_at.desc(), _DELIVERIES.c.id.desc())
    topic = run(session, came.order_by(*newest_came).limit(1)).scalar_one_or_none()
    is_last = topic == notice.subject and notice.state not in _GONE
    return notice_id if is_last else None


def addressed(session: Session, member: Member, notice_id: int) -> Notice:
    """The notice with what is attached, for one to whom it went or who sent it.

    Raises Refused: notice_gone, notice_not_yours, notice_taken_back.
    """
    notice = notices.show(session, notice_id)
    if member.id is not None and notice.sender_id == member.id:
        return notice
    if notice.state in _GONE:
        raise Refused("notice_taken_back")
    return _addressed(session, member, notice_id)


def forget(session: Session, member_id: int) -> None:
    """Take out the words of a person whose data are erased; that it was confirmed stays."""
    mine = update(_RECEIPTS).where(_RECEIPTS.c.member_id == member_id)
    session.execute(mine.values(answer=""))


def _addressed(session: Session, member: Member, notice_id: int) -> Notice:
    notice = notices.show(session, notice_id)
    keys = [
        f"{notices.letter_key(notice_id, version)}:{member.owner}"
        for version in range(1, notice.version + 1)
    ]
    found = run(session, select(_DELIVERIES.c.id).where(_DELIVERIES.c.key.in_(keys)).limit(1))
    if found.first() is None:
        raise Refused("notice_not_yours")
    return notice


def _reached(session: Session, member: Member, notice: Notice) -> int:
    """The newest version that has come to the member: one that still waits was not read."""
    if notice.version == 1:
        return 1
    keys = {
        f"{notices.letter_key(notice.id, version)}:{member.owner}": version
        for version in range(1, notice.version + 1)
    }
    came = select(_DELIVERIES.c.key).where(
        _DELIVERIES.c.key.in_(keys), _DELIVERIES.c.state.in_(("sending", "sent", "doubt"))
    )
    return max((keys[key] for key in run(session, came).scalars()), default=1)


def _locked(session: Session, notice_id: int) -> datetime | None:
    """Keep others from the notice: a nudge must not pass by, nor an undoing. Gives nudged_at."""
    row = select(_NOTICES.c.nudged_at).where(_NOTICES.c.id == notice_id).with_for_update()
    return run(session, row).scalar_one()


def _count(session: Session, notice_id: int, more: int) -> None:
    counted = update(_NOTICES).where(_NOTICES.c.id == notice_id)
    run(session, counted.values(confirmed=_NOTICES.c.confirmed + more))


def _mine(member: Member, notice_id: int) -> Any:
    return select(_RECEIPTS).where(
        _RECEIPTS.c.notice_id == notice_id, _RECEIPTS.c.member_id == member.id
    )
