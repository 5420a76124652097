"""Telegram's webhook: who may post, what is stored, and what Telegram is told."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping

import structlog
from telegram.error import BadRequest, InvalidToken, TelegramError

from bot.core.errors import SettingsFault
from bot.core.platform import Accept
from bot.platforms.telegram_api import Api
from bot.platforms.telegram_parse import ALLOWED_UPDATES, Me
from bot.platforms.telegram_poll import Sleep, read

PATH = "/telegram/webhook"
LARGEST_BODY = 1_000_000
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name

log = structlog.get_logger("muduo.telegram")


class Webhook:
    """Takes updates that Telegram posts; answers 200 only when they are stored."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self.accept: Accept | None = None
        self.me: Me | None = None

    async def receive(self, body: bytes, headers: Mapping[str, str]) -> int:
        """The HTTP status for a post. `headers` must read names without regard to case."""
        given = headers.get(SECRET_HEADER, "").encode(errors="surrogateescape")
        if not self._secret or not hmac.compare_digest(given, self._secret):
            return 403
        if headers.get("Content-Type", "").partition(";")[0].strip() != "application/json":
            return 415
        if len(body) > LARGEST_BODY:
            return 413
        if self.accept is None or self.me is None:
            return 503
        return await self._take(body, self.accept, self.me)

    async def _take(self, body: bytes, accept: Accept, me: Me) -> int:
        try:
            update = json.loads(body)
        except (ValueError, RecursionError):
            return 400
        if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
            return 400
        incoming = read(update, me)
        if incoming is None:
            return 200
        try:
            await accept([incoming])
        except Exception as error:  # whatever keeps it from being stored: Telegram posts it again
            log.error("update not stored, asking again", error=type(error).__name__)
            return 503
        return 200


async def register(api: Api, address: str, secret: str, *, sleep: Sleep) -> None:
    """Tell Telegram where to post; tries until it is reached. Raises SettingsFault.

    Every process may do so: the same address again changes nothing.
    """
    wanted = {
        "url": f"{address.rstrip('/')}{PATH}",
        "secret_token": secret,
        "allowed_updates": ALLOWED_UPDATES,
        "max_connections": 40,
    }
    while True:
        try:
            await api.call("setwebhook", wanted)
            return
        except (BadRequest, InvalidToken) as error:
            raise SettingsFault(
                f"MUDUO_PUBLIC_URL：Telegram 不接受这个地址（{error.message}）。"
                "请填写公网可以访问的 https 地址，或留空改用轮询。"
            ) from None
        except TelegramError as error:
            log.warning("webhook not set, trying again", error=error.message)
            await sleep(5.0)
