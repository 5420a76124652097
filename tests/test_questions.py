"""Questions that are passed on: grouped, answered once, each who asked told once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from bot.db.engine import Database
from bot.db.models import MemberRow
from tests.fakes import MONDAY_NOON, FakeClock, House, Person
from tests.questions_asked import PARKING, open_first, pass_on
from tests.staff import delivered, seat


@pytest.fixture
def teacher(database: Database, house: House) -> Person:
    return seat(database, house, "t1")


@pytest.fixture
def administrator(database: Database, house: House) -> Person:
    return seat(database, house, "a1", "administrator")


async def test_a_question_goes_on_only_with_the_tap(
    database: Database, teacher: Person, administrator: Person
) -> None:
    await teacher.say(PARKING)
    assert (await administrator.say("待办")).text == "现在没有等着处理的事。"
    shown = await teacher.tap("转给管理员")
    assert shown.text.startswith("已转给管理员，只转了文字，没有带您的名字。")
    assert "转来的问题：1" in (await administrator.say("待办")).text


async def test_administrators_see_the_words_and_never_the_name(
    house: House, teacher: Person, administrator: Person
) -> None:
    await pass_on(teacher, PARKING)
    await pass_on(house.person("g1", "路人"), "教师的车可以停校门口吗")
    shown = await open_first(administrator)
    assert shown.text.startswith(PARKING)
    assert "· 教师的车可以停校门口吗" in shown.text
    assert "2 人问，最早在 2026-11-23" in shown.text
    seen = "".join(standing.text for standing in administrator.screen)
    assert "某t1" not in seen
    assert "路人" not in seen


async def test_a_question_can_be_taken_back_until_it_is_answered(
    teacher: Person, administrator: Person
) -> None:
    await pass_on(teacher, PARKING)
    assert (await teacher.tap("撤回")).text == "已撤回，这个问题管理员看不到了。"
    assert (await administrator.say("待办")).text == "现在没有等着处理的事。"


async def test_what_was_settled_meanwhile_cannot_be_taken_back(
    teacher: Person, administrator: Person
) -> None:
    passed = await pass_on(teacher, PARKING)
    await open_first(administrator)
    await administrator.tap("不回答")
    await administrator.tap("发送")
    assert (await teacher.tap("撤回", on=passed)).text == "这个问题已经有了结果，撤不回来了。"


async def test_the_same_person_counts_once_in_a_group(teacher: Person) -> None:
    await pass_on(teacher, PARKING)
    shown = await pass_on(teacher, "老师的车能停在校门口吗")
    assert shown.text == "这个问题您已经转过，还在等答复，不用再转；改了主意可以撤回。"


async def test_a_typed_answer_is_shown_before_it_goes_to_each_who_asked_once(
    house: House, database: Database, teacher: Person, administrator: Person
) -> None:
    await pass_on(teacher, PARKING)
    await pass_on(house.person("g1"), "教师的车可以停校门口吗")
    await open_first(administrator)
    await administrator.tap("打字回答")
    shown = await administrator.say("按学校的车辆管理办法停放。")
    assert "将这样答复：" in shown.text
    assert delivered(database, "answer:") == []
    shown = await administrator.say("停在指定的车位。")
    assert (await administrator.tap("发送")).text == "已发给 2 个提问的人，每人一次。"
    letters = delivered(database, "answer:")
    assert len({owner for owner, _ in letters}) == 2
    assert letters[0][1] == f"您问过：{PARKING}\n\n管理员答复\n停在指定的车位。"
    assert letters[1][1].startswith("您问过：教师的车可以停校门口吗")
    assert (await administrator.say("待办")).text == "现在没有等着处理的事。"


async def test_an_answer_at_night_is_said_to_wait_until_the_morning(
    database: Database, clock: FakeClock, teacher: Person, administrator: Person
) -> None:
    await pass_on(teacher, PARKING)
    clock.at = MONDAY_NOON + timedelta(hours=10)
    await open_first(administrator)
    await administrator.tap("打字回答")
    await administrator.say("停在指定的车位。")
    shown = await administrator.tap("发送")
    assert shown.text == "已记下，工作日 7:30 送达 1 个提问的人，每人一次。"
    assert len(delivered(database, "answer:")) == 1


async def test_who_has_left_is_not_counted_among_those_who_are_told(
    house: House, database: Database, teacher: Person, administrator: Person
) -> None:
    await pass_on(teacher, PARKING)
    await pass_on(house.person("g1"), "教师的车可以停校门口吗")
    leave(database, "t1")
    await open_first(administrator)
    await administrator.tap("打字回答")
    await administrator.say("停在指定的车位。")
    shown = await administrator.tap("发送")
    assert shown.text == "已发给 1 个提问的人，每人一次。另有 1 人已离开，没有送出。"


async def test_an_answer_to_somebody_who_has_left_is_said_not_to_go_out(
    database: Database, teacher: Person, administrator: Person
) -> None:
    await pass_on(teacher, PARKING)
    leave(database, "t1")
    await open_first(administrator)
    await administrator.tap("不回答")
    assert (await administrator.tap("发送")).text == "提问的人已离开，没有送出。"


def leave(database: Database, sender: str) -> None:
    with database.begin() as session:
        session.execute(
            update(MemberRow)
            .where(MemberRow.number == f"n-{sender}")
            .values(left_on=date(2026, 11, 23))
        )


async def test_the_button_of_a_settled_question_sends_nothing_again(
    database: Database, teacher: Person, administrator: Person
) -> None:
    await pass_on(teacher, PARKING)
    await open_first(administrator)
    await administrator.tap("打字回答")
    preview = await administrator.say("停在指定的车位。")
    token = preview.key("发送").token
    await administrator.tap("发送", on=preview)
    shown = await administrator.do(tap=token, tapped=None)
    assert shown.text == "这个问题刚刚已经处理过了，提问的人都收到了答复。"
    assert len(delivered(database, "answer:")) == 1


async def test_quoting_the_queues_message_answers_its_group(
    database: Database, teacher: Person, administrator: Person
) -> None:
    await pass_on(teacher, PARKING)
    shown = await open_first(administrator)
    await administrator.say("停在指定的车位。", quoted=shown.id)
    await administrator.tap("发送")
    assert [text for _, text in delivered(database, "answer:")] == [
        f"您问过：{PARKING}\n\n管理员答复\n停在指定的车位。"
    ]
