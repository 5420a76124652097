"""Every fault of a knowledge file has its exact place and says what would be right."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge.loader import read
from tests.knowledge_files import GIFTS, SOURCES, TITLED, bad, good, marked, only, write


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("    clause: 第一条\n", "", "缺少 clause：第几条第几款"),
        ("    source: new-rules\n", "", "缺少 source"),
        (
            "    clause: ",
            "    ⟦cluase: 第一条\n    clause: ",
            "不认识的键“cluase”，是不是想写 clause",
        ),
        ("        kind:", "        ⟦weight: 3\n        kind:", "可用的键有：id、kind、difficulty"),
        ("clause: 第一条", "clause:⟦ ", "clause 应为文字"),
        ("clause: 第一条", 'clause: ⟦""', "clause 是空的"),
        ("title: 购物卡能不能收", "title: ⟦" + "长" * 201, "title 太长，最多 200 个字"),
        ("title: 购物卡能不能收", "title: ⟦true", "title 应为文字；如果写的是 true"),
        ("id: gifts-card\n", "id: ⟦Gifts_Card\n", "id 只能用小写英文字母"),
        ("ask: [家长硬塞的购物卡退不回去咋办, 塞卡怎么办]", "ask: ⟦塞卡", "ask 应为列表"),
        ("ask: [家长硬塞的购物卡退不回去咋办, 塞卡怎么办]", "ask: ⟦[]", "ask 至少要有 1 项"),
        ("kind: single", "kind: ⟦choice", "kind 应为 single、multiple、truth、fill 或 scenario"),
        ("difficulty: 1", "difficulty: ⟦hard", "difficulty 应为 1、2 或 3，现为“hard”"),
        ("answer: B", "answer: ⟦E", "answer 中的 E 不在选项里，应为 A、B、C、D"),
        ("answer: B", "answer: ⟦[A, B]", "单选题只能有一个正确答案"),
        ("answer: B", "answer: ⟦true", "单选题的 answer 应为选项字母"),
        ("options: [收下, 退还, 转送, 分掉]", "options: ⟦[收下, 收下]", "选项“收下”写了两次"),
        ("options: [收下,", "options: ⟦[1, 2, 3, 4, 5,", "options 最多 6 项"),
        ("source: new-rules", "source: ⟦no-rules", "source“no-rules”不在 sources.yaml 里"),
        ("      - id: gifts-card-1", "      - id: ⟦gifts-card", "已用在 gifts.yaml:2"),
        ("    items:", "    ⟦title: 又一个\n    items:", "键“title”写了两次（先在第 3 行）"),
        ("answer: 不能收。", "answer: ⟦&a 不能收。", "不能用锚点“&a”"),
        ("answer: 不能收。", "answer: ⟦*a", "不能用引用“*a”"),
        ("answer: 不能收。", "answer: ⟦!!python/name:os.system x", "不能用标签"),
        ("    topic: 礼", "⟦\ttopic: 礼", "有制表符（Tab），请改用空格"),
        ("不能收。", "不能⟦\x00收。", "不可见的字符 U+0000"),
        ("不能收。", "不能⟦\u2028收。", "不可见的字符 U+2028"),
        ("不能收。", "不能⟦\ufffe收。", "不可见的字符 U+FFFE"),
        ("answer: 不能收。", "answer: 不能收⟦: 退回", "文字里有“: ”时给整段加引号"),
        ("answer: 不能收。", "answer: ⟦@家长", "请给整段文字加引号"),
        ("answer: 不能收。", "? ⟦[a]\n    : b", "键应为一个词"),
        ("entries:\n  -", "entries:\n- id: top\n  ⟦-", "缩进没有对齐"),
        ("answer: 不能收。", "answer: " + "[" * 9 + "⟦[[", "嵌套太深"),
    ],
)
def test_a_fault_names_its_place_and_the_cure(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    assert old in GIFTS
    # What is missing is reported where the entry begins.
    text, line, column = marked(GIFTS.replace(old, new, 1) if "⟦" in new else _missing(old))
    fault = next(fault for fault in bad(write(tmp_path, text)) if says in fault.message)
    assert (fault.path, fault.line, fault.column) == ("gifts.yaml", line, column)


def _missing(old: str) -> str:
    return GIFTS.replace(old, "").replace("  - id: gifts-card\n", "  - ⟦id: gifts-card\n")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("in_force: 2008-01-01", "in_force: ⟦2008-13-01", "不是有效的日期，应如 2018-11-08"),
        ("in_force: 2008-01-01", "in_force: ⟦20080101", "日期应写成 2018-11-08"),
        ("repealed: 2020-01-01", "repealed: ⟦2007-01-01", "应晚于施行日 2008-01-01"),
        ("replaced_by: new-rules", "replaced_by: ⟦newer", "“newer”不在 sources.yaml 里"),
        ("short: [新办法, 办法]", "short: [新办法, ⟦旧 办法]", "简称“旧办法”已用在 sources.yaml:4"),
        ("id: new-rules", "id: ⟦old-rules", "id“old-rules”已用在 sources.yaml:2"),
    ],
)
def test_a_faulty_source_is_named_with_its_place(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    text, line, column = marked(SOURCES.replace(old, new, 1))
    fault = next(fault for fault in bad(write(tmp_path, sources=text)) if says in fault.message)
    assert (fault.path, fault.line, fault.column) == ("sources.yaml", line, column)


def test_a_fault_reads_as_file_line_column_and_sentence(tmp_path: Path) -> None:
    fault = only(write(tmp_path, GIFTS.replace("answer: B", "answer: Z")))
    assert str(fault) == ("gifts.yaml:15:17: answer 中的 Z 不在选项里，应为 A、B、C、D 中的字母")


def test_all_faults_of_all_files_come_in_one_sorted_list(tmp_path: Path) -> None:
    faults = bad(
        write(
            tmp_path,
            GIFTS.replace("kind: single", "kind: none").replace("    clause: 第一条\n", ""),
            SOURCES.replace("issuer", "isuer", 1),
            a="entries: 5\n",
        )
    )
    assert [(fault.path, fault.line) for fault in faults] == [
        ("a.yaml", 1),
        ("gifts.yaml", 2),
        ("gifts.yaml", 10),
        ("sources.yaml", 2),
        ("sources.yaml", 5),
    ]


def test_a_faulty_source_does_not_make_its_entries_faulty(tmp_path: Path) -> None:
    at_fault = SOURCES.replace("in_force: 2020-01-01", "in_force: soon")
    assert {fault.path for fault in bad(write(tmp_path, sources=at_fault))} == {"sources.yaml"}


def test_an_id_used_in_two_files_names_both_places(tmp_path: Path) -> None:
    fault = only(write(tmp_path, other=TITLED.replace("id: ENTRY", "id: gifts-card-1")))
    assert str(fault).startswith("other.yaml:2:9: id“gifts-card-1”已用在 gifts.yaml:10")


@pytest.mark.parametrize(
    "phrasing", ["塞卡怎么办", "塞卡，怎么办？", "“塞卡”　怎么办", "塞卡 怎么办!"]
)
def test_the_same_phrasing_in_two_entries_is_refused_however_it_is_marked(
    tmp_path: Path, phrasing: str
) -> None:
    fault = only(
        write(tmp_path, other=TITLED.replace("ENTRY问法", f'"{phrasing}"').replace("ENTRY", "else"))
    )
    assert (fault.path, fault.line, fault.column) == ("other.yaml", 7, 11)
    assert "与条目 gifts-card（gifts.yaml:7）的相同" in fault.message


def test_a_phrasing_twice_in_one_entry_or_equal_to_anothers_title_is_a_hint(tmp_path: Path) -> None:
    twice = GIFTS.replace("塞卡怎么办]", "塞卡怎么办, 塞卡怎么办？]")
    path = write(
        tmp_path,
        twice,
        other=TITLED.replace("title: ENTRY", "title: 塞卡怎么办").replace("ENTRY", "else"),
    )
    library, faults, warnings = read(path)
    assert library is not None
    assert faults == []
    assert [(warning.line, warning.column) for warning in warnings] == [(7, 27), (7, 34), (7, 34)]


def test_an_item_may_not_rest_on_a_repealed_source(tmp_path: Path) -> None:
    fault = only(write(tmp_path, GIFTS.replace("new-rules", "old-rules")))
    assert (fault.line, fault.column) == (10, 9)
    assert "《旧办法》已于 2020-01-01 废止，请改依 new-rules" in fault.message


def test_an_entry_without_items_may_tell_of_a_repealed_source(tmp_path: Path) -> None:
    told = GIFTS[: GIFTS.index("    items:")].replace("new-rules", "old-rules")
    assert good(write(tmp_path, told)).entries


def test_a_repeal_that_is_only_announced_refuses_nothing_before_its_day(tmp_path: Path) -> None:
    path = write(tmp_path, GIFTS.replace("new-rules", "old-rules"))
    library, faults, _ = read(path, today=date(2019, 12, 31))
    assert library is not None
    assert faults == []
    assert library.topics(date(2020, 1, 1)) == {}
    assert bad(path, today=date(2020, 1, 1))


def test_sources_that_replace_each_other_in_a_circle_are_refused(tmp_path: Path) -> None:
    faults = bad(write(tmp_path, sources=SOURCES + "    replaced_by: old-rules\n"))
    assert [(fault.line, fault.column) for fault in faults] == [(8, 18), (14, 18)]
