"""The bands fit the base that they were found on."""

from __future__ import annotations

import itertools
import random
import time

import pytest

from knowledge.calibration import DEFAULT, STRICTEST, calibrate
from knowledge.search import Index, judge
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


def test_the_same_seed_gives_the_same_thresholds() -> None:
    assert calibrate(phrasings(), TITLES, seed=3) == calibrate(phrasings(), TITLES, seed=3)


def test_an_iterator_of_phrasings_is_enough() -> None:
    assert calibrate(iter(phrasings()), TITLES) == calibrate(phrasings(), TITLES)


def test_the_bands_are_in_order_and_within_reach() -> None:
    found = calibrate(phrasings(), TITLES)
    assert 0 < found.choose <= found.answer <= STRICTEST
    assert found.lead >= DEFAULT.lead


def test_most_questions_in_scope_are_answered_and_rightly() -> None:
    thresholds, index = calibrate(phrasings(), TITLES), Index.build(phrasings(), TITLES)
    asked = [(entry, index.find(text, without=(entry, text))) for entry, text in phrasings()]
    answered = [(e, hits) for e, hits in asked if judge(hits, thresholds) == "answer"]
    assert len(answered) > len(asked) / 2
    assert sum(hits[0].id == entry for entry, hits in answered) >= 0.98 * len(answered)


def test_small_talk_is_neither_answered_nor_offered_a_choice() -> None:
    thresholds, index = calibrate(phrasings(), TITLES), Index.build(phrasings(), TITLES)
    verdicts = [judge(index.find(text), thresholds) for text in SMALL_TALK.split()]
    assert "answer" not in verdicts
    assert verdicts.count("choose") <= 0.06 * len(verdicts)


def test_at_most_a_tenth_of_near_misses_is_answered() -> None:
    thresholds, index = calibrate(phrasings(), TITLES), Index.build(phrasings(), TITLES)
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
    found = calibrate(single, TITLES)
    assert found.answer < STRICTEST
    assert calibrate(single, {}) == found


@pytest.mark.parametrize("size", [0, 1, 2])
def test_a_tiny_base_is_calibrated_too(size: int) -> None:
    some = phrasings()[:size]
    found = calibrate(some, {})
    assert 0 <= found.choose <= found.answer <= STRICTEST


def test_a_large_base_is_sampled() -> None:
    chance = random.Random(2)
    many = [(f"e{n}", "".join(chance.choices("学校老师补课收费处分", k=9))) for n in range(4000)]
    start = time.process_time()
    calibrate(many, {})
    sampled = time.process_time() - start
    start = time.process_time()
    index = Index.build(many, {})
    for _, text in many[:500]:
        index.find(text)
    # Asking all 4,000 twice would take four times as long as this.
    assert sampled < 4 * (time.process_time() - start)
