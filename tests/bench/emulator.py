"""A Telegram Bot API on this machine, as strict as the real one (`--port N` as a process).

In tests it runs in the same process over loopback HTTP; in benchmarks in a process of its own,
steered by POST /control/<say|tap|push|calls|chat|fail|block> with JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

if __package__ in (None, ""):  # run as a script
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench import emulator_rules as rules
from tests.bench.emulator_chats import Chats, Upload
from tests.bench.emulator_people import People
from tests.bench.emulator_rules import Rejected, bad

TOKEN = "1000:emulated-token"
_CONFLICT = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is "
    "running"
)
_WEBHOOK_IS_SET = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete "
    "the webhook first"
)


@dataclass
class Fault:
    """What the next `times` calls (of one method) meet instead of an answer.

    Kinds: 429, 500, 403, 401, 409; "gateway" (502 in HTML); "cut" before and "cut_after" the
    call has had its effect; "slow" answers after `seconds`.
    """

    kind: str
    times: int = 1
    method: str | None = None
    seconds: float = 1


class Emulator(People):
    """The server. `url` is what a bot takes as its API address; `on_call` sees every call."""

    def __init__(self, token: str = TOKEN) -> None:
        super().__init__(Chats())
        self.token = token
        self.calls: deque[tuple[str, dict[str, Any]]] = deque(maxlen=50_000)
        self.faults: list[Fault] = []
        self.on_call: Callable[[str, dict[str, Any]], None] | None = None
        self.hook: dict[str, Any] = {}
        self.retry_pause = 0.05
        self._poll: asyncio.Future[None] | None = None
        self._delivery: asyncio.Task[None] | None = None
        self._runner: web.ServerRunner | None = None
        self.url = ""

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> Emulator:
        server = web.Server(self._answer, request_factory=_request, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"
        return self

    async def stop(self) -> None:
        if self._delivery:
            self._delivery.cancel()
        if self._poll and not self._poll.done():
            self._poll.set_result(None)
        if self._runner:
            await self._runner.cleanup()

    def fail(
        self, kind: str | int, times: int = 1, method: str | None = None, seconds: float = 1
    ) -> None:
        self.faults.append(Fault(str(kind), times, method and method.lower(), seconds))

    def called(self, method: str) -> list[dict[str, Any]]:
        """The parameters of all calls of a method so far."""
        return [given for name, given in self.calls if name == method.lower()]

    def wake(self) -> None:
        """There are updates: answer the waiting poll, or post them to the webhook."""
        if self.hook:
            if self._delivery is None or self._delivery.done():
                self._delivery = asyncio.get_running_loop().create_task(self._deliver())
        elif self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.rel_url.raw_path
        if path.startswith("/control/"):
            return await self._control(request, path[9:])
        if path.startswith("/file/bot"):
            return self._download(path)
        token, _, method = path.removeprefix("/bot").partition("/")
        method = method.lower()
        if ":" not in token or not method:
            return _failed(Rejected(404, "Not Found"))
        if token != self.token:
            return _failed(Rejected(401, "Unauthorized"))
        given = await _parameters(request)
        self.calls.append((method, given))
        if self.on_call is not None:
            self.on_call(method, given)
        fault = self._fault(method) if self.faults else None
        if fault is None:
            return await self._perform(method, given)
        return await self._fail(fault, request, method, given)

    async def _perform(self, method: str, given: dict[str, Any]) -> web.Response:
        try:
            if method == "getupdates":
                result: Any = await self._updates(given)
            elif method in ("setwebhook", "deletewebhook", "getwebhookinfo"):
                result = self._set_webhook(method, given)
            elif (known := self.chats.methods.get(method)) is not None:
                result = known(given)
            else:
                raise Rejected(404, "Not Found")
        except Rejected as rejected:
            return _failed(rejected)
        return _json({"ok": True, "result": result})

    async def _fail(
        self, fault: Fault, request: web.BaseRequest, method: str, given: dict[str, Any]
    ) -> web.Response:
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            return await self._perform(method, given)
        if fault.kind == "cut_after":
            await self._perform(method, given)
        if fault.kind in ("cut", "cut_after"):
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if fault.kind == "gateway":
            return web.Response(status=502, text="<html>Bad Gateway</html>")
        if fault.kind == "429":
            wait = int(fault.seconds)
            text = f"Too Many Requests: retry after {wait}"
            return _failed(Rejected(429, text, retry_after=wait))
        words = {
            "403": "Forbidden: bot was blocked by the user",
            "401": "Unauthorized",
            "409": _CONFLICT,
            "500": "Internal Server Error",
        }
        return _failed(Rejected(int(fault.kind), words[fault.kind]))

    def _fault(self, method: str) -> Fault | None:
        for fault in self.faults:
            if fault.method in (None, method):
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    async def _updates(self, given: dict[str, Any]) -> list[dict[str, Any]]:
        if self.hook:
            raise Rejected(409, _WEBHOOK_IS_SET)
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(Rejected(409, _CONFLICT))
        self._poll = None
        offset = int(given.get("offset") or 0)
        while self.updates and self.updates[0]["update_id"] < offset:
            self.updates.popleft()
        timeout = float(given.get("timeout") or 0)
        if not self.updates and timeout:
            waiting = self._poll = asyncio.get_running_loop().create_future()
            await asyncio.wait([waiting], timeout=timeout)
            if waiting.done():
                waiting.result()
            elif self._poll is waiting:
                self._poll = None
        limit = int(given.get("limit") or 100)
        return [self.updates[index] for index in range(min(limit, len(self.updates)))]

    def _set_webhook(self, method: str, given: dict[str, Any]) -> Any:
        if method == "getwebhookinfo":
            return {
                "url": self.hook.get("url", ""),
                "has_custom_certificate": False,
                "pending_update_count": len(self.updates),
            }
        url = given.get("url") if method == "setwebhook" else ""
        if url:
            rules.webhook(url, given.get("secret_token") or "")
        self.hook = dict(given) if url else {}
        if self.hook and self.updates:
            self.wake()
        return True

    async def _deliver(self) -> None:
        """Post updates in order; one that is not taken with 2xx comes again."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.hook.get("secret_token", "")}
        async with aiohttp.ClientSession() as session:
            while self.updates and self.hook:
                try:
                    async with session.post(
                        self.hook["url"], json=self.updates[0], headers=headers
                    ) as response:
                        taken = response.ok
                except aiohttp.ClientError:
                    taken = False
                if taken:
                    self.updates.popleft()
                else:
                    await asyncio.sleep(self.retry_pause)

    def _download(self, path: str) -> web.Response:
        content = self.chats.files.get(path.rpartition("/")[2])
        if content is None:
            return _failed(Rejected(404, "Not Found"))
        return web.Response(body=bytes(content))

    async def _control(self, request: web.BaseRequest, name: str) -> web.Response:
        given: Any = json.loads(await request.read() or b"{}")
        controls: dict[str, Callable[[], Any]] = {
            "say": lambda: self.say(**given),
            "tap": lambda: self.tap(**given),
            "push": lambda: [self.push(update) for update in given],
            "calls": lambda: list(self.calls),
            "chat": lambda: self.screen(**given),
            "fail": lambda: self.fail(**given),
            "block": lambda: self.block(**given),
        }
        if name not in controls:
            return _failed(bad(f"no control {name}"))
        return _json({"ok": True, "result": controls[name]()})


