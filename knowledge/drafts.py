"""YAML to take over into the knowledge files: what people asked, in the form of an entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from knowledge.schema import Entry

_TO_FILL = "待填"


def more_phrasings(entry: Entry, where: str, wordings: Sequence[str]) -> str:
    """The entry's `ask` with these wordings behind its own; `where` is its file and line."""
    asked = [*entry.ask, *(wording for wording in wordings if wording not in entry.ask)]
    head = f"# {where} 条目 {entry.id}：用下面的 ask 换掉原来的 ask。\n"
    return head + _dump({"ask": asked})


def new_entry(entry_id: str, wordings: Sequence[str], answer: str | None, topic: str) -> str:
    """An entry to complete: what must be filled in says so, and `check` refuses it until then."""
    head = "# 新条目：填好标着“待填”的几行，放进 knowledge/ 里的文件，再运行 check。\n"
    entry: dict[str, Any] = {
        "id": entry_id,
        "title": wordings[0],
        "topic": topic,
        "source": _TO_FILL,
        "clause": _TO_FILL,
        "ask": list(wordings),
        "answer": answer or _TO_FILL,
        "review": "pending",
    }
    return head + _dump({"entries": [entry]})


def _dump(value: dict[str, Any]) -> str:
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=120)
