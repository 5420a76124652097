"""python-telegram-bot's request interface on aiohttp: a third of the CPU of its own (stack.md)."""

from __future__ import annotations

import asyncio
import json
from io import BytesIO
from typing import Any

import aiohttp
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

POOL = 64
_JSON = {"Content-Type": "application/json"}
_UNSENT = ("Accept-Encoding", "User-Agent", "Accept")
_UPLOAD_SECONDS = 120.0


class NotDone(NetworkError):  # noqa: N818 - python-telegram-bot's own are named so
    """The call certainly had no effect, so that trying again can't make two of it."""


class Away(NotDone):
    """No connection came about, so that no other call can be made either."""


class SlowDown(TelegramError):  # noqa: N818
    """Too many requests. Stands for python-telegram-bot's RetryAfter, whose very making warns."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Telegram wants us to wait {seconds:g} s")
        self.seconds = seconds


class AiohttpRequest(BaseRequest):
    """One pool of connections to the Bot API, opened at the first call.

    Raises Away when no connection came about, NotDone when Telegram says that it failed, SlowDown,
    TimedOut or NetworkError when the answer was lost. No error names the address, which holds
    the token.
    """

    def __init__(
        self,
        *,
        pool: int = POOL,
        read_timeout: float = 20.0,
        connect_timeout: float = 10.0,
        proxy: str | None = None,
    ) -> None:
        self._pool = pool
        self._read_timeout = read_timeout
        self._connect_timeout = connect_timeout
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None
        self._is_closed = False
        self._timeouts: dict[float, aiohttp.ClientTimeout] = {}

    @property
    def read_timeout(self) -> float:
        return self._read_timeout

    async def initialize(self) -> None:
        """Allow calls (again). The session opens at the first one, in the loop that makes it."""
        self._is_closed = False

    async def shutdown(self) -> None:
        """Close all connections for good."""
        self._is_closed = True
        await self.renew()

    async def renew(self) -> None:
        """Drop all connections, those in use, too; the next call opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(  # noqa: PLR0913, PLR0917 - the signature is python-telegram-bot's
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
    ) -> tuple[int, bytes]:
        """The status and body of the answer. Only `read_timeout` can be set for a call."""
        seconds = self._read_timeout if read_timeout is self.DEFAULT_NONE else read_timeout
        if self._is_closed:
            raise NotDone("the connections to Telegram are closed")
        body, headers = _body(request_data)
        if isinstance(body, aiohttp.FormData):
            seconds += _UPLOAD_SECONDS
        try:
            async with self._opened().request(
                method,
                url,
                data=body,
                headers=headers,
                timeout=self._timeout(seconds),
                proxy=self._proxy,
                allow_redirects=False,
            ) as response:
                status, answer = response.status, await response.read()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise _translated(error) from None
        if status == 429 or status >= 500:
            raise _declined(status, answer)
        return status, answer

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._pool),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=_UNSENT,
            )
        return self._session

    def _timeout(self, seconds: float) -> aiohttp.ClientTimeout:
        """Made once for each length. `connect` includes the wait for a free connection."""
        if seconds not in self._timeouts:
            self._timeouts[seconds] = aiohttp.ClientTimeout(
                total=self._connect_timeout + seconds, connect=self._connect_timeout
            )
        return self._timeouts[seconds]


def _body(data: RequestData | None) -> tuple[bytes | aiohttp.FormData | None, dict[str, str]]:
    if data is None:
        return None, {}
    if not data.contains_files:
        return json.dumps(data.parameters).encode(), _JSON
    # Telegram reads file names as they are, not percent-encoded.
    form = aiohttp.FormData(quote_fields=False)
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, media_type) in data.multipart_data.items():
        stream = BytesIO(content) if isinstance(content, bytes) else content
        form.add_field(name, stream, filename=filename, content_type=media_type)
    return form, {}


def _declined(status: int, answer: bytes) -> TelegramError:
    """What an answer means that tells of trouble on Telegram's side."""
    try:
        said = json.loads(answer)
        wait = said.get("parameters", {}).get("retry_after")
    except (ValueError, AttributeError):
        # A gateway gave up waiting for Telegram, which may have done it all the same.
        return NetworkError(f"no answer behind the gateway ({status})")
    if status == 429:
        return SlowDown(float(wait or 1))
    return NotDone(f"Telegram answered {status}")


def _translated(error: Exception) -> NetworkError:
    """The same in python-telegram-bot's words, without the address."""
    name = type(error).__name__
    unsent = (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError)
    if isinstance(error, (*unsent, aiohttp.ClientHttpProxyError)):
        return Away(f"no connection to Telegram ({name})")
    if isinstance(error, asyncio.TimeoutError):
        return TimedOut(f"Telegram did not answer in time ({name})")
    return NetworkError(f"the connection to Telegram broke ({name})")
