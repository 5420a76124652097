"""From drafts to files of entries: everything good, or a list of all that isn't."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from knowledge.banks import writing
from knowledge.banks.drafts import BadRow, Draft, Spot
from knowledge.banks.entries import build
from knowledge.banks.judging import Given, judge
from knowledge.library import Library
from knowledge.schema import Entry


@dataclass(frozen=True)
class Prepared:
    """What would be written, or `faults`; and what to tell about it."""

    entries: Sequence[Entry] = ()
    texts: Mapping[Path, str] = field(default_factory=dict[Path, str])
    faults: Sequence[BadRow] = ()
    skipped: Sequence[BadRow] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Target:
    """The knowledge folder, what is in it, and the file to write."""

    folder: Path
    library: Library
    path: Path


def prepare(
    drafts: Sequence[Draft], faults: Sequence[BadRow], target: Target, given: Given, file: str
) -> Prepared:
    """Judges the drafts of a file beside the faults found in reading it; writes nothing."""
    judged = judge(drafts, target.library, given, file)
    entries, taken = build(judged.drafts, target.library, file, is_reviewed=given.is_reviewed)
    found = sorted([*faults, *judged.faults, *taken])
    if found:
        return Prepared(faults=found, skipped=judged.skipped, notes=judged.notes)
    texts = writing.texts(entries, target.path) if entries else {}
    found = [*_existing(texts), *_rehearsed(texts, target)]
    return Prepared(entries, texts, found, judged.skipped, judged.notes)


def _existing(texts: Mapping[Path, str]) -> list[BadRow]:
    return [
        BadRow(Spot(), str(path), "这个文件已经有了，不会覆盖；请换一个名字")
        for path in texts
        if path.exists()
    ]


def _rehearsed(texts: Mapping[Path, str], target: Target) -> list[BadRow]:
    """What the loader would refuse; the file itself would be at fault, whichever it names."""
    if not texts:
        return []
    _, faults = writing.rehearse(texts, target.folder)
    return [BadRow(Spot(each.line, each.column), each.path, each.message) for each in faults]
