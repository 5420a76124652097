"""Questions out of the knowledge: chosen, and the same again when they are read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from knowledge.banks.choosing import Unmet, Wish, choose
from knowledge.loader import read
from tests.bank_files import (
    ALL,
    GIFT,
    ON,
    cells,
    everything,
    give_out,
    knowledge_folder,
    row,
    run,
    table,
    take_in,
)
from tests.knowledge_files import good


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return knowledge_folder(tmp_path)


def test_a_table_comes_out_as_it_went_in(folder: Path) -> None:
    none = {"选项A": None, "选项B": None}
    rows = [
        row(条目标题="谁批", 问法="谁来批；一句;两句", 编号="t-1", 题目="1+1 等于几？\n第二行"),
        row(题型="多选题", 题目="哪些？", 选项C="-丙", 选项D="@丁", 答案="ACD", 条目标题="二",
            问法="二问", 编号="t-2"),
        row(题型="判断题", 题目="对吗", **none, 答案="错", 条目标题="三", 问法="三问", 编号="t-3"),
        row(题型="填空题", 题目="____个月", **none, 答案="24；a\\；b", 数值="24 个月",
            条目标题="四", 问法="四问", 编号="t-4"),
        row(题型="情景题", 题目="怎么办", 答案="B", 难度=3, 条目标题="五", 问法="五问", 编号="t-5"),
    ]  # fmt: skip
    assert take_in(folder, table(*rows), name="a.xlsx")[0] == 0
    assert give_out(folder, "out.xlsx", "--pending")[0] == 0
    found = {each[-2]: each for each in cells(folder.parent / "out.xlsx")}
    for given in rows:
        expected = {name: given.get(name) for name in found["编号"] if isinstance(name, str)}
        expected |= {"来源": "new-rules"}
        if given["编号"] == "t-1":
            expected["问法"] = "谁来批；一句；两句"
        assert (
            dict(zip(map(str, found["编号"]), found[str(given["编号"])], strict=True)) == expected
        )


def test_gift_comes_out_as_it_went_in(folder: Path) -> None:
    assert take_in(folder, GIFT, *ALL)[0] == 0
    assert give_out(folder, "first.gift", "--pending")[0] == 0
    library = good(folder)
    for name in ("gifts.yaml", "new.yaml"):
        (folder / name).unlink()
    first = (folder.parent / "first.gift").read_text()
    assert take_in(folder, first)[0] == 0
    again = good(folder)
    assert give_out(folder, "second.gift", "--pending")[0] == 0
    assert (folder.parent / "second.gift").read_text() == first
    assert dict(again.items) == dict(library.items)


def test_gift_keeps_texts_full_of_its_own_marks(folder: Path) -> None:
    marks = "%50%{甲}~乙=丙#丁:戊\\n己//庚"
    given = row(
        题目=marks, 选项A=marks + "A", 选项B="[html]乙", 解析="####" + marks, 条目标题="::" + marks
    )
    assert take_in(folder, table(given), name="a.xlsx")[0] == 0
    assert give_out(folder, "a.gift", "--pending", "--topic", "作业")[0] == 0
    wanted = next(each for each in everything(good(folder)) if each.entry.topic == "作业")
    (folder / "new.yaml").unlink()
    assert take_in(folder, (folder.parent / "a.gift").read_bytes())[0] == 0
    found = next(each for each in everything(good(folder)) if each.entry.topic == "作业")
    assert (found.item, found.entry.title) == (wanted.item, wanted.entry.title)


def test_nothing_exported_is_a_formula(folder: Path) -> None:
    bank = "\\=1+1 {=@SUM(A1) ~\\=HYPERLINK(0) ~+2 ####-3}"
    assert take_in(folder, bank, *ALL)[0] == 0
    assert give_out(folder, "out.xlsx", "--pending")[0] == 0
    sheet: Any = load_workbook(folder.parent / "out.xlsx")["题目"]
    found = {cell.value: cell.data_type for line in sheet.iter_rows() for cell in line}
    active = ("=1+1", "@SUM(A1)", "=HYPERLINK(0)", "+2", "-3")
    assert [found[text] for text in active] == ["s"] * 5


def test_a_choice_is_by_topic_source_kind_difficulty_or_id(folder: Path) -> None:
    take_in(folder, GIFT, *ALL, "--reviewed")
    library = good(folder)

    def ids(**wish: Any) -> list[str]:
        return [each.item.id for each in choose(library, Wish(**wish), ON)]

    assert ids(topics=["礼品礼金"]) == ["gifts-card-1"]
    assert len(ids(sources=["新办法"])) == 5
    assert ids(kinds=["scenario"], difficulties=[3]) == ["gift-1"]
    assert ids(ids=["gifts-card"]) == ids(ids=["gifts-card-1"]) == ["gifts-card-1"]


def test_a_seed_gives_the_same_paper_again(folder: Path) -> None:
    take_in(folder, GIFT, *ALL, "--reviewed")
    library = good(folder)
    papers = [choose(library, Wish(count=3, seed=seed), ON) for seed in (1, 1, 2, 3, 4)]
    assert papers[0] == papers[1]
    assert any(papers[0] != other for other in papers[2:])
    code, said = give_out(folder, "a.gift", "--count", "2")
    assert (code, "--seed" in said) == (0, True)


def test_what_waits_for_review_is_only_given_when_it_is_wished(folder: Path) -> None:
    take_in(folder, GIFT, *ALL)
    library = good(folder)
    assert len(choose(library, Wish(), ON)) == 1
    assert len(choose(library, Wish(takes_pending=True), ON)) == 5


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--topic", "礼品"], "没有主题“礼品”，是不是“礼品礼金”？"),
        (["--source", "新办发"], "没有登记过来源“新办发”，是不是《新办法》（new-rules）？"),
        (["--kind", "论述"], "没有题型“论述”，应为 单选题、多选题"),
        (["--id", "none"], "没有编号为 none 的题或条目"),
        (["--difficulty", "3"], "没有符合条件的题"),
        (["--count", "9", "--seed", "1"], "符合条件的只有 1 题，不够 9 题"),
    ],
)
def test_a_wish_that_cannot_be_met_is_said_and_no_file_made(
    folder: Path, options: list[str], said: str
) -> None:
    code, found = give_out(folder, "a.docx", *options)
    assert code == 1
    assert said in found
    assert not (folder.parent / "a.docx").exists()


def test_a_repealed_source_is_never_exported(folder: Path) -> None:
    library = good(folder)
    source = library.sources["new-rules"]
    before = source.in_force.replace(year=2019)
    with pytest.raises(Unmet):
        choose(library, Wish(), before)


def test_a_paper_is_made_of_the_choice(folder: Path) -> None:
    code, said = give_out(folder, "a.docx", "--title", "周三练习")
    assert (code, "已把 1 题写到" in said) == (0, True)
    assert (folder.parent / "a.docx").read_bytes().startswith(b"PK")
    assert give_out(folder, "a.pdf")[0] == 1


def test_the_shipped_knowledge_survives_both_formats(tmp_path: Path) -> None:
    shipped = Path(__file__).parent.parent / "knowledge"
    library, faults, _ = read(shipped)
    if library is None:
        pytest.fail(f"the shipped knowledge is faulty: {faults[0]}")
    folder = tmp_path / "knowledge"
    folder.mkdir()
    (folder / "sources.yaml").write_bytes((shipped / "sources.yaml").read_bytes())
    for ending in ("gift", "xlsx"):
        bank = tmp_path / f"all.{ending}"
        assert run("export", bank, "--pending", "--knowledge", shipped)[0] == 0
        assert run("import", bank, "--to", folder / "all.yaml", "--knowledge", folder)[0] == 0
        again = good(folder)
        for path in folder.glob("all*.yaml"):
            path.unlink()
        given = {each.item.id: each for each in everything(library)}
        found = {each.item.id: each for each in everything(again)}
        assert found.keys() == given.keys()
        for name, each in given.items():
            assert found[name].clause == each.clause
            same = {"clause": None, "review": None}
            assert found[name].item.model_copy(update=same) == each.item.model_copy(update=same)
