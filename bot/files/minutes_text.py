"""The text of a .txt, .md or .docx file that somebody sent as minutes; nothing else of it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from bot.core.text import scrub
from bot.files.workbook import Unusable
from knowledge.banks.decoding import Undecodable, text_of

ENDINGS = (".txt", ".md", ".docx")
LONGEST = 20_000  # characters
_MEGABYTES, _UNPACKED = 20, 60
_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0"


def read(name: str, content: bytes) -> str:
    """The text, with tables row by row. Raises Unusable with what would be right, in Chinese."""
    text = _of_docx(content) if name.lower().endswith(".docx") else _of_text(content)
    if len(text) > LONGEST:
        raise Unusable(f"文件里有 {len(text)} 个字，一份记录最多 {LONGEST} 个字。请只留下正文")
    clean = scrub(text, LONGEST)
    if not clean:
        raise Unusable("文件里没有文字。图片里的字认不出来，请打字或另存后再发")
    return clean


def _of_text(content: bytes) -> str:
    try:
        return text_of(content)[0]
    except Undecodable as error:
        raise Unusable(error.message) from error


def _of_docx(content: bytes) -> str:
    _check_package(content)
    import docx

    try:
        return "\n".join(_lines(docx.Document(BytesIO(content))))
    except Exception as error:  # python-docx fails in any way on a broken file
        raise Unusable("这个 Word 文件打不开。请用 Word 或 WPS 另存为 .docx 再试") from error


def _check_package(content: bytes) -> None:
    if content.startswith(_OLD_OR_LOCKED):
        raise Unusable("这是旧版 .doc，或设了打开密码。请另存为不带密码的 .docx 再试")
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            unpacked = sum(part.file_size for part in package.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Unusable("这不是 .docx 文件。请用 Word 或 WPS 另存为 .docx 再试") from error
    if len(content) > _MEGABYTES * 1_000_000 or unpacked > _UNPACKED * 1_000_000:
        raise Unusable("文件太大。请去掉图片，只留文字，另存后再试")


def _lines(document: Any) -> Iterator[str]:
    """Paragraphs and rows of tables in their order, cells apart by tabs; merged cells once."""
    for part in document.iter_inner_content():
        if not hasattr(part, "rows"):
            yield part.text
            continue
        for row in part.rows:
            cells = dict.fromkeys(" ".join(cell.text.split("\t")).strip() for cell in row.cells)
            yield "\t".join(cell for cell in cells if cell)
