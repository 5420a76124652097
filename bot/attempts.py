"""The answer to one event: its turn, tried until it is settled or set aside."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from bot.core.chat import Incoming, Message
from bot.core.errors import Refused, SendFailed
from bot.core.platform import Platform
from bot.core.text import again
from bot.db.lanes import Lanes
from bot.db.trouble import Trouble, trouble_of
from bot.services import files, inbox
from bot.services.files import StoredFile
from bot.services.inbox import Event
from bot.showing import Interrupted, Showing
from bot.turns import AlreadySettled, Taken, Turns

T = TypeVar("T")
log = structlog.get_logger("muduo.dispatch")

_PATIENCE = 3.0


class Attempts:
    """`pause` sleeps, and says False when the process is about to end."""

    def __init__(
        self,
        lanes: Lanes,
        turns: Turns,
        platforms: Mapping[str, Platform],
        *,
        showing: Showing,
        process: str,
        pause: Callable[[float], Awaitable[bool]],
    ) -> None:
        self._lanes = lanes
        self._turns = turns
        self._platforms = platforms
        self._clock = turns.clock
        self._showing = showing
        self._process = process
        self._pause = pause

    async def answer(self, event: Event) -> Taken | None:
        """The turn, tried until it is settled; None when somebody else answers the event."""
        if event.replies is not None:
            return _shown_again(event.replies)
        tries, waited = event.attempts, 0.0
        while True:
            try:
                return await self._turn(event)
            except AlreadySettled:
                return await self._settled_before(event)
            except Exception as error:  # whatever a turn raises must not end the line
                trouble = trouble_of(error)
                if trouble is Trouble.FULL:
                    return await self._answer_without_writing(event.incoming)
                if trouble is None:
                    tries += 1
                    log.exception("turn failed", event_id=event.id, tries=tries)
                    if tries >= inbox.TRIES:
                        return await self._set_aside(event, error)
                    await self._count_failure(event, error)
                waited = await self._wait_before_another_try(event, waited)

    async def _wait_before_another_try(self, event: Event, waited: float) -> float:
        """A growing pause; whoever waits for long is told once. Gives the seconds in all."""
        pause = min(0.1 + waited / 2, 2.0)
        if waited < _PATIENCE <= waited + pause:
            await self._showing.say(event.incoming, self._turns.words(Refused("please_wait")))
        if not await self._pause(pause):
            raise Interrupted
        return waited + pause

    async def _turn(self, event: Event) -> Taken:
        if event.id == 0:
            return await self._answer_without_writing(event.incoming)
        try:
            file = await self._fetch(event.incoming)
            return await self._run(lambda session: self._turns.take(session, event, file))
        except Refused as refused:
            said = refused
            if said.code.startswith("button_"):  # forged, stolen or long gone
                log.warning("button refused", event_id=event.id, code=said.code)
            return await self._run(lambda session: self._turns.refuse(session, event, said))

    async def _fetch(self, incoming: Incoming) -> StoredFile | None:
        """The bytes of a file that was sent, there before the turn begins."""
        if incoming.file is None:
            return None
        if (incoming.file.size or 0) > files.LIMIT:
            raise Refused("file_too_large")
        try:
            async with self._showing.rooms[incoming.platform]:
                content = await self._platforms[incoming.platform].fetch(incoming.file)
        except SendFailed as failed:
            raise Refused("file_unreachable") from failed
        if len(content) > files.LIMIT:
            raise Refused("file_too_large")
        file = StoredFile(None, incoming.file.name, incoming.file.media_type, content)
        if self._turns.prepare is None:
            return file
        return await asyncio.to_thread(self._turns.prepare, incoming, file)

    async def _answer_without_writing(self, incoming: Incoming) -> Taken:
        try:
            return await asyncio.wrap_future(
                self._lanes.look(lambda session: self._turns.read(session, incoming))
            )
        except Refused as refused:
            said = refused
        except Exception as error:  # while nothing can be written, little works: say so
            log.warning("not answered from memory", error=type(error).__name__)
            said = Refused("cannot_write")
        return Taken((Message(self._turns.words(said)),), "cannot write", "refused")

    async def _settled_before(self, event: Event) -> Taken | None:
        """Our own answer, if the database settled it and only its word was lost."""
        replies = await self._run(
            lambda session: inbox.unshown(session, event.id, mine=self._process)
        )
        return None if replies is None else Taken(replies, "settled before")

    async def _count_failure(self, event: Event, error: Exception) -> None:
        name = type(error).__name__
        try:
            await self._run(lambda session: inbox.note_failure(session, event.id, name))
        except Exception as again_failed:  # counted in memory all the same
            log.warning("failure not counted", error=type(again_failed).__name__)

    async def _set_aside(self, event: Event, error: Exception) -> Taken:
        apology = Message(self._turns.words(Refused("set_aside")))
        name = type(error).__name__

        def settle(session: Session) -> None:
            inbox.note_failure(session, event.id, name)
            inbox.settle(session, event.id, [apology], at=self._clock.now())

        try:
            await self._run(settle)
        except Exception as unsettled:  # that it was shown is still noted
            log.warning("not set aside", event_id=event.id, error=type(unsettled).__name__)
        return Taken((apology,), "none", "set aside")

    async def _run(self, work: Callable[[Session], T]) -> T:
        return await asyncio.wrap_future(self._lanes.submit(work))


def _shown_again(replies: Sequence[Message]) -> Taken:
    """What a crash has left unshown, as far as anybody knows: marked, where it would be doubled."""
    marked = [each if each.replaces else replace(each, text=again(each.text)) for each in replies]
    return Taken(tuple(marked), "shown again")
