"""Learning from questions, in chat, on both databases: nothing without an administrator's tap."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bot.core.chat import Shown
from bot.db.engine import Database
from bot.db.models import AdditionRow, AuditRow, MissRow
from knowledge.live import LiveKnowledge
from tests.fakes import House, Person
from tests.learnt import COUPON, LIKE_PARKING, PARKING, asked, open_first, process, three_ask
from tests.staff import seat

THREE = [PARKING, *LIKE_PARKING]
CARD = "家长送的购物卡能不能收"


@pytest.fixture
def knowledge(database: Database) -> LiveKnowledge:
    """Beside the files also what was added in this test's database."""
    return process(database)


@pytest.fixture
def administrator(database: Database, house: House) -> Person:
    return seat(database, house, "a1", "administrator")


async def test_three_different_people_make_a_proposal(house: House, administrator: Person) -> None:
    await three_ask(house, THREE[:2])
    assert (await administrator.say("待办")).text == "现在没有等着处理的事。"
    await house.person("g9").say(THREE[2])
    shown = await administrator.say("待办")
    assert shown.labels == ["没答上的问题（1）"]
    listed = await administrator.tap("没答上的问题")
    assert "3 人问了 3 次" in listed.text


async def test_five_alike_make_a_proposal_even_of_one_person(
    house: House, administrator: Person
) -> None:
    stranger = house.person("g1")
    for _ in range(4):
        await stranger.say(PARKING)
    assert (await administrator.say("待办")).text == "现在没有等着处理的事。"
    await stranger.say(PARKING)
    assert "1 人问了 5 次" in (await open_first(administrator)).text


async def test_what_was_none_of_a_choice_counts_and_the_choice_itself_does_not(
    house: House, database: Database
) -> None:
    stranger = house.person("g1")
    choice = await stranger.say("家长请客收卡")
    assert _kept(database) == []
    await stranger.tap("都不是", on=choice)
    assert _kept(database) == ["家长请客收卡"]


async def test_tapping_none_of_these_twice_on_one_message_counts_once(
    house: House, database: Database
) -> None:
    stranger = house.person("g1")
    choice = await stranger.say("家长请客收卡")
    token, message = choice.key("都不是").token, Shown(stranger.chat, choice.id)
    taps = [stranger.incoming(tap=token, tapped=message) for _ in range(2)]
    await house.accept(taps)
    assert _kept(database) == ["家长请客收卡"]


async def test_one_tap_adds_the_wording_and_it_is_answered(
    house: House, administrator: Person, knowledge: LiveKnowledge
) -> None:
    await three_ask(house, [COUPON] * 3)
    shown = await open_first(administrator)
    assert shown.text.startswith(COUPON)
    await administrator.tap("找别的条目")
    found = await administrator.say("购物卡能不能收")
    assert found.labels[0] == f"1. 加到《{CARD}》"
    shown = await administrator.tap(f"1. 加到《{CARD}》")
    assert shown.text == f"已加到《{CARD}》。几秒后，这样问就能答上。"
    knowledge.refresh()
    assert (await house.person("g7").say(COUPON)).text.startswith(CARD)
    assert (await administrator.say("待办")).text == "现在没有等着处理的事。"


async def test_the_nearest_entry_and_the_next_two_stand_ready(
    database: Database, administrator: Person, knowledge: LiveKnowledge
) -> None:
    asked(database, ["校长请客吃饭我去不去呢"] * 3)
    shown = await open_first(administrator)
    adding = [label for label in shown.labels if "加到" in label]
    assert adding[0] == "1. 加到《家长请吃饭能不能去》"
    assert 1 < len(adding) <= 3
    await administrator.say("1")
    knowledge.refresh()
    assert "校长请客吃饭我去不去呢" in knowledge.current.library.entries["gifts-dinner"].ask


async def test_an_addition_can_be_undone_and_the_question_waits_again(
    house: House, database: Database, administrator: Person, knowledge: LiveKnowledge
) -> None:
    before = knowledge.current.library.version
    asked(database, THREE)
    await open_first(administrator)
    await administrator.tap("找别的条目")
    await administrator.say("购物卡能不能收")
    await administrator.tap("1.")
    knowledge.refresh()
    assert knowledge.current.library.version != before
    shown = await administrator.tap("撤销")
    assert shown.text.startswith("已撤销")
    knowledge.refresh()
    assert knowledge.current.library.version == before
    assert (await open_first(administrator)).text.startswith(PARKING)


async def test_what_was_added_is_listed_and_undone_there(
    database: Database, administrator: Person
) -> None:
    assert (await administrator.say("/learnt")).text == "聊天里还没有补充过问法或条目。"
    asked(database, THREE)
    await open_first(administrator)
    await administrator.tap("找别的条目")
    await administrator.say("购物卡能不能收")
    await administrator.tap("1.")
    assert f"1. 问法“{PARKING}”，加在《{CARD}》" in (await administrator.say("/learnt")).text
    shown = await administrator.tap("1")
    assert "某a1，2026-11-23" in shown.text
    token = shown.key("撤销").token
    await administrator.tap("撤销")
    shown = await administrator.do(tap=token)
    assert shown.text == "这一条已经撤销，或者已经并进知识库文件了。"


