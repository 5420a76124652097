"""Plans: done by a receipt, a quiz or a meeting, whichever comes first, and not asked again."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from pathlib import Path

import pytest
from apscheduler.triggers.base import BaseTrigger

from bot.app import App
from bot.core.errors import Refused
from bot.db.engine import Database
from bot.db.models import MemberRow
from bot.services import completions, erasure, plans, playground, privacy, progress
from bot.services.calendar import Term
from bot.services.plans import Batch
from handlers.texts import data_export
from knowledge.live import LiveKnowledge
from tests.district import District
from tests.fakes import FakeClock, House, Person
from tests.remindable import Remindable, at
from tests.reminder_files import write_reminders

STUDY = """\
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
FILMS = """\
plans:
  - id: films
    title: 警示片
    to: {roles: [teacher]}
    remind: [-7]
    items:
      - id: autumn
        title: 警示片（三）
        window: {every: year, from: 11-02, until: 11-30}
        text: 看一部片。
        film: {title: 片名}
        quiz: {items: [gifts-card-1], count: 1, passes: 1}
        done_by: [quiz, meeting]
"""
LIST = """\
plans:
  - id: ones
    title: 两个一
    to: {roles: [secretary]}
    per: unit
    text: 清单在这里。
    remind: [-7]
    items:
      - id: film
        title: 一部片
        window: {every: year, from: 11-02, until: 11-30}
        text: 看一部片。
      - id: talk
        title: 一次会
        window: {every: year, from: 11-02, until: 11-30}
        text: 开一次会。
"""
KEY = "plan:study/november/2026"


def house_with(database: Database, folder: Path, text: str) -> Remindable:
    house = Remindable(database, folder, text)
    house.run(at("2026-10-30"))
    return house


def batch_of(house: Remindable, day: str = "2026-11-23") -> Batch:
    on = date.fromisoformat(day)
    (found,) = plans.batches(house.library.rulebook, (), on, on)
    return found


def test_an_item_is_told_as_its_window_opens_and_again_to_those_who_have_not_done_it(
    database: Database, tmp_path: Path
) -> None:
    house = house_with(database, tmp_path, STUDY)
    house.run(at("2026-11-02"))
    done = house.district.member("苗若谷")
    with database.begin() as session:
        book = house.library.rulebook
        plans.confirm(session, done, book, KEY, at=at("2026-11-05"))
    house.run(at("2026-11-23"))
    assert house.letters() == [("学一条", 60), ("学一条", 59)]
    assert f"m{done.id}" not in house.newest()


def test_what_is_done_is_taken_out_of_the_queue(database: Database, tmp_path: Path) -> None:
    house = house_with(database, tmp_path, STUDY)
    house.run(at("2026-11-02"))
    done = house.district.member("苗若谷")
    assert f"m{done.id}" in house.queued()
    with database.begin() as session:
        plans.confirm(session, done, house.library.rulebook, KEY, at=at("2026-11-02", "12:05"))
    assert f"m{done.id}" not in house.queued()
    assert len(house.queued()) == 59


@pytest.mark.parametrize("how", ["receipt", "meeting"])
def test_whichever_way_comes_first_counts(database: Database, tmp_path: Path, how: str) -> None:
    house = house_with(database, tmp_path, STUDY)
    member = house.district.member("苗若谷")
    assert member.id is not None

    def by_meeting() -> None:
        with database.begin() as session:
            (shown,) = plans.showable(session, house.library.rulebook, at=at("2026-11-10"))
            ids = [member.id or 0]
            completions.record(
                session,
                key=shown.key,
                member_ids=ids,
                how="meeting",
                ref="meeting:1",
                at=at("2026-11-10"),
            )

    def by_receipt() -> None:
        with database.begin() as session:
            plans.confirm(session, member, house.library.rulebook, KEY, at=at("2026-11-10"))

    ways = [by_receipt, by_meeting]
    for way in ways if how == "receipt" else reversed(ways):
        way()
    with database.read() as session:
        found = completions.of_member(session, member.id, [KEY])
    assert found[KEY].how == how


def test_a_receipt_can_be_undone_for_five_minutes(database: Database, tmp_path: Path) -> None:
    house = house_with(database, tmp_path, STUDY)
    member = house.district.member("苗若谷")
    with database.begin() as session:
        plans.confirm(session, member, house.library.rulebook, KEY, at=at("2026-11-10", "12:00"))
        with pytest.raises(Refused) as refused:
            plans.take_back(session, member, KEY, at=at("2026-11-10", "12:06"))
        assert refused.value.code == "plan_undo_late"
        plans.take_back(session, member, KEY, at=at("2026-11-10", "12:05"))
        assert completions.of_member(session, member.id or 0, [KEY]) == {}


def test_what_is_done_by_a_quiz_is_not_done_by_a_tap(database: Database, tmp_path: Path) -> None:
    house = house_with(database, tmp_path, FILMS)
    member, book = house.district.member("苗若谷"), house.library.rulebook
    key = "plan:films/autumn/2026"
    with database.begin() as session:
        with pytest.raises(Refused) as refused:
            plans.confirm(session, member, book, key, at=at("2026-11-10"))
        assert refused.value.code == "plan_by_quiz"
        assert not plans.pass_quiz(session, member, book, key, 0, at=at("2026-11-10"))
        assert plans.pass_quiz(session, member, book, key, 1, at=at("2026-11-10"))
        assert set(completions.of_member(session, member.id or 0, [key])) == {key}


def test_before_and_after_its_window_an_item_is_not_to_be_done(
    database: Database, tmp_path: Path
) -> None:
    house = house_with(database, tmp_path, STUDY)
    member = house.district.member("苗若谷")
    for day in ("2026-11-01", "2026-12-01"):
        with database.begin() as session, pytest.raises(Refused) as refused:
            plans.confirm(session, member, house.library.rulebook, KEY, at=at(day))
        assert refused.value.code == "plan_over"


