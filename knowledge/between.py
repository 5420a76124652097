"""What a phrasing holds between two neighbours of a question: the character that was lost there.

购卡能收吗 has 购 and 卡 side by side, 购物卡能收吗 has 物 between them: that phrasing gets what it
would have got for 物. Guessed from the question alone it would as often be a wrong character.
"""

from __future__ import annotations

import numpy as np

from knowledge.channels import Floats
from knowledge.language import PLACES
from knowledge.tokens import Codes, Rows, changes, find, once, spans_of, together

# Stands before the first token of a text and after its last.
_EDGE = 0


class Between:
    """An inverted index: two tokens, and what stands between them in which text.

    Arrays: `codes` int64 (pairs,) rising; `start` int64 (pairs + 1,) into `rows` intp, `middle`
    int64 and `weights` float32 (tokens,).
    """

    def __init__(self, codes: Codes, places: Rows, weights: Floats) -> None:
        """The tokens of all texts in their order, each one's text, and what it weighs."""
        is_first = changes(places)
        before = np.where(is_first, _EDGE, np.roll(codes, 1))
        after = np.where(np.roll(is_first, -1), _EDGE, np.roll(codes, -1))
        pairs = before * PLACES + after
        order = np.argsort(pairs, kind="stable")
        self._middle, self._rows, self._weights = codes[order], places[order], weights[order]
        starts = np.flatnonzero(changes(pairs[order]))
        self._codes = pairs[order][starts]
        self._start = np.append(starts, len(codes))

    def lost(self, asked: Codes, texts: int) -> Floats:
        """The heaviest token that each of so many texts holds between two neighbours of the
        question and the question nowhere, as what it weighs: float32 (texts,).
        """
        edged = np.concatenate([[_EDGE], asked, [_EDGE]])
        pairs = once(edged[:-1] * PLACES + edged[1:])
        spans = spans_of(self._start, find(self._codes, pairs)[0])
        is_lost = ~find(once(asked), together(self._middle, spans))[1]
        heaviest = np.zeros(texts, np.float32)
        np.maximum.at(
            heaviest, together(self._rows, spans)[is_lost], together(self._weights, spans)[is_lost]
        )
        return heaviest
