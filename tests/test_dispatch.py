"""Events are handled in order, once, and whatever one person or handler does, others go on."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from bot import meters
from bot.app import App
from bot.core.errors import SendFailed
from bot.db.engine import Database
from bot.db.models import AddressRow, FactRow, InboxRow, StateRow
from tests.fakes import FakeClock, FakePlatform, House
from tests.patience import PATIENCE
from tests.routes_heard import hear, texts


@pytest.fixture
def said(app: App) -> list[str]:
    """What the routes of this test were asked, in order."""
    return hear(app)


def count(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(InboxRow)) or 0


async def test_one_persons_events_are_answered_in_order(house: House, said: list[str]) -> None:
    person = house.person("p")
    await house.accept([person.incoming(text=f"/echo {number}") for number in range(20)])
    assert texts(person) == [f"回声 {number}" for number in range(20)]


async def test_a_slow_person_keeps_nobody_waiting(
    app: App, house: House, said: list[str], platform: FakePlatform
) -> None:
    slow, quick = house.person("slow"), house.person("quick")
    gate = asyncio.Event()
    show = platform.show

    async def held_up(incoming: object, messages: object) -> object:
        if incoming.sender == "slow":  # type: ignore[attr-defined]
            await gate.wait()
        return await show(incoming, messages)  # type: ignore[arg-type]

    platform.show = held_up  # type: ignore[method-assign,assignment]
    await app.dispatcher.accept([slow.incoming(text=f"/echo {n}") for n in range(100)])
    await app.dispatcher.answer(quick.incoming(text="/echo 快"))
    assert (texts(quick), texts(slow)) == (["回声 快"], [])
    gate.set()
    await app.dispatcher.idle()
    assert "回声 99" in texts(slow)


async def test_the_same_event_counts_once(
    house: House, said: list[str], database: Database
) -> None:
    person = house.person("p")
    incoming = person.incoming(text="/echo 一")
    await house.accept([incoming, incoming])
    await house.accept([incoming])
    assert (said, texts(person), count(database)) == (["p:一"], ["回声 一"], 1)


async def test_an_answered_event_does_not_keep_waiting(app: App, house: House) -> None:
    incoming = house.person("p").incoming(text="/start")
    await app.dispatcher.answer(incoming)
    await asyncio.wait_for(app.dispatcher.answer(incoming), PATIENCE)
    assert len(texts(house.person("p"))) == 1


async def test_talk_that_does_not_concern_us_is_not_even_stored(
    house: House, database: Database
) -> None:
    person = house.in_group("p")
    await house.accept([person.incoming(text="大家好", is_addressed=False)])
    assert (count(database), texts(person)) == (0, [])


async def test_a_flood_is_slowed_with_one_sentence_and_nothing_is_lost(
    house: House, said: list[str], clock: FakeClock
) -> None:
    person = house.person("flood")
    await house.accept([person.incoming(text=f"/echo {n}") for n in range(45)])
    assert texts(person).count("您发得有点快，我一条一条来，不会漏。") == 1
    assert said == [f"flood:{n}" for n in range(45)]
    clock.forward(minutes=2)
    before = clock.monotonic()
    await person.say("/echo 后来")
    assert clock.monotonic() == before, "who writes at a normal pace again is not slowed"


async def test_a_flood_delays_nobody_else(
    app: App, house: House, said: list[str], clock: FakeClock
) -> None:
    flood, other = house.person("flood"), house.person("other")
    held = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await held.wait()
        clock.forward(seconds=seconds)

    app.dispatcher._sleep = sleep  # pyright: ignore[reportPrivateUsage]
    await app.dispatcher.accept([flood.incoming(text=f"/echo {n}") for n in range(1000)])
    await asyncio.wait_for(app.dispatcher.answer(other.incoming(text="/echo 我")), PATIENCE)
    assert texts(other) == ["回声 我"]
    assert "flood:31" not in said
    await app.dispatcher.close()


async def test_after_three_failures_an_event_is_set_aside_with_an_apology(
    app: App, house: House, said: list[str], database: Database
) -> None:
    person = house.person("p")
    waiting = meters.WAITING._value.get()  # pyright: ignore[reportPrivateUsage]
    with capture_logs() as logs:
        answer = await person.say("/broken")
    assert said == ["broken"] * 3
    assert answer.text.startswith("抱歉，这条没处理成功")
    assert meters.WAITING._value.get() == waiting  # pyright: ignore[reportPrivateUsage]
    with database.read() as session:
        row = session.scalars(select(InboxRow)).one()
        assert (row.attempts, row.error) == (3, "RuntimeError")
        assert row.settled_at is not None
        assert session.get(FactRow, "left behind") is None
    assert [log["tries"] for log in logs if log["event"] == "turn failed"] == [1, 2, 3]
    assert (await person.say("/echo 还在")).text == "回声 还在"


async def test_a_refusal_undoes_what_the_turn_wrote(
    house: House, said: list[str], database: Database
) -> None:
    answer = await house.person("p").say("/refused")
    assert answer.text.startswith("这项功能要先绑定身份")
    with database.read() as session:
        assert session.get(FactRow, "left behind") is None
        assert session.scalars(select(StateRow)).all() == []


async def test_an_adapter_that_breaks_down_costs_at_most_its_own_message(
    house: House, said: list[str], platform: FakePlatform
) -> None:
    person = house.person("p")
    show = platform.show
    broken = [ValueError("a fault in the adapter")] * 3

    async def falter(incoming: object, messages: object) -> object:
        if broken:
            raise broken.pop()
        return await show(incoming, messages)  # type: ignore[arg-type]

    platform.show = falter  # type: ignore[method-assign,assignment]
    await house.accept([person.incoming(text="/echo 一"), person.incoming(text="/echo 二")])
    assert texts(person) == ["回声 二"]


async def test_a_platform_that_is_away_for_minutes_loses_no_answer(
    house: House, said: list[str], platform: FakePlatform
) -> None:
    platform.failures += [SendFailed("no connection")] * 30
    person = house.person("p")
    await house.accept([person.incoming(text="/echo 一"), person.incoming(text="/echo 二")])
    assert texts(person) == ["回声 一", "回声 二"]


async def test_an_answer_that_may_have_arrived_is_marked_when_it_is_shown_again(
    house: House, said: list[str], platform: FakePlatform
) -> None:
    platform.failures.append(SendFailed("answer lost", in_doubt=True))
    assert (await house.person("p").say("/echo 一")).text == "〔补发〕回声 一"


async def test_who_has_blocked_the_bot_is_marked_as_unreachable(
    app: App, house: House, said: list[str], platform: FakePlatform, database: Database
) -> None:
    person = house.person("p")
    await person.say("/echo 一")
    platform.failures.append(SendFailed("blocked", permanent=True))
    await house.accept([person.incoming(text="/echo 二")])
    with database.read() as session:
        assert session.scalars(select(AddressRow.unreachable_reason)).one() == "blocked"
    await person.say("/echo 三")
    with database.read() as session:
        assert session.scalars(select(AddressRow.unreachable_reason)).one() is None
