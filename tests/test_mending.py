"""A character that only sounds like the one meant is mended in the words of the base."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge import canonical
from knowledge.evidence import Spelling, Told
from knowledge.loader import read
from knowledge.mending import Mender
from knowledge.search import Index

SHIPPED = Path(__file__).parent.parent / "knowledge"


@pytest.fixture(scope="module")
def phrasings() -> list[tuple[str, str]]:
    library, faults, _ = read(SHIPPED)
    assert library is not None, faults
    return list(library.phrasings())


@pytest.fixture(scope="module")
def mender(phrasings: list[tuple[str, str]]) -> Mender:
    texts = canonical.canonicals([text for _, text in phrasings])
    size = len(texts)
    told = Told(np.arange(size, dtype=np.int32), np.ones(size, np.float32), size)
    return Mender(Spelling(texts, told, size).language())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("胰务教育法", "义务教育法"),
        ("冀极分子", "积极分子"),
        ("斑主任罚站", "班主任罚站"),
        ("有偿不课", "有偿补课"),
        ("要报亿务教育", "要报义务教育"),
    ],
)
def test_a_slip_is_read_as_the_word_of_the_base(mender: Mender, typed: str, meant: str) -> None:
    assert mender.mended(typed) == meant


@pytest.mark.parametrize(
    "text",
    [
        "义务教育法",
        "今天天气",
        "红烧肉怎么做",
        "打印机卡纸",
        "wifi密码",
        "八月",
        "一",
        "",
        "补课" * 30,
    ],
)
def test_what_is_no_slip_stays(mender: Mender, text: str) -> None:
    assert mender.mended(text) == text


def test_a_slip_finds_the_entry_as_if_it_were_none(phrasings: list[tuple[str, str]]) -> None:
    index = Index.build(phrasings, {})
    assert index.find("胰务教育法哪年修正") == index.find("义务教育法哪年修正")


def test_a_base_of_few_words_mends_nothing() -> None:
    index = Index.build([("one", "手机被没收了")], {})
    assert [hit.id for hit in index.find("首机被没收了")] == ["one"]
    assert index.find("没收")[0].score < 1
