"""A ledger with a record of every sort, and the files made of it."""

from __future__ import annotations

from datetime import date, timedelta

from bot.services import decisions, minutes
from bot.services.decisions import Resolution, Vote
from bot.services.members import Member
from bot.services.quorum import Count
from bot.services.records import Tick
from tests.district import District
from tests.fakes import MONDAY_NOON
from tests.held import hold

OCTOBER = MONDAY_NOON - timedelta(days=31)  # 2026-10-23 12:00 in China
FIELDS = {
    "host": "陆见微",
    "recorder": "简疏桐",
    "reported": '=HYPERLINK("http://example.invalid")',
    "discussed": "苗若谷：赞成。\n覃云岫：赞成，建议分组。",
    "decided": "按计划办。",
}


def congress(district: District, member: Member) -> int:
    """A confirmed 党员大会 with a resolution, a vote, a film, and a correction."""
    marks = {"苗若谷": ("absent", ""), "覃云岫": ("leave", "duty")}
    record_id = hold(district, "congress", OCTOBER, topic="第四季度党员大会", marks=marks)
    wanted = Resolution(0, record_id, "+结对听课四节", "简疏桐", date(2026, 12, 15))
    vote = Vote(0, record_id, "年度工作计划", "plain", Count(4, 2, 2, 0, 0))
    with district.begin() as session:
        minutes.fill(session, member, record_id, FIELDS, at=MONDAY_NOON)
        decisions.resolve(session, member, wanted, at=MONDAY_NOON)
        decisions.keep(session, member, vote, at=MONDAY_NOON)
        film = Tick("plan:warning-films/first/2026", "警示教育片（一）")
        minutes.tick(session, member, record_id, film, at=MONDAY_NOON)
        minutes.confirm(session, member, record_id, at=MONDAY_NOON)
        change = {"decided": "按计划办，每月通报。"}
        minutes.fill(session, member, record_id, change, reason="漏记一句", at=MONDAY_NOON)
    return record_id
