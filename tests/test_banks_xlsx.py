"""A bank as a table: the template, how people really fill it, and every cell that is wrong."""

from __future__ import annotations

import datetime
import io
from typing import Any

import pytest
from openpyxl import load_workbook

from bot.files import bank_xlsx
from bot.files.bank_rows import list_of, list_text
from knowledge.banks.drafts import BadRow, Draft
from tests.bank_files import NAMES, fault, only, row, saved, table


def read(*rows: dict[str, object]) -> tuple[list[Draft], list[BadRow]]:
    return bank_xlsx.read(table(*rows), "a.xlsx")


def test_the_template_has_the_columns_and_explains_each() -> None:
    book = load_workbook(io.BytesIO(bank_xlsx.template()))
    assert [cell.value for cell in book["题目"][1]] == NAMES
    assert NAMES[:3] + NAMES[9:15] == [
        *("题型", "难度", "题目", "答案", "解析", "来源", "条款", "主题", "条目标题")
    ]
    explained = [each[0] for each in book["填写说明"].iter_rows(min_row=2, values_only=True)]
    assert explained == [name for name in NAMES if not name.startswith("选项") or name == "选项A"]
    offered = {
        str(each.sqref)[:2]: each.formula1 for each in book["题目"].data_validations.dataValidation
    }
    assert offered == {"A2": '"单选题,多选题,判断题,填空题,情景题"', "B2": '"1,2,3"'}


def test_an_unfilled_template_is_refused_with_a_sentence() -> None:
    assert fault(bank_xlsx.read(bank_xlsx.template(), "a.xlsx")) == (
        "a.xlsx 第 2 行：表头下面没有题，请填写后再试"
    )


def test_a_row_becomes_a_draft() -> None:
    draft = only(read(row(问法="谁批作业；要不要家长批", 编号="homework-1")))
    assert (draft.kind, draft.difficulty, draft.options) == ("single", 1, ("教师", "家长"))
    assert (draft.answer, draft.source, draft.clause) == (("A",), "新办法", "第二条")
    assert (draft.asks, draft.id) == (("谁批作业", "要不要家长批"), "homework-1")


@pytest.mark.parametrize(
    ("kind", "meant"),
    [("单选", "single"), ("多项选择题", "multiple"), ("情景", "scenario"), (" 单选题 ", "single")],
)
def test_kinds_have_the_names_that_people_use(kind: str, meant: str) -> None:
    assert only(read(row(题型=kind))).kind == meant


@pytest.mark.parametrize("written", ["AC", "ac", "Ａ、Ｃ", "A,C", "C A", "A；C", "a，c", "A/C"])
def test_letters_are_read_however_they_are_written(written: str) -> None:
    assert only(read(row(题型="多选题", 选项C="学校", 答案=written))).answer == ("A", "C")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("对", True), ("√", True), ("T", True), (True, True), ("错误", False), ("×", False)],
)
def test_judgements_are_read_however_they_are_written(written: object, meant: bool) -> None:
    draft = only(read(row(题型="判断题", 选项A=None, 选项B=None, 答案=written)))
    assert (draft.answer, draft.options) == (meant, ())


def test_a_judgement_written_as_two_options_is_one() -> None:
    draft = only(read(row(题型="判断题", 选项A="正确", 选项B="错误", 答案="B")))
    assert (draft.kind, draft.answer, draft.options) == ("truth", False, ())


def test_a_fill_in_question_takes_several_texts_and_numbers() -> None:
    draft = only(
        read(
            row(
                题型="填空题",
                选项A=None,
                选项B=None,
                答案="24个月；两年;24个月",
                数值="24 个月；2年",
            )
        )
    )
    assert draft.answer == ("24个月", "两年")
    assert draft.numbers == ((24, "个月"), (2, "年"))


def test_a_number_in_a_cell_is_the_text_that_people_see() -> None:
    draft = only(read(row(题型="填空题", 选项A=None, 选项B=None, 答案=24, 难度="中")))
    assert (draft.answer, draft.difficulty) == (("24",), 2)


