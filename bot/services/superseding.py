"""Invitations that no longer hold: which still stand in chats unmarked, and how marking went.

Nobody has to tap an old one to learn that it is old. The news itself is a message of its own
(changing, cancelling); this only takes the old buttons away, where a platform lets us.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from bot.core.chat import Chat, Shown, message_from_json
from bot.core.text import plain
from bot.db.engine import run
from bot.db.models import AddressRow, DeliveryRow, LetterRow, MeetingRow

AT_ONCE = 20
MARKED, STAYED = "superseded", "not_marked"
# What letters about one state of a meeting are called: handlers/meetings_letters.py.
_WAYS = ("call", "guest", "moved", "moved-guest", "moved-leave")
_REMINDERS = ("eve", "day")
_DELIVERIES: Table = DeliveryRow.__table__  # type: ignore[assignment]


@dataclass(frozen=True)
class Old:
    """An invitation as it was sent; `shown` is None when it stands together with others."""

    delivery_id: int
    shown: Shown | None
    text: str
    is_cancelled: bool


def begin(session: Session, meeting_id: int) -> None:
    """From now on what was sent about the meeting before no longer holds."""
    mine = update(MeetingRow).where(MeetingRow.id == meeting_id)
    session.execute(
        mine.values(is_at_work=True, position=0).execution_options(synchronize_session=False)
    )


def next_ones(session: Session) -> list[Old]:
    """Some invitations to mark; a meeting of which none is left is done with."""
    while (row := _at_work(session)) is not None:
        found = _standing(session, row, row.position)
        if not found and row.position:
            # Once more from the start: what was just being sent stands there by now.
            found = _standing(session, row, 0)
        row.position = found[-1].delivery_id if found else 0
        if found or _is_sending(session, row):
            session.flush()
            return found
        row.is_at_work = False
        session.flush()
    return []


def settle(session: Session, olds: Sequence[Old], marked: Sequence[bool]) -> None:
    """Write down which of them are marked, and which stay as they are."""
    for old, is_marked in zip(olds, marked, strict=True):
        mine = update(_DELIVERIES).where(
            _DELIVERIES.c.id == old.delivery_id, _DELIVERIES.c.state.in_(("sent", "doubt"))
        )
        run(session, mine.values(reason=MARKED if is_marked else STAYED))


def _at_work(session: Session) -> MeetingRow | None:
    query = select(MeetingRow).where(MeetingRow.is_at_work).order_by(MeetingRow.id).limit(1)
    locked = query.with_for_update(skip_locked=True)
    return session.scalars(locked.execution_options(populate_existing=True)).first()


def _standing(session: Session, row: MeetingRow, after: int) -> list[Old]:
    table, merged = DeliveryRow, aliased(DeliveryRow)
    shares = select(merged.id).where(merged.merged_into == table.id).exists()
    query = (
        select(
            table.id,
            table.native_id,
            AddressRow.platform,
            AddressRow.chat_id,
            LetterRow.message,
            or_(table.merged_into.is_not(None), shares).label("is_shared"),
        )
        .join(AddressRow, AddressRow.id == table.address_id)
        .join(LetterRow, LetterRow.id == table.letter_id)
        .where(
            LetterRow.key.in_(_keys(row)),
            table.id > after,
            table.state.in_(("sent", "doubt")),
            table.native_id.is_not(None),
            func.coalesce(table.reason, "").not_in((MARKED, STAYED)),
        )
        .order_by(table.id)
        .limit(AT_ONCE)
    )
    return [_old(each, is_cancelled=row.state == "cancelled") for each in session.execute(query)]


def _old(each: Any, *, is_cancelled: bool) -> Old:
    chat = Chat(each.platform, str(each.chat_id))
    shown = None if each.is_shared else Shown(chat, str(each.native_id))
    text = plain(message_from_json(each.message or {}).text) if each.message else ""
    return Old(each.id, shown, text, is_cancelled)


def _is_sending(session: Session, row: MeetingRow) -> bool:
    of_letters = DeliveryRow.letter_id.in_(
        select(LetterRow.id).where(LetterRow.key.in_(_keys(row)))
    )
    query = select(DeliveryRow.id).where(of_letters, DeliveryRow.state == "sending")
    return session.scalars(query.limit(1)).first() is not None


def _keys(row: MeetingRow) -> list[str]:
    """The keys of the letters about earlier states of a meeting; of a cancelled one about any."""
    last = row.version if row.state == "cancelled" else row.version - 1
    subject = f"meeting:{row.id}"
    return [
        key
        for version in range(1, last + 1)
        for key in (
            *(f"{subject}:v{version}:{way}" for way in _WAYS),
            *(f"{subject}:{way}:{version}" for way in _REMINDERS),
        )
    ]
