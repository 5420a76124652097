"""Plans in chat: read, tapped once, and never asked again."""

from __future__ import annotations

from datetime import UTC, timedelta
from pathlib import Path

import pytest
from apscheduler.triggers.base import BaseTrigger

from bot.app import App
from bot.db.engine import Database
from bot.services import completions, playground, privacy
from handlers.texts import data_export
from knowledge.live import LiveKnowledge
from tests.district import District
from tests.fakes import FakeClock, House, Person
from tests.plans_written import FILMS, KEY, LIST, STUDY
from tests.remindable import at
from tests.reminder_files import write_reminders


@pytest.fixture
def knowledge(tmp_path: Path, request: pytest.FixtureRequest) -> LiveKnowledge:
    """The rules of the test's own, in place of the shared knowledge."""
    folder = tmp_path / "knowledge"
    folder.mkdir()
    live = LiveKnowledge(write_reminders(folder, getattr(request, "param", STUDY)))
    live.refresh()
    assert not live.faults, live.faults
    return live


class Chat:
    """The whole house, with reminders going out as its chores do it."""

    def __init__(self, app: App, house: House, database: Database, clock: FakeClock) -> None:
        clock.at = at("2026-10-30").astimezone(UTC)
        self.app, self.house, self.clock = app, house, clock
        self.district = District(database, clock.at)

    async def pass_to(self, day: str, clock: str = "12:10") -> None:
        wanted = at(day, clock).astimezone(UTC)
        while self.clock.now() < wanted:
            self.clock.at = min(wanted, self.clock.now() + timedelta(days=1))
            await self.app.reminding.remind()
            await self.house.deliver()

    def change(self, text: str) -> None:
        """The files of rules are written anew and taken in."""
        write_reminders(self.app.knowledge.folder, text)
        self.app.knowledge.refresh()

    def seat(self, name: str) -> Person:
        return self.district.seat(self.house, name)


@pytest.fixture
async def chat(app: App, house: House, database: Database, clock: FakeClock) -> Chat:
    made = Chat(app, house, database, clock)
    await app.reminding.remind()
    return made


async def test_a_teacher_reads_taps_once_and_is_never_asked_again(chat: Chat) -> None:
    teacher = chat.seat("苗若谷")
    await chat.pass_to("2026-11-03")
    (told,) = teacher.screen
    assert told.text == (
        "学一条\n这个月学一条。\n\n购物卡能不能收\n不能收。\n"
        "《新办法》第一条，2020-01-01 起施行\n\n不急，11月30日前都行。"
    )
    answered = await teacher.tap("看过了")
    assert answered.text == "✓ 记下了：学一条。这件事不会再提醒您。"
    await chat.pass_to("2026-12-01")
    assert len(teacher.screen) == 1
    mine = await teacher.say("我的学习")
    assert mine.text == "现在没有要学的，也没有要补的。"


async def test_a_receipt_tapped_by_mistake_is_undone(chat: Chat) -> None:
    teacher = chat.seat("苗若谷")
    await chat.pass_to("2026-11-03")
    await teacher.tap("看过了")
    assert (await teacher.tap("记错了，撤销")).text == "好，已撤销。什么时候看都行。"
    assert "不急，11月30日前都行。" in (await teacher.say("我的学习")).text


@pytest.mark.parametrize("knowledge", [FILMS], indirect=True)
async def test_who_missed_the_film_answers_its_questions(chat: Chat) -> None:
    teacher = chat.seat("苗若谷")
    await chat.pass_to("2026-11-03")
    question = await teacher.tap("答 1 道小题")
    assert "家长送的购物卡怎么处理？" in question.text
    await teacher.tap("A")
    ended = await teacher.tap("看小结")
    assert ended.text == "1 题答对 0 题，还差一点。看看上面的说明，什么时候再答都行。"
    await teacher.tap("再答一次")
    assert "✓ 完成了：警示片（三）。这件事不会再提醒您。" in (await teacher.tap("B")).text
    ended = await teacher.tap("看小结")
    assert ended.text == "✓ 完成了：警示片（三）。这件事不会再提醒您。"
    await chat.pass_to("2026-12-01")
    assert len(teacher.screen) == 1


@pytest.mark.parametrize("knowledge", [FILMS], indirect=True)
async def test_an_item_is_done_with_the_last_right_answer_and_needs_no_further_tap(
    chat: Chat, database: Database
) -> None:
    teacher = chat.seat("苗若谷")
    await chat.pass_to("2026-11-03")
    await teacher.tap("答 1 道小题")
    await teacher.tap("B")
    key = "plan:films/autumn/2026"
    with database.read() as session:
        assert key in completions.of_member(session, chat.district.id_of("苗若谷"), [key])
    await chat.pass_to("2026-12-01")
    assert len(teacher.screen) == 1


@pytest.mark.parametrize("knowledge", [FILMS], indirect=True)
async def test_an_answer_after_the_window_closed_is_judged_and_its_end_is_said(chat: Chat) -> None:
    teacher = chat.seat("苗若谷")
    await chat.pass_to("2026-11-22")
    await teacher.tap("答 1 道小题")
    chat.clock.at = at("2026-12-01").astimezone(UTC)
    judged = await teacher.tap("B")
    assert "完成了" not in judged.text
    ended = await teacher.tap("看小结")
    assert ended.text == "这一项已经结束，或者不在您的学习安排里，不用再管它。"


