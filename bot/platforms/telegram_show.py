"""Messages in Telegram's form: HTML, inline keyboards, and the parts that fit its limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Any
from urllib.parse import urlsplit

from telegram import InputFile

from bot.core.chat import Chat, Key, Message
from bot.core.errors import SendFailed
from bot.core.platform import Capabilities, degrade
from bot.core.text import BOLD, END, QUIET, plain, spans

CAPABILITIES = Capabilities(
    text=4096,
    buttons=100,
    in_a_row=8,
    label=64,
    per_second=30,
    seconds_between=1,
    per_minute_in_group=20,
)
CAPTION = 1024
TOAST = 200
DATA_BYTES = 64
PICTURE_BYTES = 10 * 1024 * 1024
UPLOAD_BYTES = 50 * 1024 * 1024

# What a handle says of the message it edits.
WRITTEN, ILLUSTRATED = "text", "media"

Call = tuple[str, dict[str, Any]]


def parts(message: Message) -> list[Message]:
    """The message as those that Telegram takes, in order. Raises SendFailed (a file too big)."""
    if message.file and len(message.file.content) > UPLOAD_BYTES:
        raise SendFailed("file too big", permanent=True)
    pieces = degrade(_with_written_links(message), CAPABILITIES)
    first = pieces[0]
    if first.file and _length(first.text) > CAPTION:
        pieces[:1] = [
            replace(first, text="", keys=()),
            replace(first, file=None, file_id=None, replaces=False),
        ]
    return pieces


def is_blank(message: Message) -> bool:
    """Whether there is nothing to put into a chat (a toast at most)."""
    return message.file is None and not plain(message.text).strip()


def sending(chat: Chat, part: Message) -> Call:
    """The call that puts a part into a chat."""
    data: dict[str, Any] = {"chat_id": chat.id}
    if chat.topic is not None:
        data["message_thread_id"] = int(chat.topic)
    if part.is_protected:
        data["protect_content"] = True
    if part.keys:
        data["reply_markup"] = keyboard(part.keys)
    if part.file is None:
        return "sendmessage", data | _text(part.text)
    if part.text:
        data |= {"caption": html(part.text), "parse_mode": "HTML"}
    content = InputFile(part.file.content, filename=part.file.name)
    if part.file.is_picture and len(part.file.content) <= PICTURE_BYTES:
        return "sendphoto", data | {"photo": content}
    return "senddocument", data | {"document": content}


def editing(chat: Chat, message_id: str, part: Message) -> Call:
    """The call that puts a part in the place of a text message; of a blank one, only its keys."""
    data: dict[str, Any] = {"chat_id": chat.id, "message_id": int(message_id)}
    data["reply_markup"] = keyboard(part.keys)
    if is_blank(part):
        return "editmessagereplymarkup", data
    return "editmessagetext", data | _text(part.text)


def acknowledging(ack: str, toast: str | None) -> Call:
    """The call that ends the spinning of a tapped button."""
    data = {"callback_query_id": ack}
    if toast:
        data["text"] = _cut(plain(toast), TOAST)
    return "answercallbackquery", data


def keyboard(rows: Sequence[Sequence[Key]]) -> dict[str, Any]:
    """An inline keyboard. Raises SendFailed when a token is longer than Telegram carries."""
    return {"inline_keyboard": [[_button(key) for key in row] for row in rows if row]}


def html(text: str) -> str:
    """Marked text as Telegram's HTML."""
    if BOLD not in text and QUIET not in text:
        return escape(text.replace(END, ""), quote=False)
    return "".join(_span(style, piece) for style, piece in spans(text))


def _span(style: str, piece: str) -> str:
    tag = {BOLD: "b", QUIET: "i"}.get(style)
    inner = escape(piece, quote=False)
    return f"<{tag}>{inner}</{tag}>" if tag else inner


def _text(text: str) -> dict[str, Any]:
    return {
        "text": html(text),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }


def _button(key: Key) -> dict[str, str]:
    if key.url is not None:
        return {"text": key.label, "url": key.url}
    if not 0 < len(key.token.encode()) <= DATA_BYTES:
        raise SendFailed("button token does not fit", permanent=True)
    return {"text": key.label, "callback_data": key.token}


def _with_written_links(message: Message) -> Message:
    """Links that Telegram refuses on buttons (localhost) stand in the text instead."""
    refused = [key for row in message.keys for key in row if key.url and not _is_public(key.url)]
    if not refused:
        return message
    rows = tuple(tuple(key for key in row if key not in refused) for row in message.keys)
    lines = [f"{key.label}：{key.url}" for key in refused]
    return replace(message, text="\n".join([message.text, *lines]), keys=rows)


def _is_public(url: str) -> bool:
    address = urlsplit(url)
    return address.scheme == "tg" or (
        address.scheme in ("http", "https") and "." in (address.hostname or "")
    )


def _length(text: str) -> int:
    """As Telegram counts: UTF-16 code units, without the markup."""
    return len(plain(text).encode("utf-16-le")) // 2


def _cut(text: str, limit: int) -> str:
    """At most `limit` UTF-16 code units, an ellipsis for what is left out."""
    if _length(text) <= limit:
        return text
    return text.encode("utf-16-le")[: 2 * (limit - 1)].decode("utf-16-le", errors="ignore") + "…"
