"""Buttons that are stolen, forged, late or typed; conversations; groups; what is lost and found."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from bot import meters
from bot.app import App
from bot.core.chat import Incoming
from bot.db.engine import Database
from bot.db.models import InboxRow, StateRow
from bot.services import inbox
from bot.services.inbox import Event
from tests.fakes import FakeClock, House
from tests.routes_heard import hear, texts


@pytest.fixture
def said(app: App) -> list[str]:
    """What the routes of this test were asked, in order."""
    return hear(app)


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
    private, group, topic = (house.person("p"), house.in_group("p"), house.in_group("p", topic="5"))
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
