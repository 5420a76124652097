"""A quiz question as it is posed, with all that judging and explaining it needs."""

from __future__ import annotations

from typing import Any

from bot.core.errors import Refused
from bot.services import marking
from knowledge.loader import Library


def judge(current: dict[str, Any], text: str) -> tuple[bool, str]:
    """Whether an answer is right, and how it is written down. Raises as `answer` does."""
    if marking.gives_up(text):
        return False, ""
    if current["kind"] == "fill":
        return marking.fits(text, current["answer"], current["numbers"]), text
    if current["kind"] == "truth":
        truth = marking.truth_of(text)
        if truth is None:
            raise Refused("quiz_not_a_truth")
        return truth is current["answer"], "对" if truth else "错"
    return _judge_letters(current, text)


def snapshot(library: Library, item_id: str) -> dict[str, Any]:
    """A question with all that judging and explaining it needs, as plain JSON."""
    item = library.items[item_id]
    entry = library.entries[library.entry_of_item[item_id]]
    source = library.sources[entry.source]
    is_choice = bool(item.options)
    return {
        "item": item.id,
        "kind": item.kind,
        "several": item.takes_several,
        "question": item.question,
        "options": list(item.options),
        "answer": sorted(item.letters) if is_choice else _plain_answer(item.answer),
        "numbers": [number.model_dump() for number in item.numbers],
        "explanation": item.explanation,
        "source": source.title,
        "clause": item.clause or entry.clause,
        "since": source.since,
    }


def _plain_answer(answer: Any) -> Any:
    return answer if isinstance(answer, bool) else [str(each) for each in answer]


def _judge_letters(current: dict[str, Any], text: str) -> tuple[bool, str]:
    letters = marking.letters_of(text)
    if letters is None:
        raise Refused("quiz_not_a_letter")
    if any(ord(letter) - ord("A") >= len(current["options"]) for letter in letters):
        last = chr(ord("A") + len(current["options"]) - 1)
        raise Refused("quiz_no_such_letter", last=last)
    if len(letters) > 1 and not current["several"]:
        raise Refused("quiz_one_letter")
    return list(letters) == current["answer"], letters
