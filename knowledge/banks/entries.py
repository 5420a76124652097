"""Makes knowledge entries of judged drafts: ids that stay, phrasings that stand nowhere else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import chain, count

from knowledge.answers import LETTERS
from knowledge.banks.drafts import BadRow, Draft, sameness, shortened
from knowledge.checks import same
from knowledge.library import Library
from knowledge.schema import Entry

_LONGEST_TITLE = 60
_LONGEST_ASK = 200


def build(
    drafts: Sequence[Draft], library: Library, file: str, *, is_reviewed: bool
) -> tuple[list[Entry], list[BadRow]]:
    """One entry for each draft, or for those that share one; and phrasings that are taken."""
    building = _Building(library, file, is_reviewed)
    groups: dict[tuple[str, ...], list[Draft]] = {}
    for index, draft in enumerate(drafts):
        shared = draft.shares_entry and draft.title
        key = (same(draft.title), draft.source, draft.topic) if shared else (str(index),)
        groups.setdefault(key, []).append(draft)
    # What people wrote as phrasings goes before what is only derived.
    for group in groups.values():
        building.claim(group)
    return [building.entry(group) for group in groups.values()], sorted(building.faults)


class _Building:
    """Keeps which phrasings and ids are taken."""

    def __init__(self, library: Library, file: str, is_reviewed: bool) -> None:
        self.faults: list[BadRow] = []
        self._file = file
        self._is_reviewed = is_reviewed
        self._asked: dict[str, str] = {
            same(phrasing): f"知识库的条目 {owner}" for owner, phrasing in library.phrasings()
        }
        self._claimed: dict[int, list[str]] = {}
        self._ids = set(library.where)

    def claim(self, group: list[Draft]) -> None:
        """Takes the phrasings that the file gives for one entry."""
        mine: dict[str, str] = {}
        for draft in group:
            self._ids.add(draft.id)
            for ask in draft.asks:
                key = same(ask)
                if key in mine:
                    continue
                if owner := self._asked.get(key):
                    self.faults.append(
                        BadRow(
                            draft.at("asks"),
                            self._file,
                            f"问法“{shortened(ask, 40)}”已属于{owner}，"
                            "一种问法只能属于一个条目，请改写或留空",
                        )
                    )
                    continue
                mine[key] = ask
        for key in mine:
            self._asked[key] = f"第 {group[0].spot.line} 行的条目"
        self._claimed[id(group[0])] = list(mine.values())

    def entry(self, group: list[Draft]) -> Entry:
        first = group[0]
        items = [self._item(draft, first.clause) for draft in group]
        asks = self._claimed[id(first)] or [self._derived(first)]
        values = {
            "id": self._free(f"{items[0]['id']}"[:60], "-e"),
            "title": first.title or shortened(first.question.replace("\n", " "), _LONGEST_TITLE),
            "topic": first.topic,
            "source": first.source,
            "clause": first.clause,
            "ask": asks,
            "answer": first.explanation,
            "review": None if self._is_reviewed else "pending",
            "items": items,
        }
        return Entry.model_validate(values)

    def _derived(self, draft: Draft) -> str:
        """A phrasing for an entry that has none: the question, made longer until it is free."""
        question = draft.question.replace("\n", " ")
        right = "、".join(_right_texts(draft))
        for candidate in (question, draft.title, f"{right}：{question}", f"{question}{right}"):
            ask = candidate[:_LONGEST_ASK].strip()
            if ask and same(ask) not in self._asked:
                break
        else:
            ask = f"{_digest(draft)} {question}"[:_LONGEST_ASK]
        self._asked[same(ask)] = "这个文件里的另一题"
        return ask

    def _item(self, draft: Draft, clause: str) -> dict[str, object]:
        answer = draft.answer
        if isinstance(answer, tuple) and draft.options:
            letters = sorted(set(answer))
            answer = letters[0] if len(letters) == 1 else tuple(letters)
        return {
            "id": draft.id or self._free(f"bank-{_digest(draft)}"),
            "kind": draft.kind,
            "difficulty": draft.difficulty,
            "question": draft.question,
            "options": draft.options,
            "answer": answer,
            "numbers": [{"value": value, "unit": unit} for value, unit in draft.numbers],
            "explanation": draft.explanation,
            "clause": draft.clause if draft.clause != clause else None,
        }

    def _free(self, wanted: str, ending: str = "") -> str:
        """An id that nobody has; almost always the one wanted."""
        ids = chain([wanted + ending], (f"{wanted}{ending}-{number}" for number in count(2)))
        found = next(each for each in ids if each not in self._ids)
        self._ids.add(found)
        return found


def _digest(draft: Draft) -> str:
    """Twelve hexadecimal digits that only depend on what is asked."""
    assert draft.kind is not None
    key = sameness(draft.kind, draft.question, draft.options)
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def _right_texts(draft: Draft) -> Iterable[str]:
    if not isinstance(draft.answer, tuple):
        return ()
    if draft.options:
        return [draft.options[LETTERS.index(letter)] for letter in draft.answer]
    return draft.answer[:1]