async def test_a_wording_is_put_right_before_it_is_added(
    database: Database, administrator: Person, knowledge: LiveKnowledge
) -> None:
    asked(database, THREE)
    await open_first(administrator)
    await administrator.tap("改一改问法")
    shown = await administrator.say("亲戚店里的充值卡是家长给的，能收吗")
    assert shown.text.startswith("亲戚店里的充值卡是家长给的，能收吗")
    await administrator.tap("1.")
    knowledge.refresh()
    said = [text for _, text in knowledge.current.library.phrasings()]
    assert "亲戚店里的充值卡是家长给的，能收吗" in said
    assert PARKING not in said


async def test_a_phrasing_of_another_entry_is_refused_with_a_sentence(
    database: Database, administrator: Person
) -> None:
    asked(database, THREE)
    await open_first(administrator)
    await administrator.tap("改一改问法")
    await administrator.say("谢师宴，能参加吗")
    await administrator.tap("找别的条目")
    await administrator.say("购物卡能不能收")
    await administrator.tap("1.")
    assert administrator.screen[-1].text == (
        "这句问法已经属于《家长请吃饭能不能去》，一句问法只能归一个条目。"
    )
    assert "没答上的问题：1" in (await administrator.say("待办")).text


async def test_a_wording_with_a_personal_number_is_refused(
    database: Database, administrator: Person
) -> None:
    asked(database, THREE)
    await open_first(administrator)
    await administrator.tap("改一改问法")
    shown = await administrator.say("家长13800138000打来电话怎么办")
    assert shown.text == "这里面有像证件号、学号或手机号的数字，不能收。请去掉再打一次。"


async def test_a_dismissed_question_is_not_proposed_again(
    house: House, database: Database, administrator: Person
) -> None:
    asked(database, THREE)
    await open_first(administrator)
    await administrator.tap("不用加")
    assert (await administrator.say("待办")).text == "现在没有等着处理的事。"
    await three_ask(house, THREE)
    assert (await administrator.say("待办")).text == "现在没有等着处理的事。"


async def test_a_second_administrator_finds_that_it_was_settled(
    house: House, database: Database, administrator: Person
) -> None:
    other = seat(database, house, "a2", "administrator")
    asked(database, THREE)
    mine, theirs = await open_first(administrator), await open_first(other)
    await administrator.tap("1.", on=mine)
    await other.tap("2.", on=theirs)
    assert other.screen[-1].text == "这个问题已经有人处理过了，或者已经过期删掉了。"
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(AdditionRow)) == 1


async def test_every_decision_stands_in_the_audit_list_without_the_words(
    database: Database, administrator: Person
) -> None:
    asked(database, THREE)
    await open_first(administrator)
    await administrator.tap("1.")
    await administrator.tap("撤销")
    await open_first(administrator)
    await administrator.tap("不用加")
    with database.read() as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.id)).all()
    acts = ["knowledge.added", "knowledge.withdrawn", "knowledge.dismissed"]
    assert [row.act for row in rows] == acts
    assert PARKING not in str([(row.subject, row.detail) for row in rows])


async def test_teachers_see_no_proposals(house: House, database: Database) -> None:
    teacher = seat(database, house, "t1")
    asked(database, THREE)
    shown = await teacher.say("/learnt")
    assert shown.text == "这项功能由书记或管理员使用。如果您应当有这个权限，请联系管理员。"


async def test_asking_still_answers_when_nothing_can_be_written(
    house: House, database: Database
) -> None:
    stranger = house.person("g1")
    await stranger.say("你好")
    turns = house.app.turns  # type: ignore[attr-defined]
    with database.read() as session:
        taken = turns.read(session, stranger.incoming(text=PARKING))
    assert "没有可靠的依据" in taken.messages[0].text
    assert _kept(database) == []


async def test_it_keeps_quiet_about_people_whose_questions_found_no_answer(
    house: House, database: Database, administrator: Person
) -> None:
    """Administrators see the words and how many asked, never who."""
    for sender in ("t1", "t2", "t3"):
        await seat(database, house, sender).say(PARKING)
    await open_first(administrator)
    seen = "".join(standing.text for standing in administrator.screen)
    assert PARKING in seen
    assert "3 人问了 3 次" in seen
    assert not [name for name in ("某t1", "某t2", "某t3", "n-t1") if name in seen]
    assert _kept(database) == [PARKING] * 3


async def test_it_cites_or_says_that_it_does_not_know_until_somebody_taps(
    house: House, database: Database, administrator: Person, knowledge: LiveKnowledge
) -> None:
    """Whatever is asked, however often: nothing is learnt without an administrator's tap."""
    before = knowledge.current.library.version
    for number in range(12):
        await house.person(f"g{number % 4}").say(PARKING)
    await open_first(administrator)
    await administrator.tap("写一个新条目")
    await administrator.say("老师停车归谁管")
    await administrator.say("取消")
    knowledge.refresh()
    assert knowledge.current.library.version == before
    assert "没有可靠的依据" in (await house.person("g1").say(PARKING)).text
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(AdditionRow)) == 0


def _kept(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(MissRow.text)))
