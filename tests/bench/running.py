"""A running 木铎 in a process of its own, talked to through the playground's API."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).parents[2]


class Running:
    """`python -m bot run` with its own data folder; `seconds` is how long the first reply took."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}/playground/api"
        self.settings = {f"MUDUO_{name.upper()}": value for name, value in settings.items()}
        self.process: subprocess.Popen[bytes] | None = None
        self.session: aiohttp.ClientSession | None = None
        self.seconds = 0.0
        self.events = 0

    async def __aenter__(self) -> Running:
        environment = {
            **os.environ,
            "MUDUO_DATA": str(self.data),
            "MUDUO_LISTEN": f"127.0.0.1:{self.port}",
            "MUDUO_LOG_LEVEL": "ERROR",
            **self.settings,
        }
        started = time.perf_counter()
        command = [sys.executable, "-m", "bot", "run"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
        )
        connector = aiohttp.TCPConnector(limit=0)
        self.session = aiohttp.ClientSession(connector=connector)
        await self._first_reply()
        self.seconds = time.perf_counter() - started
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self.session
        assert self.process
        await self.session.close()
        self.process.terminate()
        self.process.wait(timeout=30)

    async def people(self) -> list[dict[str, Any]]:
        assert self.session
        async with self.session.get(f"{self.url}/people") as response:
            return await response.json()

    async def do(self, person: str, **what: Any) -> dict[str, Any]:
        """Something a person does; the API's answer."""
        assert self.session
        self.events += 1
        body = {"as": person, "event": f"bench-{os.getpid()}-{self.events}", **what}
        async with self.session.post(f"{self.url}/incoming", json=body) as response:
            return await response.json()

    async def send_file(self, person: str, path: Path) -> dict[str, Any]:
        content = base64.b64encode(path.read_bytes()).decode()
        return await self.do(person, file={"name": path.name, "content": content})

    def megabytes(self) -> float:
        """Resident memory of the process."""
        assert self.process
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024

    async def _first_reply(self) -> None:
        for _ in range(3000):
            try:
                people = await self.people()
                await self.do(people[0]["id"], text="/help")
                return
            except (aiohttp.ClientError, KeyError):
                await asyncio.sleep(0.02)
        raise TimeoutError("it did not start")


def token(answer: dict[str, Any], label: str) -> str:
    """The token of the button whose label begins so, in the last reply that has one."""
    for reply in reversed(answer["replies"]):
        for button in _flat(reply["buttons"]):
            if button["label"].startswith(label):
                return button["token"]
    raise KeyError(label)


def percentile(values: list[float], share: float) -> float:
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))]


def _flat(buttons: list[Any]) -> list[dict[str, Any]]:
    return [each for row in buttons for each in (row if isinstance(row, list) else [row])]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
