"""What the tests of banks share: a small knowledge folder, banks as bytes, the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner

from bot.commands import app
from bot.files.bank_headings import COLUMNS
from knowledge.banks.choosing import Chosen, Wish, choose
from knowledge.banks.drafts import BadRow, Draft
from knowledge.library import Library
from tests import knowledge_files

NAMES = [column.name for column in COLUMNS]
ON = date(2026, 11, 23)
ROW = {
    "题型": "单选题",
    "难度": 1,
    "题目": "学生作业谁来批改？",
    "选项A": "教师",
    "选项B": "家长",
    "答案": "A",
    "解析": "《新办法》第二条要求教师批改。",
    "来源": "新办法",
    "条款": "第二条",
    "主题": "作业",
}

GIFT = """\
// [id:gift-1] [tag:难度=3] [tag:条款=第五条] [tag:题型=情景题]
::卡:: 家长送卡\\: 500元，怎么办？ {
~%50%退还#对
~%-100%收下
~%50%报告
####《新办法》第五条。
}

$CATEGORY: $course$/作业

作业由教师批改。{T####第二条。}

期限是____个月。{=24 =二十四####第三条。}

多少天？{#15####第四条。}
"""
AIKEN = "题一？\nA. 甲\nB. 乙\nANSWER: B\n"
ALL = ("--source", "新办法", "--clause", "第九条", "--topic", "杂项", "--explanation", "见第九条。")


def knowledge_folder(path: Path) -> Path:
    """A folder with one entry, one question, and a source that is no longer in force."""
    folder = path / "knowledge"
    folder.mkdir()
    return knowledge_files.write(folder)


def table(*rows: Mapping[str, object], headings: Sequence[str] = NAMES) -> bytes:
    """An xlsx bank as Excel writes it, with a row for each dict."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "题目"
    sheet.append(list(headings))
    for row in rows:
        sheet.append([row.get(heading) for heading in headings])
    return saved(book)


def saved(book: Workbook) -> bytes:
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def cells(path: Path) -> list[tuple[object, ...]]:
    """All rows of the sheet with the questions."""
    return list(load_workbook(path)["题目"].iter_rows(values_only=True))


def row(**changes: object) -> dict[str, object]:
    return ROW | changes


def only(found: tuple[list[Draft], list[BadRow]]) -> Draft:
    """The one draft of a reading without faults."""
    drafts, faults = found
    assert list(map(str, faults)) == []
    (draft,) = drafts
    return draft


def fault(found: tuple[list[Draft], list[BadRow]]) -> str:
    """The one fault of a reading, as people see it."""
    (bad,) = found[1]
    return str(bad)


def run(*arguments: object) -> tuple[int, str]:
    """Exit code and what `python -m bot bank …` said."""
    result = CliRunner().invoke(app, ["bank", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def everything(library: Library) -> list[Chosen]:
    return choose(library, Wish(takes_pending=True), ON)


def take_in(
    folder: Path, content: bytes | str, *options: str, name: str = "bank.gift"
) -> tuple[int, str]:
    """Imports a bank of that content as new.yaml."""
    bank = folder.parent / name
    bank.write_bytes(content if isinstance(content, bytes) else content.encode())
    return run("import", bank, "--to", folder / "new.yaml", "--knowledge", folder, *options)


def give_out(folder: Path, name: str, *options: str) -> tuple[int, str]:
    return run("export", folder.parent / name, "--knowledge", folder, *options)
