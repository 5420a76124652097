"""The emulator with Telegram's limits and a bad network: bans, blocks, 5xx, cut connections."""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.bench.emulator import Emulator, _failed, _json, _parameters
from tests.bench.emulator_rules import Rejected

SENDS = ("sendmessage", "sendphoto", "senddocument", "editmessagetext")


@dataclass(frozen=True)
class Net:
    """How strict and how bad. Shares are of all sends; `blocked` of all people."""

    per_second: int = 30
    latency: float = 0.05
    ban: float = 2.0
    blocked: float = 0.0
    failed: float = 0.0  # 500
    cut: float = 0.0  # before it has an effect
    lost: float = 0.0  # the answer, after the effect


FAULTY = {"blocked": 0.02, "failed": 0.02, "cut": 0.01, "lost": 0.01}


class LimitedEmulator(Emulator):
    """Counts what arrives. `sent` holds (when, was marked 〔补发〕) for each chat.

    `passed` counts what came within the limit, also if it failed then; `refused` what got a 429.
    """

    def __init__(self, net: Net, seed: int = 1) -> None:
        super().__init__()
        self.net = net
        self.chance = random.Random(seed)
        self.sent: dict[int, list[tuple[float, bool]]] = defaultdict(list)
        self.order: list[float] = []
        self.attempts: deque[float] = deque()
        self.in_chat: dict[int, float] = {}
        self.banned_until = 0.0
        self.bans = self.refused = self.too_fast = self.passed = 0
        self.ban_starts: list[float] = []

    def clear(self) -> None:
        """Forget what was sent, so that the next run is counted by itself."""
        self.sent.clear()
        self.order.clear()
        self.ban_starts.clear()
        self.bans = self.refused = self.too_fast = self.passed = 0

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        method = request.rel_url.raw_path.rpartition("/")[2].lower()
        if method not in SENDS:
            return await super()._answer(request)
        given = await _parameters(request)
        return await self._limited(request, given)

    async def _limited(self, request: web.BaseRequest, given: dict[str, Any]) -> web.StreamResponse:
        now, chat = time.perf_counter(), int(given["chat_id"])
        if (wait := self._over(now, chat)) > 0:
            self.refused += 1
            text = f"Too Many Requests: retry after {int(wait + 0.999)}"
            return _failed(Rejected(429, text, retry_after=int(wait + 0.999)))
        fault = self._drawn()
        if random.Random(chat).random() < self.net.blocked:
            await asyncio.sleep(self.net.latency)
            return _failed(Rejected(403, "Forbidden: bot was blocked by the user"))
        if fault == "failed":
            await asyncio.sleep(self.net.latency)
            return _failed(Rejected(500, "Internal Server Error"))
        if fault != "cut":
            self.order.append(now)
            self.sent[chat].append((now, "〔补发〕" in str(given.get("text", ""))))
        await asyncio.sleep(self.net.latency)
        if fault is not None and request.transport is not None:
            request.transport.abort()
        return _json({"ok": True, "result": self._message(chat, given)})

    def _over(self, now: float, chat: int) -> float:
        """Seconds to wait, or 0. Passing the limit bans everything for a while."""
        if now < self.banned_until:
            return self.banned_until - now
        while self.attempts and now - self.attempts[0] >= 1:
            self.attempts.popleft()
        if len(self.attempts) >= self.net.per_second:
            self.banned_until = now + self.net.ban
            self.bans += 1
            self.ban_starts.append(now)
            self.attempts.clear()
            return self.net.ban
        if now - self.in_chat.get(chat, 0.0) < 0.95:
            self.too_fast += 1
        self.attempts.append(now)
        self.passed += 1
        self.in_chat[chat] = now
        return 0.0

    def _drawn(self) -> str | None:
        drawn = self.chance.random()
        for name in ("failed", "cut", "lost"):
            drawn -= getattr(self.net, name)
            if drawn < 0:
                return name
        return None

    def _message(self, chat: int, given: dict[str, Any]) -> dict[str, Any]:
        self.chats._last_id += 1
        whole = {"message_id": self.chats._last_id, "date": int(time.time())}
        return whole | {"chat": {"id": chat, "type": "private"}, "text": given.get("text", "")}
