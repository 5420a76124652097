"""An encoder of sentences may help the search; without one nothing changes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.core.errors import SettingsFault
from bot.settings import load
from knowledge.calibration import calibrate
from knowledge.channels import Floats
from knowledge.library import Library
from knowledge.search import EXACT, Index
from knowledge.semantic import Remembering
from knowledge.thresholds import Kept

PHRASINGS = [
    ("lost", "教师资格证丢了怎么补办"),
    ("tutoring", "老师周末收钱补课"),
    ("gifts", "家长硬塞购物卡"),
    ("appeal", "对处分不服去哪申诉"),
]
# What an encoder would know: words that share nothing, and mean the same.
MEANS = {"证": 0, "文凭": 0, "补课": 1, "捞外快": 1, "购物卡": 2, "好处": 2, "申诉": 3, "说理": 3}


class Fake:
    """Knows the words of MEANS, one dimension a meaning; counts what it has read."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def encode(self, texts: Sequence[str]) -> Floats:
        self.read += texts
        vectors = np.full((len(texts), 5), 0.1, np.float32)
        for row, text in enumerate(texts):
            for word, place in MEANS.items():
                vectors[row, place] += word in text
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def fake() -> Fake:
    return Fake()


@pytest.fixture
def index(fake: Fake) -> Index:
    return Index.build(PHRASINGS, {}, encoder=Remembering(fake))


@pytest.mark.parametrize(
    ("question", "entry"), [("捞外快", "tutoring"), ("好处", "gifts"), ("上哪儿说理", "appeal")]
)
def test_a_question_that_shares_no_word_is_found_by_its_meaning(
    index: Index, question: str, entry: str
) -> None:
    assert index.find(question)[0].id == entry


def test_without_an_encoder_it_is_not_found() -> None:
    assert Index.build(PHRASINGS, {}).find("捞外快") == []


def test_a_phrasing_typed_exactly_keeps_its_full_score(index: Index) -> None:
    for entry, phrasing in PHRASINGS:
        best = index.find(phrasing)[0]
        assert best.id == entry
        assert best.score >= EXACT


def test_what_is_left_out_is_not_found_by_its_meaning(index: Index) -> None:
    assert "tutoring" not in {hit.id for hit in index.find("捞外快", without=("tutoring",))}
    assert "tutoring" not in {hit.id for hit in index.find("捞外快", without=PHRASINGS[1])}


def test_scores_stay_between_0_and_1(index: Index) -> None:
    for question in ("捞外快", "证", "今天天气怎么样", "证补课购物卡申诉"):
        assert all(0 <= hit.score <= 1 for hit in index.find(question))


def test_a_phrasing_is_read_once_though_the_base_changes(fake: Fake) -> None:
    remembering = Remembering(fake)
    longer = Index.build(PHRASINGS, {}, encoder=remembering).extended([("gifts", "收好处")])
    assert longer.find("好处")[0].id == "gifts"
    assert len(fake.read) == len({*fake.read}) == len(PHRASINGS) + 2


def test_thresholds_are_found_with_it_and_kept_apart(tmp_path: Path, fake: Fake) -> None:
    library = Library.of([], [], {})
    plain, meant = Kept(tmp_path), Kept(tmp_path, Remembering(fake))
    plain.find(library)
    assert plain.recall(library) is not None
    assert meant.recall(library) is None
    assert calibrate(PHRASINGS, {}, encoder=Remembering(fake)).answer.limit >= 0
    assert fake.read


def test_asked_for_but_not_installed_is_said_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.settings.find_spec", _not_found)
    monkeypatch.setenv("MUDUO_SEMANTIC", "1")
    with pytest.raises(SettingsFault, match="semantic"):
        load()


def _not_found(name: str) -> None:
    """No module of that name."""
    del name
