"""Notices: what one says and to whom, who may see it, and where its words have their limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, cast, exists, false, literal, or_, select
from sqlalchemy.orm import Session

from bot.core import moments
from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.core.roles import Role
from bot.db.models import DeliveryRow, LetterRow, MemberRow, NoticeRow
from bot.services import access, audience, gate, members, units
from bot.services.audience import Audience
from bot.services.gate import Purpose
from bot.services.members import Member

PLAIN, RECEIPT, URGENT, CONFIDENTIAL = "plain", "receipt", "urgent", "confidential"
TEXT_AT_MOST, FILES_AT_MOST, ASKS_AT_MOST = 3000, 9, 60
PLACE_AT_MOST, WHOM_AT_MOST = 30, 20
_IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)|[Gg]\d{18}")
# What a confidential letter is about stands in no chat, not even as the name of a room.
_MATTER = re.compile(r"预警|处分|违纪|违规|违法|举报|投诉|调查|问责|诫勉|警告|约谈|检讨|谈话")
_PURPOSES = {
    PLAIN: Purpose.NOTICE,
    RECEIPT: Purpose.RECEIPT_NOTICE,
    URGENT: Purpose.URGENT,
    CONFIDENTIAL: Purpose.CONFIDENTIAL,
}


@dataclass(frozen=True)
class Notice:
    """A notice as it stands; see NoticeRow for kind and state.

    `said` of a confidential one: when (an instant in ISO form), place, whom. `sender` is a name,
    and `person` that of the one to whom a confidential one goes.
    """

    id: int
    kind: str
    text: str
    audience: Audience
    sender_id: int | None
    sender: str
    member_id: int | None
    made_at: datetime
    send_at: datetime
    due_at: datetime | None
    state: str
    files: tuple[int, ...] = ()
    asks: str = ""
    said: dict[str, Any] = field(default_factory=dict[str, Any])
    version: int = 1
    changed: str = ""
    total: int = 0
    confirmed: int = 0
    nudged_at: datetime | None = None
    person: str = ""

    @property
    def wants_receipt(self) -> bool:
        return self.kind != PLAIN

    @property
    def is_confidential(self) -> bool:
        return self.kind == CONFIDENTIAL

    @property
    def subject(self) -> str:
        """What deliveries about it are filed under."""
        return f"notice:{self.id}"

    @property
    def letter_key(self) -> str:
        """The key of the letter with its newest version."""
        return letter_key(self.id, self.version)

    @property
    def useless_from(self) -> datetime | None:
        """When a confidential one has asked somebody to come; others can always be read."""
        return meets_at(self.said)

    @property
    def purpose(self) -> Purpose:
        if self.version > 1 and self.kind in (PLAIN, RECEIPT):
            return Purpose.CHANGE
        return _PURPOSES[self.kind]


def meets_at(said: Mapping[str, Any]) -> datetime | None:
    """When a confidential notice asks somebody to come."""
    return datetime.fromisoformat(str(said["when"])) if said else None


def check_reached(kind: str, send_at: datetime, by: datetime | None) -> None:
    """Raises Refused notice_due_unreached: the gate lets nobody have it by then."""
    opens_at = gate.opens_at(_PURPOSES[kind], at=send_at)
    if by is not None and by <= opens_at:
        raise Refused("notice_due_unreached", opens_at=moments.when(opens_at))


def letter_key(notice_id: int, version: int) -> str:
    return f"notice:{notice_id}" + (f":v{version}" if version > 1 else "")


def purpose_of(kind: str) -> Purpose:
    """Under which purpose the first version of such a notice goes."""
    return _PURPOSES[kind]


def checked_text(text: str) -> str:
    """What is sent. Raises Refused: notice_empty, notice_too_long, notice_holds_identity."""
    text = text.strip()
    if not text:
        raise Refused("notice_empty")
    if len(text) > TEXT_AT_MOST:
        raise Refused("notice_too_long", count=len(text), limit=TEXT_AT_MOST)
    if _IDENTITY.search(text):
        raise Refused("notice_holds_identity")
    return text


def checked_word(text: str, limit: int) -> str:
    """A place or a person in a confidential notice, or a question that goes with a receipt.

    Raises Refused: notice_word_too_long, notice_tells_matter, notice_holds_identity.
    """
    text = " ".join(text.split())
    if not text or len(text) > limit:
        raise Refused("notice_word_too_long", limit=limit)
    if _IDENTITY.search(text):
        raise Refused("notice_holds_identity")
    return text


def checked_discreet(text: str, limit: int) -> str:
    """The same for what must not tell the matter. Raises also Refused notice_tells_matter."""
    text = checked_word(text, limit)
    if _MATTER.search(text):
        raise Refused("notice_tells_matter")
    return text


def among(session: Session, sender_id: int | None, *, at: datetime) -> ColumnElement[bool]:
    """A condition on members: those to whom the sender may write; all of them for nobody."""
    if sender_id is None:
        return access.people(session, None, MemberRow.id)
    sender = members.look_up(session, sender_id, on=local_day(at))
    return access.people(session, sender, MemberRow.id) if sender else false()


def show(session: Session, notice_id: int) -> Notice:
    """The notice, whoever asks. Raises Refused notice_gone."""
    row = session.get(NoticeRow, notice_id, populate_existing=True)
    if row is None:
        raise Refused("notice_gone")
    return shown(session, row)


def shown(session: Session, row: NoticeRow) -> Notice:
    """A row as a value."""
    sender = session.get(MemberRow, row.sender_id) if row.sender_id else None
    person = session.get(MemberRow, row.member_id) if row.member_id else None
    return Notice(
        row.id,
        row.kind,
        row.text,
        audience.from_json(row.audience),
        row.sender_id,
        sender.name if sender else "",
        row.member_id,
        row.made_at,
        row.send_at,
        row.due_at,
        row.state,
        tuple(int(each) for each in row.files),
        row.asks,
        dict(row.said),
        row.version,
        row.changed,
        row.total,
        row.confirmed,
        row.nudged_at,
        person.name if person else "",
    )


def sent_as(session: Session, key: str) -> Notice | None:
    """The notice that was sent from the draft of that key, or None."""
    row = session.scalars(select(NoticeRow).where(NoticeRow.key == key)).one_or_none()
    return shown(session, row) if row else None


def origin(session: Session, notice: Notice) -> str:
    """The unit for which the sender writes; the bureau when the command line sent it."""
    sender = None
    if notice.sender_id is not None:
        sender = members.look_up(session, notice.sender_id, on=local_day(notice.made_at))
    held = [units.get(session, each.unit_id) for each in sender.roles] if sender else []
    known = [unit for unit in held if unit is not None]
    known = known or units.every(session, tree=units.ADMIN, kinds=(units.BUREAU,))
    return known[0].name if known else ""


def require(session: Session, actor: Member | None, notice_id: int, *, at: datetime) -> Notice:
    """The notice with its progress, for who may see that.

    Of one that is confidential these are the sender and who answers for the person; of others the
    sender and the administrators of the bureau. Raises Refused: notice_gone, notice_not_yours.
    """
    notice = show(session, notice_id)
    if not _may_see(session, actor, notice, at):
        raise Refused("notice_not_yours")
    return notice


def require_own(session: Session, actor: Member | None, notice_id: int) -> Notice:
    """The notice, for its sender or the command line. Raises: notice_gone, notice_not_yours."""
    notice = show(session, notice_id)
    if actor is not None and actor.id != notice.sender_id:
        raise Refused("notice_not_yours")
    return notice


def require_may_press(sender: Member | None, kind: str) -> None:
    """Raises Refused notice_urgent_not_yours: only administrators reach people at night."""
    if kind == URGENT and sender is not None and not sender.may(Role.ADMINISTRATOR):
        raise Refused("notice_urgent_not_yours")


def require_theirs(session: Session, actor: Member | None, notice_id: int) -> Notice:
    """The notice, for its sender while they answer for anybody to whom it has gone.

    Raises Refused: notice_gone, notice_not_yours, notice_not_theirs.
    """
    notice = require_own(session, actor, notice_id)
    letters = select(LetterRow.id).where(LetterRow.topic == notice.subject)
    gone_to = select(DeliveryRow.id).where(DeliveryRow.letter_id.in_(letters))
    owner = literal("m") + cast(MemberRow.id, String)
    mine = select(MemberRow.id).where(access.people(session, actor, MemberRow.id))
    theirs = mine.where(exists(gone_to.where(DeliveryRow.owner == owner)))
    if session.scalar(theirs.limit(1)) is None and session.scalar(gone_to.limit(1)) is not None:
        raise Refused("notice_not_theirs")
    return notice


def seen_by(session: Session, member: Member, *, at: datetime, limit: int = 10) -> list[Notice]:
    """The newest notices that the member has sent, or answers for as a confidential one's."""
    query = select(NoticeRow).where(
        or_(
            NoticeRow.sender_id == member.id,
            NoticeRow.member_id.is_not(None) & access.people(session, member, NoticeRow.member_id),  # type: ignore[arg-type]
        )
    )
    rows = session.scalars(query.order_by(NoticeRow.id.desc()).limit(4 * limit))
    found = (shown(session, row) for row in rows)
    return [each for each in found if _may_see(session, member, each, at)][:limit]


