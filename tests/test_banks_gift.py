"""GIFT as Moodle writes it and as people write it: what is read, what is refused, where."""

from __future__ import annotations

import pytest

from knowledge.banks import gift
from knowledge.banks.drafts import BadRow, Draft
from tests.bank_files import fault, only


def read(text: str) -> tuple[list[Draft], list[BadRow]]:
    return gift.read(text, "a.gift")


def test_a_single_choice_keeps_the_order_of_its_options() -> None:
    draft = only(read("::收礼:: 购物卡怎么处理？ {~收下 =退还 ~转送}"))
    assert (draft.kind, draft.title, draft.question) == ("single", "收礼", "购物卡怎么处理？")
    assert (draft.options, draft.answer) == (("收下", "退还", "转送"), ("B",))


def test_weights_that_sum_to_a_hundred_make_a_multiple_choice() -> None:
    draft = only(read("哪些对？ {~%33.33333%甲 ~%33.33333%乙 ~%-50%丙 ~%33.33333%丁 ~戊}"))
    assert (draft.kind, draft.answer) == ("multiple", ("A", "B", "D"))
    assert draft.options == ("甲", "乙", "丙", "丁", "戊")


def test_one_option_with_all_the_weight_is_a_single_choice() -> None:
    assert only(read("哪个对？ {~%100%甲 ~%-100%乙}")).kind == "single"


@pytest.mark.parametrize(
    ("written", "meant"), [("T", True), ("TRUE", True), ("F", False), ("FALSE", False), ("t", True)]
)
def test_a_judgement_is_true_or_false(written: str, meant: bool) -> None:
    draft = only(read(f"教师可以收卡。{{{written}}}"))
    assert (draft.kind, draft.answer) == ("truth", meant)


def test_a_short_answer_accepts_each_of_its_texts_once() -> None:
    draft = only(read("期限是____。{=24个月 =%100%两年 =24个月 =%0%*#想一想}"))
    assert (draft.kind, draft.answer) == ("fill", ("24个月", "两年"))
    assert draft.explanation == "想一想"


@pytest.mark.parametrize("written", ["#24", "#24:0", "# 24 ", "#24..24", "#=24", "#=%100%24:0#对"])
def test_a_numeric_answer_without_margin_becomes_an_accepted_text(written: str) -> None:
    draft = only(read(f"多少个月？{{{written}}}"))
    assert (draft.kind, draft.answer) == ("fill", ("24",))


def test_answers_in_the_middle_leave_a_gap() -> None:
    assert only(read("处分期为{=24个月}，从决定之日起算。")).question == (
        "处分期为____，从决定之日起算。"
    )


def test_escaped_marks_are_text() -> None:
    draft = only(read(r"1\=1 \{甲\} \# 时间 8\:00\n第二行 \\ 完 {=a\~b ~c\=d ~\\n}"))
    assert draft.question == "1=1 {甲} # 时间 8:00\n第二行 \\ 完"
    assert draft.options == ("a~b", "c=d", "\\n")


def test_feedback_becomes_the_explanation() -> None:
    draft = only(read("可以吗？ {\n~可以#想想第一条\n=不可以#对\n####第一条禁止。\n}"))
    assert draft.explanation == "第一条禁止。\nA 项：想想第一条\nB 项：对"


def test_feedback_on_a_judgement_has_the_right_one_first() -> None:
    assert only(read("可以。{F#再看第一条#对，第一条禁止}")).explanation == (
        "对，第一条禁止\n再看第一条"
    )


def test_comments_and_categories_are_no_questions() -> None:
    drafts, faults = read(
        "// 说明 {不是题}\n\n$CATEGORY: $course$/top/师德/礼品\\/礼金\n\n题一 {T}\n\n"
        "$CATEGORY: $course$/作业//考试\n题二 {\n// 中间的注释\n=甲\n~乙\n}\n"
    )
    assert faults == []
    assert [(draft.question, draft.topic) for draft in drafts] == [
        ("题一", "礼金"),
        ("题二", "作业/考试"),
    ]
    assert drafts[1].options == ("甲", "乙")


def test_our_tags_in_a_comment_are_read_and_others_left() -> None:
    draft = only(
        read(
            "// question: 7 [id:gifts-1] [tag:难度=3] [tag:来源=new-rules] [tag:期末]\n"
            "// [tag:条款=第一条\\]] [tag:题型=情景题] [tag:主题=礼品]\n"
            "家长送卡，怎么办？ {=退 ~收}"
        )
    )
    assert (draft.id, draft.difficulty, draft.source) == ("gifts-1", 3, "new-rules")
    assert (draft.clause, draft.kind, draft.topic) == ("第一条]", "scenario", "礼品")


