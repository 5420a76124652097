"""What a platform is, what it can do, and the one function that makes a message fit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.core.chat import Chat, FileRef, Incoming, Key, Message, Shown
from bot.core.text import BOLD, END, QUIET, plain

Accept = Callable[[Sequence[Incoming]], Awaitable[None]]


@dataclass(frozen=True)
class Capabilities:
    """What a platform can do. Sizes in bytes when `counts_bytes`, else in characters."""

    text: int = 4096
    counts_bytes: bool = False
    buttons: int = 100
    in_a_row: int = 8
    label: int = 64
    can_send_files: bool = True
    per_second: float = float("inf")  # messages to all chats together
    seconds_between: float = 0.0  # from one message to the next in the same chat
    per_minute_in_group: int = 0  # messages in the same group; 0 is no limit


class Platform(Protocol):
    """One way to reach people. Every method may raise SendFailed; `run` receives until cancelled.

    `show` answers one Incoming (acknowledges its tap, edits or sends) and says what now stands in
    the chat, one Shown a message. `send` speaks first. `edit` puts a message in the place of one
    that stands, or after it where that is not possible; `amend` never sends anything: what can't
    be changed is a permanent SendFailed. `fetch` brings the bytes of a file.
    """

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    async def run(self, accept: Accept) -> None: ...

    async def show(self, incoming: Incoming, messages: Sequence[Message]) -> list[Shown]: ...

    async def send(self, chat: Chat, message: Message) -> Shown: ...

    async def edit(self, shown: Shown, message: Message) -> Shown: ...

    async def amend(self, shown: Shown, message: Message) -> None: ...

    async def withdraw(self, shown: Shown) -> None: ...

    async def fetch(self, file: FileRef) -> bytes: ...


def degrade(message: Message, can: Capabilities) -> list[Message]:
    """The message as one or more that the platform can show, in order.

    Long text is split at line ends; buttons stay on the last part. What can't be a button
    becomes a line, which the person answers by typing its number or its words. A file rides on
    the first part.
    """
    if _fits(message, can):
        return [message]
    if not can.can_send_files and message.file:
        note = f"{message.text}\n（附件《{message.file.name}》请在网页版中查看）"
        message = replace(message, file=None, text=note)
    text, keys = _fit_keys(message.text, message.keys, can)
    pieces = split(text, can.text, counts_bytes=can.counts_bytes) or [""]
    parts = [replace(message, text=piece, keys=()) for piece in pieces]
    parts[1:] = [replace(part, replaces=False, file=None, file_id=None) for part in parts[1:]]
    parts[-1] = replace(parts[-1], keys=keys)
    return parts


def _fits(message: Message, can: Capabilities) -> bool:
    """Whether nothing needs to be done, which is nearly always so."""
    count = 0
    for row in message.keys:
        count += len(row)
        if len(row) > can.in_a_row or any(len(key.label) > can.label for key in row):
            return False
    if count > can.buttons or (message.file and not can.can_send_files):
        return False
    return 0 < _size(message.text, can.counts_bytes) <= can.text


def split(text: str, limit: int, *, counts_bytes: bool = False) -> list[str]:
    """Pieces of at most `limit` characters or bytes, cut at a line, sentence or character.

    An emphasis that is cut is closed and opened again, so that each piece stands alone.
    """
    pieces: list[str] = []
    style = ""
    while text:
        room = limit - 2 * _size(END, counts_bytes)
        piece = style + _head(text, room, counts_bytes)
        text = text[len(piece) - len(style) :].lstrip("\n")
        style = _open_style(piece)
        piece = piece + END if style else piece
        if plain(piece).strip():
            pieces.append(piece.rstrip("\n"))
    return pieces


def _head(text: str, room: int, counts_bytes: bool) -> str:
    if _size(text, counts_bytes) <= room:
        return text
    cut = _characters_within(text, room, counts_bytes)
    for mark in ("\n", "。", "；", "，", " "):
        at = text.rfind(mark, cut // 2, cut)
        if at > 0:
            return text[: at + 1]
    return text[: max(cut, 1)]


def _characters_within(text: str, room: int, counts_bytes: bool) -> int:
    if not counts_bytes:
        return _without_half_emoji(text, room)
    return len(text.encode()[:room].decode(errors="ignore"))


def _without_half_emoji(text: str, cut: int) -> int:
    # Telegram counts UTF-16 code units: an emoji is two.
    units = 0
    for index, character in enumerate(text):
        units += 1 if ord(character) < 0x10000 else 2
        if units > cut:
            return index
    return len(text)


def _size(text: str, counts_bytes: bool) -> int:
    return len(text.encode()) if counts_bytes else len(text.encode("utf-16-le")) // 2


def _open_style(piece: str) -> str:
    last = max(piece.rfind(BOLD), piece.rfind(QUIET))
    return piece[last] if last > piece.rfind(END) else ""


def _fit_keys(
    text: str, rows: tuple[tuple[Key, ...], ...], can: Capabilities
) -> tuple[str, tuple[tuple[Key, ...], ...]]:
    flat = [key for row in rows for key in row]
    if len(flat) > can.buttons:
        return "\n".join([text, "", *_lines(flat), "回复其中的序号或文字即可。"]), ()
    if any(key.key and len(key.label) > can.label for key in flat):
        # A choice that can't be read on its button is read above it.
        text = "\n".join([text, "", *_lines([key for key in flat if key.key])])
        rows = tuple(tuple(replace(key, label=key.key or key.label) for key in row) for row in rows)
    return text, tuple(part for row in rows for part in _rows_of(row, can))


def _lines(keys: Sequence[Key]) -> list[str]:
    """Buttons as lines, each with what may be typed for it: its key, else its label."""
    return [
        f"· {key.label}"
        if not key.key
        else key.label
        if key.label.startswith(key.key)
        else f"{key.key}. {key.label}"
        for key in keys
    ]


def _rows_of(row: tuple[Key, ...], can: Capabilities) -> list[tuple[Key, ...]]:
    short = [replace(key, label=_shorten(key.label, can.label)) for key in row]
    return [tuple(short[at : at + can.in_a_row]) for at in range(0, len(short), can.in_a_row)]


def _shorten(label: str, limit: int) -> str:
    return label if len(label) <= limit else label[: limit - 1] + "…"
