"""What comes in and what goes out: Incoming, Reply, Message and their parts, all by value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from bot.core.text import savable, storable

ChatKind = Literal["private", "group"]


@dataclass(frozen=True)
class Chat:
    """Where something was said. `id` is the platform's; `topic` a thread within a group."""

    platform: str
    id: str
    kind: ChatKind = "private"
    topic: str | None = None

    @property
    def is_group(self) -> bool:
        return self.kind == "group"


@dataclass(frozen=True)
class Shown:
    """A message that stands in a chat: the native id, and a handle to edit it if there is one."""

    chat: Chat
    id: str
    handle: str | None = None


@dataclass(frozen=True)
class FileRef:
    """A file that somebody sent: the platform's id for it, before it is fetched."""

    id: str
    name: str
    media_type: str = "application/octet-stream"
    size: int | None = None


@dataclass(frozen=True)
class Place:
    """A position that somebody sent, in degrees (WGS 84)."""

    latitude: float
    longitude: float
    label: str = ""


@dataclass(frozen=True)
class Incoming:
    """One thing a person did. Exactly one of text, tap, file, place and open is its heart;
    only a file may have a text beside it, its caption.

    `event` is unique on the platform, so a repeat is harmless. `sender` is the platform's id of
    the person, `sender_name` what the platform calls them (shown to a secretary who approves a
    stranger, never logged). `tap` is the token of a button, `tapped` the message it sits on.
    `quoted` is the native id of a message answered to. `ack` is whatever the platform needs to
    acknowledge the event. `open` is the payload of a deep link (/start payload).
    `is_addressed` is false for group talk that does not concern us.
    """

    platform: str
    event: str
    chat: Chat
    sender: str
    sender_name: str = ""
    text: str | None = None
    tap: str | None = None
    tapped: Shown | None = None
    file: FileRef | None = None
    place: Place | None = None
    open: str | None = None
    quoted: str | None = None
    ack: str | None = None
    is_addressed: bool = True
    migrated_to: str | None = None


@dataclass(frozen=True)
class Button:
    """A choice under a Reply: label, action `feature.verb`, and what the action needs to know.

    `arguments` are plain JSON values; they come back as `turn.arguments`. `key` is what may be
    typed instead (a letter or number that the label shows). A shared one is bound to what it is
    about, not to a person: the same for all, and the service checks who taps.
    """

    label: str
    action: str
    arguments: tuple[Any, ...] = ()
    key: str | None = None
    url: str | None = None
    is_shared: bool = False

    def __init__(
        self,
        label: str,
        action: str = "",
        *arguments: Any,
        key: str | None = None,
        url: str | None = None,
        is_shared: bool = False,
    ) -> None:
        for name, value in (
            ("label", label),
            ("action", action),
            ("arguments", arguments),
            ("key", key),
            ("url", url),
            ("is_shared", is_shared),
        ):
            object.__setattr__(self, name, value)


@dataclass(frozen=True)
class File:
    """A file or picture that the bot sends: name (any text becomes one), media type and bytes."""

    name: str
    content: bytes
    media_type: str = "application/octet-stream"

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", savable(self.name))

    @property
    def is_picture(self) -> bool:
        return self.media_type in ("image/png", "image/jpeg")


Keyboard = Sequence[Button | Sequence[Button]]


@dataclass(frozen=True)
class Reply:
    """What a handler answers. Rows of `buttons` may be single Buttons or sequences of them.

    `replaces` puts it in the place of the message tapped (or, where that is not possible, sends
    it anew). `toast` is a short word on the tapped button. `about` names what the message is
    about (`feature:id`), so that quoting it finds its way. `is_private` keeps it out of a group:
    it goes to the person's private chat, the group only learns that it did.
    """

    text: str
    buttons: Keyboard = ()
    file: File | None = None
    replaces: bool = False
    toast: str | None = None
    about: str | None = None
    is_private: bool = False
    is_protected: bool = False

    @property
    def rows(self) -> list[list[Button]]:
        return [[row] if isinstance(row, Button) else list(row) for row in self.buttons]


@dataclass(frozen=True)
class Key:
    """A button as a platform gets it: what it says, the opaque token (≤ 40 bytes) or a link."""

    label: str
    token: str = ""
    url: str | None = None
    key: str | None = None


@dataclass(frozen=True)
class Message:
    """A Reply made ready for a platform: tokens instead of actions, by value, storable.

    `file_id` points to the stored bytes; `file` is there when it is about to be sent.
    """

    text: str
    keys: tuple[tuple[Key, ...], ...] = ()
    file: File | None = None
    file_id: int | None = None
    replaces: bool = False
    toast: str | None = None
    about: str | None = None
    is_private: bool = False
    is_protected: bool = False


@dataclass(frozen=True)
class Answer:
    """All that answers one Incoming, with the Incoming that it answers."""

    incoming: Incoming
    messages: tuple[Message, ...]


@dataclass
class State:
    """The open conversation of a person in a chat: a name `feature.step` and plain JSON data."""

    name: str
    data: dict[str, Any] = field(default_factory=dict)
    updated_at: datetime | None = None


def cleaned(incoming: Incoming) -> Incoming:
    """The Incoming with nothing in it that can't be stored."""
    if _is_clean(incoming):
        return incoming
    return incoming_from_json(_clean(as_json(incoming)))


def _is_clean(value: object) -> bool:
    if isinstance(value, str):
        return storable(value) is value
    if isinstance(value, Incoming | Chat | Shown | FileRef | Place):
        return all(map(_is_clean, vars(value).values()))
    return True


def _clean(part: Any) -> Any:
    if isinstance(part, str):
        return storable(part)
    if isinstance(part, dict):
        return {name: _clean(value) for name, value in cast("dict[str, Any]", part).items()}
    return part


def as_json(value: Incoming | Message) -> dict[str, Any]:
    """A stored form without defaults, so that rows stay small."""
    return {k: v for k, v in _plain(value).items() if v not in (None, (), [], False, "")}


def incoming_from_json(data: Mapping[str, Any]) -> Incoming:
    """The Incoming that `as_json` stored."""
    parts = dict(data)
    parts["chat"] = Chat(**parts["chat"])
    if tapped := parts.get("tapped"):
        parts["tapped"] = Shown(Chat(**tapped["chat"]), tapped["id"], tapped.get("handle"))
    if parts.get("file"):
        parts["file"] = FileRef(**parts["file"])
    if parts.get("place"):
        parts["place"] = Place(**parts["place"])
    parts.setdefault("is_addressed", False)
    return Incoming(**parts)


def message_from_json(data: Mapping[str, Any]) -> Message:
    """The Message that `as_json` stored, without the bytes of its file."""
    parts = dict(data)
    parts["keys"] = tuple(tuple(Key(**key) for key in row) for row in parts.get("keys", ()))
    parts.setdefault("text", "")
    return Message(**parts)


def _plain(value: Any) -> dict[str, Any]:
    return {
        name: _plain_value(part) for name, part in vars(value).items() if not isinstance(part, File)
    }


def _plain_value(part: Any) -> Any:
    if isinstance(part, Chat | Shown | FileRef | Place | Key):
        return {k: v for k, v in _plain(part).items() if v is not None}
    if isinstance(part, tuple | list):
        return [_plain_value(each) for each in part]
    return part
