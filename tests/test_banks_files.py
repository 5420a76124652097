"""The files of a bank: encodings, sizes, what is written and what is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.banks import writing
from tests.bank_files import (
    AIKEN,
    ALL,
    GIFT,
    knowledge_folder,
    run,
    take_in,
)
from tests.knowledge_files import good


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return knowledge_folder(tmp_path)


def test_a_dry_run_says_what_would_be_and_writes_nothing(folder: Path) -> None:
    code, said = take_in(folder, GIFT, "--dry-run", *ALL)
    assert (code, "检查通过：4 题，4 个条目" in said) == (0, True)
    assert not (folder / "new.yaml").exists()


def test_no_file_is_overwritten(folder: Path) -> None:
    code, said = run(
        "import", folder / "gifts.yaml", "--to", folder / "gifts.yaml", "--knowledge", folder
    )
    assert (code, "认不出格式" in said) == (1, True)
    (folder / "new.yaml").write_text("entries: []\n")
    code, said = take_in(folder, GIFT, *ALL)
    assert (code, "已经有了，不会覆盖" in said) == (1, True)
    assert (folder / "new.yaml").read_text() == "entries: []\n"
    assert run("template", folder / "sources.yaml")[0] == 1


def test_a_folder_that_is_not_there_is_one_sentence(folder: Path) -> None:
    bank = folder.parent / "a.gift"
    bank.write_text(GIFT)
    code, said = run("import", bank, "--to", folder / "no" / "a.yaml", "--knowledge", folder, *ALL)
    assert (code, "什么也没有写" in said) == (1, True)


def test_a_faulty_knowledge_folder_is_mended_first(folder: Path) -> None:
    (folder / "bad.yaml").write_text("entries: 3\n")
    code, said = take_in(folder, GIFT, *ALL)
    assert (code, "知识库本身有 1 处要先改正" in said) == (1, True)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gbk", "gb18030"])
def test_a_text_in_any_encoding_that_notepad_saves_is_read(folder: Path, encoding: str) -> None:
    code, said = take_in(folder, GIFT.replace("\n", "\r\n").encode(encoding), *ALL)
    assert code == 0
    assert ("按 GBK 读入" in said) == encoding.startswith("gb")
    assert "作业由教师批改。" in {item.question for item in good(folder).items.values()}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("作业由教师批改。{T}".encode("utf-16-le"), "没有标记的 UTF-16"),
        ("生徒の答え｛はい｝".encode("shift-jis"), "不是 UTF-8，也不像 GBK"),
        (b"\xff\xfe\x00", "不是 UTF-8"),
        (b"PK\x03\x04", "这不是 .xlsx"),
        (b"%PDF-1.7", "这不是纯文本"),
        (b"", "认不出格式"),
        ("只有一句话".encode(), "认不出格式"),
    ],
)
def test_bytes_that_are_no_bank_are_one_sentence(folder: Path, content: bytes, said: str) -> None:
    code, found = take_in(folder, content, name="a.txt")
    assert code == 1
    assert said in found


def test_a_text_file_is_told_by_its_content(folder: Path) -> None:
    assert take_in(folder, AIKEN, "--dry-run", *ALL, name="a.txt")[0] == 0
    assert take_in(folder, GIFT, "--dry-run", *ALL, name="b.txt")[0] == 0


def test_ten_thousand_questions_are_split_into_files_the_loader_takes(folder: Path) -> None:
    bank = "\n\n".join(
        f"第{index}题：教师处理第{index}号事项时哪一种做法合适？ "
        f"{{=做法{index}甲 ~做法{index}乙 ~做法丙 ~做法丁"
        f" ####第{index}条说得很清楚，常见的误会是把它和别的规定混为一谈。}}"
        for index in range(10_000)
    )
    code, said = take_in(folder, bank, *ALL)
    assert (code, "10000 题，10000 个条目" in said) == (0, True)
    assert len(good(folder).items) == 10_001
    sizes = [path.stat().st_size for path in folder.glob("new*.yaml")]
    assert len(sizes) > 1
    assert max(sizes) < 1_000_000


def test_ten_thousand_bad_rows_are_said_in_a_list_that_ends(folder: Path) -> None:
    code, said = take_in(folder, "\n\n".join(f"题{index} {{}}" for index in range(10_000)))
    assert code == 1
    assert "还有 9800 处" in said
    assert "共 10000 处要改正" in said


def test_when_one_of_several_files_cannot_be_written_none_is(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("mine")
    texts = {tmp_path / "a.yaml": "one", tmp_path / "b.yaml": "two"}
    with pytest.raises(FileExistsError):
        writing.write(texts)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"b.yaml": "mine"}
