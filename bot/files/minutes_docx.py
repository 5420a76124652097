"""Minutes as docx, each with its attendance sheet on a page of its own; several in one file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from bot.files import docx_pages

if TYPE_CHECKING:
    from docx.document import Document

MOST = 100  # in one file
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # can't stand in XML
_TEXT_WIDTH = 16.0  # cm on A4 between our margins


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
    """The papers one after the other, each beginning on a new page."""
    import docx

    document = docx.Document()
    docx_pages.prepare(document, title)
    for index, paper in enumerate(papers):
        _paper(document, paper, is_first=index == 0)
    content = BytesIO()
    document.save(content)
    return content.getvalue()


def _paper(document: Document, paper: Paper, *, is_first: bool) -> None:
    _title(document, paper.title, on_new_page=not is_first)
    _facts(document, paper.facts)
    for part in paper.parts:
        docx_pages.heading(document, _clean(part.heading), 1)
        for line in part.text.splitlines():
            if line.strip():
                _paragraph(document, line)
        if part.table is not None:
            _table(document, part.table)
    _paragraph(document, "")
    _paragraph(document, "　　　　".join(paper.signatures))
    _title(document, paper.sheet_title, on_new_page=True)
    _table(document, paper.sheet)
    for note in paper.notes:
        _paragraph(document, note)


def _title(document: Document, text: str, *, on_new_page: bool) -> None:
    heading = docx_pages.heading(document, _clean(text), 0)
    heading.paragraph_format.page_break_before = on_new_page


def _paragraph(document: Document, text: str) -> None:
    from docx.shared import Pt

    paragraph = document.add_paragraph(_clean(text))
    paragraph.paragraph_format.line_spacing = 1.25
    paragraph.paragraph_format.space_after = Pt(3)


def _facts(document: Document, facts: Sequence[tuple[str, str]]) -> None:
    table: Any = document.add_table(rows=0, cols=2, style="Table Grid")
    for label, text in facts:
        cells = table.add_row().cells
        _fill(cells[0], label, is_bold=True)
        _fill(cells[1], text)
    _set_widths(table, (3, 13))


def _table(document: Document, wanted: Table) -> None:
    table: Any = document.add_table(rows=1, cols=len(wanted.headings), style="Table Grid")
    for cell, heading in zip(table.rows[0].cells, wanted.headings, strict=True):
        _fill(cell, heading, is_bold=True)
    _repeat(table.rows[0])
    for row in wanted.rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            _fill(cell, text)
    _set_widths(table, wanted.widths)


def _fill(cell: Any, text: str, *, is_bold: bool = False) -> None:
    run = cell.paragraphs[0].add_run(_clean(text))
    run.bold = is_bold


def _set_widths(table: Any, shares: Sequence[int]) -> None:
    """Word reads the cells' widths, others the columns': both are said."""
    from docx.shared import Cm

    table.autofit = False
    whole = sum(shares)
    for index, share in enumerate(shares):
        width = Cm(_TEXT_WIDTH * share / whole)
        table.columns[index].width = width
        for cell in table.columns[index].cells:
            cell.width = width


def _repeat(row: Any) -> None:
    """The headings stand on every page that the table reaches."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    marked: Any = OxmlElement("w:tblHeader")
    marked.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(marked)


def _clean(text: str) -> str:
    return _CONTROL.sub("", text)
