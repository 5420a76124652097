"""Writing a new entry in chat: each step typed, seen before it counts, gone with 取消."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bot.db.engine import Database
from bot.db.models import AdditionRow
from knowledge.live import LiveKnowledge
from tests.fakes import House, Person, Standing
from tests.learnt import LIKE_PARKING, PARKING, asked, open_first, process
from tests.staff import seat

TITLE = "老师的车停在哪里"
ANSWER = "停在学校划定的车位，不占校门口。"


@pytest.fixture
def knowledge(database: Database) -> LiveKnowledge:
    return process(database)


@pytest.fixture
async def administrator(database: Database, house: House) -> Person:
    """Somebody who has opened the proposal and begins to write."""
    person = seat(database, house, "a1", "administrator")
    asked(database, [PARKING, *LIKE_PARKING])
    await open_first(person)
    await person.tap("写一个新条目")
    return person


async def write(administrator: Person) -> Standing:
    await administrator.say(TITLE)
    await administrator.say(ANSWER)
    await administrator.say("处理办法")
    await administrator.tap("1. 《中小学教师违反职业道德行为处理办法》")
    return await administrator.say("第九条")


async def test_an_entry_is_written_seen_and_then_answered(
    house: House, administrator: Person, knowledge: LiveKnowledge
) -> None:
    shown = await write(administrator)
    assert shown.text.splitlines()[2:5] == [
        TITLE,
        ANSWER,
        "《中小学教师违反职业道德行为处理办法》第九条，2018-11-08 起施行（出处待核对）",
    ]
    assert f"· {PARKING}\n· {LIKE_PARKING[0]}" in shown.text
    knowledge.refresh()
    assert len(knowledge.current.library.entries) == 4
    shown = await administrator.tap("就这样加上")
    assert shown.text == f"新条目《{TITLE}》已加上，几秒后就能答。"
    knowledge.refresh()
    assert (await house.person("g5").say(PARKING)).text.startswith(f"{TITLE}\n{ANSWER}")
    assert (await house.person("g5").say(TITLE)).text.startswith(TITLE)


async def test_an_entry_is_undone_by_one_tap(
    administrator: Person, knowledge: LiveKnowledge
) -> None:
    await write(administrator)
    await administrator.tap("就这样加上")
    knowledge.refresh()
    await administrator.tap("撤销")
    knowledge.refresh()
    assert len(knowledge.current.library.entries) == 4


async def test_cancelling_adds_nothing_and_the_next_text_is_a_question(
    database: Database, administrator: Person
) -> None:
    await administrator.say(TITLE)
    assert (await administrator.say("取消")).text.startswith("好")
    assert "没有可靠的依据" in (await administrator.say(ANSWER)).text
    assert _additions(database) == 0


async def test_the_cancel_button_leads_back_to_the_proposal(
    database: Database, administrator: Person
) -> None:
    await write(administrator)
    assert (await administrator.tap("取消")).text.startswith(PARKING)
    assert _additions(database) == 0


async def test_each_field_can_be_done_over_from_the_preview(administrator: Person) -> None:
    await write(administrator)
    await administrator.tap("改条款")
    assert "第十条" in (await administrator.say("第十条")).text
    await administrator.tap("改主题")
    shown = await administrator.say("校园管理")
    assert "主题：校园管理" in shown.text
    assert "第十条" in shown.text
    await administrator.tap("改出处")
    await administrator.say("礼品礼金")
    assert (
        "《严禁教师违规收受学生及家长礼品礼金等行为的规定》第十条"
        in (await administrator.say("1")).text
    )


async def test_only_a_known_document_in_force_can_be_the_source(administrator: Person) -> None:
    await administrator.say(TITLE)
    await administrator.say(ANSWER)
    found = await administrator.say("中小学教师违反职业道德行为处理办法（2014年版）")
    assert [label for label in found.labels if "2014年版" in label] == []
    shown = await administrator.say("停车场管理条例")
    assert shown.text.startswith("没找到现行的文件。")
    assert shown.labels == ["取消"]


async def test_what_is_too_long_or_taken_is_said_at_once_and_typed_again(
    administrator: Person,
) -> None:
    assert (await administrator.say("长" * 41)).text == "请控制在 40 字以内，再打一次。"
    shown = await administrator.say("谢师宴能参加吗？")
    assert shown.text.startswith("这个标题和《家长请吃饭能不能去》的标题或问法一样。")
    assert "（2/4）" in (await administrator.say(TITLE)).text


async def test_tapping_twice_makes_one_entry(database: Database, administrator: Person) -> None:
    shown = await write(administrator)
    token = shown.key("就这样加上").token
    await administrator.tap("就这样加上")
    again = await administrator.do(tap=token)
    assert again.text == "这个问题已经有人处理过了，或者已经过期删掉了。"
    assert _additions(database) == 1


async def test_talk_in_a_group_does_not_touch_what_is_being_written(
    database: Database, house: House, administrator: Person
) -> None:
    await administrator.say(TITLE)
    other = house.in_group("a1")  # another chat in between is another conversation
    await other.say("家长请")
    assert "（3/4）" in (await administrator.say(ANSWER)).text
    assert _additions(database) == 0


def _additions(database: Database) -> int:
    with database.read() as session:
        return session.scalars(select(func.count()).select_from(AdditionRow)).one()
