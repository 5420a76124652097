"""Buttons as opaque tokens: minted with a message, bound to one owner, resolved when tapped."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, bindparam, insert, select
from sqlalchemy.orm import Session

from bot.core.chat import Button, Key, Message, Reply
from bot.core.errors import Refused
from bot.db.engine import run
from bot.db.models import KeyboardRow
from bot.services import files

KEPT_FOR = timedelta(days=30)
_LONGEST_TYPED_LABEL = 24
_KEYBOARDS: Table = KeyboardRow.__table__  # type: ignore[assignment]
# Without RETURNING: nobody needs the id.
_INSERT = insert(_KEYBOARDS).inline()
_BY_TOKEN = select(KeyboardRow.owner, KeyboardRow.actions, KeyboardRow.expires_at).where(
    KeyboardRow.token == bindparam("token")
)
_LATEST = (
    select(KeyboardRow.actions)
    .where(KeyboardRow.owner == bindparam("owner"), KeyboardRow.chat == bindparam("chat"))
    .order_by(KeyboardRow.id.desc())
    .limit(1)
)


@dataclass(frozen=True)
class Tap:
    """What a token stands for."""

    action: str
    arguments: tuple[Any, ...]


def mint(session: Session, owner: str, chat: str, reply: Reply, *, at: datetime) -> Message:
    """The Reply as a Message for that owner in that chat, its buttons stored under a token."""
    buttons = [button for row in reply.rows for button in row if button.url is None]
    token = secrets.token_urlsafe(12) if buttons else ""
    if buttons:
        actions = [[b.action, list(b.arguments), b.label, b.key] for b in buttons]
        row = {"token": token, "owner": owner, "chat": chat, "actions": actions}
        run(session, _INSERT, {**row, "expires_at": at + KEPT_FOR})
    file_id = files.keep(session, owner, reply.file, at=at) if reply.file else None
    return Message(
        reply.text,
        _keys(reply.rows, token),
        file=reply.file,
        file_id=file_id,
        replaces=reply.replaces,
        toast=reply.toast,
        about=reply.about,
        is_private=reply.is_private,
        is_protected=reply.is_protected,
    )


def resolve(session: Session, owner: str, token: str, *, at: datetime) -> Tap:
    """What a tapped token stands for.

    Raises Refused: button_unknown (forged, or long gone), button_expired, button_not_yours.
    """
    name, _, index = token.partition(".")
    row = run(session, _BY_TOKEN, {"token": name}).one_or_none()
    if row is None or not (index.isascii() and index.isdigit()) or int(index) >= len(row.actions):
        raise Refused("button_unknown")
    if row.owner != owner:
        raise Refused("button_not_yours")
    if row.expires_at <= at:
        raise Refused("button_expired")
    action, arguments, *_ = row.actions[int(index)]
    return Tap(action, tuple(arguments))


def typed(session: Session, owner: str, chat: str, text: str) -> Tap | None:
    """The button of the newest message whose label, letter or number was typed, or None."""
    if len(text) > _LONGEST_TYPED_LABEL:
        return None
    actions = run(session, _LATEST, {"owner": owner, "chat": chat}).scalar_one_or_none()
    for action, arguments, label, key in actions or ():
        if text == label or (key is not None and text.upper() == key.upper()):
            return Tap(action, tuple(arguments))
    return None


def _keys(rows: Sequence[Sequence[Button]], token: str) -> tuple[tuple[Key, ...], ...]:
    result: list[tuple[Key, ...]] = []
    index = 0
    for row in rows:
        keys: list[Key] = []
        for button in row:
            keys.append(_key(button, token, index))
            index += button.url is None
        result.append(tuple(keys))
    return tuple(result)


def _key(button: Button, token: str, index: int) -> Key:
    if button.url is not None:
        return Key(button.label, url=button.url)
    return Key(button.label, f"{token}.{index}", key=button.key)
