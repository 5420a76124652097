"""Events are handled in order, once, and whatever one person or handler does, others go on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from bot import meters
from bot.app import App
from bot.core.chat import Button, Incoming, Reply
from bot.core.errors import Refused, SendFailed
from bot.core.roles import Role
from bot.db.engine import Database
from bot.db.models import AddressRow, FactRow, InboxRow, StateRow
from bot.routing import Router, Turn
from bot.services import facts, inbox
from bot.services.inbox import Event
from tests.fakes import FakeClock, FakePlatform, House, Person


@pytest.fixture
def said(app: App) -> list[str]:
    """What the routes of this test were asked, in order."""
    heard: list[str] = []

    @app.router.command("echo", help="", audience=Role.GUEST, in_groups=True)
    def echo(turn: Turn) -> Reply:
        heard.append(f"{turn.incoming.sender}:{turn.argument}")
        return Reply(f"回声 {turn.argument}")

    @app.router.command("broken", help="", audience=Role.GUEST)
    def break_down(turn: Turn) -> Reply:
        heard.append("broken")
        facts.put(turn.session, "left behind", "1")
        raise RuntimeError("a fault in a handler")

    @app.router.command("refused", help="", audience=Role.GUEST)
    def refuse(turn: Turn) -> Reply:
        facts.put(turn.session, "left behind", "1")
        turn.open("notes.text")
        raise Refused("members_only")

    @app.router.command("secret", help="", audience=Role.GUEST, in_groups=True)
    def tell_privately(turn: Turn) -> Reply:
        return Reply("只给本人看", is_private=True)

    _add_choice(app.router, heard)
    _add_notes(app.router)
    return heard


def _add_choice(router: Router, heard: list[str]) -> None:
    @router.command("choose", help="", audience=Role.GUEST, in_groups=True)
    def choose(turn: Turn) -> Reply:
        rows = [Button("甲方案", "test.pick", "甲", key="A"), Button("乙方案", "test.pick", "乙")]
        return Reply("选哪个？", buttons=rows)

    @router.button("test.pick", audience=Role.GUEST, in_groups=True)
    def pick(turn: Turn) -> Reply:
        heard.append(f"{turn.incoming.sender} picks {turn.arguments[0]}")
        return Reply(f"选了{turn.arguments[0]}", replaces=True)


def _add_notes(router: Router) -> None:
    @router.command("note", help="", audience=Role.GUEST, in_groups=True)
    def begin_note(turn: Turn) -> Reply:
        turn.open("notes.text", places=[])
        return Reply("请写内容", about="notes:7")

    @router.state("notes.text", audience=Role.GUEST)
    def take_note(turn: Turn) -> Reply:
        assert turn.state is not None
        turn.state.data["places"].append(turn.argument)
        return Reply("记下：" + "、".join(turn.state.data["places"]))

    @router.quoted("notes", audience=Role.GUEST)
    def answer_note(turn: Turn) -> Reply:
        return Reply(f"回复第 {turn.arguments[0]} 条：{turn.argument}")


def texts(person: Person) -> list[str]:
    return [standing.text for standing in person.screen]


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
    await asyncio.wait_for(app.dispatcher.answer(incoming), 5)
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
    await asyncio.wait_for(app.dispatcher.answer(other.incoming(text="/echo 我")), 30)
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


async def test_a_stolen_button_does_nothing_and_is_logged(house: House, said: list[str]) -> None:
    owner, thief = house.person("owner"), house.person("thief")
    asked = await owner.say("/choose")
    with capture_logs() as logs:
        await thief.do(tap=asked.key("甲方案").token)
    assert texts(thief) == ["这个按钮是给别人的，点了没有作用。"]
    assert said == []
    assert [log["code"] for log in logs if log["event"] == "button refused"] == ["button_not_yours"]


@pytest.mark.parametrize(
    "token", ["", ".", "rubbish", "rubbish.0", "x.99", "a.-1", "a.²", "\x00.0", "😀" * 40]
)
async def test_a_forged_button_does_nothing_and_is_logged(
    house: House, said: list[str], token: str
) -> None:
    with capture_logs() as logs:
        await house.person("p").do(tap=token)
    assert texts(house.person("p")) == ["这个按钮已经失效。发送“开始”就能重来。"]
    assert [log["code"] for log in logs if log["event"] == "button refused"] == ["button_unknown"]


async def test_a_buttons_index_out_of_range_is_forged(house: House, said: list[str]) -> None:
    person = house.person("p")
    token = (await person.say("/choose")).key("甲方案").token.partition(".")[0]
    await person.do(tap=f"{token}.2")
    assert (said, texts(person)[-1][:6]) == ([], "这个按钮已经")


async def test_an_expired_button_says_so(house: House, said: list[str], clock: FakeClock) -> None:
    person = house.person("p")
    asked = await person.say("/choose")
    clock.forward(days=31)
    await person.do(tap=asked.key("甲方案").token)
    assert texts(person)[-1] == "这个按钮已经过期。发送“开始”就能重来。"
    assert said == []


async def test_the_label_or_letter_of_a_button_may_be_typed(house: House, said: list[str]) -> None:
    person = house.person("p")
    for typed in ("a", "乙方案", "甲方案"):
        await person.say("/choose")
        await person.say(typed)
    assert said == ["p picks 甲", "p picks 乙", "p picks 甲"]


async def test_cancel_leaves_whatever_is_open(
    house: House, said: list[str], database: Database
) -> None:
    person = house.person("p")
    await person.say("/note")
    assert (await person.say("取消")).text == "好，这件事先放下。"
    with database.read() as session:
        assert session.scalars(select(StateRow)).all() == []


async def test_what_is_open_keeps_changes_inside_its_lists(house: House, said: list[str]) -> None:
    person = house.person("p")
    await person.say("/note")
    await person.say("一楼")
    assert (await person.say("二楼")).text == "记下：一楼、二楼"


async def test_each_chat_has_a_conversation_of_its_own(
    house: House, said: list[str], database: Database
) -> None:
    private, group, topic = (
        house.person("p"),
        house.in_group("p"),
        house.in_group("p", topic="5"),
    )
    await private.say("/note")
    await group.say("/note")
    await topic.say("/note")
    await group.say("取消")
    with database.read() as session:
        chats = set(session.scalars(select(StateRow.chat)))
    assert chats == {"private", "fake:-100:5"}


async def test_quoting_a_message_finds_its_way_back(house: House, said: list[str]) -> None:
    person = house.person("p")
    asked = await person.say("/note")
    await person.say("取消")
    assert (await person.say("同意", quoted=asked.id)).text == "回复第 7 条：同意"


async def test_what_is_private_never_stands_in_a_group(house: House, said: list[str]) -> None:
    await house.person("p").say("/start")
    group = house.in_group("p")
    told = await group.say("/secret")
    await house.deliver()
    assert told.text == "内容已发到您和木铎的私聊里。"
    assert texts(house.person("p"))[-1] == "只给本人看"
    assert "只给本人看" not in texts(group)


async def test_in_a_group_a_person_without_a_private_chat_is_asked_for_one(
    house: House, said: list[str]
) -> None:
    group = house.in_group("never wrote privately")
    assert (await group.say("/secret")).text == "这件事涉及个人，请点我的头像私聊我。"
    assert await house.deliver() == 0


async def test_a_group_that_moved_keeps_its_conversations(
    house: House, said: list[str], database: Database
) -> None:
    group, topic = house.in_group("p"), house.in_group("p", topic="5")
    await group.say("/note")
    await topic.say("/note")
    await house.accept([group.incoming(migrated_to="-200", is_addressed=False)])
    with database.read() as session:
        assert set(session.scalars(select(StateRow.chat))) == {"fake:-200", "fake:-200:5"}


async def test_what_is_stored_but_lost_from_sight_is_answered_all_the_same(
    app: App, house: House, said: list[str], database: Database
) -> None:
    """The commit worked, its answer was lost: the platform's repeat is passed over."""
    person = house.person("p")
    with database.begin() as session:
        incoming = person.incoming(text="/echo 一")
        inbox.store(session, [incoming], process=app.presence.name, at=app.clock.now())
    await house.accept([incoming])
    assert texts(person) == []
    await app.dispatcher.recover({app.presence.name})
    assert await app.dispatcher.recover({app.presence.name}) == 1
    await app.dispatcher.idle()
    assert texts(person) == ["回声 一"]
    assert await app.dispatcher.recover({app.presence.name}) == 0


