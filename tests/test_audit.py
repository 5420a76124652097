"""The list of administrative acts."""

from __future__ import annotations

from datetime import timedelta

from bot.core.clock import local_day
from bot.services import audit
from bot.services.audit import Query
from tests.district import District
from tests.fakes import MONDAY_NOON


def fill(district: District) -> None:
    with district.begin() as session:
        boss = district.member("闻书澜")
        for day in range(12):
            audit.add(
                session,
                boss if day % 2 else None,
                "role.grant",
                f"覃云岫（10{day:02}） 100%_",
                {"unit": district.unit("青澜一中" if day < 3 else "青澜二中")},
                at=MONDAY_NOON + timedelta(days=day),
            )


def test_acts_come_newest_first_page_by_page(district: District) -> None:
    fill(district)
    with district.database.read() as session:
        first, has_more = audit.search(session, None, Query())
        last, has_more_still = audit.search(session, None, Query(), page=1)
    assert [act.subject[4:8] for act in first] == [f"10{day:02}" for day in range(11, 1, -1)]
    assert has_more
    assert len(last) == 2
    assert not has_more_still


def test_acts_are_found_by_words_and_days(district: District) -> None:
    fill(district)
    day = local_day(MONDAY_NOON)
    with district.database.read() as session:
        assert len(audit.export(session, None, Query("覃云岫"))) == 12
        assert len(audit.export(session, None, Query("闻书澜"))) == 6
        assert len(audit.export(session, None, Query("100%_"))) == 12
        assert audit.export(session, None, Query("%覃")) == []
        found = audit.export(session, None, Query("", day, day + timedelta(days=1)))
    assert [act.actor for act in found] == ["闻书澜", ""]


def test_it_keeps_quiet_about_people_in_the_audit_list(district: District) -> None:
    fill(district)
    with district.database.read() as session:
        of_school = audit.export(session, district.member("管予安"), Query())
        of_bureau = audit.export(session, district.member("岑知微"), Query())
        of_secretary = audit.export(session, district.member("陆见微"), Query())
    assert len(of_school) == 3
    assert len(of_bureau) == 12
    assert of_secretary == []
