"""What entries are about: latent semantic analysis (Deerwester et al., 1990) of their texts.

An entry is a row of tf-idf weights of its characters and pairs of neighbours, over all its
phrasings and sentences; the rows are brought down to the DIMENSIONS in which they differ most,
where words that go together in the base lie together. So a question that lost the one word an entry
is found by may still be nearest to it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from knowledge.channels import Floats, Ints
from knowledge.language import PLACES
from knowledge.tokens import Alphabet, Codes, Rows, changes

DIMENSIONS = 200
# Tokens share so many columns by a hash; four times as many find no more.
_COLUMNS = 1 << 12
_MIXED = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: Knuth's multiplicative hash
_SHIFT = np.uint64(64 - 12)
# The dimensions are found on so many entries, spread evenly, and so many are reduced at once.
_SAMPLE, _PART = 768, 512


class Latent:
    """All entries in the dimensions in which they differ.

    Arrays: `start` int64 (entries + 1,) into `columns` and `counts`; `idf` float32 (columns,);
    `axes` float32 (columns, dimensions); `entries` float32 (entries, dimensions), of length 1.
    """

    def __init__(self, texts: Sequence[str], owners: Ints, entries: int) -> None:
        """Canonical texts and the number, below `entries`, of each one's entry."""
        self._alphabet = Alphabet()
        codes, places = self._alphabet.learn(texts)
        is_next = places[1:] == places[:-1]
        of_pairs = owners[places[:-1]][is_next]
        rows = np.append(owners[places], of_pairs).astype(np.int64)
        columns = np.append(_column(codes), _column(_paired(codes)[is_next]))
        cells, self._counts = _counted(rows * _COLUMNS + columns)
        rows, self._columns = np.divmod(cells, _COLUMNS)
        self._start = np.searchsorted(rows, np.arange(entries + 1))
        held = np.bincount(self._columns, minlength=_COLUMNS)
        self._idf = (np.log((1 + entries) / (1 + held)) + 1).astype(np.float32)
        self._axes = self._found_axes(entries)
        parts = range(0, entries, _PART)
        every = [self._dense(np.arange(at, min(at + _PART, entries))) @ self._axes for at in parts]
        self._entries = _unit(np.concatenate(every))

    def near(self, text: str, entries: Rows, out: tuple[int, str] | None = None) -> Floats:
        """How near these entries are to the text, by cosine: float32 (entries,), -1 to 1.

        `out` is a phrasing that must not count: its entry's number and its canonical text.
        """
        asked = self._placed(*_counted(self._read(text)))
        places = self._entries[entries]
        if out:
            places[entries == out[0]] = self._without(*out)
        return np.einsum("ij,j->i", places, asked)

    def _found_axes(self, entries: int) -> Floats:
        """The directions in which the entries differ most: the eigenvectors of their products."""
        step = max(1, -(-entries // _SAMPLE))
        rows = self._dense(np.arange(0, entries, step))
        values, vectors = np.linalg.eigh(rows @ rows.T)
        strong = np.flatnonzero(values > 1e-6)[-DIMENSIONS:]
        return np.divide(rows.T @ vectors[:, strong], np.sqrt(values[strong]), dtype=np.float32)

    def _dense(self, entries: Rows) -> Floats:
        """The tf-idf rows of these entries: float32 (entries, columns), of length 1."""
        rows = np.zeros((len(entries), _COLUMNS), np.float32)
        for row, entry in zip(rows, entries, strict=True):
            span = slice(self._start[entry], self._start[entry + 1])
            row[self._columns[span]] = self._weighed(self._columns[span], self._counts[span])
        return _unit(rows)

    def _without(self, entry: int, text: str) -> Floats:
        """The entry's place had it not this text."""
        span = slice(self._start[entry], self._start[entry + 1])
        columns, counts = self._columns[span], self._counts[span].copy()
        gone, times = _counted(self._read(text))
        counts[np.searchsorted(columns, gone)] -= times
        return self._placed(columns[counts > 0], counts[counts > 0])

    def _placed(self, columns: Codes, counts: Codes) -> Floats:
        # Not a product by BLAS: its threads would cost more than so little work.
        return _unit(np.einsum("i,ij->j", self._weighed(columns, counts), self._axes[columns]))

    def _weighed(self, columns: Codes, counts: Codes) -> Floats:
        return (1 + np.log(counts, dtype=np.float32)) * self._idf[columns]

    def _read(self, text: str) -> Codes:
        """The columns of a text's tokens, as often as they come."""
        codes = self._alphabet.read(text)
        return np.append(_column(codes), _column(_paired(codes)))


def _paired(codes: Codes) -> Codes:
    return codes[:-1] * PLACES + codes[1:]


def _column(codes: Codes) -> Codes:
    return ((codes.astype(np.uint64) * _MIXED) >> _SHIFT).astype(np.int64)


def _counted(values: Codes) -> tuple[Codes, Codes]:
    """Each once, rising, and how often. np.unique hashes, which takes longer."""
    values = np.sort(values)
    first = np.flatnonzero(changes(values))
    return values[first], np.diff(np.append(first, len(values)))


def _unit(rows: Floats) -> Floats:
    """Rows of length 1; those of length 0 stay."""
    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    return rows / np.maximum(length, np.float32(1e-9))
