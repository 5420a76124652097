"""Search finds the entry that a question means."""

from __future__ import annotations

import random
import time

import pytest

from knowledge.calibration import Thresholds
from knowledge.deciding import Line
from knowledge.schema import Entry
from knowledge.search import Hit, Index, contexts_of, judge

PHRASINGS = [
    ("lost", "教师资格证丢了怎么补办"),
    ("lost", "资格证找不到了咋整"),
    ("tutoring", "老师周末能不能收钱补课"),
    ("tutoring", "有偿补课算违规吗"),
    ("gifts", "家长硬塞的购物卡退不回去咋办"),
    ("gifts", "教师节收花行不行"),
    ("corporal", "能罚学生站一节课吗"),
    ("corporal", "打手心算体罚吗"),
    ("appeal", "对处分不服去哪申诉"),
    ("appeal", "申诉要在几天内提出"),
]
TITLES = {
    "lost": "教师资格证书遗失补发",
    "tutoring": "有偿补课是否禁止",
    "gifts": "收受礼品礼金",
    "corporal": "体罚与变相体罚",
    "appeal": "处分的复核与申诉",
}
BANDS = Thresholds(answer=Line(2.0, score=1, said=1, sure=1), choose=Line(0.3, score=1))


@pytest.fixture(scope="module")
def index() -> Index:
    return Index.build(PHRASINGS, TITLES)


def first(index: Index, question: str) -> str | None:
    return next((hit.id for hit in index.find(question)), None)


def test_a_phrasing_finds_its_entry_with_full_score(index: Index) -> None:
    for entry, phrasing in PHRASINGS:
        best = index.find(phrasing)[0]
        assert (best.id, best.title) == (entry, TITLES[entry])
        assert best.score == pytest.approx(1.0, abs=1e-5)


def test_a_title_is_a_phrasing_too(index: Index) -> None:
    assert first(index, "收受礼品礼金") == "gifts"


@pytest.mark.parametrize(
    ("question", "entry"),
    [
        ("我的教资不见了", "lost"),
        ("教員假日收費輔導可以嗎", "tutoring"),
        ("老师打学生手心", "corporal"),
        ("受了处分有异议向谁复议", "appeal"),
        ("过节家长送的礼卡", "gifts"),
    ],
)
def test_other_words_find_the_entry(index: Index, question: str, entry: str) -> None:
    assert first(index, question) == entry


@pytest.mark.parametrize(
    "question",
    [
        "有尝补课算违归吗",  # homophones
        "有偿补课违规吗",  # a character dropped
        "有償補課算違規嗎",
        "　有偿补课算违规吗？？",
        "youchang buke suan weigui ma",
        "老师好，请问有偿补课算违规吗，谢谢",
        "有偿\u202e补课\u0000算违规吗",
    ],
)
def test_a_spoilt_question_still_finds_its_entry(index: Index, question: str) -> None:
    best = index.find(question)[0]
    assert best.id == "tutoring"
    assert best.score > 0.6


