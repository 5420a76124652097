"""The open conversation of a person in a chat, as a row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Table, bindparam, delete, or_, select
from sqlalchemy.orm import Session

from bot.core.chat import Chat, State
from bot.db.engine import insert_once, run, upsert
from bot.db.models import StateRow

_STATES: Table = StateRow.__table__  # type: ignore[assignment]
_LOAD = select(StateRow.name, StateRow.data, StateRow.updated_at).where(
    StateRow.owner == bindparam("owner"), StateRow.chat == bindparam("chat")
)


def scope(chat: Chat) -> str:
    """The chat's key: all private chats of a person are one, each group and topic its own."""
    if not chat.is_group:
        return "private"
    return f"{chat.platform}:{chat.id}" + (f":{chat.topic}" if chat.topic else "")


def move(session: Session, chat: Chat, new_id: str) -> None:
    """A group has become another one: what is open there, topics included, goes along."""
    old, new = f"{chat.platform}:{chat.id}", f"{chat.platform}:{new_id}"
    inside = or_(StateRow.chat == old, StateRow.chat.startswith(f"{old}:", autoescape=True))
    rows = session.execute(select(_STATES).where(inside)).mappings()
    moved = [{**row, "chat": new + row["chat"].removeprefix(old)} for row in rows]
    insert_once(session, _STATES, moved, unique=("owner", "chat"))
    session.execute(delete(StateRow).where(inside))


def load(session: Session, owner: str, chat: str) -> State | None:
    row = run(session, _LOAD, {"owner": owner, "chat": chat}).one_or_none()
    return State(row.name, dict(row.data), row.updated_at) if row else None


def save(session: Session, owner: str, chat: str, state: State | None, *, at: datetime) -> None:
    """Store the open conversation, or that there is none."""
    if state is None:
        session.execute(delete(StateRow).where(StateRow.owner == owner, StateRow.chat == chat))
        return
    row = {"owner": owner, "chat": chat, "name": state.name, "data": state.data, "updated_at": at}
    upsert(session, _STATES, row, unique=("owner", "chat"))
