"""Additions to the knowledge made in a test."""

from __future__ import annotations

import itertools

from bot.db.engine import Database
from bot.services import additions, answering
from bot.services.additions import Draft
from bot.services.answering import Answered
from knowledge.live import LiveKnowledge
from tests.fakes import MONDAY_NOON
from tests.learnt import COUPON, LIKE_PARKING, PARKING
from tests.staff import member

DAY = MONDAY_NOON.date()
NUMBERS = itertools.count(1000)
DRAFT = Draft(
    title="老师的车停在哪里",
    answer="停在学校划定的车位。",
    source="handling-2018",
    clause="第九条",
    topic="处理",
    ask=(PARKING, *LIKE_PARKING),
)


def add(
    database: Database, live: LiveKnowledge, text: str = COUPON, entry: str = "gifts-card"
) -> int:
    actor = member(database, f"a{next(NUMBERS)}", "administrator")
    with database.begin() as session:
        return additions.add_phrasing(
            session, actor, live.current.library, entry, text, at=MONDAY_NOON
        )


def says(live: LiveKnowledge, text: str) -> str | None:
    outcome = answering.answer(live.current, text, DAY)
    return outcome.entry.id if isinstance(outcome, Answered) else None
