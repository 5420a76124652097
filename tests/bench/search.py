"""Measures the search: how often it is right, what spoilt questions cost, and how fast it is.

    python tests/bench/search.py [FOLDER] [--no-record]

FOLDER holds kb.jsonl and queries.jsonl as in ../shared/search/edu-60, the default where present.
tests/bench/questions.jsonl, where present, is asked of the shipped knowledge: rows with query,
gold, type (in, oos_near, oos_far) and optionally half (open, sealed). Rows of figures are appended
to tests/bench/results.csv. Times are CPU time on one core, since the machine is often shared. Needs
the packages of tests/bench/requirements.lock.
"""

from __future__ import annotations

import csv
import gc
import json
import random
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from knowledge.calibration import Thresholds, calibrate  # noqa: E402 - found through the path
from knowledge.search import Index, contexts_of, judge  # noqa: E402

HERE = Path(__file__).parent
RESULTS = HERE / "results.csv"
SEEDS = range(5)
COURTEOUS_HEADS = (
    *("老师您好，", "请问", "你好，请问一下", "麻烦问下，", "想咨询一下，", "打扰了，"),
    *("在吗？", "请教各位老师："),
)
COURTEOUS_TAILS = (
    "，谢谢",
    "？谢谢！",
    "，急！",
    "呢",
    "啊？",
    "，麻烦了",
    "，在线等",
    "，多谢老师",
)
Pairs = list[tuple[str, str]]
Search = Callable[[str], list[tuple[str, float]]]
Row = dict[str, Any]


# --- the systems ---


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


# --- spoilt questions ---


def common_characters() -> list[str]:
    """The 3,755 characters of GB 2312, level 1."""
    codes = [(high, low) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF)]
    return [bytes(code).decode("gb2312", "ignore") for code in codes]


def spoilers() -> dict[str, Callable[[str, random.Random], str]]:
    """Name → how it spoils a question. Random positions: the caller brings the chance."""
    import jieba
    import zhconv
    from pypinyin import lazy_pinyin

    jieba.setLogLevel(60)
    alike: dict[str, list[str]] = defaultdict(list)
    for char in filter(None, common_characters()):
        alike[lazy_pinyin(char)[0]].append(char)

    def homophone(text: str, chance: random.Random) -> str:
        places = [i for i, char in enumerate(text) if len(alike[lazy_pinyin(char)[0]]) > 1]
        if not places:
            return text
        at = chance.choice(places)
        others = [char for char in alike[lazy_pinyin(text[at])[0]] if char != text[at]]
        return text[:at] + chance.choice(others) + text[at + 1 :]

    def dropped(text: str, chance: random.Random) -> str:
        at = chance.randrange(len(text))
        return text[:at] + text[at + 1 :] if len(text) > 3 else text

    def full_width(text: str, _: random.Random) -> str:
        wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
        return f"　{wide}？？"

    def pinyin(text: str, _: random.Random) -> str:
        return " ".join("".join(lazy_pinyin(word)) for word in jieba.lcut(text))

    def courtesy(text: str, chance: random.Random) -> str:
        head, tail = chance.choice(COURTEOUS_HEADS), chance.choice(COURTEOUS_TAILS)
        return head + text + tail

    return {
        "homophone": homophone,
        "dropped": dropped,
        "traditional": lambda text, _: zhconv.convert(text, "zh-hant"),
        "full width": full_width,
        "pinyin": pinyin,
        "courtesy": courtesy,
    }


# --- figures ---


def jsonl(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip()]


def ranks(search: Search, rows: Iterable[Row]) -> list[int]:
    """The place of the first right entry, from 1; 99 where it was not found."""
    found = []
    for row in rows:
        ids = [entry for entry, _ in search(row["query"])]
        found.append(min([ids.index(g) + 1 for g in row["gold"] if g in ids], default=99))
    return found


def share(values: Iterable[bool]) -> float:
    values = list(values)
    return sum(values) / len(values) if values else float("nan")


def auroc(search: Search, rows: list[Row]) -> float:
    """How well the best score tells questions in scope from those out of scope."""
    best = [(max([score for _, score in search(row["query"])], default=0.0), row) for row in rows]
    inside = np.array([score for score, row in best if row["gold"]])
    outside = [score for score, row in best if not row["gold"]]
    return float(np.mean([(inside > s).mean() + (inside == s).mean() / 2 for s in outside]))


def relevance(pairs: Pairs, rows: list[Row], index: Index) -> Iterator[tuple[str, float]]:
    inside = [row for row in rows if row["gold"]]
    for name, factory in SYSTEMS.items():
        search = searching(index) if factory is ours else factory(pairs)
        places = ranks(search, inside)
        yield f"{name}: top-1", share(place == 1 for place in places)
        yield f"{name}: recall@3", share(place <= 3 for place in places)
        if len(inside) < len(rows):
            yield f"{name}: AUROC", auroc(search, rows)


def spoilt(search: Search, rows: list[Row]) -> Iterator[tuple[str, float]]:
    """Points of top-1 that each way of spoiling costs, over five seeds."""
    inside = [row for row in rows if row["gold"]]
    clean = share(place == 1 for place in ranks(search, inside))
    for name, spoil in spoilers().items():
        tops = []
        for seed in SEEDS:
            chance = random.Random(seed)
            asked = [{**row, "query": spoil(row["query"], chance)} for row in inside]
            tops.append(share(place == 1 for place in ranks(search, asked)))
        yield f"{name}: points of top-1 lost", 100 * (clean - float(np.mean(tops)))