def _request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    limit = rules.UPLOAD + 1024 * 1024
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=limit)


async def _parameters(request: web.BaseRequest) -> dict[str, Any]:
    """The parameters of a call, in whichever of Telegram's three encodings they come."""
    kind = request.content_type
    if kind == "application/json":
        body = await request.read()
        return json.loads(body) if body else {}
    if kind != "multipart/form-data":
        return dict(parse_qsl((await request.read()).decode(), keep_blank_values=True))
    given: dict[str, Any] = {}
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            upload = Upload(value.file.read())
            upload.name, upload.media_type = value.filename, value.content_type
            given[name] = upload
        else:
            given[name] = value
    return given


def _failed(rejected: Rejected) -> web.Response:
    answer = {"ok": False, "error_code": rejected.code, "description": rejected.description}
    if rejected.parameters:
        answer["parameters"] = rejected.parameters
    return _json(answer, rejected.code)


def _json(answer: dict[str, Any], status: int = 200) -> web.Response:
    body = json.dumps(answer, default=repr).encode()
    return web.Response(status=status, body=body, content_type="application/json")


async def _serve(port: int, token: str) -> None:
    emulator = await Emulator(token).start(port)
    print(emulator.url, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--token", default=TOKEN)
    chosen = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(chosen.port, chosen.token))
