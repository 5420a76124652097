"""Taking out of the rows whatever names a person, on the person's request."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.db.models import (
    AddressRow,
    AnswerRow,
    AttendanceRow,
    CardRow,
    CompletionRow,
    DataRequestRow,
    FeedbackRow,
    FileRow,
    InboxRow,
    JoinRequestRow,
    KeyboardRow,
    MemberRow,
    MembershipRow,
    RoleRow,
    SittingRow,
    StateRow,
    TranscriptRow,
)
from bot.services import (
    corrections,
    learning,
    letters,
    mailings,
    notice_keeping,
    passes,
    questions,
    units,
    wishes,
)


def persons(session: Session, member_id: int | None) -> list[str]:
    """The keys under which the inbox keeps what the member wrote."""
    rows = session.execute(
        select(AddressRow.platform, AddressRow.native_id).where(AddressRow.member_id == member_id)
    )
    return [f"{platform}:{native_id}" for platform, native_id in rows]


def erase(session: Session, person: MemberRow, *, at: datetime) -> None:
    """The person leaves today and loses name, number, texts and results.

    Dated rows stay under a number that means nobody, and the audit list stays as it is. Raises
    Refused last_administrator.
    """
    if set(units.top_administrators(session, on=local_day(at))) == {person.id}:
        raise Refused("last_administrator")
    _delete_what_was_said(session, person.id)
    _delete_practice(session, person.id)
    _end_history(session, person.id, at)
    corrections.forget(session, person)
    session.execute(
        update(AddressRow)
        .where(AddressRow.member_id == person.id)
        .values(member_id=None, bound_at=None, name="")
    )
    person.name, person.number, person.duties = "", f"erased-{person.id}", ""
    person.party_status, person.has_vote = "none", False
    person.left_on, person.erased_at = person.left_on or local_day(at), at


def _delete_what_was_said(session: Session, member_id: int) -> None:
    owner, keys = f"m{member_id}", persons(session, member_id)
    chats = select(AddressRow.chat_id).where(AddressRow.member_id == member_id)
    session.execute(delete(TranscriptRow).where(TranscriptRow.chat.in_(chats)))
    session.execute(delete(InboxRow).where(InboxRow.person.in_(keys)))
    mailings.forget(session, owner)
    letters.forget(session, owner)
    for table in (FileRow, StateRow, KeyboardRow):
        session.execute(delete(table).where(table.owner == owner))
    questions.forget(session, owner)
    passes.forget(session, owner)
    wishes.forget(session, owner)
    notice_keeping.forget(session, member_id)
    guest = select(AddressRow.id).where(AddressRow.member_id == member_id)
    learning.forget(session, [owner, *(f"a{each}" for each in session.scalars(guest))])
    for table in (DataRequestRow, FeedbackRow):
        session.execute(update(table).where(table.member_id == member_id).values(text=""))
    # That somebody came or not belongs to the branch's record; why not is the person's.
    seats = update(AttendanceRow).where(AttendanceRow.member_id == member_id)
    session.execute(seats.values(reason=""))
    asked = update(JoinRequestRow).where(JoinRequestRow.member_id == member_id)
    session.execute(asked.values(name=""))


def _delete_practice(session: Session, member_id: int) -> None:
    for table in (AnswerRow, CardRow, SittingRow, CompletionRow):
        session.execute(delete(table).where(table.member_id == member_id))


def _end_history(session: Session, member_id: int, at: datetime) -> None:
    day = local_day(at)
    for table in (MembershipRow, RoleRow):
        still = or_(table.to_on.is_(None), table.to_on > day)
        held = update(table).where(table.member_id == member_id, still)
        session.execute(held.values(to_on=day))
