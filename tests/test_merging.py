"""Additions out into files: laid over the shipped ones they load, and say what was added."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.commands import app
from bot.db.engine import Database
from bot.db.models import AdditionRow
from bot.services import additions
from knowledge import merging
from knowledge.additions import Additions, Phrasing, Written, combine
from knowledge.library import Library
from knowledge.loader import read
from tests.additions_made import DRAFT
from tests.fakes import MONDAY_NOON
from tests.knowledge_files import GIFTS, good, write
from tests.learnt import COUPON, DATA, PARKING, process
from tests.staff import member

SHIPPED = Path(__file__).parent.parent / "knowledge"
AWKWARD = ["no", "- 购物卡：能收吗？", "'引号' \"和\" #井号", "24", "家长说: 必须收", "*星号"]


def laid(folder: Path, texts: dict[str, str], to: Path) -> Library:
    """The knowledge folder with these files laid over it, read."""
    merged = Path(shutil.copytree(folder, to / "merged"))
    for name, text in texts.items():
        (merged / name).parent.mkdir(parents=True, exist_ok=True)
        (merged / name).write_text(text, encoding="utf-8")
    return good(merged)


def written(entry_id: str, **others: object) -> dict[str, object]:
    return {
        "id": entry_id,
        "title": f"标题{entry_id}",
        "topic": "别的",
        "source": "new-rules",
        "clause": "第三条",
        "ask": [f"{entry_id}怎么问"],
        "answer": "可以。\n但要先说明。",
        "review": "pending",
        **others,
    }


def test_shipped_knowledge_with_additions_loads_and_says_the_same(tmp_path: Path) -> None:
    shipped, faults, _ = read(SHIPPED)
    assert shipped is not None, faults[:3]
    ids = list(shipped.entries)[::40]
    sources = list(shipped.sources)[:3]
    added = Additions(
        tuple(Phrasing(n, entry, f"这件事到底算第几{n}种情况呀") for n, entry in enumerate(ids)),
        tuple(
            Written(n, written(f"added-{n}", source=source))
            for n, source in enumerate(sources, 1000)
        ),
    )
    combined = combine(shipped, added)
    texts = merging.texts(SHIPPED, shipped, combined)
    library = laid(SHIPPED, texts, tmp_path)
    assert {e.id: e for e in library.entries.values()} == dict(combined.library.entries)
    assert len(library.entries) == len(shipped.entries) + 3


def test_a_file_keeps_everything_else_as_it_was(tmp_path: Path) -> None:
    before = (SHIPPED / "ethics" / "gifts.yaml").read_text(encoding="utf-8")
    shipped = good(SHIPPED)
    entry = next(e for e, where in shipped.where.items() if where.startswith("ethics/gifts.yaml:"))
    combined = combine(shipped, Additions((Phrasing(1, entry, COUPON),)))
    ((name, after),) = merging.texts(SHIPPED, shipped, combined).items()
    assert name == "ethics/gifts.yaml"
    lines = after.splitlines()
    (added,) = [line for line in lines if COUPON in line]
    lines.remove(added)
    assert lines == before.splitlines()


@pytest.mark.parametrize(
    "ask",
    [
        "ask: [家长硬塞的购物卡退不回去咋办, 塞卡怎么办]",
        "ask:\n      - 家长硬塞的购物卡退不回去咋办 # 常见\n      - 塞卡怎么办",
        "ask:\n      - >-\n        家长硬塞的购物卡\n        退不回去咋办",
        'ask:\n    - "塞卡怎么办"',
    ],
)
def test_every_form_of_a_list_takes_more_phrasings(tmp_path: Path, ask: str) -> None:
    text = GIFTS.replace("ask: [家长硬塞的购物卡退不回去咋办, 塞卡怎么办]", ask)
    folder = write(_folder(tmp_path), text)
    shipped = good(folder)
    phrasings = tuple(Phrasing(n, "gifts-card", said) for n, said in enumerate(AWKWARD))
    combined = combine(shipped, Additions(phrasings))
    library = laid(folder, merging.texts(folder, shipped, combined), tmp_path)
    assert library.entries["gifts-card"].ask == (*shipped.entries["gifts-card"].ask, *AWKWARD)


def test_new_entries_stand_in_one_file_a_source_under_a_free_name(tmp_path: Path) -> None:
    folder = write(_folder(tmp_path))
    shipped = good(folder)
    added = Additions(entries=tuple(Written(n, written(f"added-{n}")) for n in (1, 2)))
    texts = merging.texts(folder, shipped, combine(shipped, added))
    assert list(texts) == ["added/new-rules.yaml"]
    laid(folder, texts, tmp_path)
    merged = good(tmp_path / "merged")
    more = combine(merged, Additions(entries=(Written(3, written("added-3")),)))
    assert list(merging.texts(tmp_path / "merged", merged, more)) == ["added/new-rules-more-2.yaml"]


def test_what_the_files_took_over_is_not_exported_again(tmp_path: Path) -> None:
    folder = write(_folder(tmp_path))
    shipped = good(folder)
    added = Additions((Phrasing(1, "gifts-card", COUPON),), (Written(2, written("added-2")),))
    library = laid(folder, merging.texts(folder, shipped, combine(shipped, added)), tmp_path)
    combined = combine(library, added)
    assert combined.idle == {1: "shipped", 2: "shipped"}
    assert merging.texts(tmp_path / "merged", library, combined) == {}


def test_an_entry_that_review_gave_another_id_is_taken_over_too(tmp_path: Path) -> None:
    shipped = good(write(_folder(tmp_path)))
    taken = written("added-2", title=next(iter(shipped.entries.values())).title)
    assert combine(shipped, Additions(entries=(Written(2, taken),))).idle == {2: "shipped"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (written("added-2", source="gone"), "no_source"),
        ({"id": "added-2"}, "faulty"),
    ],
)
def test_an_entry_that_no_longer_fits_does_nothing(
    tmp_path: Path, content: dict[str, object], why: str
) -> None:
    shipped = good(write(_folder(tmp_path)))
    combined = combine(shipped, Additions(entries=(Written(2, content),)))
    assert combined.idle == {2: why}
    assert combined.library.entries == shipped.entries


class Installation:
    """The command line beside a database and a knowledge folder of its own."""

    def __init__(self, database: Database, knowledge: Path) -> None:
        self.database, self.knowledge = database, knowledge

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, ["knowledge", *arguments])


@pytest.fixture
def house(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Installation:
    folder = Path(shutil.copytree(DATA, tmp_path / "knowledge"))
    monkeypatch.setenv("MUDUO_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MUDUO_DATABASE_URL", database_url)
    monkeypatch.setenv("MUDUO_KNOWLEDGE", str(folder))
    actor = member(database, "a1", "administrator")
    library = process(database, folder).current.library
    with database.begin() as session:
        additions.add_phrasing(session, actor, library, "gifts-card", COUPON, at=MONDAY_NOON)
        additions.add_entry(session, actor, library, DRAFT, at=MONDAY_NOON)
    return Installation(database, folder)


def test_export_review_merge_and_mark_as_merged(house: Installation, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = house.run("export", str(out)).stdout
    assert said.startswith("1 句问法、1 个新条目")
    before = process(house.database, house.knowledge).current.library
    assert house.run("merged").stdout == "0 条已并入。还有 2 条文件里没有，照旧起作用。\n"
    shutil.copytree(out, house.knowledge, dirs_exist_ok=True)
    assert "知识库文件里已有" in house.run("list").stdout
    assert house.run("merged").stdout == "2 条已并入。\n"
    after = process(house.database, house.knowledge).current.library
    assert dict(after.entries) == dict(before.entries)
    assert house.run("list").stdout == "聊天里还没有补充过问法或条目。\n"
    with house.database.read() as session:
        assert additions.count(session) == 0


def test_export_writes_into_no_folder_that_holds_something(house: Installation) -> None:
    result = house.run("export", str(house.knowledge))
    assert result.exit_code == 1
    assert "已有内容" in result.stdout


def test_an_addition_is_removed_by_its_number(house: Installation) -> None:
    assert f"1  “{COUPON}” → gifts-card" in house.run("list").stdout
    assert house.run("remove", "1").exit_code == 0
    result = house.run("remove", "2", "1")
    assert result.exit_code == 1
    assert "什么也没有改" in result.stdout
    with house.database.read() as session:
        assert [each.id for each in additions.listed(session)] == [2]
        assert session.get_one(AdditionRow, 1).withdrawn_at is not None


def test_a_new_entry_takes_phrasings_of_its_own_before_it_is_merged(
    house: Installation, tmp_path: Path
) -> None:
    library = process(house.database, house.knowledge).current.library
    (entry,) = [each for each in library.entries if each.startswith("added-")]
    actor = member(house.database, "a2", "administrator")
    with house.database.begin() as session:
        additions.add_phrasing(session, actor, library, entry, f"{PARKING}里面", at=MONDAY_NOON)
    house.run("export", str(tmp_path / "out"))
    shutil.copytree(tmp_path / "out", house.knowledge, dirs_exist_ok=True)
    assert f"{PARKING}里面" in good(house.knowledge).entries[entry].ask


def _folder(path: Path) -> Path:
    folder = path / "k"
    folder.mkdir()
    return folder
