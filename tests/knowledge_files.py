"""A small knowledge folder for tests, written anew with one thing wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from knowledge.loader import Fault, Library, read

SOURCES = """\
sources:
  - id: old-rules
    title: 旧办法
    short: [旧办法]
    issuer: 教育部
    in_force: 2008-01-01
    repealed: 2020-01-01
    replaced_by: new-rules
  - id: new-rules
    title: 新办法
    short: [新办法, 办法]
    issuer: 教育部
    in_force: 2020-01-01
"""
GIFTS = """\
entries:
  - id: gifts-card
    title: 购物卡能不能收
    topic: 礼品礼金
    source: new-rules
    clause: 第一条
    ask: [家长硬塞的购物卡退不回去咋办, 塞卡怎么办]
    answer: 不能收。
    items:
      - id: gifts-card-1
        kind: single
        difficulty: 1
        question: 家长送的购物卡怎么处理？
        options: [收下, 退还, 转送, 分掉]
        answer: B
        explanation: 《新办法》第一条不许收。
"""
TITLED = """\
entries:
  - id: ENTRY
    title: ENTRY
    topic: 别的
    source: new-rules
    clause: 第二条
    ask: [ENTRY问法]
    answer: 可以。
"""


def write(folder: Path, gifts: str | bytes = GIFTS, sources: str = SOURCES, **others: str) -> Path:
    """Writes gifts.yaml, sources.yaml and others by name; gives the folder."""
    texts = {"gifts": gifts, "sources": sources, **others}
    for name, text in texts.items():
        content = text if isinstance(text, bytes) else text.encode()
        (folder / f"{name}.yaml").write_bytes(content)
    return folder


def good(path: Path) -> Library:
    library, faults, _ = read(path)
    assert library is not None, [str(fault) for fault in faults]
    return library


def bad(path: Path, today: date | None = None) -> list[Fault]:
    library, faults, _ = read(path, today=today)
    assert library is None
    assert faults == sorted(faults)
    return faults


def only(path: Path) -> Fault:
    (fault,) = bad(path)
    return fault


def marked(text: str) -> tuple[str, int, int]:
    """The text without its ⟦, and the line and column where that stood."""
    before, _, after = text.partition("⟦")
    return before + after, before.count("\n") + 1, len(before) - before.rfind("\n")