def to_approve(session: Session, member: Member, *, at: datetime) -> list[Notice]:
    """The urgent notices that wait for the yes of this administrator, the oldest first."""
    if member.id not in units.top_administrators(session, on=local_day(at)):
        return []
    waiting = select(NoticeRow).where(
        NoticeRow.state == "approval",
        or_(NoticeRow.sender_id.is_(None), NoticeRow.sender_id != member.id),
    )
    return [shown(session, row) for row in session.scalars(waiting.order_by(NoticeRow.id))]


def answering_for(session: Session, member_id: int, *, at: datetime) -> set[int]:
    """Who answers for a person: the secretary of the branch, the administrator of the school."""
    found: set[int] = set()
    for tree in (units.PARTY, units.ADMIN):
        unit_id = units.unit_of(session, member_id, tree)
        if unit_id is not None:
            found.update(units.responsible(session, unit_id, on=local_day(at), besides=member_id))
    return found


def _may_see(session: Session, actor: Member | None, notice: Notice, at: datetime) -> bool:
    if actor is not None and actor.id == notice.sender_id:
        return True
    if notice.is_confidential:
        if actor is None or notice.member_id in (None, actor.id):
            return False
        return actor.id in answering_for(session, notice.member_id or 0, at=at)
    return access.scope(session, actor, Role.ADMINISTRATOR).is_everything
