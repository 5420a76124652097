"""The menus of commands that Telegram shows, one for each audience."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from telegram.error import BadRequest, TelegramError

from bot.core.chat import Chat
from bot.platforms.telegram_api import Api, failure
from bot.platforms.telegram_parse import NAME

_COMMANDS, _HELP = 100, 256
_SENDABLE = re.compile(r"[a-z0-9_]{1,32}")
log = structlog.get_logger("muduo.telegram")


async def publish(api: Api, commands: Mapping[str, Sequence[tuple[str, str]]]) -> None:
    """Set a menu for "private", "groups" or "chat:<id>". Raises SendFailed.

    A chat that Telegram does not know (yet) is passed over.
    """
    for scope, entries in commands.items():
        data = {"commands": _menu(entries), "scope": _scope(scope)}
        try:
            await api.call("setmycommands", data)
        except BadRequest as error:
            log.warning("commands not published", scope=scope, error=error.message)
        except TelegramError as error:
            raise failure(error, Chat(NAME, "")) from None


def _scope(name: str) -> dict[str, Any]:
    kind, _, chat_id = name.partition(":")
    if kind == "chat":
        return {"type": "chat", "chat_id": chat_id}
    return {"type": {"private": "all_private_chats", "groups": "all_group_chats"}[kind]}


def _menu(entries: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """What Telegram takes of them: Latin names, help that is not empty."""
    return [
        {"command": name, "description": help_text[:_HELP]}
        for name, help_text in entries
        if _SENDABLE.fullmatch(name) and help_text.strip()
    ][:_COMMANDS]
