"""How fast a platform may be written to, and that nobody writes while it asks for a pause."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from bot.core.chat import Chat
from bot.core.clock import Clock
from bot.core.errors import SendFailed
from bot.core.platform import Capabilities, Platform
from bot.delivery.retry import Sleep

_PATIENCE = 2.0
_MOMENT = 0.001  # clocks and sleeps are no finer
_REMEMBERED = 5000
_A_MINUTE = 60.0
_AWAY, _LONGEST_AWAY = 0.5, 30.0  # the first and the longest pause while nobody answers
_SAME_PAUSE = timedelta(seconds=0.2)
_SOON = 0.25  # an answer waits no longer than this for room beside a mass of messages
_RECENTLY = 10.0  # how long answers keep a share for those that follow
_HURRY, _DEBT = 0.4, 0.5  # how fast, and for how long, a hiccup of the machine is made up for
# How much longer than a second the window is: a platform counts what arrives, not what leaves.
_LEAST, _MOST, _STEP, _CALM = 0.02, 0.5, 0.02, 60.0


@dataclass
class Slot:
    """One message on its way: when it left, and when it is thought to have arrived."""

    left_at: float
    at: float


class _Pace:
    """One platform's: what went in the last second, until when it pauses, and each chat's turn."""

    def __init__(self, can: Capabilities) -> None:
        self.limit = None if can.per_second == float("inf") else max(1, int(can.per_second))
        self.apart_in_chat = can.seconds_between
        self.in_group = can.per_minute_in_group
        self.paused_until = 0.0
        self.resumes_at: datetime | None = None
        self.stumbles = 0
        self.away_since: datetime | None = None
        self.has_answered = False
        self.turn = asyncio.Lock()
        self.waiting_answers = 0
        self.answers: deque[float] = deque(maxlen=1000)
        self.chats: dict[str, float] = {}
        self.groups: dict[str, deque[float]] = {}
        self._headroom = _LEAST
        self._slowed_at = 0.0
        self._fastest = float("inf")
        self._bulk_at = -_RECENTLY
        self._next_at = 0.0
        self._spacing = 0.0
        self._slots: deque[Slot] = deque(maxlen=self.limit)

    def until_room(self, now: float) -> float:
        """Seconds until one more message of many may go."""
        if self.limit is None:
            return 0.0
        allowed = max(1, self.limit - self._kept(now) - self.waiting_answers)
        window = 1 + self.headroom(now)
        self._spacing = window / allowed
        few = max(1, allowed // 60)
        is_late = now >= self._next_at
        evenly = self._room(few, few / allowed * _HURRY) if is_late else self._next_at
        return max(self._room(allowed, window), evenly) - now

    def until_answer(self, now: float) -> float:
        """Seconds until an answer has room beside a mass of messages; 0 when there is none."""
        if self.limit is None or now - self._bulk_at > 1:
            return 0.0
        return self._room(self.limit, 1 + self.headroom(now)) - now

    def count(self, now: float, *, is_answer: bool) -> Slot:
        slot = Slot(now, now)
        self._slots.append(slot)
        if is_answer:
            self.answers.append(now)
        else:
            self._bulk_at = now
            since = self._next_at if now - self._next_at < _DEBT else now
            self._next_at = since + self._spacing
        return slot

    def arrived(self, slot: Slot, now: float) -> None:
        """An answer to it came: what took longer than ever may have arrived as much later."""
        took = now - slot.left_at
        self._fastest = min(self._fastest, took)
        slot.at = slot.left_at + took - self._fastest

    def slow_down(self, now: float, seconds: float) -> None:
        """The platform asked for a pause: leave more room from now on, once for each pause."""
        if now - self._slowed_at > seconds:
            self._headroom = min(_MOST, self.headroom(now) + _STEP)
            self._slowed_at = now

    def headroom(self, now: float) -> float:
        """The part of a second that is left free: it shrinks while all goes well."""
        calm = max(0.0, now - self._slowed_at)
        return max(_LEAST, self._headroom - _STEP * calm / _CALM)

    def _kept(self, now: float) -> int:
        """How many a second are kept for answers: what came lately and half as much again."""
        assert self.limit is not None
        while self.answers and now - self.answers[0] > _RECENTLY:
            self.answers.popleft()
        if not self.answers:
            return 0
        return min(self.limit // 2, 1 + round(len(self.answers) / _RECENTLY * 1.5))

    def _room(self, count: int, seconds: float) -> float:
        """When the message that is `count` before the next one is `seconds` ago."""
        if len(self._slots) < count:
            return 0.0
        return next(islice(reversed(self._slots), count - 1, None)).at + seconds


class Pacer:
    """Makes Deliveries wait for their turn. Answers to people come first, and are counted."""

    def __init__(self, platforms: Mapping[str, Platform], clock: Clock, sleep: Sleep) -> None:
        self._clock = clock
        self._sleep = sleep
        self._paces = {name: _Pace(each.capabilities) for name, each in platforms.items()}

    async def wait(self, chat: Chat) -> Slot:
        """Wait until one message may go to that chat, and count it.

        Raises SendFailed with `retry_after` when the platform pauses for longer than a moment.
        """
        pace = self._paces[chat.platform]
        while (seconds := self._until_chat(pace, chat)) > _MOMENT:
            await self._sleep(seconds)
        async with pace.turn:
            while (seconds := self._until_platform(pace)) > _MOMENT:
                await self._sleep(seconds)
            return self._count(pace, chat, is_answer=False)

    def arrived(self, chat: Chat, slot: Slot) -> None:
        """Something came back for a message that was waited for, be it an error."""
        pace, now = self._paces[chat.platform], self._clock.monotonic()
        pace.arrived(slot, now)
        if now >= pace.paused_until:
            pace.stumbles = 0
            self.heard(chat.platform)

    async def wait_to_answer(self, chat: Chat) -> None:
        """Wait out a short pause, and for room beside a mass of messages; count the answer.

        Raises SendFailed for a long pause.
        """
        pace = self._paces[chat.platform]
        await self.wait_for_pause(chat.platform)
        latest = self._clock.monotonic() + _SOON
        pace.waiting_answers += 1
        try:
            while (now := self._clock.monotonic()) < latest:
                seconds = max(pace.until_answer(now), self._pause_left(pace))
                if seconds <= _MOMENT:
                    break
                await self._sleep(min(seconds, latest - now))
        finally:
            pace.waiting_answers -= 1
        self._count(pace, chat, is_answer=True)

    async def wait_for_pause(self, platform: str) -> None:
        """Wait out a short pause that the platform asked for; raises SendFailed for a long one."""
        pace = self._paces[platform]
        while (seconds := self._pause_left(pace)) > _MOMENT:
            await self._sleep(seconds)

    def count(self, chat: Chat) -> None:
        """Count a message that went without waiting."""
        self._count(self._paces[chat.platform], chat, is_answer=True)

    def pause(self, platform: str, seconds: float) -> None:
        """Write nothing to the platform for so long; a longer pause that is on stays on."""
        pace, now = self._paces[platform], self._clock.monotonic()
        pace.slow_down(now, seconds)
        pace.paused_until = max(pace.paused_until, now + seconds)

    def stumble(self, platform: str) -> float:
        """Nobody answers there: pause, twice as long each time. Says for how many seconds yet."""
        pace, now = self._paces[platform], self._clock.monotonic()
        if now >= pace.paused_until:
            seconds = min(_LONGEST_AWAY, _AWAY * 2.0 ** min(pace.stumbles, 30))
            pace.paused_until = now + seconds
            pace.stumbles += 1
        self.unheard(platform)
        return pace.paused_until - now

    def resumes_at(self, platform: str) -> datetime:
        """When the pause that is on will be over: the same for all, in whose order it is."""
        pace = self._paces[platform]
        left = timedelta(seconds=max(0.0, pace.paused_until - self._clock.monotonic()))
        ends = self._clock.now() + left
        if pace.resumes_at is None or abs(ends - pace.resumes_at) > _SAME_PAUSE:
            pace.resumes_at = ends
        return pace.resumes_at

    def heard(self, platform: str) -> None:
        """The platform answered, be it with an error."""
        pace = self._paces[platform]
        pace.away_since, pace.has_answered = None, True

    def unheard(self, platform: str) -> None:
        """The platform could not be reached."""
        pace = self._paces[platform]
        pace.away_since = pace.away_since or self._clock.now()

    @property
    def names(self) -> list[str]:
        """The platforms it paces."""
        return list(self._paces)

    def away(self) -> dict[str, datetime]:
        """The platforms that can't be reached, and since when not."""
        since = {name: pace.away_since for name, pace in self._paces.items()}
        return {name: at for name, at in since.items() if at is not None}

    def answering(self) -> set[str]:
        """The platforms that have answered this process, and still do."""
        paces = self._paces.items()
        return {name for name, pace in paces if pace.has_answered and pace.away_since is None}

    def per_second(self) -> float:
        """How many messages the fastest limited platform takes in a second; inf without limits."""
        limits = [pace.limit for pace in self._paces.values() if pace.limit is not None]
        return max(limits, default=float("inf"))

    def _until_chat(self, pace: _Pace, chat: Chat) -> float:
        now = self._clock.monotonic()
        until = pace.chats.get(chat.id, 0.0)
        if chat.is_group and pace.in_group and len(times := pace.groups.get(chat.id, ())) > 0:
            is_full = len(times) >= pace.in_group
            until = max(until, times[0] + _A_MINUTE if is_full else 0.0)
        return until - now

    def _until_platform(self, pace: _Pace) -> float:
        return max(self._pause_left(pace), pace.until_room(self._clock.monotonic()))

    def _pause_left(self, pace: _Pace) -> float:
        left = pace.paused_until - self._clock.monotonic()
        if left > _PATIENCE:
            raise SendFailed("the platform pauses", retry_after=left)
        return left

    def _count(self, pace: _Pace, chat: Chat, *, is_answer: bool) -> Slot:
        now = self._clock.monotonic()
        slot = pace.count(now, is_answer=is_answer)
        if chat.is_group and pace.in_group:
            pace.groups.setdefault(chat.id, deque(maxlen=pace.in_group)).append(now)
        if pace.apart_in_chat:
            if len(pace.chats) > _REMEMBERED:
                pace.chats = {key: at for key, at in pace.chats.items() if at > now}
            pace.chats[chat.id] = now + pace.apart_in_chat
        return slot