async def test_an_answer_whose_commit_was_answered_by_silence_is_shown(
    app: App, house: House, said: list[str], database: Database
) -> None:
    """The turn was settled although the connection broke at its commit."""
    person = house.person("p")
    submit, broken = app.lanes.submit, [True]

    def break_once(work: object, *lane: object) -> object:
        future = submit(work, *lane)  # type: ignore[arg-type]
        if broken and "Attempts" in getattr(work, "__qualname__", ""):
            broken.clear()
            future.result()
            lost = OperationalError("COMMIT", {}, Exception("server closed the connection"))
            lost.connection_invalidated = True
            answer: Future[object] = Future()
            answer.set_exception(lost)
            return answer
        return future

    app.lanes.submit = break_once  # type: ignore[method-assign,assignment]
    assert (await person.say("/echo 一")).text == "回声 一"
    assert said == ["p:一"] * 2, "the second run wrote nothing, since the first was settled"


async def test_what_no_database_takes_is_left_out_of_what_is_stored(
    house: House, said: list[str]
) -> None:
    person = house.person("p", name="甲\x00\ud800")
    await house.accept([person.incoming(text="/echo 一\x00\ud800二")])
    assert texts(person) == ["回声 一二"]


async def test_one_event_that_cannot_be_stored_holds_up_no_other(
    app: App, house: House, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = inbox.store

    def picky(session: Session, incomings: Sequence[Incoming], **more: Any) -> list[Event]:
        if any(each.text == "/echo 毒" for each in incomings):
            raise ValueError("can't be stored")
        return store(session, incomings, **more)

    monkeypatch.setattr(inbox, "store", picky)
    person = house.person("p")
    with capture_logs() as logs:
        await house.accept([person.incoming(text=f"/echo {word}") for word in "一毒二"])
    assert texts(person) == ["回声 一", "回声 二"]
    assert [log["key"] for log in logs if log["event"] == "event dropped"] == ["e2"]


async def test_closing_leaves_what_waits_for_the_next_start(
    app: App, house: House, said: list[str], database: Database
) -> None:
    person = house.person("p")
    await app.dispatcher.accept([person.incoming(text=f"/echo {n}") for n in range(40)])
    await app.dispatcher.close()
    with database.read() as session:
        unfinished = session.scalars(select(InboxRow.id).where(InboxRow.shown_at.is_(None))).all()
    assert len(said) + len(unfinished) == 40
    assert meters.WAITING._value.get() >= 0  # pyright: ignore[reportPrivateUsage]
