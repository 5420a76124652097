"""Asking in chat, on both databases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.core.clock import local_day
from bot.core.text import plain, quoted, titled
from bot.db.engine import Database
from bot.services import answering
from handlers.texts import asking as texts
from handlers.texts import start
from knowledge.live import LiveKnowledge
from tests.fakes import MONDAY_NOON, House, Person, Standing
from tests.staff import seat

CARD = "家长硬塞的购物卡退不回去咋办"
GIFTS = "《严禁教师违规收受学生及家长礼品礼金等行为的规定》"


@pytest.fixture
def guest(house: House) -> Person:
    return house.person("g1")


@pytest.fixture
def teacher(database: Database, house: House) -> Person:
    return seat(database, house, "t1")


def lines(standing: Standing) -> Sequence[str]:
    return standing.text.splitlines()


async def test_a_clear_hit_is_answered_with_document_clause_and_date(guest: Person) -> None:
    shown = await guest.say(CARD)
    assert lines(shown)[0] == "家长送的购物卡能不能收"
    assert "不能收。购物卡属于有价证券" in shown.text
    assert lines(shown)[-2:] == [
        "这是规定原则，不是对具体个案的认定。",
        f"{GIFTS}第一条，2014-07-08 起施行",
    ]


async def test_an_answer_offers_its_neighbour_and_practice(guest: Person, teacher: Person) -> None:
    assert (await teacher.say(CARD)).labels == ["家长请吃饭能不能去", "相关的练习"]
    assert (await guest.say(CARD)).labels == ["家长请吃饭能不能去"]
    assert "第 1 题" in (await teacher.tap("相关的练习")).text


async def test_a_neighbour_stands_beside_the_answer_not_in_its_place(guest: Person) -> None:
    await guest.say(CARD)
    shown = await guest.tap("家长请吃饭能不能去")
    assert lines(shown)[0] == "家长请吃饭能不能去"
    assert [lines(standing)[0] for standing in guest.screen] == [
        "家长送的购物卡能不能收",
        "家长请吃饭能不能去",
    ]


async def test_a_choice_is_replaced_by_the_answer_tapped(guest: Person) -> None:
    asked = await guest.say("礼品礼金")
    assert asked.text.startswith("您是想问……？")
    assert asked.labels == ["1. 家长送的购物卡能不能收", "2. 家长请吃饭能不能去", "都不是"]
    shown = await guest.tap("2.")
    assert shown.id == asked.id
    assert lines(shown)[-1] == f"{GIFTS}第二条，2014-07-08 起施行"


async def test_a_choice_can_be_made_by_typing_its_number(guest: Person) -> None:
    await guest.say("礼品礼金")
    assert lines(await guest.say("1"))[0] == "家长送的购物卡能不能收"


async def test_none_of_these_says_so_and_offers_to_pass_it_on(guest: Person) -> None:
    await guest.say("礼品礼金")
    shown = await guest.tap("都不是")
    assert lines(shown)[0] == "这个问题我没有可靠的依据，不能乱答。"
    assert shown.labels == ["转给管理员", "换个说法"]


async def test_what_is_not_known_is_said_so(guest: Person) -> None:
    shown = await guest.say("火星上能不能种土豆")
    assert lines(shown)[0] == "这个问题我没有可靠的依据，不能乱答。"
    assert "不带您的名字" in shown.text
    assert "一两句" not in shown.text
    assert (await guest.tap("换个说法")).text.startswith("换个说法，直接打字就行。")


async def test_a_repealed_document_is_shown_as_such_with_what_replaced_it(guest: Person) -> None:
    shown = await guest.say("中小学教师违反职业道德行为处理办法（2014年版）")
    assert "已于 2018-11-08 废止，不能再作依据。" in shown.text
    assert "现在看的是《中小学教师违反职业道德行为处理办法》，2018-11-08 起施行。" in shown.text
    shown = await guest.tap("看《中小学教师违反职业道德行为处理办法》")
    assert "我这里收了 2 条" in shown.text


async def test_what_waits_to_be_checked_says_so_to_everyone(
    guest: Person, database: Database, house: House
) -> None:
    shown = await guest.say("处理办法第七条")
    assert lines(shown)[-1].endswith("第七条，2018-11-08 起施行（出处待核对）")
    assert "待核：" not in shown.text
    administrator = seat(database, house, "a1", "administrator")
    shown = await administrator.say("处理办法第七条")
    assert "待核：这一条的出处还没有核对原文。" in shown.text
    assert lines(shown)[-1].endswith("（出处待核对）")


async def test_small_talk_gets_a_kind_sentence(guest: Person) -> None:
    for text in ("谢谢", "在吗", "好的", "你是谁", "你真笨", "转人工", "累死了", "什么破玩意"):
        shown = await guest.say(text)
        assert shown.text in texts.SMALL.values(), text
        assert shown.labels == []


@pytest.mark.parametrize("text", ["转人工", "我要找人工客服", "垃圾", "你真没用", "会不会啊", "滚"])
async def test_whoever_is_cross_or_wants_a_person_is_told_how_to_pass_it_on(
    guest: Person, text: str
) -> None:
    assert "转给管理员" in (await guest.say(text)).text


async def test_what_only_begins_like_scolding_is_a_question(knowledge: LiveKnowledge) -> None:
    day = local_day(MONDAY_NOON)
    for text in ("老师骂学生笨怎么处理", "垃圾分类要进课堂吗", "学生骂老师没用怎么办"):
        assert not isinstance(answering.answer(knowledge.current, text, day), answering.Small)


async def test_not_knowing_says_what_is_kept_and_what_passing_on_adds(guest: Person) -> None:
    shown = await guest.say("火星上能不能种土豆")
    for part in ("留 30 天", "不带您的名字", "供管理员补充知识", "有了答复我发给您"):
        assert part in shown.text


async def test_passing_on_again_can_still_be_taken_back(guest: Person) -> None:
    shown = await guest.say("火星上能不能种土豆")
    old = Standing(shown.id, shown.chat, shown.message)
    assert (await guest.tap("转给管理员")).labels == ["撤回"]
    again = await guest.tap("转给管理员", on=old)
    assert "已经转过" in again.text
    assert again.labels == ["撤回"]
    assert (await guest.tap("撤回")).text == texts.TAKEN_BACK


def test_titles_and_words_inside_others_are_marked_as_inner() -> None:
    assert quoted("“双减”是什么") == "“‘双减’是什么”"
    assert titled("关于印发《准则》的通知") == "《关于印发〈准则〉的通知》"


@pytest.mark.parametrize("module", ["start", "asking", "joining", "privacy", "feedback", "quiz"])
def test_what_teachers_read_names_no_command_and_no_file_format(module: str) -> None:
    said = (Path(start.__file__).parent / f"{module}.py").read_text(encoding="utf-8")
    lines = [line for line in said.splitlines() if re.search("[\u4e00-\u9fff]", line)]
    assert [line for line in lines if re.search(r"[^\w]/[a-z]{3,}|JSON|YAML", line)] == []


@pytest.mark.parametrize("text", ["😀😀😀", "\u202e\u200f", "？", ""])
async def test_what_holds_no_words_is_met_with_a_sentence(guest: Person, text: str) -> None:
    assert (await guest.say(text)).text == texts.UNREADABLE["empty"]


async def test_a_hundred_thousand_characters_are_met_with_a_sentence(guest: Person) -> None:
    assert (await guest.say("规定" * 50_000)).text == texts.UNREADABLE["long"]


async def test_in_a_group_it_answers_and_its_buttons_work(house: House) -> None:
    person = house.in_group("g1")
    shown = await person.say(CARD)
    assert lines(shown)[-1].startswith(GIFTS)
    assert shown.labels == ["家长请吃饭能不能去"]
    assert lines(await person.tap("家长请吃饭"))[0] == "家长请吃饭能不能去"


async def test_another_persons_choice_in_a_group_does_nothing(house: House) -> None:
    asked = await house.in_group("g1").say("礼品礼金")
    other = house.in_group("g2")
    shown = await other.tap("1.", on=asked)
    assert shown.text == "这个按钮是给别人的，点了没有作用。"


async def test_a_question_beside_an_open_quiz_keeps_its_place(teacher: Person) -> None:
    await teacher.say("练习")
    await teacher.tap("随机五题")
    shown = await teacher.say("家长请客吃饭去不去，能去吗")
    if shown.labels == ["用它作答", "查规定"]:
        shown = await teacher.tap("查规定")
    assert "家长请吃饭能不能去" in shown.text
    await teacher.say("练习")
    assert (await teacher.tap("接着上次")).text.startswith("第 1 题")


async def test_asking_needs_no_write(house: House, guest: Person, database: Database) -> None:
    await guest.say("你好")
    incoming = guest.incoming(text=CARD)
    turns = house.app.turns  # type: ignore[attr-defined]
    with database.begin() as session:
        taken = turns.read(session, incoming)
    assert f"{GIFTS}第一条，2014-07-08 起施行" in plain(taken.messages[0].text)


async def test_choices_can_be_read_when_there_can_be_no_buttons(
    house: House, guest: Person, database: Database
) -> None:
    turns = house.app.turns  # type: ignore[attr-defined]
    with database.begin() as session:
        taken = turns.read(session, guest.incoming(text="礼品礼金"))
    said = plain(taken.messages[0].text).splitlines()
    assert said[0] == "您是想问……？"
    assert said[-2:] == ["2. 家长请吃饭能不能去", "按钮暂时用不了，把您想问的那一行打给我就行。"]


def test_every_answer_ends_with_its_source(knowledge: LiveKnowledge) -> None:
    current, day = knowledge.current, local_day(MONDAY_NOON)
    for entry in current.library.entries.values():
        found = answering.read(current, entry.id, day)
        assert isinstance(found, answering.Answered)
        last = plain(texts.answer(found)).splitlines()[-1]
        assert last.startswith(f"《{found.source.title}》{entry.clause}，")


@pytest.fixture(scope="module")
def shipped() -> LiveKnowledge:
    live = LiveKnowledge(Path(__file__).parent.parent / "knowledge")
    live.refresh()
    return live


def test_every_example_that_the_bot_gives_is_answered_directly(shipped: LiveKnowledge) -> None:
    day = local_day(MONDAY_NOON)
    said = " ".join((start.ASK, texts.HOW_TO_REWORD, texts.SMALL["greeting"]))
    examples = set(re.findall("比如“(.+?)”", said))
    assert len(examples) == 3
    for example in examples:
        found = answering.answer(shipped.current, example, day)
        assert isinstance(found, answering.Answered), example


def test_which_ten_items_is_no_clause(shipped: LiveKnowledge) -> None:
    found = answering.answer(shipped.current, "十项准则是哪十项", local_day(MONDAY_NOON))
    assert isinstance(found, answering.Answered | answering.Choice)
