"""What entries are about: the same as each other's texts, without any one phrasing."""

from __future__ import annotations

import numpy as np
import pytest

from knowledge.latent import Latent

TEXTS = {
    0: ["家长送的购物卡能收吗", "收了家长的礼品卡怎么办", "过节家长送礼", "购物卡退不回去"],
    1: ["周末能不能有偿补课", "在校外机构补课收费", "给自己班学生补课挣钱", "补课费"],
    2: ["证书丢了怎么补办", "资格证遗失补办", "补办证书要多久", "证丢了"],
}
OWNERS = np.array([owner for owner, texts in TEXTS.items() for _ in texts], np.int32)
EVERY = np.arange(len(TEXTS))


@pytest.fixture
def latent() -> Latent:
    return Latent([text for texts in TEXTS.values() for text in texts], OWNERS, len(TEXTS))


@pytest.mark.parametrize(
    ("question", "entry"), [("家长送卡", 0), ("机构里收钱上课", 1), ("遗失了", 2)]
)
def test_a_question_is_nearest_to_the_entry_it_is_about(
    latent: Latent, question: str, entry: int
) -> None:
    assert latent.near(question, EVERY).argmax() == entry


def test_only_the_entries_asked_for_are_compared_in_their_order(latent: Latent) -> None:
    every = latent.near("补课费", EVERY)

    assert latent.near("补课费", EVERY[[2, 1]]) == pytest.approx(every[[2, 1]])


def test_a_phrasing_left_out_leaves_its_entry_what_the_others_say(latent: Latent) -> None:
    with_it, without = (latent.near("补课费", EVERY, out) for out in (None, (1, "补课费")))
    others = [text for texts in TEXTS.values() for text in texts if text != "补课费"]
    rebuilt = Latent(others, np.delete(OWNERS, 7), len(TEXTS)).near("补课费", EVERY)

    assert without[[0, 2]] == pytest.approx(with_it[[0, 2]])
    assert without[1] < with_it[1]
    assert without[1] == pytest.approx(rebuilt[1], abs=0.1)


def test_an_entry_whose_only_text_is_left_out_is_near_nothing() -> None:
    latent = Latent(["购物卡", "补课"], np.array([0, 1], np.int32), 2)

    assert latent.near("购物卡", np.arange(2), (0, "购物卡"))[0] == 0


@pytest.mark.parametrize("question", ["", "xyz", "龘"])
def test_what_no_entry_says_is_near_none_and_harms_nobody(latent: Latent, question: str) -> None:
    assert np.isfinite(latent.near(question, EVERY)).all()
