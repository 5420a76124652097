"""The transcript of the web chats, kept in the database: what WebPlatform calls its store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn, TypeVar

from sqlalchemy.orm import Session

from bot.core.chat import Message
from bot.core.clock import Clock
from bot.core.errors import SendFailed
from bot.db.lanes import Lanes
from bot.db.trouble import Trouble, trouble_of
from bot.services import files, transcripts

T = TypeVar("T")


class Transcript:
    """Writes in the database's lane; `full` is what it raises when the disk is."""

    def __init__(self, lanes: Lanes, clock: Clock, *, full: type[Exception]) -> None:
        self._lanes = lanes
        self._clock = clock
        self._full = full

    async def append(self, chat: str, message: Message, event: str | None) -> int:
        def work(session: Session) -> int:
            kept = self._with_file_kept(session, chat, message)
            at = self._clock.now()
            return transcripts.append(session, chat, kept, event=event, at=at)

        return await self._write(work)

    async def replace(self, chat: str, line: int, message: Message, event: str | None) -> int:
        def work(session: Session) -> int:
            kept = self._with_file_kept(session, chat, message)
            at = self._clock.now()
            return transcripts.replace(session, chat, line, kept, event=event, at=at)

        return await self._write(work)

    async def amend(self, chat: str, line: int, message: Message) -> bool:
        return await self._write(
            lambda session: transcripts.amend(session, chat, line, message, at=self._clock.now())
        )

    async def withdraw(self, chat: str, line: int) -> None:
        await self._write(
            lambda session: transcripts.withdraw(session, chat, line, at=self._clock.now())
        )

    async def fetch(self, file_id: int) -> bytes | None:
        def read() -> bytes | None:
            with self._lanes.database.read() as session:
                file = files.fetch(session, file_id)
                return file.content if file else None

        return await asyncio.to_thread(read)

    def _with_file_kept(self, session: Session, chat: str, message: Message) -> Message:
        if message.file is None or message.file_id is not None:
            return message
        file_id = files.keep(session, f"web:{chat}", message.file, at=self._clock.now())
        return replace(message, file_id=file_id)

    async def _write(self, work: Callable[[Session], T]) -> T:
        try:
            return await asyncio.wrap_future(self._lanes.submit(work))
        except Exception as error:  # whatever the database says becomes a word of the platform's
            self._translate(error)

    def _translate(self, error: Exception) -> NoReturn:
        trouble = trouble_of(error)
        if trouble is Trouble.FULL:
            raise self._full from error
        if trouble is None:
            raise error
        raise SendFailed(f"database {trouble.value}") from error
