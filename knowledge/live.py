"""The knowledge in use: one immutable set at a time, replaced when the files change."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from knowledge.calibration import DEFAULT, Thresholds
from knowledge.citing import Citations
from knowledge.loader import Fault, Library, fingerprint, read
from knowledge.search import Index, contexts_of
from knowledge.thresholds import Kept


@dataclass(frozen=True)
class Knowledge:
    """A good set with its search: what a turn works with from beginning to end."""

    library: Library
    index: Index
    thresholds: Thresholds = DEFAULT

    @classmethod
    def of(cls, library: Library, thresholds: Thresholds = DEFAULT) -> Knowledge:
        titles = {entry.id: entry.title for entry in library.entries.values()}
        contexts = contexts_of(library.entries.values())
        return cls(library, Index.build(library.phrasings(), titles, contexts), thresholds)

    @cached_property
    def citations(self) -> Citations:
        """The names of documents and clauses, to be looked up; made when first needed."""
        return Citations(self.library.sources.values(), self.library.entries.values())


class LiveKnowledge:
    """Holds the last good set of a folder. `refresh` is called now and then, in any one thread.

    `kept` finds the thresholds, in the background: the previous ones serve meanwhile. Without it
    the default ones stay.
    """

    def __init__(self, folder: Path, kept: Kept | None = None) -> None:
        self.folder = folder
        self.faults: list[Fault] = []
        self._kept = kept
        self._seen = ""
        self._current: Knowledge | None = None

    @property
    def current(self) -> Knowledge:
        assert self._current is not None, "refresh() comes first"
        return self._current

    @property
    def is_ready(self) -> bool:
        return self._current is not None

    def refresh(self) -> bool:
        """Read the folder if it has changed. True when it was read; `faults` says how it went.

        A faulty folder leaves the last good set in use.
        """
        seen = fingerprint(self.folder)
        if seen == self._seen:
            return False
        self._seen = seen
        library, self.faults, _ = read(self.folder)
        if library is not None:
            self._take(library)
        return True

    def _take(self, library: Library) -> None:
        known = self._kept.recall(library) if self._kept else None
        previous = self._current.thresholds if self._current else DEFAULT
        self._current = Knowledge.of(library, known or previous)
        if self._kept and known is None:
            threading.Thread(target=self._calibrate, args=(library,), daemon=True).start()

    def _calibrate(self, library: Library) -> None:
        assert self._kept is not None
        found = self._kept.find(library)
        if self._current is not None and self._current.library is library:
            self._current = replace(self._current, thresholds=found)
