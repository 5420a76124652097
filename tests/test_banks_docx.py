"""The printable paper: what stands on it, in which order, in which fonts."""

from __future__ import annotations

import io
from pathlib import Path

import docx
import pytest
from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Cm

from bot.files import bank_docx
from bot.files.bank_docx import Paper
from knowledge.banks.choosing import Chosen, Wish, choose
from tests import knowledge_files
from tests.bank_files import ON

MORE = """\
entries:
  - id: more
    title: 更多
    topic: 礼品礼金
    source: new-rules
    clause: 第二条
    ask: [更多问法]
    answer: 可以。
    items:
      - {id: m-1, kind: fill, difficulty: 1, question: 期限是____个月。, answer: ["24", 二十四],
         explanation: 第二条。}
      - {id: m-2, kind: truth, difficulty: 1, question: 可以收卡。, answer: false,
         explanation: 不可以。, clause: 第三条}
      - {id: m-3, kind: scenario, difficulty: 2, question: 家长送卡。, options: [收, 退, 报告],
         answer: [B, C], explanation: 退并报告。}
      - {id: m-4, kind: multiple, difficulty: 1, question: 哪些对？, options: [甲, 乙, 丙],
         answer: [A, C], explanation: 第二条。, review: pending}
"""


@pytest.fixture
def chosen(tmp_path: Path) -> list[Chosen]:
    library = knowledge_files.good(knowledge_files.write(tmp_path, more=MORE))
    return choose(library, Wish(takes_pending=True), ON)


@pytest.fixture
def paper(chosen: list[Chosen]) -> Document:
    return docx.Document(io.BytesIO(bank_docx.write(chosen, Paper("礼品礼金练习"))))


def texts(paper: Document) -> list[str]:
    return [paragraph.text for paragraph in paper.paragraphs]


def test_questions_stand_by_kind_and_are_numbered_through(paper: Document) -> None:
    assert texts(paper)[:2] == ["礼品礼金练习", "共 5 题。答案、解析和依据在最后另起一页。"]
    heads = [
        each.text[:5] for each in paper.paragraphs if each.style and each.style.name == "Heading 1"
    ]
    assert heads == [
        "一、单选题",
        "二、多选题",
        "三、判断题",
        "四、填空题",
        "五、情景题",
        "答案、解析",
    ]
    starts = [text.split()[0] for text in texts(paper) if text[:1].isdigit()]
    assert starts == ["1.", "2.", "3.", "4.", "5."] * 2


def test_the_key_is_on_a_page_of_its_own_with_explanation_and_clause(paper: Document) -> None:
    index = texts(paper).index("答案、解析和依据")
    assert paper.paragraphs[index].paragraph_format.page_break_before
    key = texts(paper)[index + 1 :]
    assert key[:3] == [
        "1. B",
        "《新办法》第一条不许收。",
        "依据：《新办法》第一条（2020-01-01 起施行）",
    ]
    assert key[3] == "2. AC〔待核〕"
    assert key[6] == "3. 错"
    assert key[8].startswith("依据：《新办法》第三条")
    assert key[9] == "4. 24 / 二十四"
    assert key[12] == "5. BC"


def test_the_right_answers_do_not_stand_before_the_key(paper: Document) -> None:
    index = texts(paper).index("答案、解析和依据")
    before = "\n".join(texts(paper)[:index])
    assert "第一条不许收" not in before
    assert "二十四" not in before


def test_chinese_fonts_are_set_by_name_and_no_theme_overrides_them(paper: Document) -> None:
    for name, font in (("Normal", "宋体"), ("Heading 1", "黑体"), ("Title", "黑体")):
        fonts = paper.styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) == font
        assert fonts.get(qn("w:eastAsiaTheme")) is None
        assert fonts.get(qn("w:asciiTheme")) is None


def test_pages_are_numbered_and_a4(paper: Document) -> None:
    section = paper.sections[0]
    fields = [each.text for each in section.footer._element.iter(qn("w:instrText"))]  # pyright: ignore[reportPrivateUsage]
    assert fields == ["PAGE", "NUMPAGES"]
    assert abs(int(section.page_width or 0) - Cm(21)) < Cm(0.1)
    assert abs(int(section.page_height or 0) - Cm(29.7)) < Cm(0.1)


def test_a_question_stays_on_one_page(paper: Document) -> None:
    kept = {each.text: each.paragraph_format.keep_with_next for each in paper.paragraphs}
    assert kept["A. 收下"]
    assert kept["C. 转送"]
    assert not kept["D. 分掉"]


def test_nobodys_name_is_asked_for_or_written(chosen: list[Chosen]) -> None:
    paper = docx.Document(io.BytesIO(bank_docx.write(chosen, Paper())))
    assert not any(word in "\n".join(texts(paper)) for word in ("姓名", "单位", "学校"))
    assert paper.core_properties.author == ""
