"""One spelling for what people type in many ways."""

from __future__ import annotations

import time

import pytest

from knowledge import canonical, pinyin

PLAIN = "教师资格证丢了怎么补办"


@pytest.mark.parametrize(
    "typed",
    [
        "教师资格证丢了怎么补办？",
        "教師資格證丟了怎麼補辦",
        "教师 资格证 丢了，怎么 补办!!!",
        "老师您好，请问一下教师资格证丢了怎么补办？谢谢！",
        "麻烦问下，教师资格证丢了咋补办呢，急急急",
        "\u200f教师资格证\u0000丢了如何补办\u202e",
        "教师资格证丢了😭怎么补办🙏",
    ],
)
def test_ways_of_typing_one_question_become_one_text(typed: str) -> None:
    assert canonical.canonical(typed) == PLAIN


def test_full_width_letters_and_digits_become_plain_ones() -> None:
    assert canonical.canonical("ＰＰＴ　２０１８版") == "ppt2018版"


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("可不可以补课", "能补课"),
        ("为啥不准补课", "为什么不准补课"),
        ("处分几天下来", "处分啥时候下来"),
        ("去哪里申诉", "在哪儿申诉"),
        ("要不要报告", "需要报告"),
    ],
)
def test_words_for_one_question_word_become_one(typed: str, same: str) -> None:
    assert canonical.canonical(typed) == canonical.canonical(same)


def test_canonical_text_stays_as_it_is() -> None:
    once = canonical.canonical("请问老师能不能收家长红包呢谢谢")
    assert canonical.canonical(once) == once


@pytest.mark.parametrize("typed", ["", "   ", "😀😀", "？！。", "\u0000\u202e", "́"])
def test_what_holds_no_letter_is_empty(typed: str) -> None:
    assert canonical.canonical(typed) == ""


@pytest.mark.parametrize("typed", ["谢谢", "你好", "在吗", "请问"])
def test_courtesy_alone_is_left_standing(typed: str) -> None:
    assert canonical.canonical(typed)


def test_a_pasted_book_is_cut_and_its_end_kept() -> None:
    start = time.process_time()
    text = canonical.canonical("前文" * 50_000 + "教师能不能有偿补课")
    assert time.process_time() - start < 0.1
    assert len(text) <= canonical.LONGEST
    assert text.endswith("能有偿补课")


def test_text_that_grows_in_compatibility_form_is_cut_again() -> None:
    assert len(canonical.canonical("ﷺ" * 300)) <= canonical.LONGEST


def test_homophones_mean_the_same() -> None:
    assert canonical.meaning("体法学生") == canonical.meaning("体罚学生")


def test_southern_sounds_are_folded() -> None:
    assert pinyin.folded("zhang") == pinyin.folded("zan")
    assert pinyin.folded("shing") == pinyin.folded("sin")
    assert pinyin.folded("zhong") != pinyin.folded("zhan")


def test_synonyms_mean_the_same_and_others_do_not() -> None:
    assert canonical.meaning("园长开除教员") == canonical.meaning("校长辞退老师")
    assert canonical.meaning("校长辞退老师") != canonical.meaning("校长奖励老师")


def test_a_written_synonym_is_not_taken_for_its_homophone() -> None:
    assert canonical.meaning("换") != canonical.meaning("还")


def meaning_typed(text: str) -> str:
    sounds = canonical.sounds_of_pinyin(text)
    assert sounds is not None
    return canonical.meaning_of_sounds(sounds)


def test_pinyin_means_what_the_characters_mean() -> None:
    assert meaning_typed("jiaoshi zigezheng yishi le") == canonical.meaning("教师资格证遗失了")


def test_pinyin_without_spaces_and_with_courtesy_is_read() -> None:
    assert meaning_typed("qingwen laoshibuke") == canonical.meaning("老师补课")


def test_numbers_and_foreign_words_within_pinyin_stay() -> None:
    typed = canonical.sounds_of_pinyin("2026 nian yong APP daka xing ma")
    assert typed is not None
    assert canonical.tokens(typed)[0] == "2026"
    assert "app" in canonical.tokens(typed)


def test_a_character_has_all_its_sounds() -> None:
    sounds = pinyin.sounds_of("重")["重"]
    typed = canonical.sounds_of_pinyin("zhong chong")
    assert typed is not None
    assert set(typed) <= set(sounds)


@pytest.mark.parametrize("typed", ["ppt", "WPS Office", "教师补课", "用ppt讲课", "", "2018", "a"])
def test_what_is_no_pinyin_is_not_read_as_such(typed: str) -> None:
    assert canonical.sounds_of_pinyin(typed) is None


def test_latin_words_and_numbers_are_single_tokens() -> None:
    assert canonical.tokens("2018版ppt") == ["2018", "版", "ppt"]


def test_private_characters_in_a_question_vanish() -> None:
    assert canonical.canonical("\ue000体罚\ue801") == "体罚"
