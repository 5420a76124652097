"""What people say and tap: one module a feature, its sentences in texts/ under the same name."""

from __future__ import annotations

from bot.routing import Router
from handlers import (
    asking,
    audit,
    crisis,
    feedback,
    joining,
    learning,
    privacy,
    questions,
    queues,
    quiz,
    roles,
    roster,
    start,
    writing,
)
from handlers.texts import all_refusals

FEATURES = (
    start,
    crisis,
    quiz,
    asking,
    feedback,
    questions,
    queues,
    joining,
    roster,
    audit,
    privacy,
    roles,
    learning,
    writing,
)


def router() -> Router:
    """All routes of all features. Raises ValueError when two features claim the same."""
    whole = Router()
    for feature in FEATURES:
        whole.include(feature.router)
    return whole


def refusals() -> dict[str, str]:
    """The words for every code that a rule can refuse with."""
    return all_refusals()
