"""Taking a withdrawn notice out of the chats it has reached: what is next, and how it went."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from bot.core.chat import Chat, Reply, Shown
from bot.db.engine import run
from bot.db.models import AddressRow, DeliveryRow, LetterRow, NoticeRow, ReceiptRow
from bot.services import letters, notices, outbox
from bot.services.deliveries import IS_SENDING
from bot.services.gate import Purpose
from bot.services.notices import Notice
from bot.services.outbox import Letter

AT_ONCE = 20
STAYED = "not_recalled"
_DELIVERIES: Table = DeliveryRow.__table__  # type: ignore[assignment]
_LETTERS: Table = LetterRow.__table__  # type: ignore[assignment]


@dataclass(frozen=True)
class Recall:
    """A message to take out of its chat; None when it stands together with others."""

    notice_id: int
    delivery_id: int
    letter_id: int
    owner: str
    shown: Shown | None


def next_ones(session: Session) -> list[Recall]:
    """Some messages of a withdrawn notice that still stand in their chats."""
    row = _recalling(session)
    if row is None:
        return []
    found = _standing(session, row.id, row.position)
    if not found and row.position:
        # Once more from the start: what was just being sent stands there by now.
        found = _standing(session, row.id, 0)
    row.position = found[-1].delivery_id if found else 0
    return found


def settle(session: Session, recalls: Sequence[Recall], gone: Sequence[bool]) -> None:
    """Write down which of them are gone, and which stay where they are."""
    changes: dict[int, dict[str, int]] = {}
    for recall, is_gone in zip(recalls, gone, strict=True):
        mine = update(_DELIVERIES).where(
            _DELIVERIES.c.id == recall.delivery_id, _DELIVERIES.c.state.in_(("sent", "doubt"))
        )
        if not is_gone:
            run(session, mine.values(reason=STAYED))
            continue
        before = select(_DELIVERIES.c.state, _DELIVERIES.c.key).where(
            _DELIVERIES.c.id == recall.delivery_id
        )
        was = run(session, before).one()
        done = run(session, mine.values(state="withdrawn", reason="recalled"))
        if done.rowcount:
            _recount(changes.setdefault(recall.letter_id, {}), was.key, was.state)
    letters.count(session, changes)


def _recount(by: dict[str, int], key: str, was: str) -> None:
    """Of one sent once more only that copy is gone: the first stays in doubt."""
    is_again = key.endswith(letters.AGAIN)
    if is_again and was != "sent":
        return
    by[was] = by.get(was, 0) - 1
    now = "doubt" if is_again else "withdrawn"
    by[now] = by.get(now, 0) + 1


def finish(session: Session, compose: Callable[[Notice], Reply], *, at: datetime) -> bool:
    """End a withdrawal of which nothing is left to do.

    Those whose message stays are told so, and those who have confirmed: they would go by it.
    True when there may be more to do.
    """
    row = _recalling(session)
    if row is None or _standing(session, row.id, 0) or _is_sending(session, row.id):
        return False
    confirmed = _confirmed_by(session, row.id, row.position)
    told = [f"m{each}" for each in confirmed]
    if not row.position:
        told = sorted({*told, *_stayed_with(session, row.id)})
    if told:
        words = compose(notices.shown(session, row))
        letter = Letter(f"notice:{row.id}:gone", words, Purpose.CHANGE)
        for start in range(0, len(told), letters.AT_ONCE):
            outbox.post(session, letter, told[start : start + letters.AT_ONCE], at=at)
    if confirmed:
        row.position = confirmed[-1]
        return True
    row.state, row.is_at_work = "withdrawn", False
    return True


def _recalling(session: Session) -> NoticeRow | None:
    query = select(NoticeRow).where(NoticeRow.is_at_work, NoticeRow.state == "recalling")
    query = query.order_by(NoticeRow.id).limit(1).with_for_update(skip_locked=True)
    return session.scalars(query.execution_options(populate_existing=True)).first()


def _standing(session: Session, notice_id: int, after: int) -> list[Recall]:
    merged = aliased(DeliveryRow)
    table = DeliveryRow
    shares = select(merged.id).where(merged.merged_into == table.id).exists()
    query = (
        select(
            table.id,
            table.letter_id,
            table.owner,
            table.native_id,
            AddressRow.platform,
            AddressRow.chat_id,
            or_(table.merged_into.is_not(None), shares).label("is_shared"),
        )
        .join(AddressRow, AddressRow.id == table.address_id)
        .where(
            table.letter_id.in_(_letters(notice_id)),
            table.id > after,
            table.state.in_(("sent", "doubt")),
            table.native_id.is_not(None),
            func.coalesce(table.reason, "") != STAYED,
        )
        .order_by(table.id)
        .limit(AT_ONCE)
    )
    return [
        Recall(
            notice_id,
            each.id,
            each.letter_id,
            each.owner,
            None
            if each.is_shared
            else Shown(Chat(each.platform, str(each.chat_id)), str(each.native_id)),
        )
        for each in session.execute(query)
    ]


def _letters(notice_id: int) -> Any:
    return select(_LETTERS.c.id).where(_LETTERS.c.topic == f"notice:{notice_id}")


def _is_sending(session: Session, notice_id: int) -> bool:
    query = select(_DELIVERIES.c.id).where(
        _DELIVERIES.c.letter_id.in_(_letters(notice_id)), IS_SENDING
    )
    return run(session, query.limit(1)).first() is not None


def _confirmed_by(session: Session, notice_id: int, after: int) -> list[int]:
    """The next members who have confirmed it; again from the start they are told no second time."""
    query = (
        select(ReceiptRow.member_id)
        .where(ReceiptRow.notice_id == notice_id, ReceiptRow.member_id > after)
        .order_by(ReceiptRow.member_id)
        .limit(letters.AT_ONCE)
    )
    return list(session.scalars(query))


def _stayed_with(session: Session, notice_id: int) -> list[str]:
    query = select(_DELIVERIES.c.owner).where(
        _DELIVERIES.c.letter_id.in_(_letters(notice_id)),
        or_(_DELIVERIES.c.reason == STAYED, _DELIVERIES.c.state == "doubt"),
    )
    return sorted(set(run(session, query).scalars()))
