"""Aiken: a line of question, options, ANSWER; and everything that people write instead."""

from __future__ import annotations

import pytest

from knowledge.banks import aiken
from knowledge.banks.drafts import BadRow, Draft
from tests.bank_files import only


def read(text: str) -> tuple[list[Draft], list[BadRow]]:
    return aiken.read(text, "a.txt")


def test_questions_are_read_with_their_letters() -> None:
    drafts, faults = read("题一？\nA. 甲\nB. 乙\nANSWER: B\n\n题二？\nA) 丙\nB) 丁\nANSWER: A\n")
    assert faults == []
    assert [(each.question, each.options, each.answer) for each in drafts] == [
        ("题一？", ("甲", "乙"), ("B",)),
        ("题二？", ("丙", "丁"), ("A",)),
    ]


@pytest.mark.parametrize(
    "answer", ["ANSWER: B", "ANSWER：Ｂ", "answer:b", "ANSWER:  B.", "答案：B"]
)
def test_the_answer_may_be_written_in_full_width_or_in_chinese(answer: str) -> None:
    draft = only(read(f"题？\n  Ａ．甲\nB、 乙\n\n{answer}"))
    assert (draft.options, draft.answer) == (("甲", "乙"), ("B",))


def test_an_option_may_begin_with_a_number_or_hold_a_colon() -> None:
    assert only(read("题？\nA.3天\nB) ANSWER 是什么: 5\nANSWER: A")).options == (
        "3天",
        "ANSWER 是什么: 5",
    )


def test_an_abbreviation_is_no_option() -> None:
    assert only(read("U.S. 是什么？\nA. 国名\nB. 地名\nANSWER: A")).question == "U.S. 是什么？"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("题？\nA. 甲\nB. 乙\n", "a.txt:1:1：这道题没有答案行"),
        ("题？\nA. 甲\nB. 乙\n题二\nA. 甲\nB. 乙\nANSWER: A", "a.txt:1:1：这道题没有答案行"),
        ("题的前半\n题的后半\nA. 甲\nB. 乙\nANSWER: A", "a.txt:2:1：题干应写在一行里"),
        ("题？\na. 甲\nb. 乙\nANSWER: A", "a.txt:2:1：题干应写在一行里，选项以大写的 A. 开头"),
        ("A. 甲\nB. 乙\nANSWER: A", "a.txt:1:1：选项前面没有题干"),
        ("题？\nANSWER: A", "a.txt:2:1：ANSWER 前面没有题干或选项"),
        ("ANSWER: A", "a.txt:1:1：ANSWER 前面没有题干或选项"),
        ("题？\nA. 甲\nC. 丙\nANSWER: A", "a.txt:3:1：选项应依次为 A、B、C，这里应为 B，现为 C"),
        ("题？\nA. 甲\nA. 乙\nANSWER: A", "a.txt:3:1：选项应依次为 A、B、C，这里应为 B，现为 A"),
        ("题？\nA. 甲\nB.\nANSWER: A", "a.txt:3:1：选项 B 是空的"),
        ("题？\nA. 甲\nB. 乙\nANSWER: C", "a.txt:4:1：答案应为 A、B 中的一个字母，现为“C”"),
        ("题？\nA. 甲\nB. 乙\nANSWER:", "a.txt:4:1：答案应为 A、B 中的一个字母，现在是空的"),
        ("题？\nA. 甲\nB. 乙\nANSWER: A, B", "a.txt:4:1：Aiken 只有单选题"),
        (
            "题？\n" + "".join(f"{each}. {each}\n" for each in "ABCDEFG") + "ANSWER: A",
            "a.txt:8:1：选项最多 6 个",
        ),
    ],
)
def test_what_is_wrong_is_named_once_with_its_line(text: str, said: str) -> None:
    _, faults = read(text)
    assert [str(each)[: len(said)] for each in faults] == [said]


def test_a_bad_question_does_not_spoil_the_next() -> None:
    drafts, faults = read("坏\nC. 丙\nANSWER: A\n好\nA. 甲\nB. 乙\nANSWER: B")
    assert len(faults) == 1
    assert [draft.question for draft in drafts] == ["好"]
