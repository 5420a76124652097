"""Putting messages into Telegram's chats: sent, changed in place, withdrawn, acknowledged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import structlog
from telegram.error import BadRequest, ChatMigrated, NetworkError, TelegramError

from bot.core.chat import Chat, Message, Shown
from bot.core.errors import SendFailed
from bot.platforms import telegram_show
from bot.platforms.telegram_api import Api, failure, is_gone, is_unchanged
from bot.platforms.telegram_poll import Sleep
from bot.platforms.telegram_show import ILLUSTRATED, WRITTEN

log = structlog.get_logger("muduo.telegram")
_TRIES_IN_PLACE = 4


class Chats:
    """The chats of one bot. Every failure is a SendFailed, but acknowledging never fails."""

    def __init__(self, api: Api, sleep: Sleep) -> None:
        self._api = api
        self._sleep = sleep

    async def put(self, chat: Chat, message: Message, old: Shown | None) -> list[Shown]:
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

    async def amend(self, shown: Shown, message: Message) -> None:
        """Change a message that stands, or fail for good; nothing is ever sent instead."""
        part = telegram_show.parts(message)[0]
        try:
            await self._insist(*telegram_show.editing(shown.chat, shown.id, part))
        except TelegramError as error:
            if is_gone(error):
                raise SendFailed("gone", permanent=True) from None
            if not is_unchanged(error):
                raise failure(error, shown.chat) from None

    async def withdraw(self, shown: Shown) -> None:
        """Take a message out of its chat; one that is gone already is no fault."""
        data = {"chat_id": shown.chat.id, "message_id": int(shown.id)}
        try:
            await self._insist("deletemessage", data)
        except TelegramError as error:
            if not isinstance(error, BadRequest) or "not found" not in error.message:
                raise failure(error, shown.chat) from None

    async def acknowledge(self, ack: str, toast: str | None) -> None:
        """End the spinning. Never fails: a tap that is too old has stopped spinning by itself."""
        try:
            await self._insist(*telegram_show.acknowledging(ack, toast))
        except TelegramError as error:
            if not isinstance(error, BadRequest):
                log.warning("tap not acknowledged", error=error.message)

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
            await self.withdraw(old)
        except SendFailed as failed:
            log.info("replaced message stays", reason=failed.reason)

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
