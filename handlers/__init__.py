"""What people say and tap: one module a feature, its sentences in texts/ under the same name."""

from __future__ import annotations

from bot.routing import Router
from handlers import (
    asking,
    attendance,
    audit,
    burden,
    cadence,
    cases,
    crisis,
    decisions,
    feedback,
    joining,
    learning,
    ledger,
    meetings,
    meetings_changing,
    meetings_draft,
    meetings_reply,
    meetings_sent,
    minutes,
    minutes_plans,
    notices,
    notices_after,
    notices_confidential,
    plans,
    privacy,
    questions,
    queues,
    quiz,
    receipts,
    reminders,
    roles,
    rolls,
    rolls_by_hand,
    roster,
    start,
    tags,
    terms,
    wishes,
    writing,
)

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
    burden,
    privacy,
    roles,
    learning,
    plans,
    reminders,
    attendance,
    meetings,
    meetings_draft,
    meetings_sent,
    meetings_changing,
    meetings_reply,
    rolls,
    rolls_by_hand,
    minutes,
    minutes_plans,
    decisions,
    ledger,
    cadence,
    terms,
    wishes,
    writing,
    cases,
    notices,
    notices_after,
    notices_confidential,
    receipts,
    tags,
)


def router() -> Router:
    """All routes of all features. Raises ValueError when two features claim the same."""
    whole = Router()
    for feature in FEATURES:
        whole.include(feature.router)
    return whole
