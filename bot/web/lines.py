"""Lines of a web chat in the JSON of the playground's API."""

from __future__ import annotations

from typing import Any

from bot.core.chat import Message
from bot.core.clock import local
from bot.core.text import BOLD, QUIET, plain, spans
from bot.services.transcripts import Attachment, Line

FILES = "/playground/api/files"
_STYLES = {BOLD: "bold", QUIET: "quiet"}


def as_reply(line: Line) -> dict[str, Any]:
    """A line as it stands: text without emphasis, and the same as spans with it."""
    return {
        "id": line.id,
        "version": line.version,
        "author": line.author,
        "event": (line.event or "").partition(":")[2] or None,
        "withdrawn": line.is_withdrawn,
        "at": local(line.at).isoformat(timespec="seconds"),
        **as_message(line.message),
        "replaces": line.id if line.is_new_version else None,
        "file": _file(line.file),
        "expired": line.message.file_id is not None and line.file is None,
    }


def as_message(message: Message) -> dict[str, Any]:
    """What a message says, without where it stands."""
    return {
        "text": plain(message.text),
        "spans": [[_STYLES.get(style, ""), piece] for style, piece in spans(message.text)],
        "buttons": [
            {"label": key.label, "token": key.token, "url": key.url, "key": key.key, "row": row}
            for row, keys in enumerate(message.keys)
            for key in keys
        ],
        "toast": message.toast,
        "about": message.about,
    }


def _file(file: Attachment | None) -> dict[str, Any] | None:
    if file is None:
        return None
    return {
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size,
        "url": f"{FILES}/{file.id}",
    }
