"""Telegram as a platform: receives by polling or webhook, shows, sends, edits, fetches."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence

import structlog
from telegram.error import BadRequest, InvalidToken, TelegramError

from bot.core.chat import Chat, FileRef, Incoming, Message, Shown
from bot.core.clock import SystemClock
from bot.core.errors import SendFailed, SettingsFault
from bot.core.platform import Accept, Capabilities
from bot.platforms.telegram_api import Api, Options, failure
from bot.platforms.telegram_chats import Chats
from bot.platforms.telegram_commands import publish
from bot.platforms.telegram_parse import NAME, Me
from bot.platforms.telegram_poll import OnDeaf, Poller, Sleep
from bot.platforms.telegram_show import CAPABILITIES
from bot.platforms.telegram_webhook import PATH, Webhook, register

__all__ = ["PATH", "Options", "TelegramPlatform"]
log = structlog.get_logger("muduo.telegram")

DOWNLOAD_BYTES = 20 * 1024 * 1024
_PAYLOAD = re.compile("[A-Za-z0-9_-]{1,64}")


class TelegramPlatform:
    """Telegram through python-telegram-bot. `close` ends its connections.

    `on_deaf` is called with the seconds of silence when polling had to be rebuilt.
    """

    def __init__(
        self,
        options: Options,
        *,
        monotonic: Callable[[], float] | None = None,
        sleep: Sleep = asyncio.sleep,
        on_deaf: OnDeaf | None = None,
    ) -> None:
        self._options = options
        self._sleep = sleep
        self._on_deaf = on_deaf
        self._api = Api(options)
        self._me: Me | None = None
        monotonic = monotonic or SystemClock().monotonic
        self._poller = Poller(self._api, options, monotonic=monotonic, sleep=sleep)
        self._webhook = Webhook(options.secret)
        self._chats = Chats(self._api, sleep)

    @property
    def name(self) -> str:
        return NAME

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    @property
    def is_polling(self) -> bool:
        """Whether updates are polled for, not posted to a webhook."""
        return self._options.public_url is None

    @property
    def username(self) -> str | None:
        """The bot's name without @, once Telegram has told it."""
        return self._me.username if self._me else None

    def last_poll_at(self) -> float | None:
        """Monotonic seconds of the last poll that succeeded; None before it, or with a webhook."""
        return self._poller.last_success_at

    def deep_link(self, payload: str) -> str | None:
        """The link that opens the bot with a payload; None before Telegram has told our name.

        Raises ValueError: Telegram takes at most 64 of [A-Za-z0-9_-] and drops all else.
        """
        if not _PAYLOAD.fullmatch(payload):
            raise ValueError("a start payload is 1 to 64 of A-Z, a-z, 0-9, _ and -")
        return f"https://t.me/{self.username}?start={payload}" if self._me else None

    async def start(self) -> None:
        """Ask Telegram who we are; tries until it is reached. Raises SettingsFault (token)."""
        pause = 1.0
        while self._me is None:
            try:
                me = await self._api.call("getme", {})
                self._me = Me(me["id"], me["username"])
            except InvalidToken:
                raise SettingsFault(
                    "MUDUO_TELEGRAM_TOKEN：Telegram 不认这个令牌。"
                    "请到 @BotFather 核对后重新填写，或留空以关闭 Telegram。"
                ) from None
            except TelegramError as error:
                log.warning("Telegram not reached, trying again", error=error.message)
                await self._sleep(pause)
                pause = min(pause * 2, 15.0)

    async def run(self, accept: Accept) -> None:
        """Receive until cancelled. Raises SettingsFault when Telegram refuses token or address."""
        await self.start()
        assert self._me is not None
        if self._options.public_url is None:
            await self._poller.run(accept, self._me, self._on_deaf)
            return
        self._webhook.me, self._webhook.accept = self._me, accept
        await register(self._api, self._options.public_url, self._options.secret, sleep=self._sleep)
        await asyncio.Event().wait()

    async def receive(self, body: bytes, headers: Mapping[str, str]) -> int:
        """Take what was posted to the webhook; the HTTP status to answer."""
        return await self._webhook.receive(body, headers)

    async def close(self) -> None:
        """Let go of all connections."""
        await self._api.close()

    async def publish(self, commands: Mapping[str, Sequence[tuple[str, str]]]) -> None:
        """Show menus of (name, help), under "private", "groups" or "chat:<id>"."""
        await publish(self._api, commands)

    async def show(self, incoming: Incoming, messages: Sequence[Message]) -> list[Shown]:
        """Answer an Incoming; the spinning of a tapped button ends in any case."""
        if incoming.ack is None:
            return await self._show_all(incoming, messages)
        toast = next((message.toast for message in messages if message.toast), None)
        acknowledging = asyncio.create_task(self._chats.acknowledge(incoming.ack, toast))
        try:
            return await self._show_all(incoming, messages)
        finally:
            await acknowledging

    async def send(self, chat: Chat, message: Message) -> Shown:
        """Put a message into a chat; its last part is the one that stands for it."""
        if message.is_private and chat.is_group:
            raise SendFailed("private", permanent=True)
        shown = await self._chats.put(chat, message, None)
        if not shown:
            raise SendFailed("nothing to send", permanent=True)
        return shown[-1]

    async def edit(self, shown: Shown, message: Message) -> Shown:
        """Put a message in the place of another, or after it where that is not possible."""
        return ([shown, *await self._chats.put(shown.chat, message, shown)])[-1]

    async def amend(self, shown: Shown, message: Message) -> None:
        """Change a text message that stands; one that is gone is a permanent SendFailed."""
        await self._chats.amend(shown, message)

    async def withdraw(self, shown: Shown) -> None:
        """Take a message out of its chat; one that is gone already is no fault."""
        await self._chats.withdraw(shown)

    async def fetch(self, file: FileRef) -> bytes:
        """The bytes of a file, at most 20 MB. Raises SendFailed ("file too big", for one)."""
        if (file.size or 0) > DOWNLOAD_BYTES:
            raise SendFailed("file too big", permanent=True)
        try:
            return await self._api.download(file.id)
        except BadRequest as error:
            is_big = "too big" in error.message
            raise SendFailed("file too big" if is_big else "file gone", permanent=True) from None
        except TelegramError as error:
            raise failure(error, Chat(NAME, "")) from None

    async def _show_all(self, incoming: Incoming, messages: Sequence[Message]) -> list[Shown]:
        shown: list[Shown] = []
        for message in messages:
            if message.is_private and incoming.chat.is_group:
                raise SendFailed("private", permanent=True)
            old = incoming.tapped if message.replaces else None
            shown += await self._chats.put(incoming.chat, message, old)
        return shown
