"""A record after it was confirmed: changed with a reason, closed by the month, ticking plans."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.errors import Refused
from bot.db.models import AuditRow, CompletionRow
from bot.services import completions, corrections, decisions, minutes, months, records
from bot.services.decisions import Resolution, Vote
from bot.services.members import Member
from bot.services.quorum import Count
from bot.services.records import Tick
from tests.district import District
from tests.fakes import MONDAY_NOON
from tests.held import FIRST, SECRETARY, hold
from tests.minutes_written import FIELDS, LAST_MONTH, confirmed, refusal, trail


@pytest.fixture
def secretary(district: District) -> Member:
    return district.member(SECRETARY)


def test_a_confirmed_record_changes_with_a_reason_and_keeps_the_old_value(
    district: District, secretary: Member
) -> None:
    record_id = confirmed(district, secretary, hold(district, "party_day", LAST_MONTH))
    change = {"host": "苗若谷", "discussed": FIELDS["discussed"]}
    refused = refusal(
        district,
        lambda session: minutes.fill(session, secretary, record_id, change, at=MONDAY_NOON),
    )
    assert refused.code == "record_confirmed"
    with district.begin() as session:
        minutes.fill(session, secretary, record_id, change, reason="主持人记错了", at=MONDAY_NOON)
    assert trail(district) == [("host", "陆见微", "苗若谷", "主持人记错了")]
    with district.database.read() as session:
        (one,) = corrections.of(session, [record_id])
        assert (one.made_by, one.made_at) == (SECRETARY, MONDAY_NOON)


def test_resolutions_and_votes_of_a_confirmed_record_leave_a_trail(
    district: District, secretary: Member
) -> None:
    record_id = confirmed(district, secretary, hold(district, "congress", LAST_MONTH))
    wanted = Resolution(0, record_id, "结对听课", "简疏桐", date(2026, 12, 15))
    vote = Vote(0, record_id, "年度计划", "plain", Count(5, 5, 4, 1, 0))
    with district.begin() as session:
        made = decisions.resolve(session, secretary, wanted, reason="漏记", at=MONDAY_NOON)
        kept = decisions.keep(session, secretary, vote, reason="漏记", at=MONDAY_NOON)
        decisions.drop(session, secretary, made.id, reason="重复", at=MONDAY_NOON)
        decisions.discard(session, secretary, kept.id, reason="计票有误", at=MONDAY_NOON)
        assert decisions.resolutions(session, [record_id]) == {}
    assert [(field, reason) for field, _, _, reason in trail(district)] == [
        ("resolution", "漏记"),
        ("vote", "漏记"),
        ("resolution", "重复"),
        ("vote", "计票有误"),
    ]
    assert trail(district)[0][2] == "结对听课 / 简疏桐 / 2026-12-15"


def test_a_vote_that_does_not_add_up_is_not_kept(district: District, secretary: Member) -> None:
    record_id = hold(district, "congress", LAST_MONTH)
    vote = Vote(0, record_id, "年度计划", "plain", Count(5, 4, 4, 1, 0))
    refused = refusal(
        district, lambda session: decisions.keep(session, secretary, vote, at=MONDAY_NOON)
    )
    assert refused.code == "vote_too_many"


def test_what_was_resolved_can_be_done_later_also_in_a_closed_month(
    district: District, secretary: Member
) -> None:
    record_id = hold(district, "party_day", LAST_MONTH)
    with district.begin() as session:
        wanted = Resolution(0, record_id, "结对听课", "简疏桐", None)
        made = decisions.resolve(session, secretary, wanted, at=MONDAY_NOON)
    confirmed(district, secretary, record_id)
    with district.begin() as session:
        months.close(session, secretary, district.unit(FIRST), "2026-10", at=MONDAY_NOON)
        for is_done, done_at in ((True, MONDAY_NOON), (False, None)):
            done = decisions.finish(session, secretary, made.id, is_done=is_done, at=MONDAY_NOON)
            assert done.done_at == done_at


def test_a_closed_month_refuses_with_who_and_when_and_opens_with_a_reason(
    district: District, secretary: Member
) -> None:
    record_id = confirmed(district, secretary, hold(district, "party_day", LAST_MONTH))
    branch = district.unit(FIRST)
    with district.begin() as session:
        months.close(session, secretary, branch, "2026-10", at=MONDAY_NOON)

    def change(session: Session) -> object:
        return minutes.fill(
            session,
            secretary,
            record_id,
            {"host": "苗若谷"},
            reason="记错了",
            at=MONDAY_NOON,
        )

    refused = refusal(district, change)
    assert refused.code == "month_closed"
    assert refused.details == {"month": "2026-10", "by": SECRETARY, "on": date(2026, 11, 23)}
    again = refusal(
        district,
        lambda session: months.reopen(
            session, secretary, branch, "2026-10", reason=" ", at=MONDAY_NOON
        ),
    )
    assert again.code == "month_reason"
    with district.begin() as session:
        months.reopen(session, secretary, branch, "2026-10", reason="补签到", at=MONDAY_NOON)
        change(session)
        (lock,) = months.locks(session, branch, 2026)
        assert (lock.unlocked_by, lock.reason) == (SECRETARY, "补签到")
        acts = list(session.scalars(select(AuditRow.act).order_by(AuditRow.id)))
    assert acts == ["month.close", "month.reopen"]


def test_a_month_closes_when_it_is_over_and_all_its_records_are_confirmed(
    district: District, secretary: Member
) -> None:
    branch = district.unit(FIRST)
    record_id = hold(district, "party_day", LAST_MONTH)

    def close(month: str) -> Refused:
        return refusal(
            district,
            lambda session: months.close(session, secretary, branch, month, at=MONDAY_NOON),
        )

    assert close("2026-11").code == "month_not_over"
    assert close("2026-10").details == {"month": "2026-10", "count": 1}
    with district.database.read() as session:
        assert months.closable(session, secretary, branch, at=MONDAY_NOON) == ["2026-10"]
    confirmed(district, secretary, record_id)
    with district.begin() as session:
        months.close(session, secretary, branch, "2026-10", at=MONDAY_NOON)
        assert months.closable(session, secretary, branch, at=MONDAY_NOON) == []
    assert close("2026-10").code == "month_closed"


def test_a_branch_that_closes_its_month_closes_those_of_its_groups(
    district: District, secretary: Member
) -> None:
    group = f"{FIRST}第一党小组"
    record_id = confirmed(district, secretary, hold(district, "group", LAST_MONTH, group))
    with district.begin() as session:
        months.close(session, secretary, district.unit(FIRST), "2026-10", at=MONDAY_NOON)
    refused = refusal(district, lambda session: records.take(session, secretary, record_id, "记错"))
    assert refused.code == "month_closed"


def test_a_film_shown_at_a_meeting_ticks_the_plan_for_those_who_came(
    district: District, secretary: Member
) -> None:
    key = "plan:warning-films/first/2026"
    film = Tick(key, "警示教育片（一）")
    marks = {"苗若谷": ("absent", "business")}
    record_id = hold(district, "party_day", LAST_MONTH, marks=marks)
    with district.begin() as session:
        minutes.tick(session, secretary, record_id, film, at=MONDAY_NOON)
        assert session.scalars(select(CompletionRow)).all() == []  # not confirmed yet
    confirmed(district, secretary, record_id)
    came, away = district.id_of("简疏桐"), district.id_of("苗若谷")
    with district.database.read() as session:
        assert completions.done_by(session, key, [came, away]) == {came}
        row = session.scalars(select(CompletionRow)).first()
        assert row is not None
        assert (row.how, row.ref) == ("meeting", f"record:{record_id}")
    with district.begin() as session:
        minutes.untick(session, secretary, record_id, key, reason="没有放映", at=MONDAY_NOON)
        assert completions.done_by(session, key, [came, away]) == set()
    assert trail(district) == [("ticks", "警示教育片（一）", "", "没有放映")]


def test_what_a_unit_has_to_do_is_done_for_the_unit(district: District, secretary: Member) -> None:
    task = Tick("plan:checklist/study/2026", "专题学习一次", is_units=True)
    record_id = hold(district, "party_day", LAST_MONTH)
    with district.begin() as session:
        minutes.tick(session, secretary, record_id, task, at=MONDAY_NOON)
    confirmed(district, secretary, record_id)
    branch = district.unit(FIRST)
    with district.database.read() as session:
        assert completions.done_by_units(session, task.key, [branch]) == {branch}
