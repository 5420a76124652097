"""All that users read, in Chinese, one module a feature."""

from __future__ import annotations

from bot.core.errors import Refused
from handlers.texts import (
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
    meetings_draft,
    meetings_past,
    meetings_reply,
    meetings_sent,
    minutes,
    notices,
    notices_after,
    notices_confidential,
    notices_letters,
    people,
    plans,
    privacy,
    questions,
    queues,
    quiz,
    receipts,
    reminders,
    roles,
    rolls,
    roster,
    start,
    tags,
    terms,
    troubles,
    unconfirmed,
    wishes,
    writing,
)

MODULES = (
    start,
    crisis,
    quiz,
    asking,
    feedback,
    questions,
    queues,
    troubles,
    joining,
    people,
    roster,
    audit,
    burden,
    privacy,
    roles,
    learning,
    plans,
    reminders,
    meetings,
    meetings_draft,
    meetings_past,
    meetings_reply,
    meetings_sent,
    attendance,
    rolls,
    minutes,
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
    notices_letters,
    receipts,
    tags,
    unconfirmed,
)


def all_refusals() -> dict[str, str]:
    """Refusal code -> template, over all features. Raises ValueError for a code said twice."""
    words: dict[str, str] = {}
    for module in MODULES:
        for code, template in module.REFUSALS.items():
            if code in words:
                raise ValueError(f"two texts for the refusal {code}")
            words[code] = template
    return words


def words_for(refused: Refused) -> str:
    """The sentence for a refusal."""
    return all_refusals()[refused.code].format(**refused.details)
