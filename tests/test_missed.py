"""What fell due while nobody ran: told once in one line, and sent late by one tap if useful."""

from __future__ import annotations

from datetime import UTC, timedelta
from pathlib import Path

import pytest

from bot.app import App
from bot.core.clock import local_day
from bot.db.engine import Database
from bot.services import missed
from knowledge.live import LiveKnowledge
from tests.district import District
from tests.fakes import FakeClock, House, Person
from tests.remindable import Remindable, at
from tests.reminder_files import write_reminders

RULES = """\
rules:
  - id: weekly
    title: 每周一句
    to: {roles: [teacher]}
    when: {cron: "0 12 * * 1"}
    text: 这周也辛苦了。
plans:
  - id: study
    title: 学习
    to: {roles: [teacher]}
    remind: [-7]
    items:
      - id: november
        title: 学一条
        window: {every: year, from: 11-02, until: 11-30}
        text: 这个月学一条。
        entry: gifts-card
"""
TOLD = "有 3 条提醒到点时木铎没有运行，没有发出：学一条、每周一句。其中 1 条现在发还有用。"


@pytest.fixture
def knowledge(tmp_path: Path) -> LiveKnowledge:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    live = LiveKnowledge(write_reminders(folder, RULES))
    live.refresh()
    return live


class Chat:
    """A house that was down from 30 October to 11 November."""

    def __init__(self, app: App, house: House, database: Database, clock: FakeClock) -> None:
        self.app, self.house, self.clock = app, house, clock
        clock.at = at("2026-10-30").astimezone(UTC)
        self.district = District(database, clock.at)

    async def come_back(self) -> None:
        await self.app.reminding.remind()
        self.clock.at = at("2026-11-11", "09:00").astimezone(UTC)
        await self.work()

    async def work(self) -> None:
        for _ in range(2):
            await self.app.reminding.remind()
            await self.house.deliver()
            self.clock.forward(minutes=1)

    def seat(self, *names: str) -> list[Person]:
        return [self.district.seat(self.house, name) for name in names]


@pytest.fixture
def chat(app: App, house: House, database: Database, clock: FakeClock) -> Chat:
    return Chat(app, house, database, clock)


async def test_the_administrators_of_the_bureau_hear_once_in_one_line(chat: Chat) -> None:
    boss, school, teacher = chat.seat("闻书澜", "管予安", "苗若谷")
    await chat.come_back()
    await chat.work()
    assert [s.text for s in boss.screen] == [TOLD]
    assert boss.screen[0].labels == ["现在补发 1 条"]
    assert school.screen == teacher.screen == []


async def test_one_tap_sends_what_is_still_of_use_and_a_second_nothing(chat: Chat) -> None:
    boss, teacher = chat.seat("闻书澜", "苗若谷")
    await chat.come_back()
    token = boss.screen[0].key("现在补发").token
    sent = await boss.tap("现在补发")
    assert sent.text == (
        "好，这就补发：每周一句。休息时间和每人每天的条数照样算，已经做了的不会收到。"
    )
    await chat.work()
    assert [s.text.splitlines()[0] for s in teacher.screen] == ["每周一句"]
    assert "没有要补发的了" in (await boss.do(tap=token)).text
    await chat.work()
    assert len(teacher.screen) == 1


async def test_what_has_passed_is_told_without_an_offer(chat: Chat) -> None:
    (boss,) = chat.seat("闻书澜")
    await chat.app.reminding.remind()
    chat.clock.at = at("2026-12-04", "09:00").astimezone(UTC)
    await chat.work()
    assert "现在都已过时，不用补。" in boss.screen[0].text
    assert boss.screen[0].labels == []


async def test_only_the_bureau_sends_late(chat: Chat) -> None:
    boss, school = chat.seat("闻书澜", "管予安")
    await chat.come_back()
    token = boss.screen[0].key("现在补发").token
    assert (await school.do(tap=token)).text != boss.screen[0].text
    with chat.district.begin() as session:
        book = chat.app.knowledge.current.library.rulebook
        assert len(missed.useful(session, book, at=chat.clock.now())) == 1


def test_what_a_later_reminder_of_the_plan_has_said_is_not_sent_again(
    database: Database, tmp_path: Path
) -> None:
    house = Remindable(database, tmp_path, RULES)
    house.run(at("2026-10-30"))
    now = at("2026-11-23", "13:00")  # the second reminder of the plan is an hour late
    house.run(now)
    with database.begin() as session:
        found = missed.untold(session, house.library.rulebook, at=now)
        assert found is not None
        assert [local_day(each.due_at).day for each in found.firings] == [2, 2, 9, 16]
        assert found.useful == ()
        assert missed.untold(session, house.library.rulebook, at=now + timedelta(hours=1)) is None
