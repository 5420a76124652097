"""What a question comes to, without chat and without a database."""

from __future__ import annotations

from datetime import date

import pytest

from bot.services import answering
from bot.services.answering import (
    Answered,
    Choice,
    NotHeld,
    Outcome,
    Repealed,
    Small,
    Unknown,
    Unreadable,
)
from knowledge.library import Library
from knowledge.live import Knowledge, LiveKnowledge
from knowledge.schema import Entry, Source

TODAY = date(2026, 11, 23)


@pytest.fixture
def known(knowledge: LiveKnowledge) -> Knowledge:
    return knowledge.current


def ask(known: Knowledge, text: str, on: date = TODAY) -> Outcome:
    return answering.answer(known, text, on)


def test_a_question_typed_as_it_stands_there_is_answered_with_its_source(known: Knowledge) -> None:
    found = ask(known, "家长硬塞的购物卡退不回去咋办？")
    assert isinstance(found, Answered)
    assert (found.entry.id, found.source.id) == ("gifts-card", "gifts-2014")


def test_what_nothing_is_like_is_unknown(known: Knowledge) -> None:
    assert ask(known, "火星上能不能种土豆") == Unknown()


def test_small_talk_is_unknown_even_where_an_entry_has_words_of_it() -> None:
    """今天 and 怎么样 alone would offer a choice."""
    known = _knowledge([_entry("today", "要求", ask="今天天气不好怎么样请假")], [_source()])
    assert ask(known, "今天天气怎么样？") == Unknown()


def test_a_bare_topic_gives_a_choice_by_aspect(known: Knowledge) -> None:
    for text in ("处理", "关于处理的规定", "处理方面的政策"):
        found = ask(known, text)
        assert isinstance(found, Choice), text
        assert found.why == "topic"
        assert {entry.aspect for entry in found.entries} == {"期限", "谁来定"}


def test_aspects_come_in_rounds_so_that_the_first_three_differ() -> None:
    entries = [_entry(str(at), aspect) for at, aspect in enumerate(["能不能"] * 3 + ["期限", None])]
    known = _knowledge(entries, [_source()])
    found = ask(known, "有偿补课")
    assert isinstance(found, Choice)
    assert [entry.aspect for entry in found.entries[:3]] == ["能不能", "期限", None]


def test_a_typed_clause_goes_straight_to_its_entry(known: Knowledge) -> None:
    found = ask(known, "处理办法第三条")
    assert isinstance(found, Answered)
    assert found.entry.id == "handling-period"


def test_a_document_alone_offers_what_rests_on_it(known: Knowledge) -> None:
    found = ask(known, "礼金规定")
    assert isinstance(found, Choice)
    assert found.why == "cited"
    assert found.source is not None
    assert [entry.id for entry in found.entries] == ["gifts-card", "gifts-dinner"]


def test_a_clause_that_is_not_held_is_said_so(known: Knowledge) -> None:
    found = ask(known, "处理办法第九十条")
    assert isinstance(found, NotHeld)
    assert found.clause == "第九十条"


def test_a_repealed_document_asked_for_by_name_is_shown_as_such(known: Knowledge) -> None:
    found = ask(known, "中小学教师违反职业道德行为处理办法（2014年版）")
    assert isinstance(found, Repealed)
    assert found.replaced_by is not None
    assert found.replaced_by.id == "handling-2018"


def test_answers_know_the_day(known: Knowledge) -> None:
    before = date(2018, 11, 7)
    typed = ask(known, "受处理后多久不能评优", before)
    assert not isinstance(typed, Answered)
    named = ask(known, "处理办法第三条", before)
    assert isinstance(named, Repealed)
    assert named.is_future


def test_an_entry_on_a_repealed_source_is_never_found_by_search() -> None:
    old = _source("old", in_force=date(2000, 1, 1), repealed=date(2020, 1, 1), replaced_by="new")
    new = _source("new", in_force=date(2020, 1, 1))
    entries = [
        _entry("old-way", "能不能", source="old", ask="能不能骑马来上班"),
        _entry("new-way", "能不能", source="new", ask="骑马来上班现在行不行"),
    ]
    known = _knowledge(entries, [old, new])
    judged = answering.hits(known, "能不能骑马来上班", TODAY)
    assert [hit.id for hit in judged.hits] == ["new-way"]
    assert not isinstance(judged.outcome, Repealed)
    assert isinstance(answering.read(known, "old-way", TODAY), Repealed)


