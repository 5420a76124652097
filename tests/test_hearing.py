"""Pinyin is heard in the characters that the base is written in."""

from __future__ import annotations

import time

import numpy as np

from knowledge import canonical
from knowledge.evidence import Spelling, Told
from knowledge.hearing import Ear
from knowledge.search import Index

TEXTS = ["学生小学毕业", "学校规定作息", "教师资格证丢了", "党员转正", "小学生作业"]


def ear(texts: list[str]) -> Ear:
    size = len(texts)
    told = Told(np.arange(size, dtype=np.int32), np.ones(size, np.float32), size)
    return Spelling(texts, told, size).ear(texts)


def heard(typed: str, texts: list[str] = TEXTS) -> str:
    sounds = canonical.sounds_of_pinyin(typed)
    assert sounds is not None
    return ear(texts).characters(sounds)


def test_neighbours_choose_among_characters_of_one_sound() -> None:
    assert heard("xiaoxue zuoye") == "小学作业"
    assert heard("xuexiao guiding") == "学校规定"


def test_the_sound_as_typed_comes_before_one_that_is_easily_confused() -> None:
    assert heard("zhuanzheng", ["钻增", "钻增加", "党员转正"]) == "转正"


def test_easily_confused_sounds_are_heard_all_the_same() -> None:
    assert heard("jiaosi zige zen") == "教师资格证"


def test_what_the_base_has_no_character_for_matches_nothing() -> None:
    assert canonical.canonical(heard("xiaoxue lvlv")) == "小学"


def test_what_is_said_everywhere_is_heard_in_a_small_base_too() -> None:
    assert heard("xuyao jiazhang tongyi") == "需要家长同意"


def test_a_rare_reading_gives_way_to_a_usual_one() -> None:
    assert heard("guanyuan", ["果园", "果园里", "管园"]) == "管园"


def test_a_word_that_parts_in_two_ways_is_parted_as_the_base_would_say_it() -> None:
    index = Index.build([("plan", "绩效方案没讨论"), ("tree", "翻过的树干没讨论")], {})
    assert index.find("jixiao fangan")[0].id == "plan"
    assert canonical.sounds_of_pinyin("jixiao fangan", ear(["绩效方案"]).likeliest) != (
        canonical.sounds_of_pinyin("jixiao fangan")
    )


def test_a_question_word_in_pinyin_is_folded_like_a_written_one() -> None:
    typed = canonical.sounds_of_pinyin("ruhe banli")
    assert typed is not None
    assert (
        canonical.folded_as_typed(typed) == canonical.as_typed([canonical.canonical("如何办理")])[0]
    )


def test_a_phrasing_left_out_is_left_out_of_its_pinyin_too() -> None:
    pairs = [("work", "小学生作业"), ("work", "每天留几样"), ("rule", "学校规定作息")]
    index = Index.build(pairs, {})
    whole = index.find("xiaoxuesheng zuoye")[0]
    rest = [h for h in index.find("xiaoxuesheng zuoye", without=pairs[0]) if h.id == "work"]
    assert whole.id == "work"
    assert all(hit.covered < whole.covered and hit.score < whole.score for hit in rest)


def test_numbers_stay() -> None:
    assert heard("2026 nian xiaoxue").startswith("2026")


def test_an_empty_question_is_heard_as_nothing() -> None:
    assert ear(TEXTS).characters("") == ""
    assert ear([]).characters("") == ""


def test_pinyin_finds_the_entry_that_its_homophone_would_hide() -> None:
    index = Index.build([("school", "小学几点放学"), ("rule", "校规几点修订")], {})
    assert index.find("xiaoxue jidian fangxue")[0].id == "school"


def test_a_page_of_pinyin_is_heard_quickly() -> None:
    index = Index.build([(f"e{n}", text) for n, text in enumerate(TEXTS)], {})
    index.find("xiaoxue zuoye")  # reads the table
    start = time.process_time()
    index.find("xuexiaoguiding" * 1000)
    assert time.process_time() - start < 0.5


def test_what_follows_two_characters_chooses_where_one_leaves_it_open() -> None:
    texts = ["四风名称", "四风问题", "十分重要", "十分必要", "十分认真"]
    assert heard("sifeng mingcheng", texts) == "四风名称"
    assert heard("shifen renzhen", texts) == "十分认真"
