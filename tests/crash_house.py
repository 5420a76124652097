"""A whole 木铎 in a process of its own, to be killed.

`python -m tests.crash_house URL FOLDER NAME`: its platform reads events from FOLDER/NAME.events,
a JSON object a line, and remembers how far it has acknowledged them, as Telegram does. What it
shows and sends it writes to FOLDER/NAME.seen.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot import logs
from bot.app import App, Surroundings
from bot.core.chat import Chat, FileRef, Incoming, Message, Reply, Shown
from bot.core.clock import SystemClock
from bot.core.platform import Accept, Capabilities
from bot.core.roles import Role
from bot.core.text import plain
from bot.routing import Turn
from bot.services import facts, outbox
from bot.services.gate import Purpose
from bot.settings import Settings
from knowledge.live import LiveKnowledge


class FilePlatform:
    """Events from a file, messages into a file; each takes a moment, as over a network."""

    name = "file"
    capabilities = Capabilities()

    def __init__(self, folder: Path, name: str) -> None:
        self._events = folder / f"{name}.events"
        self._acknowledged = folder / f"{name}.acknowledged"
        self._seen = os.open(folder / f"{name}.seen", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        self._chance = random.Random(name)
        self._number = 0

    async def run(self, accept: Accept) -> None:
        done = int(self._acknowledged.read_text()) if self._acknowledged.exists() else 0
        while True:
            lines = self._events.read_text().splitlines()[done : done + 5]
            await accept([_incoming(line) for line in lines])
            done += len(lines)
            fresh = self._acknowledged.with_suffix(".new")
            fresh.write_text(str(done))
            fresh.replace(self._acknowledged)
            await asyncio.sleep(0.01)

    async def show(self, incoming: Incoming, messages: Sequence[Message]) -> list[Shown]:
        return [await self._put("shown", incoming.chat, each, incoming.event) for each in messages]

    async def send(self, chat: Chat, message: Message) -> Shown:
        return await self._put("sent", chat, message, "")

    async def edit(self, shown: Shown, message: Message) -> Shown:
        del message
        return shown

    async def amend(self, shown: Shown, message: Message) -> None:
        del shown, message

    async def withdraw(self, shown: Shown) -> None:
        del shown

    async def fetch(self, file: FileRef) -> bytes:
        del file
        return b""

    async def _put(self, way: str, chat: Chat, message: Message, event: str) -> Shown:
        await asyncio.sleep(self._chance.random() / 100)
        line: dict[str, Any] = {"way": way, "chat": chat.id, "event": event}
        line["text"] = plain(message.text)
        os.write(self._seen, (json.dumps(line) + "\n").encode())
        await asyncio.sleep(self._chance.random() / 100)
        self._number += 1
        return Shown(chat, f"{os.getpid()}-{self._number}")


def _incoming(line: str) -> Incoming:
    data = json.loads(line)
    chat = Chat("file", data["person"])
    return Incoming("file", data["event"], chat, data["person"], text=data["text"])


def add_routes(app: App) -> None:
    """`/count`: one more for this person, told to them, and sent to them once more unasked."""

    @app.router.command("count", help="", audience=Role.GUEST)
    def count(turn: Turn) -> Reply:
        name = f"count {turn.incoming.sender}"
        number = int(facts.get(turn.session, name) or 0) + 1
        facts.put(turn.session, name, str(number))
        outbox.add(
            turn.session,
            turn.member.owner,
            Reply(f"unasked {number}"),
            key=f"{name} {number}",
            purpose=Purpose.AWAITED,
            at=turn.now,
        )
        return Reply(f"answer {number}")


async def serve(url: str, folder: Path, name: str) -> None:
    knowledge = LiveKnowledge(Path(__file__).parent / "data" / "knowledge")
    around = Surroundings(SystemClock(), (FilePlatform(folder, name),), knowledge=knowledge)
    settings = Settings(data=folder, database_url=url, flood_per_minute=100_000)  # type: ignore[arg-type]
    app = App(settings, around)
    add_routes(app)
    await app.start()
    working = asyncio.create_task(app.work())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, working.cancel)
    await asyncio.wait({working})
    await app.close()


if __name__ == "__main__":
    logs.configure("WARNING")
    asyncio.run(serve(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
