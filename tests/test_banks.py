"""Questions of a bank into the knowledge: all or nothing, no doubles, ids that stay."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from knowledge.banks.drafts import sameness
from tests.bank_files import (
    AIKEN,
    ALL,
    GIFT,
    ON,
    knowledge_folder,
    row,
    table,
    take_in,
)
from tests.knowledge_files import good


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return knowledge_folder(tmp_path)


def test_a_bank_becomes_entries_that_the_loader_reads_and_that_wait_for_review(
    folder: Path,
) -> None:
    code, said = take_in(folder, table(row(问法="谁批作业")), name="a.xlsx")
    assert (code, "1 题，1 个条目" in said, "待核" in said) == (0, True, True)
    library = good(folder)
    (entry,) = (each for each in library.entries.values() if each.id != "gifts-card")
    assert (entry.source, entry.clause, entry.ask, entry.review) == (
        "new-rules",
        "第二条",
        ("谁批作业",),
        "pending",
    )
    assert entry.items[0].answer == "A"
    assert "作业" not in library.topics(ON)


def test_reviewed_questions_count_at_once(folder: Path) -> None:
    take_in(folder, table(row()), "--reviewed", name="a.xlsx")
    assert len(good(folder).topics(ON)["作业"]) == 1


def test_every_bad_row_is_in_one_list_and_nothing_is_written(folder: Path) -> None:
    before = sorted(folder.iterdir())
    code, said = take_in(
        folder,
        table(
            row(),
            row(题型="问答", 题目="乙"),
            row(题目="丙", 来源="新方法"),
            row(题目="丁", 答案="C", 解析="字" * 601),
            row(题目="戊", 选项B="教师", 编号="Gifts 1"),
        ),
        name="a.xlsx",
    )
    assert code == 1
    assert re.findall(r"第 (\d) 行", said) == ["3", "4", "5", "5", "6", "6"]
    assert "是不是《新办法》（new-rules）？" in said
    assert "答案 C 不在选项里，应为 A、B 中的字母" in said
    assert "共 6 处要改正，什么也没有写" in said
    assert sorted(folder.iterdir()) == before


def test_what_a_format_cannot_say_is_asked_for_once_and_can_be_given(folder: Path) -> None:
    code, said = take_in(folder, AIKEN + AIKEN.replace("题一", "题二"), name="a.txt")
    assert code == 1
    for name, option in (
        ("来源", "--source"),
        ("条款", "--clause"),
        ("主题", "--topic"),
        ("解析", "--explanation"),
    ):
        (line,) = (each for each in said.splitlines() if f"没有{name}" in each)
        assert option in line
        assert "第 1、5 行共 2 题" in line
    code, said = take_in(folder, AIKEN, *ALL, name="a.txt")
    assert (code, "1 题没有写难度，按 2 计" in said) == (0, True)
    (item,) = (each for each in good(folder).items.values() if each.question == "题一？")
    assert (item.answer, item.explanation, item.difficulty) == ("B", "见第九条。", 2)


def test_a_repealed_source_is_refused_and_its_successor_named(folder: Path) -> None:
    code, said = take_in(folder, table(row(来源="旧办法")), name="a.xlsx")
    assert code == 1
    assert "《旧办法》已于 2020-01-01 废止，现行的是 new-rules" in said


def test_a_wrong_option_is_named_once_however_many_questions_there_are(folder: Path) -> None:
    code, said = take_in(folder, GIFT, "--source", "新办发", *ALL[2:])
    assert code == 1
    assert said.count("没有登记过来源“新办发”，是不是《新办法》") == 1


def test_the_same_bank_twice_adds_nothing(folder: Path) -> None:
    take_in(folder, GIFT, *ALL)
    first = (folder / "new.yaml").read_text()
    (folder / "new.yaml").rename(folder / "kept.yaml")
    code, said = take_in(folder, GIFT, *ALL)
    assert (code, said.count("相同，跳过")) == (0, 4)
    assert "没有新题（4 题已有）" in said
    assert not (folder / "new.yaml").exists()
    assert (folder / "kept.yaml").read_text() == first


def test_ids_come_from_the_question_alone(folder: Path) -> None:
    take_in(folder, GIFT, *ALL)
    first = set(good(folder).items)
    (folder / "new.yaml").unlink()
    blocks = GIFT.split("\n\n")
    take_in(folder, "\n\n".join(reversed(blocks)), "--reviewed", *ALL)
    assert set(good(folder).items) == first
    assert "gift-1" in first


def test_a_question_already_known_is_skipped_by_name_whatever_its_commas(folder: Path) -> None:
    known = row(
        题目="家长送的购物卡，怎么处理",
        选项A="退还",
        选项B="收下",
        选项C="转送",
        选项D="分掉",
        来源="新办法",
    )
    code, said = take_in(folder, table(known, row()), name="a.xlsx")
    assert code == 0
    assert "第 2 行：与知识库里的 gifts-card-1（gifts.yaml:10）相同，跳过" in said
    assert "1 题，1 个条目，跳过 1 题" in said


def test_the_same_question_with_another_answer_is_a_contradiction(folder: Path) -> None:
    twice = table(row(), row(答案="B"), row())
    code, said = take_in(folder, twice, name="a.xlsx")
    assert code == 1
    assert "第 3 行J 列“答案”：与第 2 行的题题目相同而答案不同" in said
    assert "第 4 行：与第 2 行的题相同，跳过" in said


@pytest.mark.parametrize(
    ("one", "other"), [("误差1.5", "误差15"), ("x ≤ 3", "x ≥ 3"), ("+3", "-3"), ("50%", "50")]
)
def test_questions_that_differ_only_in_a_sign_are_two(one: str, other: str) -> None:
    assert sameness("truth", one, ()) != sameness("truth", other, ())


def test_a_stem_that_many_questions_share_gets_phrasings_of_its_own(folder: Path) -> None:
    rows = [row(题目="下列说法正确的是", 选项A=f"说法{index}") for index in range(5)]
    code, _ = take_in(folder, table(*rows), name="a.xlsx")
    assert code == 0
    asks = [entry.ask for entry in good(folder).entries.values()]
    assert len(set(asks)) == 6


def test_rows_with_one_title_make_one_entry_and_narrower_clauses_stay(folder: Path) -> None:
    rows = [
        row(条目标题="谁批作业", 问法="谁来批"),
        row(条目标题="谁批作业", 题目="家长要批改作业吗？", 条款="第三条", 问法="谁来批；要我批吗"),
    ]
    take_in(folder, table(*rows), name="a.xlsx")
    (entry,) = (each for each in good(folder).entries.values() if each.title == "谁批作业")
    assert entry.ask == ("谁来批", "要我批吗")
    assert [(item.clause, entry.clause) for item in entry.items] == [
        (None, "第二条"),
        ("第三条", "第二条"),
    ]


def test_a_phrasing_that_belongs_to_another_entry_is_named(folder: Path) -> None:
    rows = [row(问法="塞卡怎么办"), row(题目="甲", 问法="同一句"), row(题目="乙", 问法="同一句")]
    code, said = take_in(folder, table(*rows), name="a.xlsx")
    assert code == 1
    assert "第 2 行P 列“问法”：问法“塞卡怎么办”已属于知识库的条目 gifts-card" in said
    assert "第 4 行P 列“问法”：问法“同一句”已属于第 3 行的条目" in said


def test_a_taken_or_doubled_id_is_named(folder: Path) -> None:
    rows = [row(编号="gifts-card"), row(题目="甲", 编号="mine"), row(题目="乙", 编号="mine")]
    code, said = take_in(folder, table(*rows), name="a.xlsx")
    assert code == 1
    assert "编号 gifts-card 已用在 gifts.yaml:2 的另一题" in said
    assert "编号 mine 已用在第 3 行" in said
