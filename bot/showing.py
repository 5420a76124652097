"""Shows answers in the chats they belong to, again and again until they stand there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

import structlog

from bot.core.chat import Incoming, Message
from bot.core.errors import SendFailed
from bot.core.platform import Platform
from bot.core.text import again
from bot.db.lanes import Lane, Lanes
from bot.db.trouble import trouble_of
from bot.services import addresses, files

log = structlog.get_logger("muduo.showing")

_AT_ONCE = 32
_FAULTS = 3
Standing = tuple[str, str, str, str]


class Interrupted(Exception):  # noqa: N818
    """The process is about to end; what is not shown yet is shown at the next start."""


class Showing:
    """`pause` sleeps, and says False when the process is about to end."""

    def __init__(
        self,
        lanes: Lanes,
        platforms: Mapping[str, Platform],
        pause: Callable[[float], Awaitable[bool]],
    ) -> None:
        self._lanes = lanes
        self._platforms = platforms
        self._pause = pause
        # One slow platform must not keep the others waiting.
        self.rooms = {name: asyncio.Semaphore(_AT_ONCE) for name in platforms}

    async def show(self, incoming: Incoming, messages: Sequence[Message]) -> list[Standing]:
        """Show all messages that answer an Incoming; none at all still acknowledges a tap.

        Gives (platform, chat, native id, about) of those that may be quoted. Raises Interrupted.
        """
        standing: list[Standing] = []
        for number, message in enumerate(messages or [None]):
            # The first one has acknowledged the tap and taken the place of the message.
            towards = incoming if number == 0 else _untapped(incoming)
            shown = await self._insist(towards, message)
            if shown and message and message.about:
                standing.append((incoming.platform, incoming.chat.id, shown, message.about))
        return standing

    async def say(self, incoming: Incoming, text: str) -> None:
        """A word in passing, tried once: nothing depends on it."""
        try:
            async with self.rooms[incoming.platform]:
                await self._platforms[incoming.platform].show(_untapped(incoming), [Message(text)])
        except Exception as error:  # whatever it is, the answer itself is still to come
            log.info("not said", event=incoming.event, error=type(error).__name__)

    async def _insist(self, incoming: Incoming, message: Message | None) -> str | None:
        """The native id that the message has now; None when the chat will never take it."""
        attempt = faults = 0
        while True:
            try:
                return await self._once(incoming, message)
            except SendFailed as failed:
                reason, wait = failed.reason, failed.retry_after
                if failed.permanent:
                    await self._give_up(incoming, failed)
                    return None
                if failed.in_doubt and message and not (message.replaces and incoming.tapped):
                    message = replace(message, text=again(message.text))
            except Exception as error:  # a fault of the adapter or the database, not of the person
                reason, wait = type(error).__name__, None
                faults += trouble_of(error) is None
                if faults >= _FAULTS:
                    log.exception("answer given up", event_key=incoming.event)
                    return None
            log.warning("not shown", event_key=incoming.event, reason=reason, attempt=attempt)
            if not await self._pause(wait or min(0.2 * 2.0 ** min(attempt, 10), 60.0)):
                raise Interrupted
            attempt += 1

    async def _once(self, incoming: Incoming, message: Message | None) -> str | None:
        messages = [await self._with_file(message)] if message else []
        async with self.rooms[incoming.platform]:
            shown = await self._platforms[incoming.platform].show(incoming, messages)
        return shown[-1].id if shown else None

    async def _give_up(self, incoming: Incoming, failed: SendFailed) -> None:
        log.warning("can't be shown", event_key=incoming.event, reason=failed.reason)
        if not failed.is_unreachable or incoming.chat.is_group:
            return
        chat, reason = incoming.chat, failed.reason
        try:
            await asyncio.wrap_future(
                self._lanes.submit(
                    lambda session: addresses.mark_unreachable_chat(session, chat, reason),
                    Lane.BACKGROUND,
                )
            )
        except Exception as error:  # the next message will find out again
            log.warning("address not marked", error=type(error).__name__)

    async def _with_file(self, message: Message) -> Message:
        if message.file is not None or message.file_id is None:
            return message
        file_id = message.file_id
        work = self._lanes.submit(lambda session: files.fetch(session, file_id))
        return replace(message, file=await asyncio.wrap_future(work))


def _untapped(incoming: Incoming) -> Incoming:
    return replace(incoming, tap=None, tapped=None, ack=None)
