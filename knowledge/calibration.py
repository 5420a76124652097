"""Thresholds that fit a knowledge base, found by asking it its own phrasings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """Where the three bands begin: answer with a lead over the next, offer a choice, unknown."""

    answer: float
    choose: float
    lead: float


DEFAULT = Thresholds(answer=0.66, choose=0.34, lead=0.05)
