"""What an item may hold by its kind, and how a source knows when it holds."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from knowledge.json_schema import json_schema
from knowledge.schema import Item, Number, Source

CHOICE: dict[str, Any] = {"options": ["收下", "退还", "转送", "分掉"]}


def item(kind: str, answer: object, **others: object) -> Item:
    return Item.model_validate(
        {
            "id": "gifts-1",
            "kind": kind,
            "difficulty": 1,
            "question": "怎么处理？",
            "answer": answer,
            "explanation": "不许收。",
            **others,
        }
    )


def refusal(kind: str, answer: object, **others: object) -> tuple[str, str]:
    """The key that is at fault and the sentence about it."""
    with pytest.raises(ValidationError) as caught:
        item(kind, answer, **others)
    (error,) = caught.value.errors()
    return str(error["loc"][0]), str(error.get("ctx", {}).get("error", error["msg"]))


def test_a_single_choice_has_one_letter() -> None:
    single = item("single", "B", **CHOICE)
    assert (single.answer, single.letters, single.takes_several) == ("B", {"B"}, False)
    assert single.accepted == ()


@pytest.mark.parametrize("kind", ["multiple", "scenario"])
def test_several_letters_come_out_as_several(kind: str) -> None:
    several = item(kind, ["A", "C"], **CHOICE)
    assert several.answer == ("A", "C")
    assert several.letters == {"A", "C"}
    assert several.takes_several


def test_a_scenario_may_have_one_right_option() -> None:
    scenario = item("scenario", "D", **CHOICE)
    assert scenario.letters == {"D"}
    assert not scenario.takes_several


@pytest.mark.parametrize("answer", [True, False])
def test_a_truth_stays_a_truth(answer: bool) -> None:
    truth = item("truth", answer)
    assert truth.answer is answer
    assert truth.letters == frozenset()
    assert truth.accepted == ()


def test_the_accepted_texts_of_a_fill_in_stay_texts_even_when_they_look_like_letters() -> None:
    fill = item("fill", ["A", "B"])
    assert fill.answer == ("A", "B")
    assert fill.accepted == ("A", "B")
    assert fill.letters == frozenset()
    assert not fill.takes_several


def test_numbers_among_the_accepted_texts_become_texts() -> None:
    assert item("fill", [24, " 24个月 "]).accepted == ("24", "24个月")


@pytest.mark.parametrize(
    ("kind", "answer", "others", "says"),
    [
        ("single", "E", CHOICE, "answer 中的 E 不在选项里，应为 A、B、C、D 中的字母"),
        ("single", "b", CHOICE, "answer 中的 b 不在选项里"),
        ("single", ["A", "B"], CHOICE, "单选题只能有一个正确答案，现有 2 个"),
        ("single", [], CHOICE, "单选题只能有一个正确答案，现有 0 个"),
        ("single", True, CHOICE, "单选题的 answer 应为选项字母"),
        ("single", None, CHOICE, "answer 应为字母、字母列表、true/false 或文字列表"),
        ("multiple", "A", CHOICE, "多选题至少要有两个正确答案"),
        ("multiple", ["A", "A"], CHOICE, "answer 里有重复的字母"),
        ("scenario", [], CHOICE, "情景题至少要有一个正确答案"),
        ("truth", "true", {}, "判断题的 answer 应为 true 或 false（不加引号）"),
        ("truth", "对", {}, "判断题的 answer 应为 true 或 false"),
        ("fill", "24", {}, "填空题的 answer 应为可接受答案的列表"),
        ("fill", [], {}, "填空题的 answer 应为可接受答案的列表"),
        ("fill", ["24", 24], {}, "填空题的 answer 里有重复的答案"),
        ("fill", [True], {}, "文字不明时请加引号"),
        ("fill", [" "], {}, "应为 1–200 个字"),
    ],
)
def test_an_answer_that_does_not_fit_its_kind_is_refused_with_the_cure(
    kind: str, answer: object, others: dict[str, object], says: str
) -> None:
    key, sentence = refusal(kind, answer, **others)
    assert key == "answer"
    assert says in sentence


@pytest.mark.parametrize(
    ("kind", "answer", "options", "says"),
    [
        ("truth", True, ["对", "错"], "判断题没有选项，请删去 options"),
        ("fill", ["24"], ["24", "12"], "填空题没有选项"),
        ("single", "A", ["收下"], "单选题至少要有两个选项，现有 1 个"),
        ("multiple", ["A", "B"], [], "多选题至少要有两个选项，现有 0 个"),
        ("scenario", "A", ["退", "收", "退"], "选项“退”写了两次"),
    ],
)
def test_options_that_do_not_fit_the_kind_are_refused_with_the_cure(
    kind: str, answer: object, options: list[str], says: str
) -> None:
    key, sentence = refusal(kind, answer, options=options)
    assert key == "options"
    assert says in sentence


def test_a_choice_without_options_is_told_so() -> None:
    assert refusal("single", "A") == ("options", "单选题至少要有两个选项，现有 0 个")


def test_only_a_fill_in_has_numbers() -> None:
    two_years = {"value": "2", "unit": "年"}
    assert item("fill", ["两年"], numbers=[two_years]).numbers == (Number(value=2, unit="年"),)
    key, sentence = refusal("truth", True, numbers=[two_years])
    assert key == "numbers"
    assert "只用于填空题" in sentence


@pytest.mark.parametrize("difficulty", [0, 4, "4", "hard", True, 1.5])
def test_there_are_three_difficulties(difficulty: object) -> None:
    assert item("truth", True, difficulty="3").difficulty == 3
    assert refusal("truth", True, difficulty=difficulty)[0] == "difficulty"


def source(**others: object) -> Source:
    rules = {"id": "rules", "title": "办法", "issuer": "教育部", "in_force": date(2020, 1, 1)}
    return Source.model_validate(rules | others)


def test_a_source_holds_from_its_day_until_the_day_before_its_repeal() -> None:
    rules = source(repealed="2026-01-01")
    held = [date(2019, 12, 31), date(2020, 1, 1), date(2025, 12, 31), date(2026, 1, 1)]
    assert [rules.holds_on(day) for day in held] == [False, True, True, False]
    assert source().holds_on(date(2099, 1, 1))


@pytest.mark.parametrize(
    "day", ["2020", "20200101", "2020-1-1", "2020-02-30", "今天", 1577836800.5]
)
def test_a_day_is_written_in_one_way_only(day: object) -> None:
    with pytest.raises(ValidationError):
        source(in_force=day)


def test_a_source_cannot_end_before_it_began() -> None:
    with pytest.raises(ValidationError, match="应晚于施行日 2020-01-01"):
        source(repealed="2020-01-01")


def test_editors_get_one_schema_for_all_kinds_of_file() -> None:
    schema = json_schema()
    kinds = ["EntryFile", "SourceFile", "ReminderFile", "CaseFile"]
    assert [part["$ref"] for part in schema["anyOf"]] == [f"#/$defs/{kind}" for kind in kinds]
    definitions = schema["$defs"]
    assert set(definitions) >= {"Entry", "Item", "Number", "Source", "Rule", "Plan"}
    assert definitions["Entry"]["additionalProperties"] is False
    assert "clause" in definitions["Entry"]["required"]


def test_the_schema_tells_editors_what_answer_each_kind_takes() -> None:
    rules = {
        rule["if"]["properties"]["kind"]["const"]: rule["then"]["allOf"][0]["properties"]["answer"]
        for rule in json_schema()["$defs"]["Item"]["allOf"]
    }
    assert set(rules) == {"single", "multiple", "truth", "fill", "scenario"}
    assert rules["truth"] == {"type": "boolean"}
    assert rules["multiple"]["minItems"] == 2


@pytest.mark.parametrize(
    ("known_to", "said"),
    [
        ("day", "2014-07-08 起施行"),
        ("month", "2014年7月起施行"),
        ("year", "2014年起施行"),
        ("nothing", "施行日期待核"),
    ],
)
def test_a_date_is_said_only_as_far_as_it_is_checked(known_to: str, said: str) -> None:
    source = Source.model_validate(
        {
            "id": "gifts-2014",
            "title": "规定",
            "issuer": "教育部",
            "in_force": "2014-07-08",
            "known_to": known_to,
        }
    )
    assert source.since == said


def test_the_day_of_a_document_that_waits_for_review_is_not_told() -> None:
    source = Source.model_validate(
        {
            "id": "gifts-2014",
            "title": "规定",
            "issuer": "教育部",
            "in_force": "2014-07-08",
            "review": "pending",
        }
    )
    assert source.since == "2014年7月起施行"
