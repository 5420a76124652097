"""The platform's pace: its limits are kept, nearly all of them is used, answers come first."""

from __future__ import annotations

import asyncio
import random

import pytest

from bot.core.chat import Chat
from bot.core.errors import SendFailed
from bot.core.platform import Capabilities
from bot.delivery.paced import PacedPlatform
from bot.delivery.pacing import Pacer
from bot.delivery.retry import Retry
from tests.fakes import FakeClock, FakePlatform, House

TELEGRAM = Capabilities(per_second=30, seconds_between=1, per_minute_in_group=20)


def pacer(clock: FakeClock, can: Capabilities = TELEGRAM) -> Pacer:
    async def sleep(seconds: float) -> None:
        clock.forward(seconds=seconds)

    return Pacer({"fake": FakePlatform(capabilities=can)}, clock, sleep)


async def sent(paced: Pacer, clock: FakeClock, count: int) -> list[float]:
    """When each of so many messages to different chats went."""
    times: list[float] = []
    for number in range(count):
        await paced.wait(Chat("fake", f"{number}-{clock.monotonic()}"))
        times.append(clock.monotonic())
    return times


def most_within(times: list[float], seconds: float) -> int:
    return max(sum(start <= at < start + seconds for at in times) for start in times)


@pytest.mark.parametrize("limit", [30, 300])
async def test_no_second_holds_more_than_the_limit_and_95_percent_are_used(
    clock: FakeClock, limit: int
) -> None:
    times = await sent(pacer(clock, Capabilities(per_second=limit)), clock, limit * 10)
    assert most_within(times, 1.0) <= limit
    assert len(times) / (times[-1] - times[0]) > 0.95 * limit
    assert most_within(times, 0.1) <= max(4, limit * 0.15), "no bursts"


async def test_a_hiccup_is_made_up_for_without_passing_the_limit(clock: FakeClock) -> None:
    paced = pacer(clock)
    times = await sent(paced, clock, 100)
    clock.forward(seconds=0.3)  # the machine was busy
    times += await sent(paced, clock, 100)
    assert most_within(times, 1.0) <= 30
    assert len(times) / (times[-1] - times[0]) > 0.93 * 30


async def test_every_ban_leaves_more_room_and_calm_gives_it_back(clock: FakeClock) -> None:
    paced = pacer(clock)

    async def rate() -> float:
        await sent(paced, clock, 60)
        times = await sent(paced, clock, 90)
        return 89 / (times[-1] - times[0])

    before = await rate()
    for _ in range(3):
        paced.pause("fake", 2)
        paced.pause("fake", 2)  # the same ban, told to another message
        clock.forward(seconds=2.1)
    assert before * 0.90 < await rate() < before * 0.97
    clock.forward(minutes=10)
    assert await rate() == pytest.approx(before, rel=0.02)


async def test_what_arrived_late_counts_from_then(clock: FakeClock) -> None:
    paced = pacer(clock, Capabilities(per_second=2))
    chat = Chat("fake", "a")
    first = await paced.wait(chat)
    clock.forward(seconds=0.05)
    paced.arrived(chat, first)
    late = await paced.wait(chat)
    left = clock.monotonic()
    clock.forward(seconds=0.45)
    paced.arrived(chat, late)
    await paced.wait(chat)
    await paced.wait(chat)
    assert clock.monotonic() - left == pytest.approx(1.42, abs=0.02)


async def test_a_group_gets_twenty_messages_a_minute(clock: FakeClock) -> None:
    paced = pacer(clock)
    before = clock.monotonic()
    for _ in range(41):
        await paced.wait(Chat("fake", "-100", "group"))
    assert clock.monotonic() - before == pytest.approx(120, abs=1)


async def test_an_answer_beside_a_mass_waits_for_a_slot_and_no_longer(clock: FakeClock) -> None:
    paced = pacer(clock)
    platform = PacedPlatform(FakePlatform(), paced)
    times = await sent(paced, clock, 90)
    person = House(None, FakePlatform()).person("somebody")
    before = clock.monotonic()
    await platform.show(person.incoming(text="你好"), [])
    assert clock.monotonic() - before < 0.25
    times.append(clock.monotonic())
    times += await sent(paced, clock, 30)
    assert most_within(times, 1.0) <= 30


