"""Minutes as docx, each with its attendance sheet on a page of its own; several in one file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from bot.files import docx_pages

MOST = 100  # in one file
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # can't stand in XML
_TEXT_WIDTH = 9070  # 16 cm on A4 between our margins, in twentieths of a point
_FACTS = (1701, _TEXT_WIDTH - 1701)
_BOLD = "<w:rPr><w:b/></w:rPr>"


@dataclass(frozen=True)
class Table:
    """A table with headings; `widths` are shares of the line."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int]


@dataclass(frozen=True)
class Part:
    """A heading with what stands under it: paragraphs, a table, or both."""

    heading: str
    text: str = ""
    table: Table | None = None


@dataclass(frozen=True)
class Paper:
    """One record: title, facts in pairs, parts, who signs; then the attendance sheet.

    `notes` stand under the sheet: the counts, who kept it and when.
    """

    title: str
    facts: Sequence[tuple[str, str]]
    parts: Sequence[Part]
    signatures: Sequence[str]
    sheet_title: str
    sheet: Table
    notes: Sequence[str]


def write(papers: Sequence[Paper], title: str) -> bytes:
    """The papers one after the other, each beginning on a new page.

    The body is made as XML: python-docx needs ten seconds for a year that takes a fraction so.
    """
    import docx
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    document: Any = docx.Document()
    docx_pages.prepare(document, _clean(title))
    parts = (part for at, paper in enumerate(papers) for part in _paper(paper, is_first=at == 0))
    body = parse_xml(f"<w:body {nsdecls('w')}>{''.join(parts)}</w:body>")
    end = document.element.body.sectPr
    for element in list(body):
        end.addprevious(element)
    content = BytesIO()
    document.save(content)
    return content.getvalue()


def _paper(paper: Paper, *, is_first: bool) -> Iterator[str]:
    yield _heading(paper.title, "Title", on_new_page=not is_first)
    yield _table([_row(pair, _FACTS, bold=1) for pair in paper.facts], _FACTS)
    for part in paper.parts:
        yield _heading(part.heading, "Heading1")
        yield from (_paragraph(line) for line in part.text.splitlines() if line.strip())
        if part.table is not None:
            yield _filled(part.table)
    yield _paragraph("")
    yield _paragraph("　　　　".join(paper.signatures))
    yield _heading(paper.sheet_title, "Title", on_new_page=True)
    yield _filled(paper.sheet)
    yield from (_paragraph(note) for note in paper.notes)


def _heading(text: str, style: str, *, on_new_page: bool = False) -> str:
    marks = '<w:jc w:val="center"/>' if style == "Title" else ""
    before = "<w:pageBreakBefore/>" if on_new_page else ""
    look = f'<w:pPr><w:pStyle w:val="{style}"/>{before}{marks}</w:pPr>'
    return f"<w:p>{look}<w:r>{_lines(text)}</w:r></w:p>"


def _paragraph(text: str) -> str:
    look = '<w:pPr><w:spacing w:after="60" w:line="300" w:lineRule="auto"/></w:pPr>'
    return f"<w:p>{look}<w:r>{_lines(text)}</w:r></w:p>"


def _filled(wanted: Table) -> str:
    whole = sum(wanted.widths)
    widths = [_TEXT_WIDTH * share // whole for share in wanted.widths]
    head = _row(wanted.headings, widths, bold=len(widths), is_head=True)
    return _table([head, *(_row(row, widths) for row in wanted.rows)], widths)


def _table(rows: Sequence[str], widths: Sequence[int]) -> str:
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        '<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/>'
        f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _row(
    texts: Sequence[str], widths: Sequence[int], *, bold: int = 0, is_head: bool = False
) -> str:
    """A row; the first `bold` cells are. A head stands on every page that the table reaches."""
    cells = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
        f"<w:p><w:r>{_BOLD if at < bold else ''}{_lines(text)}</w:r></w:p></w:tc>"
        for at, (text, width) in enumerate(zip(texts, widths, strict=True))
    )
    marks = f"<w:cantSplit/>{'<w:tblHeader/>' if is_head else ''}"
    return f"<w:tr><w:trPr>{marks}</w:trPr>{cells}</w:tr>"


def _lines(text: str) -> str:
    parts = (escape(line) for line in _clean(text).split("\n"))
    return "<w:br/>".join(f'<w:t xml:space="preserve">{part}</w:t>' for part in parts)


def _clean(text: str) -> str:
    return _CONTROL.sub("", text)
