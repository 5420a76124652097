"""What our docx files share: A4, Chinese fonts by name, page numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

_BODY, _HEAD, _LATIN = "宋体", "黑体", "Times New Roman"


def prepare(document: Document, title: str) -> None:
    """A4 with page numbers, and Chinese fonts by name: the template's own are for Latin only."""
    from docx.shared import Cm, Pt

    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    section.top_margin = section.bottom_margin = Cm(2.2)
    for name, font, points in (
        ("Normal", _BODY, 11),
        ("Title", _HEAD, 18),
        ("Heading 1", _HEAD, 13),
        ("Footer", _BODY, 9),
    ):
        style: Any = document.styles[name]
        style.font.size = Pt(points)
        style.font.color.rgb = None
        _set_fonts(style, font)
    normal: Any = document.styles["Normal"]
    normal.paragraph_format.space_after = Pt(3)
    document.core_properties.title = title
    document.core_properties.author = ""
    _number_pages(section.footer.paragraphs[0])


def _set_fonts(style: Any, east_asian: str) -> None:
    from docx.oxml.ns import qn

    style.font.name = _LATIN
    fonts = style.element.rPr.rFonts
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)  # a theme's font would win over a named one
    fonts.set(qn("w:eastAsia"), east_asian)


def _number_pages(paragraph: Paragraph) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run("第 ")
    _field(paragraph, "PAGE")
    paragraph.add_run(" 页，共 ")
    _field(paragraph, "NUMPAGES")
    paragraph.add_run(" 页")


def _field(paragraph: Paragraph, instruction: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    run: Any = paragraph.add_run()
    for kind in ("begin", None, "separate", "end"):
        element: Any = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = instruction
        run._r.append(element)


def heading(document: Document, text: str, level: int) -> Paragraph:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    made = document.add_heading(text, level)
    if level == 0:
        made.alignment = WD_ALIGN_PARAGRAPH.CENTER
    return made
