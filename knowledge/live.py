"""The knowledge in use: one immutable set at a time, replaced when the files change."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from knowledge.calibration import DEFAULT, Thresholds
from knowledge.loader import Fault, Library, fingerprint, read
from knowledge.search import Index


@dataclass(frozen=True)
class Knowledge:
    """A good set with its search: what a turn works with from beginning to end."""

    library: Library
    index: Index
    thresholds: Thresholds = DEFAULT

    @classmethod
    def of(cls, library: Library) -> Knowledge:
        titles = {entry.id: entry.title for entry in library.entries.values()}
        return cls(library, Index.build(library.phrasings(), titles))


class LiveKnowledge:
    """Holds the last good set of a folder. `refresh` is called now and then, in any one thread."""

    def __init__(
        self,
        folder: Path,
        calibrate: Callable[[Knowledge], Thresholds] | None = None,
    ) -> None:
        self.folder = folder
        self.faults: list[Fault] = []
        self._calibrate = calibrate
        self._seen = ""
        self._current: Knowledge | None = None
        self._calibrating: threading.Thread | None = None

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
        # The previous thresholds serve until the new ones are found.
        previous = self._current.thresholds if self._current else DEFAULT
        self._current = replace(Knowledge.of(library), thresholds=previous)
        if self._calibrate:
            self._calibrating = threading.Thread(
                target=self._find_thresholds, args=(self._current,), daemon=True
            )
            self._calibrating.start()

    def _find_thresholds(self, knowledge: Knowledge) -> None:
        assert self._calibrate is not None
        found = self._calibrate(knowledge)
        if self._current is not None and self._current.library is knowledge.library:
            self._current = replace(self._current, thresholds=found)
