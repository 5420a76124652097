"""The figures of a library, and the hints of what says nearly the same twice."""

from __future__ import annotations

import random
from datetime import date

import pytest

from knowledge.library import Library
from knowledge.likeness import near_duplicates
from knowledge.report import Report, report
from knowledge.schema import Entry, Item, Source

SOURCES = [
    Source(id=name, title=name, issuer="教育部", in_force=date(2020, 1, 1))
    for name in ("first", "second", "unused")
]


def item(name: str, kind: str, answer: object, *options: str, **others: object) -> Item:
    values = {"difficulty": 1, "question": f"{name}？", "explanation": "因为。"} | others
    return Item.model_validate(
        {"id": name, "kind": kind, "answer": answer, "options": options, **values}
    )


def entry(name: str, *items: Item, **others: object) -> Entry:
    values = {"topic": "礼品", "source": "first", "clause": "第一条", "ask": [name]} | others
    return Entry.model_validate(
        {"id": name, "title": name, "answer": "可以。", "items": items, **values}
    )


def library(*entries: Entry) -> Library:
    places = [(index, entry) for index, entry in enumerate(entries, 1)]
    where = {entry.id: f"a.yaml:{index}" for index, entry in places}
    where |= {item.id: f"a.yaml:{index}" for index, entry in places for item in entry.items}
    return Library.of(SOURCES, entries, where)


@pytest.fixture
def figures() -> Report:
    return report(
        library(
            entry(
                "aa",
                item("aa-1", "single", "A", "最长的一个", "短", "短的"),
                item("aa-2", "single", "B", "一样", "长的", difficulty=2),
                item("aa-3", "multiple", ["A", "B"], "甲乙", "乙", "丙"),
                item("aa-4", "truth", False),
                ask=["甲", "乙"],
            ),
            entry("bb", source="second", topic="补课"),
            entry("cc", item("cc-1", "fill", ["两年"]), source="second", review="pending"),
            entry("dd", item("dd-1", "scenario", "A", "甲", "乙乙", review="pending")),
        )
    )


def test_the_report_counts_what_there_is(figures: Report) -> None:
    assert (figures.entries, figures.items, figures.phrasings, figures.sources) == (4, 6, 5, 3)
    assert figures.entries_by_source == {"first": 2, "second": 2}
    assert figures.items_by_source == {"first": 5, "second": 1}
    assert figures.items_by_topic == {"礼品": 6}


def test_the_report_counts_kinds_and_difficulties_most_frequent_first(figures: Report) -> None:
    kinds = {"single": 2, "fill": 1, "multiple": 1, "scenario": 1, "truth": 1}
    assert list(figures.items_by_kind.items()) == list(kinds.items())
    assert figures.items_by_difficulty == {1: 5, 2: 1}


def test_the_report_shows_whether_the_right_answer_can_be_guessed(figures: Report) -> None:
    assert figures.right_letters == {"A": 2, "B": 1}
    assert figures.right_truths == {True: 0, False: 1}
    assert figures.longest_is_right == pytest.approx(1 / 3)


def test_the_report_names_what_needs_a_look(figures: Report) -> None:
    assert figures.without_items == ("bb",)
    assert figures.pending_entries == ("cc",)
    assert figures.pending_items == ("cc-1", "dd-1")
    assert figures.unused_sources == ("unused",)
    assert figures.pending_sources == ()


def test_an_empty_library_has_a_report_too() -> None:
    figures = report(library())
    assert (figures.entries, figures.longest_is_right) == (0, 0.0)


def test_phrasings_of_two_entries_that_are_nearly_the_same_are_named_with_both_places() -> None:
    (hint,) = near_duplicates(
        library(
            entry("aa", ask=["学校大事到底谁说了算", "别的问题"]),
            entry("bb", ask=["学校到底谁说了算？", "又一个问法"]),
        )
    )
    assert str(hint).startswith("a.yaml:2:1: 问法“学校到底谁说了算？”（bb）与 aa 的“学校大事")
    assert "（a.yaml:1）很像（89%）" in hint.message


def test_phrasings_of_one_entry_may_be_alike() -> None:
    assert near_duplicates(library(entry("aa", ask=["学校到底谁说了算", "学校究竟谁说了算"]))) == []


def test_items_that_are_nearly_the_same_are_named_even_within_one_entry() -> None:
    question = "受记过处分的期限是多长时间，从哪天算起"
    one = item("aa-1", "fill", ["12"], question=question)
    other = item("aa-2", "fill", ["12"], question=question + "呢")
    (hint,) = near_duplicates(library(entry("aa", one, other)))
    assert "（aa-2）与 aa-1 的" in hint.message


def test_one_question_with_other_options_is_another_item() -> None:
    question = "下列说法正确的是"
    one = item("aa-1", "single", "A", "礼品可以退还", "礼品可以转送", question=question)
    other = item("aa-2", "single", "A", "处分满后解除", "处分不能申诉", question=question)
    assert near_duplicates(library(entry("aa", one, other))) == []


def test_no_near_duplicate_is_overlooked_among_thousands() -> None:
    chance = random.Random(7)
    characters = [chr(0x4E00 + number) for number in range(300)]
    texts = ["".join(chance.choices(characters, k=14)) for _ in range(3000)]
    changed = {f"y-{i}": text[:6] + "某" + text[7:] for i, text in enumerate(texts[:200])}
    entries = [entry(f"x-{i}", ask=[text]) for i, text in enumerate(texts)]
    hints = near_duplicates(library(*entries, *(entry(k, ask=[v]) for k, v in changed.items())))
    assert len(hints) == 200


def test_a_set_made_by_a_program_does_not_bring_a_hint_for_every_pair() -> None:
    entries = [entry(f"x-{i}", ask=[f"第{i}号事项应当怎么办理手续"]) for i in range(1000)]
    assert len(near_duplicates(library(*entries))) == 200