async def test_where_people_write_a_share_is_kept_for_them(clock: FakeClock) -> None:
    paced = pacer(clock)
    for number in range(50):
        paced.count(Chat("fake", f"p{number}"))
        clock.forward(seconds=0.2)
    times = await sent(paced, clock, 60)
    rate = 29 / (times[59] - times[30])
    assert 15 < rate < 24, "five answers a second take their part and half as much again"


async def test_answers_alone_never_wait(clock: FakeClock) -> None:
    paced = pacer(clock)
    platform = PacedPlatform(FakePlatform(), paced)
    people = [House(None, FakePlatform()).person(f"p{n}") for n in range(200)]
    before = clock.monotonic()
    await asyncio.gather(*(platform.show(p.incoming(text="你好"), []) for p in people))
    assert clock.monotonic() == before


async def test_an_answer_is_not_sent_into_a_long_pause(clock: FakeClock) -> None:
    paced = pacer(clock)
    paced.pause("fake", 30)
    person = House(None, FakePlatform()).person("somebody")
    with pytest.raises(SendFailed) as raised:
        await PacedPlatform(FakePlatform(), paced).show(person.incoming(text="你好"), [])
    assert raised.value.retry_after == pytest.approx(30)


async def test_while_nobody_answers_it_is_asked_at_longer_and_longer_pauses(
    clock: FakeClock,
) -> None:
    paced = pacer(clock, Capabilities())
    pauses: list[float] = []
    for _ in range(8):
        pauses.append(paced.stumble("fake"))
        assert paced.stumble("fake") == pauses[-1], "those in flight with it add nothing"
        clock.forward(seconds=pauses[-1])
    assert pauses == pytest.approx([0.5, 1, 2, 4, 8, 16, 30, 30])
    slot = await paced.wait(Chat("fake", "one"))
    paced.arrived(Chat("fake", "one"), slot)
    assert paced.stumble("fake") == pytest.approx(0.5), "an answer ends it"


async def test_the_pace_of_a_platform_is_kept_with_headroom(clock: FakeClock) -> None:
    paced = pacer(clock, Capabilities(per_second=30))
    before = clock.monotonic()
    for number in range(301):
        await paced.wait(Chat("fake", str(number)))
    assert 10.0 < clock.monotonic() - before < 10.5


async def test_one_chat_gets_a_message_a_second(clock: FakeClock) -> None:
    paced = pacer(clock, Capabilities(per_second=30, seconds_between=1))
    before = clock.monotonic()
    for _ in range(5):
        await paced.wait(Chat("fake", "one"))
    assert clock.monotonic() - before == pytest.approx(4)


async def test_a_long_pause_is_told_and_a_short_one_is_waited_for(clock: FakeClock) -> None:
    paced = pacer(clock, Capabilities())
    paced.pause("fake", 1.5)
    before = clock.monotonic()
    await paced.wait(Chat("fake", "one"))
    assert clock.monotonic() - before == pytest.approx(1.5)
    paced.pause("fake", 60)
    paced.pause("fake", 5)  # shorter: the longer one stays
    with pytest.raises(SendFailed) as raised:
        await paced.wait(Chat("fake", "one"))
    assert raised.value.retry_after == pytest.approx(60)


async def test_a_pause_told_to_an_answer_holds_deliveries_too(clock: FakeClock) -> None:
    platform = FakePlatform(failures=[SendFailed("slow down", retry_after=40)])

    async def sleep(seconds: float) -> None:
        clock.forward(seconds=seconds)

    paced = Pacer({"fake": platform}, clock, sleep)
    person = House(None, platform).person("late")
    with pytest.raises(SendFailed):
        await PacedPlatform(platform, paced).show(person.incoming(text="你好"), [])
    with pytest.raises(SendFailed):
        await paced.wait(Chat("fake", "somebody else"))


def test_pauses_between_tries_double_and_differ_by_chance() -> None:
    retry = Retry(first=2, longest=600, chance=random.Random(1))
    pauses = [retry.pause(attempt) for attempt in range(1, 12)]
    assert all(
        min(2**number, 300) <= pause <= 2 ** (number + 1) for number, pause in enumerate(pauses)
    )
    assert max(pauses) <= 600
    assert retry.pause(1) != retry.pause(1)
    assert [retry.is_exhausted(199), retry.is_exhausted(200)] == [False, True]
