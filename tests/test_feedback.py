"""题目有误, from the quiz to the queue and back with thanks, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.core.errors import Refused
from bot.db.engine import Database
from bot.db.models import AuditRow, FeedbackRow
from bot.services import feedback
from tests.fakes import MONDAY_NOON, House, Person, Standing
from tests.staff import delivered, member, seat

ITEM = "gifts-card-1"


@pytest.fixture
def teacher(database: Database, house: House) -> Person:
    return seat(database, house, "t1")


@pytest.fixture
def administrator(database: Database, house: House) -> Person:
    return seat(database, house, "a1", "administrator")


async def report(person: Person, note: str = "") -> Standing:
    """Answer the first question of a topic and report it."""
    await person.say("练习")
    await person.tap("按主题练")
    shown = await person.tap("处理")
    for _ in range(5):
        if "不少于____个月" in shown.text:
            break
        await person.say("A")
        await person.tap("下一题")
        shown = person.screen[-1]
    await person.say("24个月")
    await person.tap("题目有误")
    return await (person.say(note) if note else person.tap("直接提交"))


async def open_first(administrator: Person) -> Standing:
    await administrator.say("待办")
    await administrator.tap("题目有误")
    return await administrator.tap("1")


async def test_a_report_takes_a_sentence_and_leads_back_to_the_quiz(teacher: Person) -> None:
    shown = await report(teacher, "单位写漏了")
    assert shown.text.startswith("已提交，管理员会看到题目和您写的话。")
    assert shown.labels == ["接着练习"]
    shown = await teacher.tap("接着练习")
    assert "不少于____个月" in shown.text


async def test_a_letter_answers_the_next_question_and_a_sentence_is_the_note(
    teacher: Person, database: Database
) -> None:
    await teacher.say("练习")
    await teacher.tap("按主题练")
    await teacher.tap("礼品")
    await teacher.say("A")
    judged = teacher.screen[-1]
    await teacher.say("对")
    old = Standing(judged.id, judged.chat, judged.message)
    await teacher.tap("下一题")
    await teacher.tap("题目有误", on=old)
    assert "哪里不对" in teacher.screen[-1].text
    shown = await teacher.say("对" if "判断" in asked_last(teacher) else "A")
    assert "答对了" in shown.text or "不对" in shown.text
    assert "已提交" not in shown.text
    await teacher.tap("题目有误")
    assert "已提交" in (await teacher.say("选项写漏了一个字")).text


def asked_last(person: Person) -> str:
    """The newest question on the screen."""
    return next(each.text for each in reversed(person.screen) if "题，共" in each.text)


async def test_after_cancel_nobody_is_told_the_outcome(
    teacher: Person, administrator: Person, database: Database
) -> None:
    await report(teacher)
    await open_first(administrator)
    asked = await administrator.tap("没有错")
    await administrator.say("取消")
    assert "什么都没有发" in (await administrator.tap("就这样发", on=asked)).text
    assert delivered(database, "") == []


async def test_a_report_without_a_word_is_fine(teacher: Person, administrator: Person) -> None:
    shown = await report(teacher)
    assert shown.text.startswith("已提交")
    assert "没有写说明。" in (await open_first(administrator)).text


async def test_thinking_better_of_it_stores_nothing(teacher: Person, database: Database) -> None:
    await teacher.say("练习")
    await teacher.tap("随机五题")
    await teacher.do(tap=(await _begin(teacher)).key("不报了").token, tapped=None)
    assert teacher.screen[-1].text == "好，没有提交。"
    assert teacher.screen[-1].labels == ["接着练习"]
    with database.read() as session:
        assert session.scalars(select(FeedbackRow)).all() == []


async def test_the_queue_shows_the_item_its_file_and_what_was_said(
    teacher: Person, administrator: Person
) -> None:
    await report(teacher, "单位写漏了")
    assert "题目有误：1" in (await administrator.say("待办")).text
    listed = await administrator.tap("题目有误")
    assert "1. 取消评奖评优资格的期限不少于____个月。　1 人报" in listed.text
    shown = await administrator.tap("1")
    assert "答案：24" in shown.text
    assert "ethics.yaml:" in shown.text
    assert "handling-period-1" in shown.text
    assert "· 单位写漏了" in shown.text
    assert "某t1" not in shown.text


async def test_closing_thanks_each_who_reported_once(
    database: Database, teacher: Person, administrator: Person
) -> None:
    await report(teacher, "单位写漏了")
    await open_first(administrator)
    shown = await administrator.tap("已改好")
    assert "已经核对改好了，谢谢您指出来。" in shown.text
    assert (await administrator.tap("就这样发")).text == "已处理，告诉了 1 个报错的人。"
    ((owner, letter),) = delivered(database, "feedback:")
    assert owner.startswith("m")
    assert letter == (
        "您报过一道题：取消评奖评优资格的期限不少于____个月。\n\n已经核对改好了，谢谢您指出来。"
    )
    assert (await administrator.say("待办")).text == "现在没有等着处理的事。"


async def test_closing_in_ones_own_words(
    database: Database, teacher: Person, administrator: Person
) -> None:
    await report(teacher)
    await open_first(administrator)
    await administrator.tap("没有错")
    shown = await administrator.say("原文就是24个月，见第三条。")
    assert shown.text == "已处理，告诉了 1 个报错的人。"
    assert delivered(database, "feedback:")[0][1].endswith("原文就是24个月，见第三条。")
    with database.read() as session:
        (row,) = session.scalars(select(AuditRow))
    assert (row.act, row.subject) == ("item.reports_closed", "item:handling-period-1")
    assert row.detail == {"outcome": "kept", "people": 1}


async def test_what_a_colleague_has_closed_is_said_so(
    teacher: Person, administrator: Person, house: House, database: Database
) -> None:
    await report(teacher)
    await open_first(administrator)
    colleague = seat(database, house, "a2", "administrator")
    await open_first(colleague)
    await colleague.tap("已改好")
    await colleague.tap("就这样发")
    await administrator.tap("没有错")
    await administrator.tap("就这样发")
    assert administrator.screen[-1].text == "这道题的报错已经处理过了。"
    assert len(delivered(database, "feedback:")) == 1


def test_a_second_word_on_the_same_item_is_added_to_the_first(database: Database) -> None:
    teacher = member(database, "t1")
    assert teacher.id is not None
    with database.begin() as session:
        assert feedback.report(session, teacher.id, ITEM, "a.yaml:1", at=MONDAY_NOON)
        assert not feedback.report(session, teacher.id, ITEM, "a.yaml:1", "B 也对", at=MONDAY_NOON)
        assert feedback.about(session, ITEM).texts == ("B 也对",)
        assert feedback.count(session) == 1


def test_items_that_most_people_report_come_first(database: Database) -> None:
    people = [member(database, f"t{number}").id or 0 for number in range(3)]
    with database.begin() as session:
        feedback.report(session, people[0], "other-1", "a.yaml:9", at=MONDAY_NOON)
        for person in people:
            feedback.report(session, person, ITEM, "a.yaml:1", at=MONDAY_NOON)
        found = feedback.waiting(session)
    assert [(each.item_id, each.people) for each in found] == [(ITEM, 3), ("other-1", 1)]


@pytest.mark.parametrize(
    ("text", "code"),
    [("好" * 501, "feedback_too_long"), ("打13800138000问我", "feedback_personal")],
)
def test_a_note_keeps_to_its_length_and_holds_no_numbers_of_people(
    database: Database, text: str, code: str
) -> None:
    teacher = member(database, "t1")
    with database.begin() as session, pytest.raises(Refused) as refused:
        feedback.report(session, teacher.id or 0, ITEM, "a.yaml:1", text, at=MONDAY_NOON)
    assert refused.value.code == code


async def _begin(teacher: Person) -> Standing:
    """Answer whatever is asked, then begin a report."""
    for given in ("A", "对", "24个月"):
        shown = await teacher.say(given)
        if "题目有误" in shown.labels:
            return await teacher.tap("题目有误")
    raise AssertionError("no answer was taken")
