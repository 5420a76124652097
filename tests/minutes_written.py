"""Records written and confirmed by a secretary, and the trail they leave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.errors import Refused
from bot.db.models import CorrectionRow
from bot.services import minutes
from bot.services.members import Member
from tests.district import District
from tests.fakes import MONDAY_NOON

LAST_MONTH = MONDAY_NOON - timedelta(days=31)  # 2026-10-23
FIELDS = {"host": "陆见微", "recorder": "简疏桐", "discussed": "交流了学习体会。"}


def confirmed(district: District, member: Member, record_id: int) -> int:
    with district.begin() as session:
        minutes.fill(session, member, record_id, FIELDS, at=MONDAY_NOON)
        minutes.confirm(session, member, record_id, at=MONDAY_NOON)
    return record_id


def refusal(district: District, act: Callable[[Session], object]) -> Refused:
    with pytest.raises(Refused) as refused, district.begin() as session:
        act(session)
    return refused.value


def trail(district: District) -> list[tuple[str, str, str, str]]:
    with district.database.read() as session:
        rows = session.scalars(select(CorrectionRow).order_by(CorrectionRow.id))
        return [(row.field, row.old, row.new, row.reason) for row in rows]
