"""Calls to the Bot API through python-telegram-bot, answers as they came, errors in our terms."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from telegram import Bot
from telegram.error import (
    BadRequest,
    Forbidden,
    InvalidToken,
    TelegramError,
)

from bot.core.chat import Chat
from bot.core.errors import SendFailed, SettingsFault
from bot.platforms.telegram_request import AiohttpRequest, Away, NotDone, SlowDown

# Below this it would write the token (in its address) and what people wrote.
logging.getLogger("telegram").setLevel(logging.WARNING)

_GONE = re.compile("message to edit not found|message can't be edited|message_id_invalid", re.I)
_UNREACHABLE = re.compile(
    "chat not found|user not found|peer_id_invalid|not enough rights|have no rights"
    "|chat_write_forbidden|topic_closed|group chat was deactivated",
    re.I,
)


@dataclass(frozen=True)
class Options:
    """How to reach Telegram. `public_url` turns webhooks on. Times in seconds."""

    token: str = field(repr=False)
    api_url: str = "https://api.telegram.org"
    public_url: str | None = None
    secret: str = field(default="", repr=False)
    proxy: str | None = field(default=None, repr=False)
    poll_for: float = 30
    deaf_after: float = 90.0
    read_timeout: float = 20.0


class Api:
    """The Bot API. Long polls have connections of their own, so that sending can't starve them."""

    def __init__(self, options: Options) -> None:
        if options.proxy and not options.proxy.startswith(("http://", "https://")):
            raise SettingsFault(
                "MUDUO_TELEGRAM_PROXY：只支持 http:// 或 https:// 开头的代理地址，请改正或留空。"
            )
        timeout = options.read_timeout
        self._polling = AiohttpRequest(pool=2, read_timeout=timeout, proxy=options.proxy)
        self._sending = AiohttpRequest(read_timeout=timeout, proxy=options.proxy)
        self._bot = _bot(options, self._sending)
        self._poller = _bot(options, self._polling)

    async def call(self, endpoint: str, data: Mapping[str, Any]) -> Any:
        """The raw result of a method, its name in lower case. Raises TelegramError.

        Raw, since building python-telegram-bot's Message for each answer costs 0.2 ms that
        nobody needs; in lower case, since it otherwise insists on its own method. Telegram
        reads method names without regard to case.
        """
        return await self._bot.do_api_request(endpoint, dict(data))

    async def poll(self, data: Mapping[str, Any], *, timeout: float) -> list[dict[str, Any]]:
        """The next raw updates; waits at most `timeout` seconds. Raises TelegramError."""
        return await self._poller.do_api_request("getupdates", dict(data), read_timeout=timeout)

    async def download(self, file_id: str) -> bytes:
        """The bytes of a file. Raises TelegramError."""
        file = await self._bot.get_file(file_id)
        return bytes(await file.download_as_bytearray())

    async def reopen_polling(self) -> None:
        """Drop the connections of the long poll; the next one opens new ones."""
        await self._polling.renew()

    async def close(self) -> None:
        await self._polling.shutdown()
        await self._sending.shutdown()


def failure(error: TelegramError, chat: Chat) -> SendFailed:
    """What an error means for a message to that chat."""
    if isinstance(error, Forbidden):
        return SendFailed("left" if chat.is_group else "blocked", permanent=True)
    if isinstance(error, SlowDown):
        return SendFailed("slow down", retry_after=error.seconds)
    # BadRequest is a NetworkError to python-telegram-bot, so it comes first.
    if isinstance(error, BadRequest):
        is_unreachable = _UNREACHABLE.search(error.message)
        # What Telegram quotes may be somebody's text: it stays out of logs.
        said = re.split("[\"']", error.message)[0].strip()
        reason = "unreachable" if is_unreachable else f"refused: {said}"
        return SendFailed(reason, permanent=True)
    if isinstance(error, InvalidToken):
        return SendFailed("token refused", is_away=True)
    is_away = isinstance(error, Away)
    return SendFailed(error.message, in_doubt=not isinstance(error, NotDone), is_away=is_away)


def is_gone(error: TelegramError) -> bool:
    """Whether there is nothing left to edit."""
    return isinstance(error, BadRequest) and _GONE.search(error.message) is not None


def is_unchanged(error: TelegramError) -> bool:
    """Whether the message already reads as it should."""
    return isinstance(error, BadRequest) and "not modified" in error.message.lower()


def _bot(options: Options, request: AiohttpRequest) -> Bot:
    return Bot(
        options.token,
        base_url=f"{options.api_url.rstrip('/')}/bot",
        base_file_url=f"{options.api_url.rstrip('/')}/file/bot",
        request=request,
        get_updates_request=request,
    )
