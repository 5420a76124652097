"""What Telegram refuses, in its own words: texts, markup, pictures, menus, links."""

from __future__ import annotations

import json
import re
import struct
from html import unescape
from typing import Any
from urllib.parse import urlsplit

TEXT, CAPTION, TOAST, DATA, BUTTONS, ROW = 4096, 1024, 200, 64, 100, 8
PHOTO, UPLOAD, DOWNLOAD = 10 * 1024 * 1024, 50 * 1024 * 1024, 20 * 1024 * 1024
PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")

_TAG = re.compile(r"<([^>]*)>?")
_KINDS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline",
    "ins": "underline", "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "code": "code", "pre": "pre", "a": "text_link", "blockquote": "blockquote",
    "tg-spoiler": "spoiler", "span": "spoiler", "tg-emoji": "custom_emoji",
}  # fmt: skip


class Rejected(Exception):  # noqa: N818 - as Refused, a word of its own
    """An answer with ok=false: status, description, parameters."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


def bad(description: str) -> Rejected:
    return Rejected(400, f"Bad Request: {description}")


def units(text: str) -> int:
    """Length as Telegram counts it: UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def formatted(text: Any, parse_mode: Any) -> tuple[str, list[dict[str, Any]]]:
    """What is seen of a text, and its entities. Rejects bad HTML."""
    text = "" if text is None else str(text)
    if not parse_mode:
        return text.strip(), []
    if str(parse_mode).upper() != "HTML":
        raise bad("unsupported parse_mode")
    if "<" not in text:
        return unescape(text).strip() if "&" in text else text.strip(), []
    return _parsed(text)


def _parsed(text: str) -> tuple[str, list[dict[str, Any]]]:
    seen, length, at = [], 0, 0
    entities: list[dict[str, Any]] = []
    stack: list[tuple[str, int]] = []
    for match in _TAG.finditer(text):
        piece = unescape(text[at : match.start()])
        seen.append(piece)
        length += units(piece)
        at = match.end()
        offset = len(text[: match.start()].encode())
        inner = match[1]
        if not match[0].endswith(">"):
            raise bad(f"can't parse entities: Unclosed start tag at byte offset {offset}")
        if inner.startswith("/"):
            name = inner[1:].strip().lower()
            if not stack:
                raise bad(f"can't parse entities: Unexpected end tag at byte offset {offset}")
            opened, start = stack.pop()
            if name and name != opened:
                raise bad(
                    f"can't parse entities: Unmatched end tag at byte offset {offset}, "
                    f'expected "</{opened}>", found "</{name}>"'
                )
            if length > start:
                kind = {"type": _KINDS[opened], "offset": start, "length": length - start}
                entities.append(kind)
            continue
        name = re.split(r"[\s/]", inner, maxsplit=1)[0].lower()
        if name not in _KINDS:
            raise bad(
                f'can\'t parse entities: Unsupported start tag "{name}" at byte offset {offset}'
            )
        stack.append((name, length))
    if stack:
        raise bad(
            "can't parse entities: Can't find end tag corresponding to start tag "
            f'"{stack[-1][0]}"'
        )
    seen.append(unescape(text[at:]))
    return "".join(seen).strip(), entities


def body(text: Any, parse_mode: Any) -> tuple[str, list[dict[str, Any]]]:
    """The text of a message, never empty nor too long."""
    seen, entities = formatted(text, parse_mode)
    if not seen:
        raise bad("message text is empty")
    if units(seen) > TEXT:
        raise bad("message is too long")
    return seen, entities


def caption(text: Any, parse_mode: Any) -> str:
    seen, _ = formatted(text, parse_mode)
    if units(seen) > CAPTION:
        raise bad("message caption is too long")
    return seen


def toast(text: Any) -> str:
    if text and units(str(text)) > TOAST:
        raise bad("MESSAGE_TOO_LONG")
    return str(text or "")


def keyboard(markup: Any) -> dict[str, Any] | None:
    """An inline keyboard, or None. Rows over eight are refused although Telegram wraps them."""
    if isinstance(markup, str):
        try:
            markup = json.loads(markup)
        except ValueError:
            raise bad("can't parse reply keyboard markup JSON object") from None
    rows = (markup or {}).get("inline_keyboard")
    if not rows:
        return None
    if sum(len(row) for row in rows) > BUTTONS:
        raise bad("reply markup is too long")
    for row in rows:
        if len(row) > ROW:
            raise bad("reply markup row is too long")
        for button in row:
            _check_button(button)
    return {"inline_keyboard": rows}


def _check_button(button: dict[str, Any]) -> None:
    if not button.get("text"):
        raise bad('field "text" must be a non-empty String')
    url, data = button.get("url"), button.get("callback_data")
    if url is not None:
        host = urlsplit(url).hostname or ""
        if not url.startswith("tg://") and "." not in host:
            raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    elif data is None:
        raise bad("text buttons are unallowed in the inline keyboard")
    elif not 0 < len(data.encode()) <= DATA:
        raise bad("BUTTON_DATA_INVALID")


def photo(content: bytes) -> None:
    """Rejects what is no picture, too big, or out of proportion."""
    if len(content) > PHOTO:
        raise bad(
            f"file of size {len(content)} bytes is too big for a photo; "
            f"the maximum size is {PHOTO} bytes"
        )
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) > 24:
        width, height = struct.unpack(">II", content[16:24])
        if width + height > 10_000 or max(width, height) > 20 * max(1, min(width, height)):
            raise bad("PHOTO_INVALID_DIMENSIONS")
    elif not content.startswith(b"\xff\xd8"):
        raise bad("IMAGE_PROCESS_FAILED")


def document(content: bytes) -> None:
    if not content:
        raise bad("file must be non-empty")
    if len(content) > UPLOAD:
        raise Rejected(413, "Request Entity Too Large")


def commands(given: Any) -> list[dict[str, str]]:
    menu = json.loads(given) if isinstance(given, str) else given or []
    if len(menu) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for each in menu:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", each["command"]):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(each["description"]) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return menu


def webhook(url: str, secret: str) -> None:
    if not url.startswith(("https://", "http://127.0.0.1")):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        raise bad("secret token contains unallowed characters")


def entities_of(text: str) -> list[dict[str, Any]]:
    """The commands and mentions that Telegram marks in what people write."""
    found: list[dict[str, Any]] = []
    for kind, pattern in (
        ("bot_command", r"(?<!\S)/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]{3,32})?(?![A-Za-z0-9_])"),
        ("mention", r"(?<![\w/@])@[A-Za-z0-9_]{4,32}"),
    ):
        found += [
            {"type": kind, "offset": units(text[: m.start()]), "length": units(m[0])}
            for m in re.finditer(pattern, text)
        ]
    return found