def test_each_entry_stands_once_and_the_best_first(index: Index) -> None:
    hits = index.find("老师能不能收家长的钱")
    assert len({hit.id for hit in hits}) == len(hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_no_more_hits_than_asked_for(index: Index) -> None:
    assert len(index.find("老师学生家长", limit=2)) == 2


@pytest.mark.parametrize("question", ["", "   ", "😀🎉", "？？？", "\u0000", "\u200f\u202e"])
def test_a_question_without_letters_finds_nothing(index: Index, question: str) -> None:
    assert index.find(question) == []


def test_a_hundred_thousand_characters_are_read_quickly(index: Index) -> None:
    start = time.process_time()
    hits = index.find("补课" * 50_000)
    assert time.process_time() - start < 0.2
    assert hits[0].id == "tutoring"


@pytest.mark.parametrize("question", ["a" * 100_000, "zhang" * 20_000, "补" * 100_000, "1" * 9999])
def test_repeated_letters_do_no_harm(index: Index, question: str) -> None:
    assert all(0 <= hit.score <= 1 for hit in index.find(question))


def test_an_empty_base_finds_nothing() -> None:
    assert Index.build([], {}).find("有偿补课") == []


def test_a_phrasing_of_emoji_alone_harms_nobody() -> None:
    index = Index.build([("smile", "😀"), ("tutoring", "有偿补课")], {})
    assert first(index, "有偿补课") == "tutoring"


def test_a_base_of_one_entry_answers() -> None:
    assert first(Index.build([("only", "怎么请假")], {}), "怎样请假") == "only"


def test_equal_phrasings_rank_in_the_order_of_the_entries() -> None:
    index = Index.build([("b", "怎么请假"), ("a", "怎么请假")], {})
    assert [hit.id for hit in index.find("怎么请假")] == ["b", "a"]


def test_a_phrasing_added_in_chat_is_found_and_the_old_index_is_unchanged(index: Index) -> None:
    question = "娃他妈塞了条烟"
    longer = index.extended([("gifts", question)])
    assert longer.find(question)[0].score == pytest.approx(1.0, abs=1e-5)
    assert longer.find(question)[0].title == TITLES["gifts"]
    assert all(hit.score < 0.9 for hit in index.find(question))


def test_an_entry_left_out_is_not_found(index: Index) -> None:
    assert "tutoring" not in {hit.id for hit in index.find("有偿补课", without=("tutoring",))}


def test_a_phrasing_left_out_leaves_the_entry_its_others(index: Index) -> None:
    question = "打手心算体罚吗"
    best = index.find(question, without=("corporal", question))[0]
    assert best.id == "corporal"
    assert best.score < 0.9


def test_what_the_answer_tells_helps_to_find_the_entry() -> None:
    told = {"appeal": "收到决定之日起三十日内，可以向原单位申请复核。", "lost": "到认定机构补发。"}
    told_index = Index.build(PHRASINGS, TITLES, told)
    question = "收到决定以后找原单位"
    with_answer = next(hit for hit in told_index.find(question) if hit.id == "appeal")
    without = [h for h in Index.build(PHRASINGS, TITLES).find(question) if h.id == "appeal"]
    assert first(told_index, question) == "appeal"
    assert with_answer.score > max([hit.score for hit in without], default=0.0)


def test_small_talk_is_not_covered_by_long_answers() -> None:
    told = dict.fromkeys(TITLES, "在学校里，老师你好，我们都在一起，大家好吗，是的。")
    hits = Index.build(PHRASINGS, TITLES, told).find("你好，在吗")
    assert not hits or hits[0].score < 0.5


def test_an_answer_that_repeats_the_question_tells_nothing() -> None:
    def entry(answer: str) -> Entry:
        return Entry(
            id="leave",
            title="请假",
            topic="请假",
            source="rules",
            clause="第一条",
            ask=("怎么请假",),
            answer=answer,
        )

    assert contexts_of([entry("怎么请假？")]) == {"leave": ""}
    assert contexts_of([entry("提前一天写请假条。")]) == {"leave": "提前一天写请假条。"}


def hits(*scores: float, said: float = 0.0, sure: float = 1.0) -> list[Hit]:
    return [Hit(f"e{n}", score, "标题", said=said, sure=sure) for n, score in enumerate(scores)]


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        ([], "unknown"),
        (hits(0.29), "unknown"),
        (hits(0.3), "choose"),
        (hits(0.7, said=0.5, sure=0.7), "choose"),
        (hits(0.7, said=0.7, sure=0.7), "answer"),
        (hits(0.7, said=0.5, sure=0.9), "answer"),
        (hits(0.7, said=0.7, sure=0.5), "choose"),
        (hits(1.0, 0.95, said=0.2, sure=0.6), "answer"),
        (hits(1.0, 1.0, said=0.2, sure=0.5), "choose"),
    ],
)
def test_likeness_what_is_said_and_how_sure_it_is_decide_together(
    found: list[Hit], verdict: str
) -> None:
    assert judge(found, BANDS) == verdict


def test_how_likely_each_entry_is_meant_adds_up_to_one(index: Index) -> None:
    found = index.find("老师能不能收家长的钱补课")
    assert sum(hit.sure for hit in found) == pytest.approx(1.0, abs=1e-5)
    assert [hit.sure for hit in found] == sorted((hit.sure for hit in found), reverse=True)


def test_a_few_words_that_an_entry_holds_say_little(index: Index) -> None:
    whole, few = index.find("教师节收花行不行"), index.find("收花")
    assert whole[0].id == few[0].id == "gifts"
    assert few[0].said < 0.7 * whole[0].said


def test_what_all_phrasings_say_together_counts() -> None:
    """No one phrasing of `fee` is as like the question as that of `place`."""
    phrasings = [
        ("fee", "补办教师证的费用"),
        ("fee", "丢了证件交多少"),
        ("fee", "重新领一本花钱吗"),
        ("fee", "遗失以后要出多少工本费"),
        ("place", "丢了去哪领"),
    ]
    found = Index.build(phrasings, {}).find("证件遗失了重新领要出多少费用")
    assert found[0].id == "fee"
    assert found[0].covered > found[1].covered


def test_two_phrasings_that_are_alike_outdo_one() -> None:
    pairs = [
        ("one", "值班的钱什么时候发"),
        ("one", "谁排值班表"),
        ("two", "加班的钱什么时候发"),
        ("two", "加班的费用什么时候给"),
    ]
    assert Index.build(pairs, {}).find("班的费用什么时候发")[0].id == "two"


def test_what_an_entry_covers_leaves_out_the_phrasing_that_is_left_out(index: Index) -> None:
    question = "打手心算体罚吗"
    kept = [pair for pair in PHRASINGS if pair[1] != question]
    rest = Index.build(kept, TITLES).find(question)[0]
    best = index.find(question, without=("corporal", question))[0]
    assert (best.id, rest.id) == ("corporal", "corporal")
    assert best.covered == pytest.approx(rest.covered, abs=0.05)


def test_twenty_thousand_entries_of_one_phrasing_are_built_and_searched() -> None:
    chance = random.Random(1)
    characters = "学校老师学生家长补课收费处分申诉资格注册考核职称休假安全体罚教材作业住宿食堂心理"
    phrasings = [
        (f"e{number}", "".join(chance.choices(characters, k=12))) for number in range(20_000)
    ]
    start = time.process_time()
    index = Index.build(phrasings, {})
    assert time.process_time() - start < 30  # about one second on a quiet machine
    entry, phrasing = phrasings[12_345]
    assert index.find(phrasing)[0].id == entry
