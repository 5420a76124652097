"""Reading the knowledge folder: one good set out of files of any kind."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from knowledge.loader import fingerprint, read
from tests.knowledge_files import GIFTS, SOURCES, TITLED, bad, good, only, write

SHIPPED = Path(__file__).parent.parent / "knowledge"


def test_the_shipped_knowledge_reads_without_faults() -> None:
    library, faults, _ = read(SHIPPED)
    assert [str(fault) for fault in faults] == []
    assert library is not None
    assert library.topics(date(2026, 11, 23))


def test_a_good_folder_gives_sources_entries_and_items_by_id(tmp_path: Path) -> None:
    library = good(write(tmp_path))
    assert list(library.sources) == ["old-rules", "new-rules"]
    assert library.entries["gifts-card"].items[0] is library.items["gifts-card-1"]
    assert library.entry_of_item == {"gifts-card-1": "gifts-card"}
    assert library.where == {"gifts-card": "gifts.yaml:2", "gifts-card-1": "gifts.yaml:10"}
    assert list(library.phrasings()) == [
        ("gifts-card", "家长硬塞的购物卡退不回去咋办"),
        ("gifts-card", "塞卡怎么办"),
    ]


def test_a_library_cannot_be_changed(tmp_path: Path) -> None:
    library = good(write(tmp_path))
    with pytest.raises(TypeError):
        library.entries["x"] = library.entries["gifts-card"]  # pyright: ignore[reportIndexIssue]


def test_the_version_follows_the_content_not_the_form(tmp_path: Path) -> None:
    version = good(write(tmp_path)).version
    assert good(write(tmp_path, "# 批注\n" + GIFTS)).version == version
    assert good(write(tmp_path, GIFTS.replace("不能收。", "不能收！"))).version != version
    assert good(write(tmp_path, sources=SOURCES.replace("新办法, ", ""))).version != version


def test_topics_leave_out_what_is_pending_or_not_in_force(tmp_path: Path) -> None:
    library = good(write(tmp_path))
    assert library.topics(date(2026, 1, 1)) == {"礼品礼金": ["gifts-card-1"]}
    assert library.topics(date(2019, 12, 31)) == {}
    assert good(write(tmp_path, GIFTS + "        review: pending\n")).topics(date(2026, 1, 1)) == {}
    pending = GIFTS.replace("    items:", "    review: pending\n    items:")
    assert good(write(tmp_path, pending)).topics(date(2026, 1, 1)) == {}


@pytest.mark.parametrize(
    ("content", "place", "says"),
    [
        (b"", (1, 1), "文件是空的"),
        (b"# nothing\n", (1, 1), "文件是空的"),
        (b"- id: a\n", (1, 1), "最外层应为“entries:”"),
        (b"just words\n", (1, 1), "最外层应为“entries:”"),
        (b"entries:\n", (1, 9), "“entries:”下面应为列表"),
        (b"sources: []\n", (1, 1), "不认识的键“sources”"),
        (b"entries: []\nmore: 1\n", (2, 1), "不认识的键“more”"),
        (b"entries: []\n---\nentries: []\n", (2, 1), "一个文件只能有一份内容"),
        (b"entries:\n  - word\n", (2, 5), "这一项应为若干“键: 值”"),
        ("entries: [教师]".encode("gb18030"), (1, 11), "不是 UTF-8 编码"),
        ("entries: []".encode("utf-16"), (1, 1), "不是 UTF-8 编码"),
        (b"entries: " + b"[" * 900_000, (1, 21), "嵌套太深"),
        (b"x" * 10_000_000, (1, 1), "文件有 10.0 MB，最多 1 MB"),
        (b"a: &a [x, x]\nb: &b [*a, *a]\n", (1, 4), "不能用锚点"),
        (b'entries: "open\n', (2, 1), "引号没有合上，请补上另一半引号（从第 1 行起）"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_file_of_another_kind_is_met_with_a_sentence(
    tmp_path: Path, content: bytes, place: tuple[int, int], says: str
) -> None:
    fault = next(fault for fault in bad(write(tmp_path, content)) if says in fault.message)
    assert (fault.path, fault.line, fault.column) == ("gifts.yaml", *place)


def test_a_file_of_nothing_but_faults_is_not_listed_line_by_line(tmp_path: Path) -> None:
    faults = bad(write(tmp_path, "entries:\n" + "  - a\n" * 100_000))
    assert len(faults) < 1100
    assert any("错误太多" in fault.message for fault in faults)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    text = ("\ufeff" + GIFTS).replace("\n", "\r\n")
    assert good(write(tmp_path, text)).where["gifts-card-1"] == "gifts.yaml:10"


def test_words_that_yaml_takes_for_something_else_stay_as_written(tmp_path: Path) -> None:
    text = GIFTS.replace("[收下, 退还, 转送, 分掉]", "[no, 012, 1:30, 2020-01-01]")
    assert good(write(tmp_path, text)).items["gifts-card-1"].options == (
        "no",
        "012",
        "1:30",
        "2020-01-01",
    )


def test_a_missing_folder_and_missing_sources_are_named(tmp_path: Path) -> None:
    assert "没有这个文件夹" in only(tmp_path / "nowhere").message
    assert str(only(tmp_path)).startswith("sources.yaml:1:1: 缺少 sources.yaml")


def test_hidden_and_other_files_are_not_read(tmp_path: Path) -> None:
    path = write(tmp_path)
    for name in (".old/a.yaml", ".gifts.yaml", "note.md"):
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_text("no knowledge")
    assert list(good(path).entries) == ["gifts-card"]


def test_links_to_files_are_read_and_loops_are_not_followed(tmp_path: Path) -> None:
    path = write(tmp_path)
    (path / "loop").symlink_to(path, target_is_directory=True)
    (path / "linked.yaml").symlink_to(_elsewhere(path))
    library, _, warnings = read(path)
    assert library is not None
    assert "linked" in library.entries
    assert [warning.path for warning in warnings] == ["loop"]


def _elsewhere(path: Path) -> Path:
    (path / ".elsewhere").write_text(TITLED.replace("ENTRY", "linked"))
    return path / ".elsewhere"


def test_a_broken_link_and_a_pipe_are_named(tmp_path: Path) -> None:
    path = write(tmp_path)
    (path / "gone.yaml").symlink_to(path / "nowhere")
    (path / "itself.yaml").symlink_to(path / "itself.yaml")
    os.mkfifo(path / "pipe.yaml")
    assert [fault.path for fault in bad(path)] == ["gone.yaml", "itself.yaml", "pipe.yaml"]


def test_the_fingerprint_follows_every_change_of_the_files(tmp_path: Path) -> None:
    path = write(tmp_path)
    seen = [fingerprint(path)]
    assert fingerprint(path) == seen[0]
    write(tmp_path, other=TITLED)
    seen.append(fingerprint(path))
    (path / "other.yaml").rename(path / "third.yaml")
    seen.append(fingerprint(path))
    os.utime(path / "third.yaml", (1, 1))
    seen.append(fingerprint(path))
    copy = path / "copy"
    copy.write_bytes((path / "third.yaml").read_bytes())
    os.utime(copy, (1, 1))
    copy.rename(path / "third.yaml")
    seen.append(fingerprint(path))
    assert len(set(seen)) == 5
    assert fingerprint(path / "nowhere") == fingerprint(path / "nowhere")


def test_a_broken_link_has_a_fingerprint_until_it_is_mended(tmp_path: Path) -> None:
    path = write(tmp_path)
    (path / "link.yaml").symlink_to(path / "target")
    broken = fingerprint(path)
    (path / "target").write_text(TITLED)
    assert fingerprint(path) != broken


def test_what_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path)
    (path / "closed").mkdir()
    scan = os.scandir

    # Permissions would not stop the tests where they run as root.
    def scandir(place: str) -> object:
        if str(place).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(place))
        return scan(place)

    def read_bytes(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    faults = bad(path)
    assert [fault.path for fault in faults] == ["closed", "gifts.yaml", "sources.yaml"]
    assert "文件夹进不去" in faults[0].message
    assert "文件读不出来" in faults[1].message
