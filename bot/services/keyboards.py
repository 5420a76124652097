"""Buttons as opaque tokens: minted with a message, bound to one owner, resolved when tapped.

A shared button is bound to an object instead: its token is the action itself, signed, without a
row; whoever taps it is checked by the service.
"""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, select
from sqlalchemy.orm import Session

from bot.core.chat import Button, Key, Message, Reply
from bot.core.errors import Refused
from bot.db.engine import run
from bot.db.models import KeyboardRow
from bot.services import facts, files

KEPT_FOR = timedelta(days=30)
# The chat of a message that is queued, until it is shown: nobody can mean what they have not seen.
WAITING, PRIVATE = "waiting", "private"
TOKEN_BYTES = 40
_SECRET = "button_secret"  # noqa: S105 - the name under which it is kept
_SIGNED = "!"
_LONGEST_TYPED_LABEL = 24
_KEYBOARDS: Table = KeyboardRow.__table__  # type: ignore[assignment]
# Without RETURNING: nobody needs the id.
_INSERT = insert(_KEYBOARDS).inline()
_BY_TOKEN = select(KeyboardRow.owner, KeyboardRow.actions, KeyboardRow.expires_at).where(
    KeyboardRow.token == bindparam("token")
)
_LATEST = (
    select(KeyboardRow.actions)
    .where(
        KeyboardRow.owner == bindparam("owner"),
        KeyboardRow.chat == bindparam("chat"),
        KeyboardRow.expires_at > bindparam("at"),
    )
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
    buttons = [b for row in reply.rows for b in row if b.url is None and not b.is_shared]
    token = secrets.token_urlsafe(12) if buttons else ""
    if buttons:
        actions = [[b.action, list(b.arguments), b.label, b.key] for b in buttons]
        row = {"token": token, "owner": owner, "chat": chat, "actions": actions}
        run(session, _INSERT, {**row, "expires_at": at + KEPT_FOR})
    file_id = files.keep(session, owner, reply.file, at=at) if reply.file else None
    return Message(
        reply.text,
        _keys(session, reply.rows, token),
        file=reply.file,
        file_id=file_id,
        replaces=reply.replaces,
        toast=reply.toast,
        about=reply.about,
        is_private=reply.is_private,
        is_protected=reply.is_protected,
    )


def stand(session: Session, messages: Sequence[Message]) -> None:
    """The buttons of messages that waited stand in their chats now, below all that came before.

    Only from then on may their labels be typed.
    """
    keys = [key for message in messages for row in message.keys for key in row]
    names = {key.token.partition(".")[0] for key in keys if not key.token.startswith(_SIGNED)}
    if not names - {""}:
        return
    table = _KEYBOARDS.c
    waiting = table.token.in_(names), table.chat == WAITING
    columns = table.token, table.owner, table.actions, table.expires_at
    rows = run(session, select(*columns).where(*waiting).order_by(table.id)).mappings().all()
    run(session, delete(_KEYBOARDS).where(*waiting))
    for row in rows:
        run(session, _INSERT, {**row, "chat": PRIVATE})


def resolve(session: Session, owner: str, token: str, *, at: datetime) -> Tap:
    """What a tapped token stands for.

    Raises Refused: button_unknown (forged, or long gone), button_expired, button_not_yours.
    """
    if token.startswith(_SIGNED):
        return _verified(session, token)
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


def actions(session: Session, tokens: Sequence[str]) -> list[str]:
    """What these tokens were for, as far as it is still known; nothing is checked."""
    shared = [each for each in tokens if each.startswith(_SIGNED)]
    said = [each.removeprefix(_SIGNED).partition("[")[0] for each in shared]
    bound = [each.partition(".") for each in tokens if not each.startswith(_SIGNED)]
    for first in range(0, len(bound), 500):
        some = bound[first : first + 500]
        names = {name for name, _, _ in some}
        rows = run(
            session,
            select(KeyboardRow.token, KeyboardRow.actions).where(KeyboardRow.token.in_(names)),
        )
        known = {row.token: row.actions for row in rows}
        for name, _, index in some:
            if name in known and index.isdecimal() and int(index) < len(known[name]):
                said.append(str(known[name][int(index)][0]))
    return said


def typed(session: Session, owner: str, chat: str, text: str, *, at: datetime) -> Tap | None:
    """The button of the newest message whose label, letter or number was typed, or None."""
    if len(text) > _LONGEST_TYPED_LABEL:
        return None
    newest = {"owner": owner, "chat": chat, "at": at}
    actions = run(session, _LATEST, newest).scalar_one_or_none()
    for action, arguments, label, key in actions or ():
        if text == label or (key is not None and text.upper() == key.upper()):
            return Tap(action, tuple(arguments))
    return None


def signed(session: Session, action: str, arguments: Sequence[Any]) -> str:
    """The token of a shared button. Raises ValueError when it would not fit a platform's."""
    said = _SIGNED + action + json.dumps(arguments, separators=(",", ":"), ensure_ascii=False)
    secret = facts.get_or_put(session, _SECRET, secrets.token_urlsafe(32))
    token = said + _mark(secret, said)
    if len(token.encode()) > TOKEN_BYTES:
        raise ValueError(f"a shared button says too much: {said}")
    return token


def _verified(session: Session, token: str) -> Tap:
    said, bracket, mark = token.rpartition("]")
    said += bracket
    secret = facts.get(session, _SECRET)
    if secret is None or not hmac.compare_digest(mark.encode(), _mark(secret, said).encode()):
        raise Refused("button_unknown")
    action, _, arguments = said.removeprefix(_SIGNED).partition("[")
    return Tap(action, tuple(json.loads("[" + arguments)))


def _mark(secret: str, said: str) -> str:
    digest = hmac.digest(secret.encode(), said.encode(), "sha256")
    return urlsafe_b64encode(digest[:6]).decode()


def _keys(
    session: Session, rows: Sequence[Sequence[Button]], token: str
) -> tuple[tuple[Key, ...], ...]:
    result: list[tuple[Key, ...]] = []
    index = 0
    for row in rows:
        keys: list[Key] = []
        for button in row:
            if button.is_shared:
                shared = signed(session, button.action, button.arguments)
                keys.append(Key(button.label, shared, key=button.key))
                continue
            keys.append(_key(button, token, index))
            index += button.url is None
        result.append(tuple(keys))
    return tuple(result)


def _key(button: Button, token: str, index: int) -> Key:
    if button.url is not None:
        return Key(button.label, url=button.url)
    return Key(button.label, f"{token}.{index}", key=button.key)
