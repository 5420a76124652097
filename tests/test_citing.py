"""A document and a clause typed go straight there."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.citing import Citations, Reference
from knowledge.schema import Entry, Source


def source(
    name: str, title: str, *short: str, since: int = 2018, until: int | None = None
) -> Source:
    return Source(
        id=name,
        title=title,
        short=short,
        issuer="教育部",
        in_force=date(since, 1, 1),
        repealed=date(until, 1, 1) if until else None,
        replaced_by=f"{name.rpartition('-')[0]}-{until}" if until else None,
    )


def entry(name: str, rests_on: str, clause: str) -> Entry:
    return Entry(
        id=name, title=name, topic="规定", source=rests_on, clause=clause, ask=("问",), answer="答"
    )


SOURCES = [
    source("minors", "中华人民共和国未成年人保护法", "未保法"),
    source("education", "中华人民共和国教育法"),
    source("compulsory", "中华人民共和国义务教育法"),
    source("discipline", "中小学教育惩戒规则（试行）", "惩戒规则", since=2021),
    source("handling-2014", "中小学教师处理办法（2014年）", since=2014, until=2018),
    source("handling-2018", "中小学教师处理办法（2018年修订）", "处理办法"),
    source("sanction-2012", "工作人员处分暂行规定", "处分暂行规定", since=2012, until=2023),
    source("sanction-2023", "工作人员处分规定", "处分规定", since=2023),
]
ENTRIES = [
    entry("report", "minors", "第十一条"),
    entry("report-all", "minors", "第十条至第十二条"),
    entry("vetting", "minors", "第六十二条"),
    entry("mild", "discipline", "第八条"),
    entry("mild-first", "discipline", "第八条第一项"),
    entry("mild-second", "discipline", "第八条第二项"),
    entry("severe", "discipline", "第九条、第十条"),
    entry("acts", "handling-2018", "第四条第一项至第九项"),
    entry("old-acts", "handling-2014", "第四条"),
    entry("hundred", "education", "第一百零三条"),
]


@pytest.fixture(scope="module")
def citations() -> Citations:
    return Citations(SOURCES, ENTRIES)


def found(citations: Citations, question: str) -> Reference:
    reference = citations.find(question)
    assert reference is not None, question
    return reference


@pytest.mark.parametrize(
    ("question", "document", "clause"),
    [
        ("未保法第十一条", "minors", "第十一条"),
        ("未保法11条", "minors", "第十一条"),
        ("《中华人民共和国未成年人保护法》第十一条是怎么规定的？", "minors", "第十一条"),
        ("未成年人保護法第１１條", "minors", "第十一条"),
        ("惩戒规则 8", "discipline", "第八条"),
        ("惩戒规则八", "discipline", "第八条"),
        ("中小学教育惩戒规则第八条第二项", "discipline", "第八条第二项"),
        ("请问老师，惩戒规则第十条说的是什么？谢谢", "discipline", "第十条"),
        ("学生打架 惩戒规则第八条", "discipline", "第八条"),
        ("教育法第一百零三条", "education", "第一百零三条"),
        ("教育法 103", "education", "第一百零三条"),
        ("教育法第二十条", "education", "第二十条"),
        ("惩戒规则第八条、第九条", "discipline", "第八条"),
        ("惩戒规则那第八条说什么", "discipline", "第八条"),
    ],
)
def test_a_document_and_a_clause_are_read(
    citations: Citations, question: str, document: str, clause: str
) -> None:
    reference = found(citations, question)
    assert (reference.source.id, reference.clause) == (document, clause)


def test_the_longer_name_wins(citations: Citations) -> None:
    assert found(citations, "义务教育法第二条").source.id == "compulsory"


@pytest.mark.parametrize(
    "question",
    [
        "家庭教育法第八条",
        "第十一条",
        "8",
        "",
        "😀",
        "惩戒规则能不能罚站",
        "未保法第几条规定了体罚",
        "惩戒规则是哪十项",
        "惩戒规则共十条吗",
        "老师违反教育法怎么处理",
        "有偿补课",
    ],
)
def test_what_is_no_citation_is_left_to_search(citations: Citations, question: str) -> None:
    assert citations.find(question) is None


def test_the_entries_of_the_clause_come_narrowest_first(citations: Citations) -> None:
    assert found(citations, "未保法第十一条").entries == ("report", "report-all")
    assert found(citations, "惩戒规则第八条第二项").entries == ("mild-second", "mild")
    assert found(citations, "惩戒规则第十条").entries == ("severe",)


def test_a_clause_that_nothing_rests_on_is_still_a_citation(citations: Citations) -> None:
    assert found(citations, "未保法第九十九条").entries == ()


@pytest.mark.parametrize(
    "question", ["未保法", "未保法全文", "未保法还有效吗", "查一下未保法的内容"]
)
def test_a_document_alone_gives_all_that_rests_on_it(citations: Citations, question: str) -> None:
    reference = found(citations, question)
    assert reference.clause is None
    assert reference.entries == ("report", "report-all", "vetting")


@pytest.mark.parametrize(
    "question",
    [
        "旧处理办法",
        "老的处理办法",
        "2014年的处理办法",
        "处理办法2014版",
        "中小学教师处理办法（2014年）",
        "2014版处理办法还有效吗",
    ],
)
def test_a_repealed_document_is_found_by_name(citations: Citations, question: str) -> None:
    reference = found(citations, question)
    assert reference.source.id == "handling-2014"
    assert not reference.source.holds_on(date(2026, 1, 1))
    assert reference.source.replaced_by == "handling-2018"


def test_an_old_name_of_its_own_finds_the_old_document(citations: Citations) -> None:
    assert found(citations, "处分暂行规定废止了吗").source.id == "sanction-2012"
    assert found(citations, "原来的处分规定").source.id == "sanction-2012"


def test_a_name_shared_by_versions_is_the_newest(citations: Citations) -> None:
    assert found(citations, "中小学教师处理办法第四条").source.id == "handling-2018"


def test_a_clause_of_an_old_version_gives_its_own_entries(citations: Citations) -> None:
    assert found(citations, "旧处理办法第四条").entries == ("old-acts",)


def test_a_long_paste_is_no_citation(citations: Citations) -> None:
    assert citations.find("根据有关规定" * 20_000) is None


def test_sources_that_replace_each_other_do_no_harm() -> None:
    first = source("aa", "甲办法").model_copy(update={"replaced_by": "bb"})
    second = source("bb", "乙办法").model_copy(update={"replaced_by": "aa"})
    assert found(Citations([first, second], []), "旧甲办法").source.id == "aa"


def test_a_reference_names_the_clause_as_the_rules_write_it(citations: Citations) -> None:
    for number, written in (
        (10, "十"),
        (15, "十五"),
        (20, "二十"),
        (110, "一百一十"),
        (203, "二百零三"),
    ):
        assert found(citations, f"教育法第{number}条").clause == f"第{written}条"
