"""The text of a bank that came as bytes, in the encodings that people really save in."""

from __future__ import annotations

import codecs
import re

_MOST = 20_000_000
_UNICODE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CJK = re.compile("[\u3400-\u9fff]")
_SAMPLE = 20_000  # characters


class Undecodable(Exception):  # noqa: N818 - not an error of the program but a finding about a file
    """The bytes are no text that can be relied on; `message` says what to do, in Chinese."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def text_of(content: bytes) -> tuple[str, str]:
    """The text, with \\n alone as line break, and a note when the encoding was only inferred.

    Raises Undecodable.
    """
    if len(content) > _MOST:
        raise Undecodable(f"文件有 {len(content) / 1e6:.0f} MB，最多 20 MB。请拆成几个文件")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise Undecodable("这不是纯文本（像是 Word、Excel 或 PDF 文件）。请另存为纯文本（UTF-8）")
    text, note = _decoded(content)
    if "\0" in text:
        raise Undecodable("文件里有空字节，像是没有标记的 UTF-16。请另存为 UTF-8 再试")
    return text.replace("\r\n", "\n").replace("\r", "\n"), note


def _decoded(content: bytes) -> tuple[str, str]:
    try:
        if content.startswith(_UNICODE_MARKS):
            return content.decode("utf-16"), ""
        return content.decode("utf-8-sig"), ""
    except UnicodeDecodeError as error:
        text = _as_gbk(content)
        if text is None:
            line = content.count(b"\n", 0, error.start) + 1
            raise Undecodable(
                f"第 {line} 行起不是 UTF-8，也不像 GBK。请在编辑器里另存为 UTF-8 再试"
            ) from error
        return text, "文件不是 UTF-8，按 GBK 读入；请先看几道题是否有乱码"


def _as_gbk(content: bytes) -> str | None:
    """The text read as GBK, or None where that gives what no Chinese text has."""
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        return None
    characters = _CJK.findall(text[:_SAMPLE])
    common = sum(map(_is_common, characters))
    return text if characters and common >= 0.8 * len(characters) else None


def _is_common(character: str) -> bool:
    """Whether it is of the 3,755 characters of GB 2312's first level: nearly all of any text."""
    code = character.encode("gb2312", errors="replace")
    return len(code) == 2 and 0xB0 <= code[0] <= 0xD7
