"""A raw Telegram update as an Incoming."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from bot.core.chat import Chat, FileRef, Incoming, Place, Shown
from bot.core.text import scrub
from bot.platforms.telegram_show import DATA_BYTES, ILLUSTRATED, WRITTEN

NAME = "telegram"
ALLOWED_UPDATES = ["message", "callback_query"]

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{3,32}))?(?=\s|$)")
_NAME_LIMIT, _PAYLOAD_LIMIT = 64, 200
_ILLUSTRATED = ("photo", "document", "video", "animation", "audio", "voice", "video_note")
# Kinds of file, the name each gets when Telegram has none, and its usual type.
_FILES = {
    "document": ("文件", "application/octet-stream"),
    "video": ("视频.mp4", "video/mp4"),
    "voice": ("语音.ogg", "audio/ogg"),
    "audio": ("音频.mp3", "audio/mpeg"),
    "video_note": ("视频.mp4", "video/mp4"),
}
# What people send and nobody here can read: answered as an empty text rather than with silence.
_UNREADABLE = ("sticker", "contact", "poll", "dice", "story", "game", "checklist", "paid_media")

Raw = dict[str, Any]


@dataclass(frozen=True)
class Me:
    """The bot itself, as Telegram knows it."""

    id: int
    username: str


def parse(update: Raw, me: Me) -> Incoming | None:
    """What a person did, or None when it is nothing for us.

    Left out: edits, channel posts, what other bots and anonymous senders write, commands to
    another bot, service messages. `is_addressed` is false for group talk without a mention.
    """
    event = str(update["update_id"])
    if tap := update.get("callback_query"):
        return _tap(event, tap)
    message = update.get("message")
    if message is None or not _is_from_a_person(message):
        return None
    incoming = Incoming(
        NAME,
        event,
        _chat(message),
        str(message["from"]["id"]),
        sender_name=_name(message["from"]),
        is_addressed=message["chat"]["type"] == "private",
    )
    if moved := message.get("migrate_to_chat_id"):
        return replace(incoming, migrated_to=str(moved), is_addressed=False)
    incoming = _with_quoted(incoming, message, me)
    if "text" in message:
        return _written(incoming, message, me)
    incoming, caption = _mentioned(incoming, message, "caption", me)
    return _with_content(replace(incoming, text=scrub(caption) or None), message)


def _is_from_a_person(message: Raw) -> bool:
    sender = message.get("from")
    if sender is None or message["chat"]["type"] == "channel":
        return False
    if "migrate_to_chat_id" in message:
        return True
    return not sender.get("is_bot") and "sender_chat" not in message


def _tap(event: str, tap: Raw) -> Incoming | None:
    message = tap.get("message")
    token = scrub(str(tap.get("data", "")), DATA_BYTES)
    if message is None or not token or message["chat"]["type"] == "channel":
        return None
    chat = _chat(message)
    return Incoming(
        NAME,
        event,
        chat,
        str(tap["from"]["id"]),
        sender_name=_name(tap["from"]),
        tap=token,
        tapped=Shown(chat, str(message["message_id"]), _handle(message)),
        ack=str(tap["id"]),
    )


def _handle(message: Raw) -> str | None:
    """What kind of message it is to edit; None for one that Telegram calls inaccessible."""
    if not message.get("date"):
        return None
    return ILLUSTRATED if any(kind in message for kind in _ILLUSTRATED) else WRITTEN


def _chat(message: Raw) -> Chat:
    chat = message["chat"]
    if chat["type"] == "private":
        return Chat(NAME, str(chat["id"]))
    # Outside forums, message_thread_id only numbers a chain of answers.
    topic = message.get("message_thread_id") if message.get("is_topic_message") else None
    return Chat(NAME, str(chat["id"]), "group", str(topic) if topic else None)


def _name(person: Raw) -> str:
    names = (person.get("first_name"), person.get("last_name"))
    return scrub(" ".join(name for name in names if name), _NAME_LIMIT)


def _with_quoted(incoming: Incoming, message: Raw, me: Me) -> Incoming:
    """The message answered to, when it is one of ours; that addresses us, too."""
    quoted = message.get("reply_to_message")
    # In a topic, everything formally answers the service message that opened it.
    if not quoted or "forum_topic_created" in quoted or quoted.get("from", {}).get("id") != me.id:
        return incoming
    return replace(incoming, quoted=str(quoted["message_id"]), is_addressed=True)


def _written(incoming: Incoming, message: Raw, me: Me) -> Incoming | None:
    incoming, said = _mentioned(incoming, message, "text", me)
    text = scrub(said)
    command = _COMMAND.match(text)
    if command is None:
        return replace(incoming, text=text)
    name, bot = command[1], command[2]
    if bot and bot.lower() != me.username.lower():
        return None
    argument = text[command.end() :].strip()
    incoming = replace(incoming, is_addressed=True)
    if name == "start" and argument:
        return replace(incoming, open=argument[:_PAYLOAD_LIMIT])
    return replace(incoming, text=f"/{name} {argument}".strip())


def _mentioned(incoming: Incoming, message: Raw, part: str, me: Me) -> tuple[Incoming, str]:
    """Whether a mention of the bot addresses it, and the text without that mention.

    Telegram counts offsets in UTF-16 code units.
    """
    text: str = message.get(part, "")
    entities = message.get("entities" if part == "text" else "caption_entities")
    if not entities:
        return incoming, text
    units = text.encode("utf-16-le")
    for entity in reversed(entities):
        start, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
        if _is_of_us(entity, units[start:end].decode("utf-16-le", "ignore"), me):
            units = units[:start] + units[end:]
            incoming = replace(incoming, is_addressed=True)
    return incoming, units.decode("utf-16-le", "ignore")


def _is_of_us(entity: Raw, said: str, me: Me) -> bool:
    if entity["type"] == "text_mention":
        return entity.get("user", {}).get("id") == me.id
    return entity["type"] == "mention" and said.lower() == f"@{me.username.lower()}"


def _with_content(incoming: Incoming, message: Raw) -> Incoming | None:
    if photo := message.get("photo"):
        return replace(incoming, file=_photo(photo))
    for kind, (name, media_type) in _FILES.items():
        if sent := message.get(kind):
            return replace(incoming, file=_file(sent, name, media_type))
    if place := message.get("location"):
        venue = message.get("venue", {})
        label = scrub(" ".join((venue.get("title", ""), venue.get("address", ""))), 200)
        return replace(incoming, place=Place(place["latitude"], place["longitude"], label))
    if any(kind in message for kind in _UNREADABLE):
        return replace(incoming, text="")
    return None


def _photo(sizes: list[Raw]) -> FileRef:
    largest = max(sizes, key=lambda size: size["width"] * size["height"])
    return FileRef(largest["file_id"], "照片.jpg", "image/jpeg", largest.get("file_size"))


def _file(sent: Raw, name: str, media_type: str) -> FileRef:
    return FileRef(
        sent["file_id"],
        scrub(sent.get("file_name") or name, 255) or name,
        sent.get("mime_type") or media_type,
        sent.get("file_size"),
    )
