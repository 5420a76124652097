"""The people in front of the emulator: they write, tap, send files and block the bot."""

from __future__ import annotations

from collections import deque
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.bench import emulator_rules as rules
from tests.bench.emulator_chats import Chats, Upload
from tests.bench.emulator_rules import Rejected


class People:
    """What people do becomes updates. A private chat has its person's id; groups are below zero."""

    def __init__(self, chats: Chats) -> None:
        self.chats = chats
        self.updates: deque[dict[str, Any]] = deque()
        self._last_update = 0

    def wake(self) -> None:
        """Somebody may be waiting for updates."""

    def push(self, update: dict[str, Any]) -> int:
        """Queue a raw update; its id is given out here unless it has one."""
        self._last_update = update.setdefault("update_id", self._last_update + 1)
        self.updates.append(update)
        self.wake()
        return self._last_update

    def say(self, user: int, text: str, chat: int | None = None, **extra: Any) -> int:
        """Somebody writes, with the entities that Telegram would mark."""
        content: dict[str, Any] = {"text": text, **extra}
        if entities := rules.entities_of(text):
            content.setdefault("entities", entities)
        return self.send(user, content, chat)

    def send(self, user: int, content: dict[str, Any], chat: int | None = None) -> int:
        """Somebody sends any message: a text, a place, a file."""
        place = chat or user
        self.chats.know(user)
        self.chats.know(place)
        message = self.chats.put(place, {"from": person(user), **content})
        return self.push({"message": message})

    def answer(self, user: int, text: str, to: dict[str, Any]) -> int:
        """Somebody answers a message, quoting it."""
        return self.say(user, text, to["chat"]["id"], reply_to_message=to)

    def tap(
        self, user: int, token: str, chat: int | None = None, message_id: int | None = None
    ) -> int:
        """Somebody taps a button, named by its label or its token, of the newest message."""
        place = chat or user
        self.chats.know(place)
        if message_id is None:
            message, token = self._find(place, token)
        else:
            message = self.chats.messages[place][message_id]
        callback = str(len(self.chats.callbacks) + 1)
        self.chats.callbacks[callback] = None
        query = {
            "id": callback,
            "from": person(user),
            "message": dict(message),
            "chat_instance": "1",
            "data": token,
        }
        return self.push({"callback_query": query})

    def upload(
        self, user: int, name: str, content: bytes, kind: str = "document", **extra: Any
    ) -> str:
        """Somebody sends a file; its id."""
        stored = Upload(content)
        stored.name = name
        file_id = self.chats.keep(stored)
        file: Any = {"file_id": file_id, "file_unique_id": file_id, "file_size": len(content)}
        file |= {"file_name": name, **extra} if kind == "document" else extra
        self.send(user, {kind: file})
        return file_id

    def follow(self, user: int, link: str) -> int:
        """Somebody opens a t.me link: Telegram drops a payload that it does not allow."""
        payload = parse_qs(urlsplit(link).query).get("start", [""])[0]
        allowed = rules.PAYLOAD.fullmatch(payload)
        return self.say(user, f"/start {payload}" if allowed else "/start")

    def block(self, chat: int, description: str = "bot was blocked by the user") -> None:
        self.chats.refused[chat] = Rejected(403, f"Forbidden: {description}")

    def unblock(self, chat: int) -> None:
        del self.chats.refused[chat]

    def migrate(self, old: int, new: int) -> None:
        """A group becomes a supergroup under another id, and says so."""
        words = "Bad Request: group chat was upgraded to a supergroup chat"
        self.chats.know(new)
        self.chats.refused[old] = Rejected(400, words, migrate_to_chat_id=new)

    def screen(self, chat: int) -> list[dict[str, Any]]:
        """What stands in a chat, oldest first."""
        return list(self.chats.messages.get(chat, {}).values())

    def said(self, chat: int) -> list[str]:
        """The bot's texts and captions in a chat, oldest first."""
        return [
            message.get("text") or message.get("caption") or ""
            for message in self.screen(chat)
            if message["from"]["id"] == self.chats.me["id"]
        ]

    def _find(self, chat: int, label: str) -> tuple[dict[str, Any], str]:
        for message in reversed(self.screen(chat)):
            for row in message.get("reply_markup", {}).get("inline_keyboard", ()):
                for button in row:
                    if label in (button["text"], button.get("callback_data")):
                        return message, button["callback_data"]
        raise AssertionError(f"no button {label!r} in chat {chat}")


def person(user: int) -> dict[str, Any]:
    return {"id": user, "is_bot": False, "first_name": f"用户{user}"}