def bands(index: Index, thresholds: Thresholds, rows: list[Row]) -> Iterator[tuple[str, float]]:
    """What the three bands do with each type of question, as shares of the type."""
    kinds: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        kinds[row["type"]].append(row)
    for kind, asked in sorted(kinds.items()):
        found = [
            (row, hits, judge(hits, thresholds))
            for row in asked
            for hits in [index.find(row["query"])]
        ]
        answered = [(row, hits) for row, hits, verdict in found if verdict == "answer"]
        right = sum(hits[0].id in row["gold"] for row, hits in answered)
        yield f"{kind}: answered right", right / len(asked)
        yield f"{kind}: answered wrong", (len(answered) - right) / len(asked)
        yield f"{kind}: offered a choice", share(v == "choose" for _, _, v in found)
        yield f"{kind}: unknown", share(v == "unknown" for _, _, v in found)


def resident() -> float:
    """Megabytes of this process."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def speed(texts: list[str]) -> Iterator[tuple[str, float]]:
    """Build, memory and latency at 5,000 entries of four phrasings, beside the others.

    The phrasings are halves of real questions put together,
    tokens being as common as in life.
    """
    chance = random.Random(0)

    def made() -> str:
        one, two = chance.choice(texts), chance.choice(texts)
        return one[: len(one) // 2 + 1] + two[len(two) // 2 :]

    pairs = [(f"e{number}", made()) for number in range(5000) for _ in range(4)]
    queries = [made() for _ in range(500)]
    for name, factory in {**SYSTEMS, "muduo with answers": ours_with_answers}.items():
        factory(pairs[:10])("预热")  # imports and tables are paid once a process
        gc.collect()
        before, start = resident(), time.process_time()
        search = factory(pairs)
        yield f"{name}: build s", time.process_time() - start
        gc.collect()
        yield f"{name}: memory MB", resident() - before
        asked = queries if name != "rapidfuzz WRatio" else queries[:100]
        took = [_milliseconds(search, query) for query in asked]
        yield f"{name}: p50 ms", float(np.percentile(took, 50))
        yield f"{name}: p99 ms", float(np.percentile(took, 99))


def _milliseconds(search: Search, query: str) -> float:
    start = time.process_time()
    search(query)
    return (time.process_time() - start) * 1e3


def of_folder(folder: Path) -> Iterator[tuple[str, str, float]]:
    kb, rows = jsonl(folder / "kb.jsonl"), jsonl(folder / "queries.jsonl")
    pairs = [(row["id"], row["question"]) for row in kb]
    name, index = folder.name, Index.build(pairs, {})
    thresholds = calibrate(pairs, {})
    yield name, "threshold answer", thresholds.answer
    yield name, "threshold choose", thresholds.choose
    for figures in (
        relevance(pairs, rows, index),
        bands(index, thresholds, rows),
        spoilt(searching(index), rows),
    ):
        for figure, value in figures:
            yield name, figure, value


def of_shipped(questions: Path) -> Iterator[tuple[str, str, float]]:
    from knowledge.loader import read

    library, faults, _ = read(ROOT / "knowledge")
    if library is None:
        print(f"shipped knowledge has {len(faults)} faults, left out")
        return
    pairs = list(library.phrasings())
    titles = {entry.id: entry.title for entry in library.entries.values()}
    contexts = contexts_of(library.entries.values())
    index = Index.build(pairs, titles, contexts)
    thresholds = calibrate(pairs, titles, contexts=contexts)
    yield "shipped", "threshold answer", thresholds.answer
    yield "shipped", "threshold choose", thresholds.choose
    every = [*pairs, *titles.items()]
    rows = jsonl(questions)
    for half in sorted({row.get("half", "open") for row in rows}):
        part = [row for row in rows if row.get("half", "open") == half]
        name = f"shipped {half}"
        for figures in (
            relevance(every, part, index),
            bands(index, thresholds, part),
            spoilt(searching(index), part),
        ):
            for figure, value in figures:
                yield name, figure, value


def record(rows: list[tuple[str, str, float]]) -> None:
    """Appends to results.csv: date, commit, versions, bench, figure, value."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    names = ("rapidfuzz", "numpy", "pypinyin", "scikit-learn", "rank-bm25", "jieba")
    versions = " ".join(["python " + sys.version.split()[0], *(f"{n} {version(n)}" for n in names)])
    is_new = not RESULTS.exists()
    with RESULTS.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        if is_new:
            writer.writerow(["date", "commit", "versions", "bench", "figure", "value"])
        for bench, figure, value in rows:
            writer.writerow(
                [
                    datetime.now(UTC).date(),
                    commit,
                    versions,
                    f"search {bench}",
                    figure,
                    f"{value:.4g}",
                ]
            )


def main(arguments: list[str]) -> None:
    given = [Path(argument) for argument in arguments if not argument.startswith("--")]
    folder = given[0] if given else ROOT.parent / "shared/search/edu-60"
    rows: list[tuple[str, str, float]] = []
    texts: list[str] = []

    def show(figures: Iterable[tuple[str, str, float]]) -> None:
        for bench, figure, value in figures:
            print(f"{bench:16} {figure:40} {value:8.3f}", flush=True)
            rows.append((bench, figure, value))

    if (folder / "kb.jsonl").is_file():
        show(of_folder(folder))
        texts += [row["question"] for row in jsonl(folder / "kb.jsonl")]
        texts += [row["query"] for row in jsonl(folder / "queries.jsonl")]
    questions = HERE / "questions.jsonl"
    if questions.is_file():
        show(of_shipped(questions))
        texts += [row["query"] for row in jsonl(questions)]
    if texts:
        show(("5000 x 4", figure, value) for figure, value in speed(texts))
    if "--no-record" not in arguments:
        record(rows)


if __name__ == "__main__":
    main(sys.argv[1:])
