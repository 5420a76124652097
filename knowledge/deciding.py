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
    def covered(self) -> float: ...
    @property
    def ahead(self) -> float: ...


@dataclass(frozen=True)
class Signs:
    """What speaks for the first hit. `lead` is that of its score over the second's.

    `covered` is the share of the question that the entry says in all its texts together, `ahead`
    how much more that is than any other entry covers.
    """

    score: float
    lead: float
    covered: float
    ahead: float

    @classmethod
    def of(cls, hits: Sequence[Found]) -> Signs:
        if not hits:
            return cls(0.0, 0.0, 0.0, 0.0)
        first, second = hits[0], hits[1].score if len(hits) > 1 else 0.0
        return cls(first.score, first.score - second, first.covered, first.ahead)


@dataclass(frozen=True)
class Line:
    """What passes: a question whose signs, weighed, reach the limit."""

    limit: float
    score: float = 0.0
    lead: float = 0.0
    covered: float = 0.0
    ahead: float = 0.0

    def value(self, signs: Signs) -> float:
        weights = (self.score, self.lead, self.covered, self.ahead)
        return float(np.dot(weights, astuple(signs)))

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