def test_html_becomes_text() -> None:
    draft = only(read("[html]<p>甲&nbsp;&lt; 乙<br>对吗？</p> {=<b>对</b> ~[plain]<错>}"))
    assert draft.question == "甲 < 乙\n对吗？"
    assert draft.options == ("对", "<错>")


def test_without_the_mark_angle_brackets_are_text() -> None:
    assert only(read("a<b 对吗 {T}")).question == "a<b 对吗"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("首都？ {=中国 -> 北京 =法国 -> 巴黎}", "a.gift:1:6：这是配对题"),
        ("谈谈体会。{}", "a.gift:1:7：这是论述题"),
        ("谈谈体会。{####看着给}", "a.gift:1:7：这是论述题"),
        ("只是一段说明", "a.gift:1:1：没有答案部分"),
        ("全角｛=甲 ~乙｝", "a.gift:1:3：大括号是全角的"),
        ("题 {=甲 ~乙", "a.gift:1:3：{ 没有合上"),
        ("题 =甲 ~乙}", "a.gift:1:8：} 前面没有 {"),
        ("题一 {T}\n题二 {F}", "a.gift:2:4：多出一个大括号"),
        ("{=甲 ~乙}", "a.gift:1:1：没有题干"),
        ("::题名 题干 {T}", "a.gift:1:1：题名没有合上"),
        ("题 {=甲 =乙 ~丙}", "a.gift:1:7：标了两个 ="),
        ("题 {=甲 ~%50%乙}", "a.gift:1:7：不能部分得分"),
        ("题 {~%50%甲 ~%40%乙 ~丙}", "a.gift:1:4：正确选项的百分数合计为 90，应为 100"),
        ("题 {~甲 ~乙}", "a.gift:1:4：没有标出正确选项"),
        ("题 {=甲 ~ ~乙}", "a.gift:1:7：~ 后面没有文字"),
        ("题 {=1 ~2 ~3 ~4 ~5 ~6 ~7}", "a.gift:1:22：有 7 个选项，最多 6 个"),
        (
            "题 {对}",
            "a.gift:1:4：大括号里每个答案前应有 =（正确）或 ~（错误）；判断题写 {T} 或 {F}",
        ),
        ("题 {=%50%甲 =乙}", "a.gift:1:4：填空题不能部分得分"),
        ("题 {=甲*}", "a.gift:1:4：不能用通配符 *"),
        ("题 {#24:2}", "a.gift:1:5：不能有误差范围"),
        ("题 {#20..28}", "a.gift:1:5：不能有误差范围"),
        ("题 {#很多}", "a.gift:1:5：“很多”不是数"),
        ("题 {#}", "a.gift:1:4：# 后面没有数"),
        ('[html]<img src="a.png">看图 {T}', "a.gift:1:1：含有图片"),
        ("[html]题 {=<img>甲 ~乙}", "a.gift:1:10：含有图片"),
    ],
)
def test_what_cannot_be_held_is_refused_with_its_place(text: str, said: str) -> None:
    drafts, faults = read(text)
    assert drafts == []
    assert str(faults[0]).startswith(said)


def test_a_blank_line_within_a_question_is_named_at_both_halves() -> None:
    _, faults = read("题一 {\n=甲\n\n~乙\n}")
    assert [str(each)[:16] for each in faults] == ["a.gift:1:4：{ 没有合", "a.gift:5:1：} 前面没"]


def test_every_bad_question_is_named_and_the_good_ones_are_kept() -> None:
    drafts, faults = read("一 {}\n\n二 {T}\n\n三 {~甲 ~乙}\n\n四 {F}")
    assert [draft.question for draft in drafts] == ["二", "四"]
    assert [bad.spot.line for bad in faults] == [1, 5]


def test_columns_stay_right_after_escaped_marks() -> None:
    assert fault(read(r"\{\}\= {~甲 ~乙}")).startswith("a.gift:1:9：")


def test_invisible_characters_and_tabs_are_tidied() -> None:
    draft = only(read("\ufeff题\u200b目\t一  {=甲\u00a0乙 ~\ufdd0丙}"))
    assert (draft.question, draft.options) == ("题目 一", ("甲 乙", "丙"))
