"""The web platform: what is shown stands once, and what can't be kept is still said."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import delete

from bot.core.chat import Chat, FileRef, Incoming, Key, Message, Shown
from bot.core.errors import SendFailed
from bot.db.engine import Database
from bot.db.lanes import Lanes
from bot.db.models import TranscriptRow
from bot.platforms.web import NotKept, WebPlatform
from bot.services import transcripts
from bot.web.transcript import Transcript
from tests.fakes import FakeClock

CHAT = Chat("web", "m1")


class FullStore:
    """A transcript on a disk that is full."""

    async def append(self, chat: str, message: Message, event: str | None) -> int:
        del chat, message, event
        raise NotKept

    async def replace(self, chat: str, line: int, message: Message, event: str | None) -> int:
        del chat, line, message, event
        raise NotKept

    async def amend(self, chat: str, line: int, message: Message) -> bool:
        del chat, line, message
        raise NotKept

    async def withdraw(self, chat: str, line: int) -> None:
        del chat, line
        raise NotKept

    async def fetch(self, file_id: int) -> bytes | None:
        del file_id
        return None


def incoming(event: str = "m1:e", **what: object) -> Incoming:
    return Incoming("web", event, CHAT, "m1", **what)  # type: ignore[arg-type]


def lines(database: Database) -> list[str]:
    with database.read() as session:
        return [line.message.text for line in transcripts.after(session, None, 0)]


@pytest.fixture
def platform(database: Database, clock: FakeClock) -> Iterator[WebPlatform]:
    lanes = Lanes(database)
    yield WebPlatform(Transcript(lanes, clock, full=NotKept))
    lanes.close()


async def test_a_reply_shown_again_after_a_crash_stands_once(
    platform: WebPlatform, database: Database
) -> None:
    first = await platform.show(incoming(text="a"), [Message("答")])
    again = await platform.show(incoming(text="a"), [Message("答")])
    assert [shown.id for shown in first] == [shown.id for shown in again]
    assert lines(database) == ["答"]


async def test_what_replaces_a_message_that_is_gone_is_said_anew(
    platform: WebPlatform, database: Database
) -> None:
    (shown,) = await platform.show(incoming(text="a"), [Message("一")])
    await platform.withdraw(shown)
    tap = incoming("m1:f", tap="t", tapped=shown)
    (anew,) = await platform.show(tap, [Message("二", replaces=True)])
    assert anew.id != shown.id
    assert lines(database) == ["", "二"]


async def test_what_is_amended_is_never_said_anew(
    platform: WebPlatform, database: Database
) -> None:
    (shown,) = await platform.show(incoming(text="a"), [Message("周五开会")])
    await platform.amend(shown, Message("周五的会取消了"))
    assert lines(database) == ["周五的会取消了"]
    await platform.withdraw(shown)
    with pytest.raises(SendFailed, match="gone"):
        await platform.amend(shown, Message("周五的会又开了"))
    assert "周五的会又开了" not in lines(database)


async def test_a_message_of_another_chat_is_never_replaced(
    platform: WebPlatform, database: Database
) -> None:
    (theirs,) = await platform.show(incoming(text="a"), [Message("别人的")])
    chat = Chat("web", "m2")
    tap = Incoming("web", "m2:e", chat, "m2", tap="t", tapped=Shown(chat, theirs.id))
    await platform.show(tap, [Message("我的", replaces=True)])
    assert lines(database) == ["别人的", "我的"]


async def test_a_toast_alone_replaces_nothing(platform: WebPlatform, database: Database) -> None:
    key = Key("好", "t.0")
    (shown,) = await platform.show(incoming(text="a"), [Message("题", ((key,),))])
    tap = incoming("m1:f", tap="t.0", tapped=shown)
    await platform.show(tap, [Message("", replaces=True, toast="已经答过")])
    with database.read() as session:
        standing = transcripts.after(session, ["m1"], 0)
        assert [line.message.keys for line in standing] == [((key,),), ()]
        assert transcripts.line_with(session, "m1", "t.0") == int(shown.id)
        assert transcripts.line_with(session, "m1", 'x" OR 1=1') is None


async def test_what_is_cleared_gives_no_version_a_second_time(
    platform: WebPlatform, database: Database
) -> None:
    await platform.send(CHAT, Message("一"))
    with database.begin() as session:
        before = transcripts.newest_version(session)
        session.execute(delete(TranscriptRow))
    await platform.send(CHAT, Message("二"))
    with database.read() as session:
        assert transcripts.newest_version(session) > before


async def test_a_full_disk_keeps_answering_from_memory_but_queues_what_nobody_waits_for() -> None:
    platform = WebPlatform(FullStore())
    with platform.listen(["m1"]) as bell:
        await platform.show(incoming(text="a"), [Message("答")])
        assert bell.is_set()
    assert [message.text for message in platform.unkept("m1:e")] == ["答"]
    for number in range(300):
        await platform.show(incoming(f"m1:{number}", text="a"), [Message("答")])
    assert platform.unkept("m1:e") == []
    with pytest.raises(SendFailed) as failed:
        await platform.send(CHAT, Message("通知"))
    assert not failed.value.permanent
    assert failed.value.retry_after == 5


async def test_a_file_that_has_expired_is_a_permanent_failure() -> None:
    with pytest.raises(SendFailed) as failed:
        await WebPlatform(FullStore()).fetch(FileRef("7", "a"))
    assert failed.value.permanent


async def test_a_bell_rings_only_for_its_chats(platform: WebPlatform) -> None:
    with platform.listen(["m1"]) as mine, platform.listen(None) as everybody:
        await platform.send(Chat("web", "m2"), Message("给别人"))
        assert not mine.is_set()
        assert everybody.is_set()
        await platform.send(CHAT, Message("给我"))
        assert mine.is_set()


async def test_receiving_waits_until_it_is_ended(platform: WebPlatform) -> None:
    async def accept(_: object) -> None:
        raise AssertionError

    running = asyncio.create_task(platform.run(accept))
    await asyncio.sleep(0)
    assert not running.done()
    running.cancel()
