"""Thresholds found once for each state of the knowledge, and kept beside the data."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from knowledge.calibration import Thresholds, calibrate
from knowledge.deciding import Line
from knowledge.library import Library
from knowledge.search import contexts_of
from knowledge.semantic import Remembering

# Raise it when search or calibration change what a score means.
_FORM = 13
_KEPT = 8


class Kept:
    """Thresholds by content hash, in a small file; without a folder they are only found anew.

    With an `encoder` the search counts meanings too, and has thresholds of its own.
    """

    def __init__(self, folder: Path | None, encoder: Remembering | None = None) -> None:
        self.encoder = encoder
        self._path = folder / "thresholds.json" if folder else None

    def recall(self, library: Library) -> Thresholds | None:
        """What was found for this very content, or None."""
        found = self._read().get(self._key(library))
        return Thresholds(**{band: Line(**line) for band, line in found.items()}) if found else None

    def find(self, library: Library) -> Thresholds:
        """What was found for this content, now or before. About a second when it is new."""
        known = self.recall(library)
        if known is not None:
            return known
        titles = {entry.id: entry.title for entry in library.entries.values()}
        contexts = contexts_of(library.entries.values())
        found = calibrate(library.phrasings(), titles, contexts=contexts, encoder=self.encoder)
        self._keep(self._key(library), found)
        return found

    def _key(self, library: Library) -> str:
        return f"{_FORM}{'m' if self.encoder else ''}:{library.version}"

    def _read(self) -> dict[str, dict[str, dict[str, float]]]:
        try:
            return json.loads(self._path.read_text(encoding="utf-8")) if self._path else {}
        except (OSError, ValueError):
            return {}  # a cache that can't be read is an empty one

    def _keep(self, key: str, found: Thresholds) -> None:
        if self._path is None:
            return
        kept = [*((k, v) for k, v in self._read().items() if k != key), (key, asdict(found))]
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(json.dumps(dict(kept[-_KEPT:])), encoding="utf-8")
        except OSError:
            return  # found again next time
