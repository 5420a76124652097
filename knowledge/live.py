"""The knowledge in use: one immutable set at a time, replaced when the files change."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from knowledge.additions import NOTHING, Additions, combine
from knowledge.calibration import DEFAULT, Thresholds
from knowledge.citing import Citations
from knowledge.loader import Fault, Library, fingerprint, read
from knowledge.search import Index, contexts_of
from knowledge.semantic import Remembering
from knowledge.thresholds import Kept


@dataclass(frozen=True)
class Knowledge:
    """A good set with its search: what a turn works with from beginning to end."""

    library: Library
    index: Index
    thresholds: Thresholds = DEFAULT

    @classmethod
    def of(
        cls,
        library: Library,
        thresholds: Thresholds = DEFAULT,
        encoder: Remembering | None = None,
    ) -> Knowledge:
        titles = {entry.id: entry.title for entry in library.entries.values()}
        contexts = contexts_of(library.entries.values())
        index = Index.build(library.phrasings(), titles, contexts, encoder)
        return cls(library, index, thresholds)

    @cached_property
    def citations(self) -> Citations:
        """The names of documents and clauses, to be looked up; made when first needed."""
        return Citations(self.library.sources.values(), self.library.entries.values())


class LiveKnowledge:
    """Holds the last good set of a folder. `refresh` is called now and then, in any one thread.

    `kept` finds the thresholds, in the background: the previous ones serve meanwhile. Without it
    the default ones stay. `additions` says what was added in chat; it is asked at every refresh,
    so it must be cheap while nothing has changed.
    """

    def __init__(
        self,
        folder: Path,
        kept: Kept | None = None,
        additions: Callable[[], Additions] = lambda: NOTHING,
    ) -> None:
        self.folder = folder
        self.faults: list[Fault] = []
        self._kept = kept
        self._additions = additions
        self._added = NOTHING
        self._shipped: Library | None = None
        self._calibrating = threading.Lock()
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
        """Take in what has changed, here or in chat. True when the folder was read again.

        `faults` says how that went; a faulty folder leaves the last good set in use.
        """
        added = self._additions()
        seen = fingerprint(self.folder)
        is_new = added != self._added
        is_read = seen != self._seen
        if is_read:
            self._seen = seen
            library, self.faults, _ = read(self.folder)
            is_new = is_new or library is not None
            self._shipped = library or self._shipped
        if is_new and self._shipped is not None:
            self._added = added
            self._take(combine(self._shipped, added).library)
        return is_read

    def _take(self, library: Library) -> None:
        known = self._kept.recall(library) if self._kept else None
        previous = self._current.thresholds if self._current else DEFAULT
        encoder = self._kept.encoder if self._kept else None
        self._current = Knowledge.of(library, known or previous, encoder)
        if self._kept and known is None:
            threading.Thread(target=self._calibrate, args=(library,), daemon=True).start()

    def _calibrate(self, library: Library) -> None:
        assert self._kept is not None
        with self._calibrating:  # additions may come quickly; only the last one needs its own
            if self._current is None or self._current.library is not library:
                return
            found = self._kept.find(library)
            if self._current.library is library:
                self._current = replace(self._current, thresholds=found)
