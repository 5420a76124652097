"""Calling the emulator the plain way, and what is sent to it."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Any

import aiohttp

from tests.bench.emulator import TOKEN


class Caller:
    """Calls the Bot API the plain way; the whole answer."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str = TOKEN) -> None:
        self.session, self.url, self.token = session, url, token

    async def __call__(self, method: str, **given: Any) -> dict[str, Any]:
        address = f"{self.url}/bot{self.token}/{method}"
        async with self.session.post(address, json=given) as response:
            answer = await response.json()
            assert answer["ok"] == (response.status == 200)
            return answer

    async def refused(self, method: str, **given: Any) -> str:
        """The description with which a call is refused."""
        answer = await self(method, **given)
        assert not answer["ok"], answer
        return answer["description"]

    async def upload(self, method: str, part: str, content: bytes, **given: Any) -> dict[str, Any]:
        form = aiohttp.FormData({name: str(value) for name, value in given.items()})
        form.add_field(
            part, BytesIO(content), filename="x.bin", content_type="application/octet-stream"
        )
        address = f"{self.url}/bot{self.token}/{method}"
        async with self.session.post(address, data=form) as response:
            return await response.json()


def keyboard(rows: int, columns: int = 1, data: str = "a", label: str = "甲") -> dict[str, Any]:
    button = {"text": label, "callback_data": data}
    return {"inline_keyboard": [[button] * columns for _ in range(rows)]}


def png(width: int, height: int, size: int = 100) -> bytes:
    head = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", width, height)
    return head.ljust(size, b"\0")
