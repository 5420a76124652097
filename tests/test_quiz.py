"""Quiz practice, in chat, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import func, select

from bot.core.errors import Refused
from bot.db.engine import Database
from bot.db.models import AddressRow, AnswerRow, MemberRow
from bot.services import marking, quiz, review
from bot.services.quiz import Way
from knowledge.live import LiveKnowledge
from tests.fakes import MONDAY_NOON, FakeClock, House, Person


@pytest.fixture
def member(database: Database) -> int:
    with database.begin() as session:
        row = MemberRow(number="1001", name="试用员", party_status="none")
        session.add(row)
        session.flush()
        session.add(AddressRow(platform="fake", native_id="t1", chat_id="t1", member_id=row.id))
        session.add(AddressRow(platform="fake", native_id="t2", chat_id="t2", member_id=row.id))
        return row.id


@pytest.fixture
def teacher(member: int, house: House) -> Person:
    return house.person("t1")


def right_letters(house: House, text: str) -> str:
    """The answer to the question on the screen, from the knowledge itself."""
    for item in house.app.knowledge.current.library.items.values():  # type: ignore[attr-defined]
        if item.question in text:
            if item.kind == "truth":
                return "对" if item.answer else "错"
            return item.accepted[0] if item.kind == "fill" else "".join(sorted(item.letters))
    raise AssertionError(f"no question in {text}")


async def test_a_topic_is_practised_to_its_end_and_summed_up(house: House, teacher: Person) -> None:
    await teacher.say("练习")
    await teacher.tap("按主题练")
    shown = await teacher.tap("处理")
    assert shown.text.startswith("第 1 题，共 2 题")
    for _ in range(2):
        shown = await teacher.say(right_letters(house, shown.text))
        assert "✓ 答对了" in shown.text
        assert "《中小学教师违反职业道德行为处理办法》第三条，2018-11-08 起施行" in shown.text
        shown = await teacher.tap("下一题" if "下一题" in shown.labels else "看小结")
    assert "2 题答对 2 题" in shown.text


async def test_a_tap_replaces_the_question_in_place(house: House, teacher: Person) -> None:
    await teacher.say("练习")
    await teacher.tap("随机五题")
    assert len(teacher.screen) == 1


async def test_a_wrong_answer_says_what_is_right_and_why(house: House, teacher: Person) -> None:
    shown = await _question(teacher, house, "购物卡，教师应当")
    shown = await teacher.say("a")
    assert "✗ 不对，您答的是：A" in shown.text
    assert "正确答案：B 当场退回" in shown.text
    assert "支付凭证" in shown.text or "有价证券" in shown.text


async def test_a_multiple_choice_can_be_changed_until_confirmed(
    house: House, teacher: Person
) -> None:
    await _question(teacher, house, "下列哪些")
    await teacher.tap("A")
    await teacher.tap("B")
    shown = await teacher.tap("✓ B")
    assert shown.labels == ["✓ A", "B", "C", "D", "确认"]
    await teacher.tap("C")
    await teacher.tap("D")
    shown = await teacher.tap("确认")
    assert "✓ 答对了" in shown.text


async def test_confirming_nothing_says_to_choose_first(house: House, teacher: Person) -> None:
    await _question(teacher, house, "下列哪些")
    shown = await teacher.tap("确认")
    assert shown.toast == "先点选项，再点“确认”。"


@pytest.mark.parametrize("typed", ["24", "24个月", "二十四个月", "2年", "两年", "２４ 个月。"])
async def test_a_fill_in_knows_numbers_with_their_unit(
    house: House, teacher: Person, typed: str
) -> None:
    await _question(teacher, house, "不少于____个月")
    assert "✓ 答对了" in (await teacher.say(typed)).text


@pytest.mark.parametrize("typed", ["24天", "12", "24年", "三十四个月", "很久"])
async def test_a_fill_in_with_another_number_or_unit_is_wrong(
    house: House, teacher: Person, typed: str
) -> None:
    await _question(teacher, house, "不少于____个月")
    assert "✗ 不对" in (await teacher.say(typed)).text


async def test_two_taps_on_one_question_count_once(
    house: House, teacher: Person, database: Database
) -> None:
    shown = await _question(teacher, house, "购物卡，教师应当")
    tokens = [shown.key(letter).token for letter in "AB"]
    first, second = (teacher.incoming(tap=token, tapped=None) for token in tokens)
    await house.accept([first, second])
    with database.read() as session:
        counted = select(func.count()).where(AnswerRow.item_id == "gifts-card-1")
        assert session.scalar(counted) == 1
    assert "✗ 不对，您答的是：A" in teacher.screen[-1].text


async def test_going_on_in_another_chat_keeps_the_place(house: House, teacher: Person) -> None:
    await _question(teacher, house, "购物卡，教师应当")
    elsewhere = house.person("t2")
    await elsewhere.say("练习")
    shown = await elsewhere.tap("接着上次")
    assert "购物卡，教师应当" in shown.text
    assert "✓ 答对了" in (await elsewhere.say("B")).text


async def test_the_button_of_an_old_message_offers_to_go_on(house: House, teacher: Person) -> None:
    await teacher.say("/quiz")
    old = await teacher.tap("随机五题")
    token = (old.labels[0], old.key(old.labels[0]).token)
    answered = await teacher.say(right_letters(house, old.text))
    await teacher.tap("下一题", on=answered)
    shown = await teacher.do(tap=token[1], tapped=None)
    assert shown.text.startswith("这道题已经过去了")
    assert "第 2 题" in (await teacher.tap("去第 2 题")).text


async def test_a_question_typed_into_a_fill_in_is_offered_as_a_question(
    house: House, teacher: Person
) -> None:
    await _question(teacher, house, "不少于____个月")
    shown = await teacher.say("取消评优要多久？")
    assert shown.labels == ["用它作答", "查规定"]


def test_eight_answers_at_once_make_one_record(
    database: Database, member: int, knowledge: LiveKnowledge
) -> None:
    library = knowledge.current.library
    with database.begin() as session:
        way = Way("topic", "处理", Random(1))
        question = quiz.start(session, member, library, way, at=MONDAY_NOON)

    def tap(number: int) -> bool:
        given = "B" if question.kind != "fill" else str(number)
        with database.begin() as session:
            return quiz.answer(session, member, question, given, at=MONDAY_NOON).is_repeat

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(tap, range(8))) == [False] + [True] * 7


def test_what_was_wrong_comes_back_until_it_is_right(
    database: Database, member: int, clock: FakeClock
) -> None:
    with database.begin() as session:
        review.note(session, member, "gifts-card-1", False, at=clock.now())
        assert review.wrong(session, member) == ["gifts-card-1"]
        later = clock.now() + timedelta(days=40)
        assert review.due(session, member, at=later) == ["gifts-card-1"]
        review.note(session, member, "gifts-card-1", True, at=later)
        assert review.wrong(session, member) == []
        assert review.due(session, member, at=later + timedelta(hours=1)) == []


def test_items_that_wait_for_review_are_never_drawn(
    database: Database, member: int, knowledge: LiveKnowledge
) -> None:
    library = knowledge.current.library
    with database.begin() as session:
        for seed in range(30):
            way = Way("random", None, Random(seed))
            question = quiz.start(session, member, library, way, at=MONDAY_NOON)
            assert question.current["item"] != "handling-who-1"


@pytest.mark.parametrize("mode", ["wrong", "due"])
def test_nothing_wrong_or_due_is_said_so(
    database: Database, member: int, knowledge: LiveKnowledge, mode: str
) -> None:
    with database.begin() as session, pytest.raises(Refused) as refused:
        quiz.start(session, member, knowledge.current.library, Way(mode), at=MONDAY_NOON)
    assert refused.value.code == f"quiz_none_{mode}"


async def test_a_letter_that_is_not_there_is_met_with_a_sentence(
    house: House, teacher: Person
) -> None:
    await _question(teacher, house, "购物卡，教师应当")
    assert (await teacher.say("F")).text == "没有这个选项，选项只到 D。"
    assert (await teacher.say("AB")).text == "这是单选题，只选一个字母就好。"


async def _question(teacher: Person, house: House, words: str):
    """Practise until the question with these words stands there."""
    for _ in range(60):
        await teacher.say("练习")
        shown = await teacher.tap("随机五题")
        for _ in range(5):
            if words in shown.text:
                return shown
            shown = await teacher.say(right_letters(house, shown.text))
            shown = await teacher.tap("下一题" if "下一题" in shown.labels else "看小结")
    raise AssertionError(f"the question {words} never came")


@pytest.mark.parametrize(
    ("typed", "letters"),
    [
        ("b", "B"),
        ("选B", "B"),
        ("我选b", "B"),
        ("答案是B吧", "B"),
        ("Ｂ。", "B"),
        ("2", "B"),
        ("a、c", "AC"),
        ("A和C", "AC"),
        ("CA", "AC"),
        ("家长", None),
        ("24", None),
    ],
)
def test_letters_are_read_from_how_people_type_them(typed: str, letters: str | None) -> None:
    assert marking.letters_of(typed) == letters


async def test_not_knowing_shows_the_answer(house: House, teacher: Person) -> None:
    await _question(teacher, house, "不少于____个月")
    shown = await teacher.say("不知道啊")
    assert "您答的是：不会" in shown.text
    assert "正确答案：24" in shown.text


async def test_an_unfinished_round_waits_while_another_is_done(
    house: House, teacher: Person
) -> None:
    await teacher.say("练习")
    await teacher.tap("按主题练")
    first = await teacher.tap("礼品礼金")
    await teacher.say("练习")
    await teacher.tap("按主题练")
    shown = await teacher.tap("处理")
    for _ in range(2):
        shown = await teacher.say(right_letters(house, shown.text))
        shown = await teacher.tap("下一题" if "下一题" in shown.labels else "看小结")
    await teacher.say("练习")
    assert (await teacher.tap("接着上次")).text == first.text


async def test_what_was_missed_can_be_read_at_once(house: House, teacher: Person) -> None:
    await teacher.say("练习")
    await teacher.tap("按主题练")
    await teacher.tap("处理")
    shown = teacher.screen[-1]
    for _ in range(2):
        await teacher.say("不会")
        shown = await teacher.tap("下一题" if "下一题" in teacher.screen[-1].labels else "看小结")
    assert "看：取消评优资格最少多久" in shown.labels
    await teacher.tap("看：")
    assert "期限不少于24个月" in teacher.screen[-1].text
