"""The chats of the emulator as Telegram would show them, and the methods that change them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from tests.bench import emulator_rules as rules
from tests.bench.emulator_rules import Rejected, bad

Parameters = dict[str, Any]
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the "
    "same as a current content and reply markup of the message"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


class Upload(bytes):
    """The bytes of a file that was posted, with its name."""

    name: str = ""
    media_type: str = ""


class Chats:
    """All chats of one bot. `refused` holds what a chat answers to every call (403 and so on)."""

    def __init__(self) -> None:
        self.me = {
            "id": 1000,
            "is_bot": True,
            "first_name": "木铎",
            "username": "muduo_bot",
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }
        self.known: dict[int, dict[str, Any]] = {}
        self.messages: dict[int, dict[int, dict[str, Any]]] = {}
        self.refused: dict[int, Rejected] = {}
        self.topics: dict[int, set[int]] = {}
        self.too_old: set[tuple[int, int]] = set()
        self.callbacks: dict[str, str | None] = {}
        self.expired: set[str] = set()
        self.files: dict[str, Upload] = {}
        self.menus: dict[str, list[dict[str, str]]] = {}
        self._last_id = 0
        self.methods: dict[str, Callable[[Parameters], Any]] = {
            "getme": lambda _: self.me,
            "sendmessage": self.send_message,
            "sendphoto": lambda given: self.send_file("photo", given),
            "senddocument": lambda given: self.send_file("document", given),
            "editmessagetext": self.edit_text,
            "editmessagecaption": self.edit_caption,
            "editmessagereplymarkup": self.edit_keyboard,
            "answercallbackquery": self.answer_callback,
            "deletemessage": self.delete,
            "getfile": self.get_file,
            "setmycommands": self.set_commands,
            "sendchataction": lambda given: bool(self._target(given)),
        }

    def know(self, chat: int, title: str = "", *, is_forum: bool = False) -> dict[str, Any]:
        """A chat that the bot may write to: private above zero, a group below."""
        if chat not in self.known:
            kind = {"type": "private", "first_name": title or f"用户{chat}"}
            group = {"type": "supergroup", "title": title or "群", "is_forum": is_forum}
            self.known[chat] = {"id": chat, **(kind if chat > 0 else group)}
            self.messages[chat] = {}
        return self.known[chat]

    def put(self, chat: int, message: dict[str, Any]) -> dict[str, Any]:
        """A new message at the end of a chat, with an id of its own."""
        self._last_id += 1
        whole = {
            "message_id": self._last_id,
            "date": int(time.time()),
            "chat": self.know(chat),
            **message,
        }
        self.messages[chat][self._last_id] = whole
        return whole

    def send_message(self, given: Parameters) -> dict[str, Any]:
        chat = self._target(given)
        text, entities = rules.body(given.get("text"), given.get("parse_mode"))
        return self.put(chat, self._content(given, {"text": text}, entities))

    def send_file(self, kind: str, given: Parameters) -> dict[str, Any]:
        chat = self._target(given)
        content = given.get(kind)
        if not isinstance(content, Upload):
            raise bad(f"there is no {kind} in the request")
        (rules.photo if kind == "photo" else rules.document)(content)
        shown = {"caption": rules.caption(given.get("caption"), given.get("parse_mode"))}
        file_id = self.keep(content)
        reference = {"file_id": file_id, "file_unique_id": file_id, "file_size": len(content)}
        if kind == "photo":
            message = {"photo": [reference | {"width": 800, "height": 600}], **shown}
        else:
            named = {"file_name": content.name, "mime_type": content.media_type}
            message = {"document": reference | named, **shown}
        return self.put(chat, self._content(given, message, []))

    def edit_text(self, given: Parameters) -> dict[str, Any]:
        message = self._own(given)
        if "text" not in message:
            raise bad("there is no text in the message to edit")
        text, entities = rules.body(given.get("text"), given.get("parse_mode"))
        return self._change(message, given, {"text": text, "entities": entities})

    def edit_caption(self, given: Parameters) -> dict[str, Any]:
        message = self._own(given)
        if "caption" not in message:
            raise bad("there is no caption in the message to edit")
        seen = rules.caption(given.get("caption"), given.get("parse_mode"))
        return self._change(message, given, {"caption": seen})

    def edit_keyboard(self, given: Parameters) -> dict[str, Any]:
        return self._change(self._own(given), given, {})

    def answer_callback(self, given: Parameters) -> bool:
        text = rules.toast(given.get("text"))
        callback = str(given.get("callback_query_id"))
        if callback not in self.callbacks or callback in self.expired:
            raise bad(TOO_OLD)
        self.callbacks[callback] = text
        return True

    def delete(self, given: Parameters) -> bool:
        chat = self._target(given)
        number = int(given.get("message_id") or 0)
        if number not in self.messages[chat]:
            raise bad("message to delete not found")
        if (chat, number) in self.too_old:
            raise bad("message can't be deleted for everyone")
        del self.messages[chat][number]
        return True

    def get_file(self, given: Parameters) -> dict[str, Any]:
        file_id = str(given.get("file_id"))
        if file_id not in self.files:
            raise bad("wrong file_id or the file is temporarily unavailable")
        size = len(self.files[file_id])
        if size > rules.DOWNLOAD:
            raise bad("file is too big")
        path = f"documents/{file_id}"
        return {
            "file_id": file_id, "file_unique_id": file_id, "file_size": size, "file_path": path,
        }  # fmt: skip

    def keep(self, content: Upload) -> str:
        file_id = f"file{len(self.files) + 1}"
        self.files[file_id] = content
        return file_id

    def set_commands(self, given: Parameters) -> bool:
        scope = given.get("scope") or {"type": "default"}
        scope = json.loads(scope) if isinstance(scope, str) else scope
        if scope["type"] == "chat" and int(scope["chat_id"]) not in self.known:
            raise bad("chat not found")
        name = ":".join(str(part) for part in scope.values())
        self.menus[name] = rules.commands(given.get("commands"))
        return True

    def _target(self, given: Parameters) -> int:
        """The chat of a call. Rejects what is unknown, blocked or migrated."""
        try:
            chat = int(given["chat_id"])
        except (KeyError, ValueError):
            raise bad("chat_id is empty") from None
        if chat in self.refused:
            raise self.refused[chat]
        if chat not in self.known:
            raise bad("chat not found")
        topic = given.get("message_thread_id")
        if topic is not None and int(topic) not in self.topics.get(chat, ()):
            raise bad("message thread not found")
        return chat

    def _own(self, given: Parameters) -> dict[str, Any]:
        chat = self._target(given)
        message = self.messages[chat].get(int(given.get("message_id") or 0))
        if message is None:
            raise bad("message to edit not found")
        if message["from"]["id"] != self.me["id"] or (chat, message["message_id"]) in self.too_old:
            raise bad("message can't be edited")
        return message

    def _content(
        self, given: Parameters, message: dict[str, Any], entities: list[dict[str, Any]]
    ) -> dict[str, Any]:
        message["from"] = self.me
        if entities:
            message["entities"] = entities
        if markup := rules.keyboard(given.get("reply_markup")):
            message["reply_markup"] = markup
        if given.get("protect_content"):
            message["has_protected_content"] = True
        if topic := given.get("message_thread_id"):
            message |= {"message_thread_id": int(topic), "is_topic_message": True}
        return message

    def _change(
        self, message: dict[str, Any], given: Parameters, new: dict[str, Any]
    ) -> dict[str, Any]:
        new["reply_markup"] = rules.keyboard(given.get("reply_markup"))
        if all((message.get(name) or None) == (value or None) for name, value in new.items()):
            raise bad(NOT_MODIFIED)
        message |= new
        for name in ("reply_markup", "entities"):
            if not message.get(name):
                message.pop(name, None)
        return message