def test_a_checklist_is_the_branchs_and_its_secretary_is_asked_while_anything_is_left(
    database: Database, tmp_path: Path
) -> None:
    house = house_with(database, tmp_path, LIST)
    house.run(at("2026-11-02"))
    assert house.letters() == [("两个一", 8)]  # the secretaries of branches, nobody else
    secretary, book = house.district.member("陆见微"), house.library.rulebook
    film, talk = batch_of(house).keys
    with database.begin() as session:
        plans.confirm(session, secretary, book, film, at=at("2026-11-02", "12:10"))
    assert f"m{secretary.id}" in house.queued()
    with database.begin() as session:
        plans.confirm(session, secretary, book, talk, at=at("2026-11-02", "12:11"))
    assert f"m{secretary.id}" not in house.queued()
    house.run(at("2026-11-23"))
    assert house.letters()[-1] == ("两个一", 7)


def test_the_bureau_sees_counts_and_the_secretary_the_names_of_the_own_branch(
    database: Database, tmp_path: Path
) -> None:
    house = house_with(database, tmp_path, STUDY)
    batch, on = batch_of(house), date(2026, 11, 10)
    with database.begin() as session:
        for name in ("苗若谷", "林见禾"):
            member = house.district.member(name)
            plans.confirm(session, member, house.library.rulebook, KEY, at=at("2026-11-10"))
        chief, secretary = house.district.member("岑知微"), house.district.member("陆见微")
        everywhere = progress.count(session, chief, batch, on=on)
        assert (everywhere.done, everywhere.of) == (2, 60)
        assert progress.remaining(session, chief, batch, on=on) == []
        mine = progress.count(session, secretary, batch, on=on)
        assert (mine.done, mine.of) == (1, 5)
        names = [each.name for each in progress.remaining(session, secretary, batch, on=on)]
        assert names == ["陆见微", "简疏桐", "覃云岫", "戚南乔"]


def test_a_secretary_above_sees_no_names_of_other_branches(
    database: Database, tmp_path: Path
) -> None:
    house = house_with(database, tmp_path, STUDY)
    batch, on = batch_of(house), date(2026, 11, 10)
    with database.read() as session:
        above = house.district.member("沈屹川")
        names = [each.name for each in progress.remaining(session, above, batch, on=on)]
        assert names == ["沈屹川"]
        assert progress.count(session, above, batch, on=on).of == 10


def test_a_branch_counts_as_done_when_nothing_is_left(database: Database, tmp_path: Path) -> None:
    house = house_with(database, tmp_path, LIST)
    batch, on = batch_of(house), date(2026, 11, 10)
    secretary, book = house.district.member("陆见微"), house.library.rulebook
    chief = house.district.member("岑知微")
    with database.begin() as session:
        plans.confirm(session, secretary, book, batch.keys[0], at=at("2026-11-10"))
        found = progress.count(session, chief, batch, on=on)
        assert (found.done, found.of) == (0, 8)
        plans.confirm(session, secretary, book, batch.keys[1], at=at("2026-11-10"))
        assert progress.count(session, chief, batch, on=on).done == 1


@pytest.mark.parametrize(
    ("window", "day", "expected"),
    [
        ("{every: month, from: 1, until: 31}", "2027-02-10", "2027-02 02-01 02-28"),
        ("{every: month, from: 5, until: 20}", "2026-11-10", "2026-11 11-05 11-20"),
        ("{every: term, from: 0, until: 6}", "2027-02-25", "2027-02-22 02-22 02-28"),
        ("{from: 2026-11-01, until: 2027-01-10}", "2027-01-05", "once 11-01 01-10"),
        ("{every: year, from: 02-29, until: 03-05}", "2027-03-01", "2027 02-28 03-05"),
    ],
)  # fmt: skip
def test_windows_open_each_year_month_or_term(
    database: Database, tmp_path: Path, window: str, day: str, expected: str
) -> None:
    text = STUDY.replace("{every: year, from: 11-02, until: 11-30}", window)
    book = Remindable(database, tmp_path, text).library.rulebook
    terms = (Term(date(2027, 2, 22), date(2027, 7, 2)),)
    on = date.fromisoformat(day)
    (batch,) = plans.batches(book, terms, on, on)
    assert f"{batch.period} {batch.first:%m-%d} {batch.last:%m-%d}" == expected
    found = plans.find(book, terms, batch.keys[0])
    assert found is not None
    assert found[0] == batch


def test_a_monthly_item_is_asked_anew_each_month(database: Database, tmp_path: Path) -> None:
    text = STUDY.replace(
        "{every: year, from: 11-02, until: 11-30}", "{every: month, from: 1, until: 31}"
    )
    house = house_with(database, tmp_path, text.replace("remind: [-7]", "remind: []"))
    house.run(at("2026-11-02"))
    member = house.district.member("苗若谷")
    with database.begin() as session:
        key = batch_of(house).keys[0]
        plans.confirm(session, member, house.library.rulebook, key, at=at("2026-11-05"))
    house.run(at("2026-12-01"))
    assert house.letters() == [("学一条", 60), ("学一条", 60)]


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


def test_an_erased_person_leaves_no_completion(database: Database, tmp_path: Path) -> None:
    house = house_with(database, tmp_path, STUDY)
    member = house.district.member("苗若谷")
    with database.begin() as session:
        plans.confirm(session, member, house.library.rulebook, KEY, at=at("2026-11-10"))
        erasure.erase(session, session.get_one(MemberRow, member.id), at=at("2026-11-11"))
        assert completions.of_member(session, member.id or 0, [KEY]) == {}
