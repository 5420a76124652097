"""The bands fit the base that they were found on."""

from __future__ import annotations

import itertools
import random
from functools import cache
from typing import Any

import numpy as np
import pytest

from knowledge.calibration import (
    SAMPLES,
    TALK_ANSWERED,
    TALK_OFFERED,
    Thresholds,
    calibrate,
)
from knowledge.deciding import fitted
from knowledge.search import Hit, Index, judge
from knowledge.wording import SMALL_TALK

THINGS = (
    "补课收费",
    "体罚学生",
    "家长送礼",
    "校外兼职",
    "论文抄袭",
    "泄露隐私",
    "师生恋爱",
    "缺课旷工",
)
ASPECTS = ("算不算违规", "由谁来调查", "会给什么处分", "怎么向上举报", "几年以后消除", "能不能申诉")
TITLES = {
    f"e{number}": thing + aspect
    for number, (thing, aspect) in enumerate(itertools.product(THINGS, ASPECTS))
}


def phrasings() -> list[tuple[str, str]]:
    """Three ways to ask for each entry: turned round, and with something before it."""
    found: list[tuple[str, str]] = []
    for entry, title in TITLES.items():
        thing, aspect = title[:4], title[4:]
        found += [(entry, f"{aspect}{thing}"), (entry, f"同事{thing}的话{aspect}")]
        found.append((entry, f"听说有人{thing}，这个{aspect}"))
    return found


@cache
def calibrated() -> Thresholds:
    return calibrate(phrasings(), TITLES)


@cache
def built() -> Index:
    return Index.build(phrasings(), TITLES)


def test_the_same_seed_gives_the_same_thresholds() -> None:
    assert calibrate(phrasings(), TITLES, seed=3) == calibrate(phrasings(), TITLES, seed=3)


def test_an_iterator_of_phrasings_is_enough() -> None:
    assert calibrate(iter(phrasings()), TITLES) == calibrated()


def test_more_of_any_sign_never_makes_the_bot_less_sure() -> None:
    found = calibrated()
    for line in (found.answer, found.choose):
        assert min(line.score, line.said, line.sure) >= 0
        assert max(line.score, line.said) > 0


def test_most_questions_in_scope_are_answered_and_rightly() -> None:
    thresholds, index = calibrated(), built()
    asked = [(entry, index.find(text, without=(entry, text))) for entry, text in phrasings()]
    answered = [(e, hits) for e, hits in asked if judge(hits, thresholds) == "answer"]
    assert len(answered) > len(asked) / 2
    assert sum(hits[0].id == entry for entry, hits in answered) >= 0.98 * len(answered)


def test_small_talk_is_hardly_ever_answered_and_seldom_offered_a_choice() -> None:
    thresholds, index = calibrated(), built()
    verdicts = [judge(index.find(text), thresholds) for text in SMALL_TALK.split()]
    assert verdicts.count("answer") <= TALK_ANSWERED * len(verdicts)
    assert verdicts.count("choose") <= TALK_OFFERED * len(verdicts)


def test_at_most_a_tenth_of_near_misses_is_answered() -> None:
    thresholds, index = calibrated(), built()
    asked = [index.find(text, without=(entry,)) for entry, text in phrasings()]
    answered = [judge(hits, thresholds) == "answer" for hits in asked]
    assert sum(answered) <= 0.1 * len(answered)


def test_twins_make_the_bot_careful() -> None:
    """Where two entries are asked alike, only what is as good as typed may be answered."""
    clear, twins = phrasings(), [(f"{entry}-twin", text + "啊") for entry, text in phrasings()]
    titles = TITLES | {f"{entry}-twin": title for entry, title in TITLES.items()}
    index = Index.build([*clear, *twins], titles)
    thresholds = calibrate([*clear, *twins], titles)
    answered = [judge(index.find(f"请问{text}呢"), thresholds) == "answer" for _, text in clear]
    assert not any(answered)


def test_a_base_of_single_phrasings_is_calibrated_on_spoilt_ones() -> None:
    single = list(TITLES.items())
    found, index = calibrate(single, TITLES), Index.build(single, TITLES)
    assert judge(index.find("请问补课收费的话算不算违规"), found) == "answer"
    assert calibrate(single, {}) == found


@pytest.mark.parametrize("size", [0, 1, 2])
def test_a_tiny_base_is_calibrated_too(size: int) -> None:
    some = phrasings()[:size]
    found, index = calibrate(some, {}), Index.build(some, {})
    assert all(judge(index.find(text), found) == "answer" for _, text in some)
    assert judge(index.find("红烧肉怎么做"), found) != "answer"


def test_a_large_base_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(2)
    many = [(f"e{n}", "".join(chance.choices("学校老师补课收费处分", k=9))) for n in range(4000)]
    asked: list[str] = []
    find = Index.find

    def counted(index: Index, question: str, *of: Any, **more: Any) -> list[Hit]:
        asked.append(question)
        return find(index, question, *of, **more)

    monkeypatch.setattr(Index, "find", counted)
    calibrate(many, {})
    assert 0 < len(asked) <= 2 * SAMPLES + len(SMALL_TALK.split())


def test_the_regression_finds_the_column_that_tells() -> None:
    chance = np.random.default_rng(0)
    values = chance.random((400, 3))
    is_good = (values[:, 1] > 0.5).astype(float)
    weights = fitted(values, is_good, np.ones(400))
    assert weights[1] > 10 * max(weights[0], weights[2])


def test_what_speaks_against_is_left_out() -> None:
    values = np.random.default_rng(0).random((400, 2))
    is_good = (values[:, 1] - values[:, 0] > 0).astype(float)
    assert fitted(values, is_good, np.ones(400))[0] == 0


def test_columns_that_never_differ_weigh_nothing() -> None:
    assert not fitted(np.ones((5, 2)), np.zeros(5), np.ones(5)).any()
