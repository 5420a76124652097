"""What spoilt questions cost, on phrasings held out of the shipped knowledge.

    python tests/bench/search_held_out.py [--only-one]

440 questions can't tell two points from one. So one phrasing of each entry with many is taken out
of the knowledge, in four folds, and asked clean and spoilt: some 2,500 questions, for working with;
questions.jsonl is for confirming. A phrasing counts as right where its own entry comes first, so
that a sibling that answers as well counts as wrong: only differences mean something. With
--only-one the knowledge is one phrasing an entry and nothing else, and two others are asked.
Some minutes. Needs the packages of tests/bench/requirements.lock.
"""

from __future__ import annotations

import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from knowledge.loader import read  # noqa: E402 - found through the path
from knowledge.search import Index, contexts_of  # noqa: E402
from tests.bench.search_spoiling import spoilers  # noqa: E402

FOLDS, SEEDS = 4, 2
# Entries that keep fewer phrasings than this are not asked about.
LEFT = 3
# The other spoilers change nothing that canonical text keeps.
COSTLY = ("homophone", "dropped", "pinyin")
Pairs = list[tuple[str, str]]
Spoil = Callable[[str, random.Random], str]


class Fold(NamedTuple):
    """An index, and what is asked of it: (entry, phrasing)."""

    index: Index
    asked: Pairs


def folds(*, is_only_one: bool) -> Iterator[Fold]:
    library, faults, _ = read(ROOT / "knowledge")
    assert library is not None, faults
    titles = {entry.id: entry.title for entry in library.entries.values()}
    contexts = contexts_of(library.entries.values())
    every: dict[str, list[str]] = defaultdict(list)
    for entry, text in library.phrasings():
        every[entry].append(text)
    chance = random.Random(7)
    for texts in every.values():
        chance.shuffle(texts)
    rich = {entry: texts for entry, texts in every.items() if len(texts) >= FOLDS + LEFT}
    for fold in range(FOLDS if not is_only_one else FOLDS // 2):
        out = [(entry, texts[fold]) for entry, texts in rich.items()]
        if is_only_one:
            others = [(e, text) for e, texts in rich.items() for text in texts[fold + 1 : fold + 3]]
            yield Fold(Index.build(out, {}), others)
        else:
            gone = set(out)
            kept = [pair for pair in library.phrasings() if pair not in gone]
            yield Fold(Index.build(kept, titles, contexts), out)


def firsts(fold: Fold, spoil: Spoil, chance: random.Random) -> list[bool]:
    """Whether each phrasing's own entry came first."""
    found = ((entry, fold.index.find(spoil(text, chance), 1)) for entry, text in fold.asked)
    return [bool(hits) and hits[0].id == entry for entry, hits in found]


def asked(every: list[Fold], spoil: Spoil, seed: int) -> list[bool]:
    chance = random.Random(seed)
    return [first for fold in every for first in firsts(fold, spoil, chance)]


def main(arguments: list[str]) -> None:
    every = list(folds(is_only_one="--only-one" in arguments))
    clean = np.array(asked(every, lambda text, _: text, 0), np.float64)
    print(f"{len(clean)} held out, right entry first {clean.mean():.4f}", flush=True)
    for name in COSTLY:
        seeds = range(SEEDS if name != "pinyin" else 1)  # pinyin leaves nothing to chance
        runs = [asked(every, spoilers()[name], seed) for seed in seeds]
        lost = 100 * (clean - np.mean(runs, axis=0))
        error = lost.std() / np.sqrt(len(lost))
        print(f"{name}: points lost {lost.mean():.2f}, standard error {error:.2f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
