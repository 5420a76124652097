"""Telegram as a platform: receives by polling or webhook, shows, sends, edits, fetches."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import structlog
from telegram.error import BadRequest, ChatMigrated, InvalidToken, NetworkError, TelegramError

from bot.core.chat import Chat, FileRef, Incoming, Message, Shown
from bot.core.clock import SystemClock
from bot.core.errors import SendFailed, SettingsFault
from bot.core.platform import Accept, Capabilities
from bot.platforms import telegram_show
from bot.platforms.telegram_api import Api, Options, failure, is_gone, is_unchanged
from bot.platforms.telegram_commands import publish
from bot.platforms.telegram_parse import NAME, Me
from bot.platforms.telegram_poll import OnDeaf, Poller, Sleep
from bot.platforms.telegram_show import CAPABILITIES, ILLUSTRATED, WRITTEN
from bot.platforms.telegram_webhook import PATH, Webhook, register

__all__ = ["PATH", "Options", "TelegramPlatform"]
log = structlog.get_logger("muduo.telegram")

DOWNLOAD_BYTES = 20 * 1024 * 1024
_TRIES_IN_PLACE = 4
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
        if not messages:
            await self._acknowledge(incoming.ack, toast)
            return []
        _, shown = await asyncio.gather(
            self._acknowledge(incoming.ack, toast), self._show_all(incoming, messages)
        )
        return shown

    async def send(self, chat: Chat, message: Message) -> Shown:
        """Put a message into a chat; its last part is the one that stands for it."""
        if message.is_private and chat.is_group:
            raise SendFailed("private", permanent=True)
        shown = await self._put(chat, message, None)
        if not shown:
            raise SendFailed("nothing to send", permanent=True)
        return shown[-1]

    async def edit(self, shown: Shown, message: Message) -> Shown:
        """Put a message in the place of another, or after it where that is not possible."""
        return ([shown, *await self._put(shown.chat, message, shown)])[-1]

    async def withdraw(self, shown: Shown) -> None:
        """Take a message out of its chat; one that is gone already is no fault."""
        data = {"chat_id": shown.chat.id, "message_id": int(shown.id)}
        try:
            await self._insist("deletemessage", data)
        except TelegramError as error:
            if not isinstance(error, BadRequest) or "not found" not in error.message:
                raise failure(error, shown.chat) from None

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
            shown += await self._put(incoming.chat, message, old)
        return shown

    async def _put(self, chat: Chat, message: Message, old: Shown | None) -> list[Shown]:
        """All parts of a message, the first in the place of `old`.

        After the first part stands, a pause that Telegram demands is kept here, and any other
        failure is in doubt: sending all of it again would show the first part twice.
        """
        shown: list[Shown] = []
        for part in telegram_show.parts(message):
            try:
                placed = await self._place(chat, part, None if shown else old)
            except SendFailed as failed:
                if not shown:
                    raise
                placed = await self._place_late(chat, part, failed)
            if placed:
                shown.append(placed)
                chat = placed.chat
        return shown

    async def _place_late(self, chat: Chat, part: Message, failed: SendFailed) -> Shown | None:
        for _ in range(_TRIES_IN_PLACE):
            if failed.retry_after is None:
                break
            await self._sleep(failed.retry_after)
            try:
                return await self._place(chat, part, None)
            except SendFailed as again:
                failed = again
        raise SendFailed(failed.reason, permanent=failed.permanent, in_doubt=True)

    async def _place(self, chat: Chat, part: Message, old: Shown | None) -> Shown | None:
        if telegram_show.is_blank(part) and not (old and old.handle):
            return await self._send(chat, replace(part, text="…")) if part.keys else None
        if old is None or old.handle is None:
            return await self._send(chat, part)
        if part.file is not None or (
            old.handle == ILLUSTRATED and not telegram_show.is_blank(part)
        ):
            # A picture can't become a text, nor a text a picture: the new one takes its place.
            shown = await self._send(chat, part)
            await self._remove(old)
            return shown
        return await self._change(old, part)

    async def _change(self, old: Shown, part: Message) -> Shown:
        try:
            await self._insist(*telegram_show.editing(old.chat, old.id, part))
        except TelegramError as error:
            if is_gone(error) and not telegram_show.is_blank(part):
                return await self._send(old.chat, part)
            if not is_unchanged(error):
                raise failure(error, old.chat) from None
        return old

    async def _send(self, chat: Chat, part: Message) -> Shown:
        for _ in range(_TRIES_IN_PLACE):
            try:
                sent = await self._api.call(*telegram_show.sending(chat, part))
            except TelegramError as error:
                chat, part = _remedied(error, chat, part)
            else:
                handle = WRITTEN if part.file is None else ILLUSTRATED
                return Shown(chat, str(sent["message_id"]), handle)
        raise SendFailed("unreachable", permanent=True)

    async def _remove(self, old: Shown) -> None:
        try:
            await self._insist("deletemessage", {"chat_id": old.chat.id, "message_id": int(old.id)})
        except TelegramError as error:
            log.info("replaced message stays", error=error.message)

    async def _acknowledge(self, ack: str, toast: str | None) -> None:
        """End the spinning. Never fails: a tap that is too old has stopped spinning by itself."""
        try:
            await self._insist(*telegram_show.acknowledging(ack, toast))
        except TelegramError as error:
            if not isinstance(error, BadRequest):
                log.warning("tap not acknowledged", error=error.message)

    async def _insist(self, endpoint: str, data: Mapping[str, object]) -> None:
        """A call that may safely happen twice, tried again when its answer was lost."""
        try:
            await self._api.call(endpoint, data)
        except BadRequest:
            raise
        except NetworkError:
            await self._api.call(endpoint, data)


def _remedied(error: TelegramError, chat: Chat, part: Message) -> tuple[Chat, Message]:
    """Where and what to send instead. Raises SendFailed when there is nothing to be done."""
    if isinstance(error, ChatMigrated):
        return replace(chat, id=str(error.new_chat_id)), part
    if isinstance(error, BadRequest):
        said = error.message.lower()
        if "thread not found" in said and chat.topic:
            return replace(chat, topic=None), part
        if part.file and part.file.is_picture and ("photo" in said or "image" in said):
            # Too long and narrow for a picture, say: as a file it gets there.
            as_file = replace(part.file, media_type="application/octet-stream")
            return chat, replace(part, file=as_file)
    raise failure(error, chat) from None
