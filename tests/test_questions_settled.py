"""Settling a group of questions: with an entry, a phrasing, a refusal; races; who may look."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from sqlalchemy import func, select

from bot.core.chat import Reply
from bot.core.errors import Refused
from bot.db.engine import Database
from bot.db.models import AuditRow, KeyboardRow, QuestionGroupRow, QuestionRow
from bot.services import questions
from bot.services.questions import Settlement
from handlers.texts import questions as texts
from knowledge.live import LiveKnowledge
from tests.fakes import MONDAY_NOON, House, Person
from tests.questions_asked import PARKING, open_first, pass_on
from tests.staff import delivered, member, seat

LINES = [
    "天地玄黄",
    "宇宙洪荒",
    "日月盈昃",
    "辰宿列张",
    "寒来暑往",
    "秋收冬藏",
    "闰余成岁",
    "律吕调阳",
    "云腾致雨",
    "露结为霜",
    "金生丽水",
    "玉出昆冈",
    "剑号巨阙",
    "珠称夜光",
    "果珍李柰",
    "菜重芥姜",
    "海咸河淡",
    "鳞潜羽翔",
    "龙师火帝",
    "鸟官人皇",
]


@pytest.fixture
def teacher(database: Database, house: House) -> Person:
    return seat(database, house, "t1")


@pytest.fixture
def administrator(database: Database, house: House) -> Person:
    return seat(database, house, "a1", "administrator")


async def test_an_entry_answers_with_its_source(
    database: Database, teacher: Person, administrator: Person
) -> None:
    await pass_on(teacher, "亲戚家的小卖部充值卡给了我怎么说")
    await open_first(administrator)
    await administrator.tap("选一个条目")
    shown = await administrator.say("购物卡能不能收")
    assert "1. 家长送的购物卡能不能收" in shown.labels
    shown = await administrator.tap("1. 家长送的购物卡能不能收")
    assert "将这样答复：" in shown.text
    await administrator.tap("发送")
    (_, letter), *rest = delivered(database, "answer:")
    assert rest == []
    assert letter.splitlines()[-1] == (
        "《严禁教师违规收受学生及家长礼品礼金等行为的规定》第一条，2014-07-08 起施行"
    )


async def test_declining_says_why_in_a_sentence(
    database: Database, teacher: Person, administrator: Person
) -> None:
    await pass_on(teacher, PARKING)
    await open_first(administrator)
    assert texts.DECLINED in (await administrator.tap("不回答")).text
    await administrator.say("停车由学校后勤管，请问总务处。")
    await administrator.tap("发送")
    assert delivered(database, "answer:")[0][1].endswith("停车由学校后勤管，请问总务处。")


async def test_the_wording_comes_as_an_entry_to_complete(
    teacher: Person, administrator: Person, tmp_path: Path
) -> None:
    await pass_on(teacher, PARKING)
    await open_first(administrator)
    await administrator.tap("生成 YAML")
    shown = administrator.screen[-1]
    assert shown.message.file is not None
    (entry,) = yaml.safe_load(shown.message.file.content)["entries"]
    assert entry["ask"] == [PARKING]
    assert entry["review"] == "pending"
    assert entry["source"] == "待填"


async def test_the_wording_comes_as_phrasings_of_the_entry_that_answered(
    teacher: Person, administrator: Person, knowledge: LiveKnowledge
) -> None:
    asked = "亲戚家的小卖部充值卡给了我怎么说"
    await pass_on(teacher, asked)
    await open_first(administrator)
    await administrator.tap("选一个条目")
    await administrator.say("购物卡能不能收")
    await administrator.tap("1. 家长送的购物卡能不能收")
    await administrator.tap("发送")
    await administrator.tap("生成 YAML")
    shown = administrator.screen[-1]
    assert shown.message.file is not None
    text = shown.message.file.content.decode()
    assert text.startswith("# ethics.yaml:")
    own = knowledge.current.library.entries["gifts-card"].ask
    assert yaml.safe_load(text)["ask"] == [*own, asked]


async def test_every_settlement_stands_in_the_audit_list(
    database: Database, teacher: Person, administrator: Person
) -> None:
    await pass_on(teacher, PARKING)
    await open_first(administrator)
    await administrator.tap("不回答")
    await administrator.tap("发送")
    with database.read() as session:
        (row,) = session.scalars(select(AuditRow))
    assert (row.act, row.subject) == ("question.declined", "questions:1")
    assert row.detail == {"people": 1, "entry": None}


async def test_teachers_have_no_queue(teacher: Person) -> None:
    shown = await teacher.say("待办")
    assert shown.text == "这项功能由书记或管理员使用。如果您应当有这个权限，请联系管理员。"


async def test_a_long_queue_is_turned_by_buttons_in_one_message(
    database: Database, administrator: Person
) -> None:
    with database.begin() as session:
        for number, text in enumerate(LINES[:8]):
            questions.pass_on(session, f"a{number}", text, at=MONDAY_NOON)
    await administrator.say("待办")
    first = await administrator.tap("转来的问题")
    assert first.labels == ["1", "2", "3", "4", "5", "下一页", "返回"]
    second = await administrator.tap("下一页")
    assert second.id == first.id
    assert "8. 律吕调阳" in second.text
    assert second.labels == ["6", "7", "8", "上一页", "返回"]
    assert (await administrator.tap("8")).text.startswith("律吕调阳")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("身份证 110101199003077777 的学生能转学吗", "question_personal"),
        ("家长电话138 0013 8000打不通怎么办", "question_personal"),
        ("学号2026010203040506是谁", "question_personal"),
        ("好" * 501, "question_too_long"),
    ],
)
def test_what_names_a_person_by_number_is_not_stored(
    database: Database, text: str, code: str
) -> None:
    with database.begin() as session, pytest.raises(Refused) as refused:
        questions.pass_on(session, "a1", text, at=MONDAY_NOON)
    assert refused.value.code == code
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(QuestionRow)) == 0


def test_years_and_numbers_of_documents_may_be_asked_about(database: Database) -> None:
    with database.begin() as session:
        asked = "教师〔2018〕18号 2018-11-08 还有效吗"
        passed = questions.pass_on(session, "a1", asked, at=MONDAY_NOON)
    assert not passed.is_repeat


def test_one_person_can_have_only_so_many_waiting(database: Database) -> None:
    words = LINES[: questions.WAITING]
    assert len(words) == questions.WAITING
    with database.begin() as session:
        for text in words:
            questions.pass_on(session, "a1", text, at=MONDAY_NOON)
    with database.begin() as session, pytest.raises(Refused) as refused:
        questions.pass_on(session, "a1", "完全不同的另一件事情", at=MONDAY_NOON)
    assert refused.value.code == "questions_too_many"


@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [
        ("老师的车能不能停在校门口", "教师的车可以停校门口吗", True),
        ("请问公积金怎么提取", "公积金咋提取啊", True),
        ("公积金怎么提取", "公积金怎么转移", False),
        ("老师能不能打学生", "学生能不能打老师", False),
        ("病假工资怎么算", "产假工资怎么算", False),
        ("公积金怎么提取", "食堂几点开饭", False),
        ("一年级语文课几节", "二年级语文课几节", False),
        ("教师节放不放假", "教师节放假吗", True),
    ],
)
def test_only_questions_that_ask_the_same_are_one_group(
    database: Database, first: str, second: str, is_one: bool
) -> None:
    with database.begin() as session:
        questions.pass_on(session, "a1", first, at=MONDAY_NOON)
        questions.pass_on(session, "a2", second, at=MONDAY_NOON)
        assert questions.count(session) == (1 if is_one else 2)


def test_eight_administrators_at_once_answer_once(database: Database) -> None:
    actor = member(database, "a1", "administrator")
    with database.begin() as session:
        questions.pass_on(session, "a7", PARKING, at=MONDAY_NOON)
        (group,) = questions.waiting(session)

    def settle(number: int) -> str:
        try:
            with database.begin() as session:
                questions.settle(
                    session,
                    actor,
                    group.id,
                    Settlement.typed(str(number)),
                    lambda asked: Reply(f"{asked}{number}"),
                    at=MONDAY_NOON,
                )
        except Refused as refused:
            return refused.code
        return "answered"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(settle, range(8))) == ["answered", *["question_settled"] * 7]
    assert len(delivered(database, "answer:")) == 1


def test_passing_on_and_answering_at_once_leaves_nobody_without_an_answer(
    database: Database,
) -> None:
    actor = member(database, "a1", "administrator")
    with database.begin() as session:
        questions.pass_on(session, "a100", PARKING, at=MONDAY_NOON)
        (group,) = questions.waiting(session)

    def pass_on_too(number: int) -> None:
        with database.begin() as session:
            questions.pass_on(session, f"a{number}", PARKING, at=MONDAY_NOON)

    def settle() -> None:
        answer = Settlement.typed("好")
        with database.begin() as session:
            questions.settle(
                session, actor, group.id, answer, lambda _: Reply("好"), at=MONDAY_NOON
            )

    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(pass_on_too, number) for number in range(4)]
        waiting.append(pool.submit(settle))
        waiting += [pool.submit(pass_on_too, number) for number in range(4, 8)]
        for each in waiting:
            each.result()
    told = {owner for owner, _ in delivered(database, "answer:")}
    with database.read() as session:
        query = select(QuestionRow.owner).join(
            QuestionGroupRow, QuestionGroupRow.id == QuestionRow.group_id
        )
        open_ones = set(session.scalars(query.where(QuestionGroupRow.status == "open")))
    assert told | open_ones == {"a100", *(f"a{number}" for number in range(8))}
    assert not told & open_ones


def test_taking_back_anothers_question_does_nothing(database: Database) -> None:
    with database.begin() as session:
        passed = questions.pass_on(session, "a1", PARKING, at=MONDAY_NOON)
        assert not questions.take_back(session, "a2", passed.question_id)
        assert questions.count(session) == 1


async def test_a_question_passed_on_twice_by_a_double_tap_is_stored_once(
    house: House, database: Database, teacher: Person
) -> None:
    shown = await teacher.say(PARKING)
    token = shown.key("转给管理员").token
    taps = [teacher.incoming(tap=token, tapped=None) for _ in range(2)]
    await house.accept(taps)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(QuestionRow)) == 1
        assert session.scalar(select(func.count()).select_from(KeyboardRow)) > 0  # type: ignore[operator]