@pytest.mark.parametrize("texts", [("甲", "乙"), ("a;b", "丙；丁"), ("a\\", "\\;"), ("x\\；y",)])
def test_texts_of_a_list_may_hold_the_mark_between_them(texts: tuple[str, ...]) -> None:
    assert list_of(list_text(texts)) == texts


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"题型": "问答题"}, "a.xlsx 第 2 行A 列“题型”：题型应为 单选题、多选题"),
        ({"题型": None}, "a.xlsx 第 2 行A 列“题型”：题型应为"),
        ({"难度": 4}, "a.xlsx 第 2 行B 列“难度”：难度应为 1、2 或 3，现为“4”"),
        ({"选项B": None, "选项C": "丙"}, "a.xlsx 第 2 行E 列“选项B”：选项B 空着而选项C 有字"),
        ({"答案": None}, "a.xlsx 第 2 行J 列“答案”：没有答案"),
        ({"答案": "教师"}, "a.xlsx 第 2 行J 列“答案”：答案应写选项字母 A，不写选项的文字"),
        ({"答案": "第一个"}, "a.xlsx 第 2 行J 列“答案”：答案应为选项字母，例如 B 或 AC"),
        ({"题型": "判断题", "选项A": None, "选项B": None},
         "a.xlsx 第 2 行J 列“答案”：判断题的答案应为 对 或 错，现为“A”"),
        ({"题目": "=A1"}, "a.xlsx 第 2 行C 列“题目”：这一格是公式或错误值"),
        ({"条款": "#REF!"}, "a.xlsx 第 2 行M 列“条款”：这一格是公式或错误值"),
        ({"答案": datetime.date(2026, 3, 5)},
         "a.xlsx 第 2 行J 列“答案”：这一格被表格软件当成了日期"),
        ({"数值": "二十四"}, "a.xlsx 第 2 行R 列“数值”：数值应为数和单位"),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_right_is_named_once(changes: dict[str, object], said: str) -> None:
    assert fault(read(row(**changes))).startswith(said)


def test_all_cells_of_all_rows_are_named_in_one_list() -> None:
    _, faults = read(row(题型="简答", 难度="九"), row(), row(答案="?"))
    assert [(bad.spot.line, bad.spot.name) for bad in faults] == [
        (2, "题型"),
        (2, "难度"),
        (4, "答案"),
    ]


def test_a_value_below_no_heading_is_not_lost_unseen() -> None:
    content = table(row(), headings=[*NAMES])
    book = load_workbook(io.BytesIO(content))
    sheet: Any = book["题目"]
    sheet["T2"] = "多出来的"
    assert fault(bank_xlsx.read(saved(book), "a.xlsx")) == (
        "a.xlsx 第 2 行T 列“无表头”：这一列没有表头，请在第一行补上列名或删去"
    )


@pytest.mark.parametrize(
    ("headings", "said"),
    [
        (["题型", "难度", "题目"], "第一行应为表头，缺少：答案"),
        (["单选题", "1", "甲"], "第一行应为表头，缺少：题型、题目、答案"),
        ([*NAMES, "选项G"], "“选项G”：选项最多 6 个"),
        ([*NAMES, "解释"], "“解析”一列出现了两次"),
        ([*NAMES, "条目标提"], "不认识的列“条目标提”，是不是“条目标题”？"),
        ([*NAMES, "身份证号"], "不认识的列“身份证号”，请删去这一列"),
    ],
)
def test_headings_are_checked_before_any_row(headings: list[str], said: str) -> None:
    _, faults = bank_xlsx.read(table(row(), headings=headings), "a.xlsx")
    assert any(said in str(bad) and "第 1 行" in str(bad) for bad in faults)


def test_headings_may_have_their_usual_other_names_and_any_order() -> None:
    headings = ["正确答案", "题干", "A", "b", "类型*"]
    values = {"正确答案": "B", "题干": "题？", "A": "甲", "b": "乙", "类型*": "单选"}
    draft = only(bank_xlsx.read(table(values, headings=headings), "a.xlsx"))
    assert (draft.question, draft.options, draft.answer) == ("题？", ("甲", "乙"), ("B",))
