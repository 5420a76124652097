"""Decides from what search found: what speaks for the first hit, weighed, against a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

# Keeps weights finite where the examples can be told apart completely.
_RIDGE = 1e-3
_ROUNDS = 50


class Found(Protocol):
    """A hit, as search gives it."""

    @property
    def score(self) -> float: ...
    @property
    def said(self) -> float: ...
    @property
    def sure(self) -> float: ...


@dataclass(frozen=True)
class Signs:
    """What speaks for the first hit: how like the question it is, how much of the question the
    entry says at all, and how likely it is meant rather than any other.
    """

    score: float
    said: float
    sure: float

    @classmethod
    def of(cls, hits: Sequence[Found]) -> Signs:
        return cls(hits[0].score, hits[0].said, hits[0].sure) if hits else cls(0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Line:
    """What passes: a question whose signs, weighed, reach the limit."""

    limit: float
    score: float = 0.0
    said: float = 0.0
    sure: float = 0.0

    def value(self, signs: Signs) -> float:
        return float(np.dot((self.score, self.said, self.sure), astuple(signs)))

    def passes(self, hits: Sequence[Found]) -> bool:
        return bool(hits) and self.value(Signs.of(hits)) >= self.limit


def fitted(values: Values, is_good: Values, counts: Values) -> Values:
    """Weights (columns,) by logistic regression, of `values` (examples, columns), none below 0.

    `counts` says how much an example counts. More of any sign must never make the bot less sure,
    so what would weigh below 0 is left out.
    """
    weights = np.zeros(values.shape[1])
    used = np.flatnonzero(values.std(axis=0) > 1e-9)
    while len(used):
        found = _regression(values[:, used], is_good, counts)
        if (found >= 0).all():
            weights[used] = found
            break
        used = np.delete(used, found.argmin())
    return weights


def _regression(values: Values, is_good: Values, counts: Values) -> Values:
    """Newton's method on standardised columns; the weights are for the columns as given."""
    middle, spread = values.mean(axis=0), values.std(axis=0)
    columns = np.column_stack([(values - middle) / spread, np.ones(len(values))])
    ridge = _RIDGE * counts.sum() * np.eye(columns.shape[1])
    weights = np.zeros(columns.shape[1])
    for _ in range(_ROUNDS):
        sure = 1 / (1 + np.exp(-np.clip(columns @ weights, -30, 30)))
        slope = columns.T @ (counts * (sure - is_good)) + ridge @ weights
        bend = (columns.T * (counts * sure * (1 - sure))) @ columns + ridge
        step = np.linalg.solve(bend, slope)
        weights = weights - step
        if np.abs(step).max() < 1e-6:
            break
    return weights[:-1] / spread
