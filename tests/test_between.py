"""A character lost from a question counts where a phrasing holds it between the same neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from knowledge.between import Between
from knowledge.search import Index
from knowledge.tokens import Alphabet

TEXTS = ["购物卡能收吗", "礼品卡能收吗", "补课"]


def lost(question: str) -> list[float]:
    alphabet = Alphabet()
    codes, places = alphabet.learn(TEXTS)
    weights = np.array([1 + number for number in range(len(codes))], np.float32)
    found = Between(codes, places, weights).lost(alphabet.read(question), len(TEXTS))
    return found.tolist()


@pytest.mark.parametrize(
    ("question", "weights"),
    [
        ("购卡能收吗", [2, 0, 0]),  # 物, the second of all tokens
        ("物卡能收吗", [1, 0, 0]),  # 购, at the beginning
        ("礼品卡能收", [6, 12, 0]),  # 吗, at the end of both
        ("购物卡能收吗", [0, 0, 0]),
        ("课", [0, 0, 13]),
        ("", [0, 0, 0]),
    ],
)
def test_what_stands_between_two_neighbours_of_the_question_is_found(
    question: str, weights: list[float]
) -> None:
    assert lost(question) == weights


def test_a_question_that_lost_a_character_finds_the_phrasing_that_holds_it() -> None:
    index = Index.build(
        [
            *[("card", "购物卡能收吗"), ("card", "家长给的购物卡"), ("card", "购物卡怎么退")],
            *[("meal", "购餐卡能收吗"), ("meal", "食堂的餐卡"), ("meal", "餐卡怎么退")],
        ],
        {},
    )

    whole, spoilt = index.find("购物卡能收吗")[0], index.find("购卡能收吗")

    assert whole.id == "card"
    assert {hit.id for hit in spoilt} == {"card", "meal"}
    assert spoilt[0].score > 0.8
