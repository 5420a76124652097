"""Long polling that confirms an update only after it is stored, watched against deafness."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from telegram.error import Conflict, InvalidToken, TelegramError

from bot.core.platform import Accept
from bot.platforms.telegram_api import Api, Options
from bot.platforms.telegram_parse import ALLOWED_UPDATES, Me, Raw, parse
from bot.platforms.telegram_request import SlowDown

Sleep = Callable[[float], Awaitable[None]]
OnDeaf = Callable[[float], None]
log = structlog.get_logger("muduo.telegram")

_BATCH = 100
_LONGEST_PAUSE = 15.0
_CONFLICT_PAUSE = 5.0


class Poller:
    """Fetches updates, hands them over to be stored, and only then confirms them.

    Telegram forgets what the next getUpdates no longer asks for; what could not be stored is
    asked for again.
    """

    def __init__(
        self, api: Api, options: Options, *, monotonic: Callable[[], float], sleep: Sleep
    ) -> None:
        self._api = api
        self._options = options
        self._monotonic = monotonic
        self._sleep = sleep
        self._failures = 0
        self._refusals = 0
        self._has_told_of_conflict = False
        self._is_storing = False
        self.last_success_at: float | None = None

    async def run(self, accept: Accept, me: Me, on_deaf: OnDeaf | None = None) -> None:
        """Poll until cancelled."""
        watch = asyncio.create_task(self._watch(on_deaf))
        try:
            await self._loop(accept, me)
        finally:
            watch.cancel()

    async def _loop(self, accept: Accept, me: Me) -> None:
        request: dict[str, Any] = {
            "timeout": self._options.poll_for,
            "limit": _BATCH,
            "allowed_updates": ALLOWED_UPDATES,
        }
        while True:
            try:
                timeout = self._options.poll_for + self._options.read_timeout
                updates = await self._api.poll(request, timeout=timeout)
            except TelegramError as error:
                await self._sleep(await self._pause_after(error))
                continue
            self._heard()
            if updates and await self._hand_over(accept, updates, me):
                request["offset"] = updates[-1]["update_id"] + 1

    async def _hand_over(self, accept: Accept, updates: Sequence[Raw], me: Me) -> bool:
        """Whether the updates are stored, so that they may be confirmed."""
        incomings = [each for update in updates if (each := read(update, me))]
        if not incomings:
            return True
        self._is_storing = True
        try:
            await accept(incomings)
        except Exception as error:  # whatever keeps them from being stored: ask for them again
            self._refusals += 1
            log.error("updates not stored, asking again", error=type(error).__name__)
            await self._sleep(_backoff(self._refusals))
            return False
        finally:
            self._is_storing = False
        self._refusals = 0
        return True

    def _heard(self) -> None:
        self.last_success_at = self._monotonic()
        self._failures = 0
        if self._has_told_of_conflict:
            self._has_told_of_conflict = False
            log.warning("no other process polls this bot any more")

    async def _pause_after(self, error: TelegramError) -> float:
        """Say what went wrong, once where it would repeat; the seconds to wait."""
        self._failures += 1
        if isinstance(error, SlowDown):
            return error.seconds
        if isinstance(error, Conflict):
            if "webhook" in error.message:
                await self._drop_webhook()
            elif not self._has_told_of_conflict:
                self._has_told_of_conflict = True
                log.error(
                    "another process polls Telegram with this bot's token: stop it, or give it "
                    "a bot of its own; until then both miss messages"
                )
            return _CONFLICT_PAUSE
        if isinstance(error, InvalidToken):
            log.error("Telegram no longer takes this bot's token: was it revoked at BotFather?")
            return _LONGEST_PAUSE
        log.warning("poll failed", error=error.message, failures=self._failures)
        return _backoff(self._failures)

    async def _drop_webhook(self) -> None:
        try:
            await self._api.call("deletewebhook", {"drop_pending_updates": False})
        except TelegramError as error:
            log.warning("webhook not removed", error=error.message)

    async def _watch(self, on_deaf: OnDeaf | None) -> None:
        """Rebuild the connections when no poll has succeeded for too long."""
        limit = self._options.deaf_after
        since = self._monotonic()
        while True:
            await asyncio.sleep(limit / 9)
            since = max(since, self.last_success_at or since)
            silent_for = self._monotonic() - since
            if silent_for < limit:
                continue
            since = self._monotonic()
            log.error(
                "polling has gone deaf: connections are rebuilt",
                seconds=round(silent_for),
                is_storing=self._is_storing,
            )
            await self._api.reopen_polling()
            if on_deaf is not None:
                on_deaf(silent_for)


def _backoff(failures: int) -> float:
    """Seconds to wait after so many failures in a row."""
    return min(2.0 ** min(failures - 1, 10), _LONGEST_PAUSE)


def read(update: Raw, me: Me) -> Any:
    """The Incoming of an update, None when it is nothing for us or can't be read.

    One update of an unknown form must not keep all later ones from coming.
    """
    try:
        return parse(update, me)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        log.error("update not read", update=update.get("update_id"), error=type(error).__name__)
        return None
