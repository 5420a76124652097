"""The searches measured: ours, and what others would reach for."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from knowledge.search import Index

Pairs = list[tuple[str, str]]
Search = Callable[[str], list[tuple[str, float]]]


def ours(pairs: Pairs) -> Search:
    return searching(Index.build(pairs, {}))


def ours_with_answers(pairs: Pairs) -> Search:
    """As on the shipped knowledge: each entry tells some 60 characters beside its phrasings."""
    told: dict[str, str] = defaultdict(str)
    for entry, text in pairs:
        told[entry] += f"{text}。"
    ids = list(told)
    contexts = {entry: told[ids[at - 1]][:60] for at, entry in enumerate(ids)}
    return searching(Index.build(pairs, {}, contexts))


def searching(index: Index) -> Search:
    return lambda query: [(hit.id, hit.score) for hit in index.find(query)]


def w_ratio(pairs: Pairs) -> Search:
    from rapidfuzz import fuzz, process

    texts = [text for _, text in pairs]

    def search(query: str) -> list[tuple[str, float]]:
        found = process.extract(query, texts, scorer=fuzz.WRatio, limit=10)
        return [(pairs[row][0], score) for _, score, row in found]

    return search


def bm25(pairs: Pairs) -> Search:
    import jieba
    from rank_bm25 import BM25Okapi

    jieba.setLogLevel(60)
    model = BM25Okapi([jieba.lcut(text) for _, text in pairs])
    return lambda query: _best(pairs, model.get_scores(jieba.lcut(query)))


def tf_idf(pairs: Pairs) -> Search:
    from sklearn.feature_extraction.text import TfidfVectorizer

    model = TfidfVectorizer(analyzer="char", ngram_range=(1, 2))
    matrix = model.fit_transform([text for _, text in pairs]).T.tocsr()
    return lambda query: _best(pairs, (model.transform([query]) @ matrix).toarray()[0])


def _best(pairs: Pairs, scores: np.ndarray) -> list[tuple[str, float]]:
    best: dict[str, float] = {}
    for row in np.argsort(-scores, kind="stable")[:200]:
        best.setdefault(pairs[row][0], float(scores[row]))
    return list(best.items())[:10]


SYSTEMS: dict[str, Callable[[Pairs], Search]] = {
    "muduo": ours,
    "rapidfuzz WRatio": w_ratio,
    "BM25 words": bm25,
    "TF-IDF chars 1-2": tf_idf,
}
