"""A body of the playground's API as an Incoming, or one sentence on what would be right."""

from __future__ import annotations

import base64
import binascii
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.core.chat import File, Place
from bot.core.text import scrub
from bot.web.faults import Wrong

LIMIT = 28_000_000
_FILE_BYTES = 20_000_000
_TEXT = 20_000
_KINDS = ("text", "tap", "file", "place", "open")
_MEDIA_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,80}", re.ASCII)
_HALF = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Wish:
    """What somebody does in the playground: exactly one of the last five."""

    person: str
    event: str
    text: str | None = None
    tap: str | None = None
    file: File | None = None
    place: Place | None = None
    open: str | None = None


def parse(data: dict[str, Any]) -> Wish:
    """The wish that a body holds. Raises Wrong."""
    unknown = sorted(set(data) - {"as", "event", *_KINDS})
    if unknown:
        raise Wrong(422, f"不认识的字段：{unknown[0][:40]}。可用：as、event、{'、'.join(_KINDS)}。")
    given = [kind for kind in _KINDS if data.get(kind) is not None]
    if len(given) != 1:
        raise Wrong(422, f"{'、'.join(_KINDS)} 里要有且只有一个。")
    person = _string(data.get("as"), "as", 40)
    event = data.get("event", uuid.uuid4().hex)
    event = _string(str(event) if isinstance(event, int) else event, "event", 100)
    kind = given[0]
    return Wish(person, event, **{kind: _PARSERS[kind](data[kind])})


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Wrong(422, "text 应为文字。")
    if len(value) > _TEXT:
        raise Wrong(422, f"一条消息最多 {_TEXT:,} 字，这条有 {len(value):,} 字。请分成几条发。")
    text = scrub(_HALF.sub("", value), _TEXT)
    if not text:
        raise Wrong(422, "这条消息里没有可读的文字。")
    return text


def _tap(value: Any) -> str:
    return _string(value, "tap", 100)


def _open(value: Any) -> str:
    return _string(value, "open", 512)


def _file(value: Any) -> File:
    if not isinstance(value, dict):
        raise Wrong(422, 'file 应为 {"name", "media_type", "content"}，content 为 base64。')
    given: dict[str, Any] = value
    name = _string(given.get("name"), "file.name", 200).replace("/", "_").replace("\\", "_")
    media_type = given.get("media_type") or "application/octet-stream"
    if not isinstance(media_type, str) or not _MEDIA_TYPE.fullmatch(media_type):
        raise Wrong(422, "file.media_type 应为文件类型，例如 image/png。")
    content = _bytes(given.get("content"))
    if len(content) > _FILE_BYTES:
        raise Wrong(422, "文件超过 20 MB，请压缩或拆分后再发。")
    return File(name, content, media_type)


def _bytes(value: Any) -> bytes:
    if not isinstance(value, str):
        raise Wrong(422, "file.content 应为 base64 文字。")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise Wrong(422, "file.content 不是合法的 base64。") from None


def _place(value: Any) -> Place:
    wrong = Wrong(422, 'place 应为 {"latitude": −90 到 90, "longitude": −180 到 180}，单位为度。')
    if not isinstance(value, dict):
        raise wrong
    given: dict[str, Any] = value
    latitude, longitude = given.get("latitude"), given.get("longitude")
    if not _is_within(latitude, 90) or not _is_within(longitude, 180):
        raise wrong
    return Place(float(latitude), float(longitude))  # type: ignore[arg-type]


def _is_within(value: Any, limit: int) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and -limit <= value <= limit


def _string(value: Any, name: str, limit: int) -> str:
    text = scrub(_HALF.sub("", value), limit + 1) if isinstance(value, str) else ""
    if not text or len(text) > limit:
        raise Wrong(422, f"{name} 应为 1 到 {limit} 个字符的文字。")
    return text


_PARSERS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "tap": _tap,
    "file": _file,
    "place": _place,
    "open": _open,
}
