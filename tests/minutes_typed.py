"""What a secretary types into a record, for tests of minutes in chat."""

from __future__ import annotations

from datetime import timedelta

from bot.db.models import RecordRow
from tests.district import District
from tests.fakes import MONDAY_NOON

TODAY = MONDAY_NOON - timedelta(hours=3)
TEXT = "主持人：陆见微 记录人：简疏桐\n讨论：谈体会。\n决定：结对听课。"


def row(district: District, record_id: int) -> RecordRow:
    with district.database.read() as session:
        return session.get_one(RecordRow, record_id)