def test_a_document_replaced_twice_leads_to_the_one_that_holds() -> None:
    sources = [
        _source(
            "rules-a", in_force=date(2000, 1, 1), repealed=date(2010, 1, 1), replaced_by="rules-b"
        ),
        _source(
            "rules-b", in_force=date(2010, 1, 1), repealed=date(2020, 1, 1), replaced_by="rules-c"
        ),
        _source("rules-c", in_force=date(2020, 1, 1)),
    ]
    known = _knowledge([_entry("one", None, source="rules-a")], sources)
    found = answering.read(known, "one", TODAY)
    assert isinstance(found, Repealed)
    assert found.replaced_by is not None
    assert found.replaced_by.id == "rules-c"


@pytest.mark.parametrize(
    ("text", "talk"),
    [
        ("你好", "greeting"),
        ("老师们晚上好呀", None),
        ("在吗？", "presence"),
        ("谢谢！", "thanks"),
        ("好的谢谢老师", "thanks"),
        ("收到", "fine"),
        ("你是谁？", "who"),
        ("我好累啊", "weary"),
        ("在吗，家长送卡怎么处理", None),
    ],
)
def test_courtesy_alone_is_no_question(known: Knowledge, text: str, talk: str | None) -> None:
    found = ask(known, text)
    assert (found.talk if isinstance(found, Small) else None) == talk


@pytest.mark.parametrize("text", ["", "😀😀", "\u202e\u200f", "？？？", "   "])
def test_nothing_to_read_is_told_from_not_knowing(known: Knowledge, text: str) -> None:
    assert ask(known, text) == Unreadable("empty")


def test_a_whole_page_is_asked_to_be_shortened(known: Knowledge) -> None:
    assert ask(known, "家长送卡怎么处理" * 12_500) == Unreadable("long")


def test_the_command_line_gets_hits_best_first_with_scores(known: Knowledge) -> None:
    judged = answering.hits(known, "收家长超市卡行不行", TODAY)
    assert judged.verdict == "answer"
    assert judged.hits[0].id == "gifts-card"
    scores = [hit.score for hit in judged.hits]
    assert scores == sorted(scores, reverse=True)
    assert answering.hits(known, "火星", TODAY).verdict == "unknown"
    assert answering.hits(known, "处理", TODAY).verdict == "choose"


def test_a_word_of_a_wide_topic_gives_what_speaks_of_it() -> None:
    entries = [
        _entry("1", "能不能", title="教师能不能兼职"),
        _entry("2", "期限", title="有偿补课查多久"),
        _entry("3", "谁来定", title="有偿补课归谁管"),
    ]
    found = ask(_knowledge(entries, [_source()]), "补课")
    assert isinstance(found, Choice)
    assert [entry.id for entry in found.entries] == ["e2", "e3"]


def test_a_question_about_other_people_is_not_answered_straight_away(known: Knowledge) -> None:
    assert isinstance(ask(known, "家长请客吃饭去不去"), Answered)
    assert isinstance(ask(known, "校长请客吃饭去不去"), Choice)


def test_neighbours_tell_something_else_of_the_same_topic() -> None:
    entries = [_entry(str(at), aspect) for at, aspect in enumerate(["能不能", "能不能", "期限"])]
    known = _knowledge(entries, [_source()])
    near = answering.neighbours(known, entries[0], TODAY)
    assert [entry.id for entry in near] == ["e2", "e1"]


def _source(
    id_: str = "rules",
    *,
    in_force: date = date(2015, 6, 29),
    repealed: date | None = None,
    replaced_by: str | None = None,
) -> Source:
    return Source(
        id=id_,
        title=f"某某规定{id_}",
        issuer="教育部",
        in_force=in_force,
        repealed=repealed,
        replaced_by=replaced_by,
    )


def _entry(
    id_: str, aspect: str | None, *, source: str = "rules", ask: str = "", title: str = ""
) -> Entry:
    return Entry(
        id=f"e{id_}" if id_.isdigit() else id_,
        title=title or f"第{id_}种情形怎么看",
        topic="有偿补课",
        aspect=aspect,
        source=source,
        clause="第一条",
        ask=(ask or f"情形{id_}的问法",),
        answer="有一句回答。",
    )


def _knowledge(entries: list[Entry], sources: list[Source]) -> Knowledge:
    return Knowledge.of(Library.of(sources, entries, {entry.id: "x:1" for entry in entries}))
