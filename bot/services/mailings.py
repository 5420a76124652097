"""A letter to more people than one transaction should queue: piece by piece, a crash goes on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.chat import Reply
from bot.db.models import LetterRow, MailingRow
from bot.services import outbox
from bot.services.gate import Purpose
from bot.services.letters import AT_ONCE
from bot.services.outbox import Letter


def post(session: Session, letter: Letter, owners: Sequence[str], *, at: datetime) -> None:
    """Queue a letter to these people: the first ones now, the others when advance is called."""
    if not owners:
        return
    letter_id = outbox.post(session, letter, owners[:AT_ONCE], at=at)
    if rest := list(owners[AT_ONCE:]):
        session.add(MailingRow(letter_id=letter_id, owners=rest, at=at))
        session.flush()


def advance(session: Session, *, at: datetime) -> bool:
    """Queue the next piece of some letter; True while there may be more.

    A piece counts as made when the letter was, so that whatever took the letter back meanwhile
    holds for it too; what is left of such a letter is dropped.
    """
    query = select(MailingRow).order_by(MailingRow.id).limit(1).with_for_update(skip_locked=True)
    row = session.scalars(query.execution_options(populate_existing=True)).first()
    if row is None:
        return False
    letter = session.get_one(LetterRow, row.letter_id, populate_existing=True)
    is_useless = letter.expires_at is not None and letter.expires_at <= at
    if letter.withdrawn_at is None and not is_useless:
        outbox.post(session, _kept(letter), row.owners[:AT_ONCE], at=row.at)
        row.owners = row.owners[AT_ONCE:]
    else:
        row.owners = []
    if not row.owners:
        session.delete(row)
    session.flush()
    return True


def left(session: Session, subject: str) -> int:
    """How many people are still to get a letter whose key begins with that subject."""
    rows = session.scalars(
        select(MailingRow.owners)
        .join(LetterRow, LetterRow.id == MailingRow.letter_id)
        .where(LetterRow.key.startswith(f"{subject}:"), LetterRow.withdrawn_at.is_(None))
    )
    return sum(len(owners) for owners in rows)


def forget(session: Session, owner: str) -> None:
    """Nobody who is erased is written to."""
    for row in session.scalars(select(MailingRow).with_for_update()):
        if owner in row.owners:
            row.owners = [each for each in row.owners if each != owner]
    session.flush()


def _kept(row: LetterRow) -> Letter:
    """The letter as it was stored; what it says is not asked for again."""
    purpose = Purpose(row.purpose)
    return Letter(row.key, Reply(""), purpose, row.topic, row.due_at, row.expires_at, row.id)