@pytest.mark.parametrize("knowledge", [LIST], indirect=True)
async def test_a_secretary_ticks_off_the_branchs_list(chat: Chat) -> None:
    secretary = chat.seat("陆见微")
    await chat.pass_to("2026-11-03")
    assert (await secretary.tap("看清单")).labels == ["1", "2"]
    page = await secretary.tap("1")
    assert "青澜一中第一党支部" in page.text
    listed = await secretary.tap("做好了")
    assert "2. 一部片（青澜一中第一党支部）\n　✓ 已完成" in listed.text


async def test_a_secretary_sees_progress_with_names_and_the_bureau_without(chat: Chat) -> None:
    secretary, chief, teacher = (chat.seat(name) for name in ("陆见微", "岑知微", "苗若谷"))
    await chat.pass_to("2026-11-03")
    await teacher.tap("看过了")
    overview = await secretary.say("学习进度")
    assert "1. 学一条\n　5 人，1 人已完成，到 11月30日" in overview.text
    page = await secretary.tap("1")
    assert "本支部还没来得及的（只有您看得到）：陆见微、简疏桐、覃云岫、戚南乔" in page.text
    await chief.say("学习进度")
    page = await chief.tap("1")
    assert "60 人，1 人已完成" in page.text
    assert "还没来得及" not in page.text
    assert "苗若谷" not in page.text


async def test_an_administrator_sees_what_is_to_come_and_moves_or_skips_it(chat: Chat) -> None:
    chief, teacher = chat.seat("闻书澜"), chat.seat("苗若谷")
    listed = await chief.say("提醒")
    assert "1. 11月2日（周一）12:00　学一条\n　60 人，其中 58 人还没绑定或送不到" in listed.text
    page = await chief.tap("1")
    assert "这个月学一条。" in page.text
    assert "11月3日（周二）12:00" in (await chief.tap("推后一天")).text
    await chat.pass_to("2026-11-03", "11:00")
    assert teacher.screen == []
    await chat.pass_to("2026-11-03")
    assert len(teacher.screen) == 1
    await chief.say("提醒")
    await chief.tap("1")
    assert "已跳过，不发" in (await chief.tap("跳过这次")).text
    await chat.pass_to("2026-11-25")
    assert len(teacher.screen) == 1


async def test_an_administrator_of_a_school_sees_but_does_not_change(chat: Chat) -> None:
    school = chat.seat("管予安")
    await school.say("提醒")
    await school.tap("1")
    await school.tap("跳过这次")
    assert school.screen[-1].text == "提醒是发给全区的，只有教育局的管理员能改。"


async def test_apscheduler_stands_at_the_next_time_that_anything_falls_due(chat: Chat) -> None:
    arranged: list[tuple[str, str]] = []

    def wake_by(name: str, trigger: BaseTrigger, work: object) -> None:
        found = trigger.get_next_fire_time(None, chat.clock.wall())
        arranged.append((name, f"{found:%m-%d %H:%M}"))

    for _ in range(2):  # what has not changed is not arranged again
        await chat.app.reminding.arrange(wake_by)
    assert arranged == [("reminders due", "11-02 12:00")]
    chat.change(STUDY.replace("11-02", "11-04"))
    await chat.app.reminding.arrange(wake_by)
    assert arranged[1:] == [("reminders due", "11-04 12:00")]


async def test_administrators_are_told_once_of_names_that_nobody_knows(chat: Chat) -> None:
    chief = chat.seat("闻书澜")
    chat.change(STUDY.replace("{roles: [teacher]}", "{units: [没有的学校]}"))
    chat.clock.at = at("2026-11-02", "09:00").astimezone(UTC)
    for _ in range(2):
        await chat.app.reminding.check(chat.app.chores)
        await chat.house.deliver()
    (told,) = chief.screen
    assert told.text.endswith("reminders/rules.yaml:4:18: 没有这个单位：“没有的学校”")


async def test_a_moved_clock_can_go_to_the_next_reminder(chat: Chat, database: Database) -> None:
    with database.read() as session:
        due = playground.next_due(session, after=chat.clock.now())
    assert due == at("2026-11-02", "12:00")


async def test_promise_2_progress_names_nobody_to_those_who_do_not_answer_for_them(
    chat: Chat,
) -> None:
    above, other = chat.seat("裴望川"), chat.seat("尹松龄")
    await chat.pass_to("2026-11-03")
    for person in (above, other):
        await person.say("学习进度")
        page = await person.tap("1")
        assert "苗若谷" not in page.text


async def test_a_person_sees_their_completions_in_their_data(
    chat: Chat, database: Database
) -> None:
    teacher = chat.seat("苗若谷")
    await chat.pass_to("2026-11-03")
    await teacher.tap("看过了")
    with database.read() as session:
        held = privacy.export(session, chat.district.member("苗若谷"))
    assert [(row["key"], row["how"]) for row in held["completions"]] == [(KEY, "receipt")]
    assert data_export.workbook_of(held, chat.app.knowledge.current.library)
