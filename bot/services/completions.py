"""What people and units have done already, so that it is never asked of them again.

A thing that is asked has a key, such as plan:warning-films/first/2026: the topic of its messages,
too. The first record counts, whichever way it came.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Table, delete, select
from sqlalchemy.orm import Session

from bot.db.engine import insert_once
from bot.db.models import CompletionRow
from bot.services import outbox

How = Literal["receipt", "quiz", "meeting"]
_COMPLETIONS: Table = CompletionRow.__table__  # type: ignore[assignment]
# A statement takes so many parameters on every database.
_AT_ONCE = 500


@dataclass(frozen=True)
class Completion:
    """That something is done, how, since when, and what that rests on (such as meeting:17)."""

    key: str
    how: How
    ref: str
    at: datetime


def record(
    session: Session,
    *,
    key: str,
    member_ids: Collection[int],
    how: How,
    ref: str,
    at: datetime,
) -> int:
    """These members have done it. Says for how many that is new; their reminders are taken back."""
    rows = [
        {"key": key, "member_id": each, "unit_id": None, "how": how, "ref": ref, "at": at}
        for each in sorted(set(member_ids))
    ]
    outbox.withdraw_topic(session, key, [f"m{row['member_id']}" for row in rows], at=at)
    return _insert(session, rows, "member_id")


def record_unit(
    session: Session, *, key: str, unit_id: int, how: How, ref: str, at: datetime
) -> bool:
    """The unit has done what is asked of units (a checklist of its own). False when it had."""
    row = {"key": key, "member_id": None, "unit_id": unit_id, "how": how, "ref": ref, "at": at}
    return _insert(session, [row], "unit_id") == 1


def take_back(session: Session, *, ref: str, member_ids: Collection[int] | None = None) -> int:
    """Forget what rested on `ref` (a record was corrected, a receipt undone), for some or for all.

    Says how many there were.
    """
    statement = delete(CompletionRow).where(CompletionRow.ref == ref)
    if member_ids is not None:
        statement = statement.where(CompletionRow.member_id.in_(member_ids))
    done: Any = session.execute(statement.execution_options(synchronize_session=False))
    return done.rowcount


def made_at(session: Session, ref: str) -> datetime | None:
    """When what rests on `ref` was recorded, or None."""
    query = select(CompletionRow.at).where(CompletionRow.ref == ref).order_by(CompletionRow.id)
    return session.scalars(query).first()


def done_by(session: Session, key: str, member_ids: Iterable[int]) -> set[int]:
    """Which of these members have done it."""
    return _found(session, key, list(member_ids), CompletionRow.member_id)


def done_by_units(session: Session, key: str, unit_ids: Iterable[int]) -> set[int]:
    """Which of these units have done it."""
    return _found(session, key, list(unit_ids), CompletionRow.unit_id)


def of_member(session: Session, member_id: int, keys: Iterable[str]) -> dict[str, Completion]:
    """What a member has done of these, by key."""
    return _of(session, CompletionRow.member_id == member_id, list(keys))


def of_unit(session: Session, unit_id: int, keys: Iterable[str]) -> dict[str, Completion]:
    """What a unit has done of these, by key."""
    return _of(session, CompletionRow.unit_id == unit_id, list(keys))


def _insert(session: Session, rows: Sequence[dict[str, Any]], subject: str) -> int:
    parts = (rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE))
    unique = ("key", subject)
    return sum(insert_once(session, _COMPLETIONS, part, unique=unique) for part in parts)


def _found(session: Session, key: str, ids: Sequence[int], column: Any) -> set[int]:
    found: set[int] = set()
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        query = select(column).where(CompletionRow.key == key, column.in_(part))
        found |= set(session.scalars(query))
    return found


def _of(session: Session, whose: Any, keys: Sequence[str]) -> dict[str, Completion]:
    query = select(CompletionRow).where(whose, CompletionRow.key.in_(keys))
    return {
        row.key: Completion(row.key, row.how, row.ref, row.at)  # type: ignore[arg-type]
        for row in session.scalars(query)
    }
