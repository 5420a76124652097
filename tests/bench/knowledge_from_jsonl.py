"""Writes a knowledge folder from a benchmark's questions.

    python tests/bench/knowledge_from_jsonl.py KB.jsonl DIR

KB.jsonl holds one {"id": …, "question": …} a line; lines with the same id become phrasings of one
entry. An id that fits the schema is kept as it is, so that a benchmark's gold ids hold; any other
is rewritten and printed. DIR gets sources.yaml and entries-000.yaml, …, each well below 1 MB.

The loader refuses one phrasing in two entries. A second entry with the same question is dropped and
printed, unless its id is gold in a queries.jsonl beside KB.jsonl, or there is none to ask: then it
is kept with “（同题二）” after the phrasing. Its title stays, so the two tie and the first one is
found: that costs the benchmark what the ambiguity of its questions costs.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from knowledge.checks import same

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{1,63}")
LONGEST = 200
ENTRIES_A_FILE = 400  # × (3 × 200 characters of 3 bytes + keys) stays under 1 MB
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]+")
SOURCE = """sources:
  - id: benchmark
    title: 测试题库
    issuer: 测试
    in_force: 2000-01-01
"""
Questions = dict[str, list[str]]


def read(path: Path) -> Questions:
    """Id → its questions, in the order of the file. Empty questions are printed and left out."""
    found: Questions = {}
    for line in path.read_text(encoding="utf-8").split("\n"):
        if not line.strip():
            continue
        row = json.loads(line)
        question = CONTROL.sub(" ", str(row["question"])).strip()[:LONGEST].strip()
        if question:
            found.setdefault(str(row["id"]), []).append(question)
        else:
            print(f"left out, no question: {row['id']}")
    return found


def gold_ids(folder: Path) -> set[str] | None:
    """The ids that the queries of a benchmark ask for, or None where there are no queries."""
    path = folder / "queries.jsonl"
    if not path.is_file():
        return None
    rows = map(json.loads, filter(str.strip, path.read_text(encoding="utf-8").split("\n")))
    return {str(gold) for row in rows for gold in row.get("gold", [])}


def slugs(ids: Iterable[str]) -> dict[str, str]:
    """Id → slug: itself where it fits, else derived and unique."""
    ids = list(ids)
    found = {given: given for given in ids if SLUG.fullmatch(given)}
    taken = set(found)
    for given in ids:
        if given in found:
            continue
        stem = "q-" + (re.sub(r"[^a-z0-9]+", "-", given.lower()).strip("-")[:50] or "entry")
        slug, number = stem, 2
        while slug in taken:
            slug, number = f"{stem}-{number}", number + 1
        taken.add(slug)
        found[given] = slug
        print(f"id rewritten: {given} -> {slug}")
    return found


def without_repetitions(
    questions: Questions, gold: set[str] | None
) -> Iterator[tuple[str, str, list[str]]]:
    """(id, title, phrasings), no phrasing in two entries."""
    owner: dict[str, str] = {}
    for given, asked in questions.items():
        phrasings = []
        for question in dict.fromkeys(asked):
            if owner.setdefault(same(question), given) == given:
                phrasings.append(question)
        if phrasings:
            yield given, asked[0], phrasings
        elif gold is None or given in gold:
            number = 2
            while owner.setdefault(same(f"{asked[0]}同题{number}"), given) != given:
                number += 1
            print(f"asked twice, kept apart: {given} as {owner[same(asked[0])]}: {asked[0]}")
            yield given, asked[0], [f"{asked[0][: LONGEST - 10]}（同题{number}）"]
        else:
            print(f"dropped: {given}, asked as {owner[same(asked[0])]}: {asked[0]}")


def entry(slug: str, title: str, phrasings: list[str]) -> str:
    """One entry as YAML. JSON strings are YAML strings, and a thousand times faster to write."""
    quoted = [json.dumps(text, ensure_ascii=False) for text in (slug, title, *phrasings)]
    asks = "".join(f"      - {text}\n" for text in quoted[2:])
    return (
        f"  - id: {quoted[0]}\n    title: {quoted[1]}\n    topic: 测试\n    source: benchmark\n"
        f"    clause: 全文\n    ask:\n{asks}    answer: {quoted[1]}\n"
    )


def main(kb: Path, folder: Path) -> None:
    questions = read(kb)
    slug = slugs(questions)
    rows = list(without_repetitions(questions, gold_ids(kb.parent)))
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("entries-*.yaml"):
        old.unlink()
    (folder / "sources.yaml").write_text(SOURCE, encoding="utf-8")
    for number, start in enumerate(range(0, len(rows), ENTRIES_A_FILE)):
        part = rows[start : start + ENTRIES_A_FILE]
        text = "".join(entry(slug[given], title, asks) for given, title, asks in part)
        path = folder / f"entries-{number:03}.yaml"
        path.write_text(f"entries:\n{text}", encoding="utf-8")
    print(f"{len(rows)} entries in {folder}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python tests/bench/knowledge_from_jsonl.py KB.jsonl DIR")
    main(Path(sys.argv[1]), Path(sys.argv[2]))
